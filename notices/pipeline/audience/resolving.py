"""Everybody in an audience, reached or not."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from feedback.models import Survey
from notices.pipeline.audience.choosing import chosen
from notices.pipeline.audience.deputies import deputies_of
from notices.pipeline.audience.filtering import filtered
from notices.pipeline.audience.foreseen import AS_IT_IS, Foreseen
from notices.pipeline.audience.rule import Audience
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


def resolve(
    rule: Audience | Mapping[str, Any],
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
    on: date | None = None,
    foreseen: Foreseen = AS_IT_IS,
) -> QuerySet[Person]:
    """Active people, each once, by name. Nobody is left out here because of an address or an opt-out: see recipients.

    `on`: whoever stands in on that day for people of the audience who are away joins it.
    """
    audience = rule if isinstance(rule, Audience) else Audience.from_json(rule)
    people = chosen(audience, upgrade=upgrade, milestone=milestone, survey=survey, foreseen=foreseen)
    if on is not None and not audience.in_person:
        people = people | filtered(foreseen.active, audience, upgrade, milestone, survey, foreseen).filter(
            pk__in=deputies_of(people, on=on, foreseen=foreseen)
        )
    return people.order_by("name", "pk")
