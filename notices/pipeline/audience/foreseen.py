"""An audience as it will be: for those who look ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from notices.models import Notice
from stakeholders.models import Person, PersonQuerySet


@dataclass(frozen=True)
class Foreseen:
    """What will be otherwise by then, for those who look ahead: who has left, and whom notices that are still to go out
    will have asked. Delivery takes everything as it is."""

    gone: frozenset[int] = frozenset()
    asked: Mapping[int, tuple[QuerySet[Person], ...]] = field(default_factory=dict)  # by survey
    requested: tuple[tuple[Notice, QuerySet[Person]], ...] = ()  # to acknowledge

    @property
    def active(self) -> PersonQuerySet:
        people = Person.objects.active()
        return people.exclude(pk__in=self.gone) if self.gone else people


AS_IT_IS = Foreseen()
