"""Who may read internal names: members of groups of our own. Distribution lists may not, since nobody knows who reads
them."""

from django.db.models import Exists, OuterRef

from stakeholders.enums import Category
from stakeholders.models import Membership, Person

INSIDE = (Category.STAFF, Category.IT, Category.MANAGEMENT)


def inside() -> Exists:
    """Of people, for an annotation or a filter. Lists are left to who asks."""
    return Exists(Membership.objects.filter(person=OuterRef("pk"), group__category__in=INSIDE))


def is_outside(person: Person) -> bool:
    return person.is_list or not Membership.objects.filter(person=person, group__category__in=INSIDE).exists()
