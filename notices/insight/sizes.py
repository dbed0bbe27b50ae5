"""How many people each of several audiences has: one query, however many lines a plan has."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet

from feedback.models import Survey
from notices.models import Notice, PlanStep
from notices.pipeline import audience
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade

K = TypeVar("K", bound=Hashable)
AT_ONCE = 40  # audiences in one query


@dataclass(frozen=True)
class Asked:
    rule: Mapping[str, Any]
    upgrade: Upgrade
    milestone: Milestone | None = None
    survey: Survey | None = None
    on: date | None = None  # whose deputies count
    reached: Notice | None = None  # only those who get it, not those whom it skips

    @classmethod
    def of(cls, line: Notice | PlanStep, *, now: datetime) -> "Asked":
        on = audience.day_of(line, now=now)
        return cls(line.audience, line.upgrade, line.milestone, getattr(line, "survey", None), on)

    @classmethod
    def reached_by(cls, line: Notice | PlanStep, *, now: datetime) -> "Asked":
        """Without those whom a mail does not reach, or who want none about its topic."""
        if isinstance(line, Notice) and Channel.EMAIL in line.channels:
            return replace(cls.of(line, now=now), reached=line)
        return cls.of(line, now=now)

    @property
    def key(self) -> Hashable:
        """The milestone and the survey count only where the rule looks at them."""
        milestone = self.milestone.pk if self.milestone and self.rule.get("affected") else None
        survey = self.survey.pk if self.survey and self.rule.get("not_answered") else None
        skips = (self.reached.topic,) if self.reached else ()
        return json.dumps(self.rule, sort_keys=True), self.upgrade.pk, milestone, survey, self.on, skips

    @property
    def people(self) -> QuerySet[Person]:
        if self.reached:
            known: Any = audience.recipients(self.reached, channel=Channel.EMAIL, on=self.on)
            return known.filter(skip_reason="")
        return audience.resolve(
            self.rule, upgrade=self.upgrade, milestone=self.milestone, survey=self.survey, on=self.on
        )


def of(asked: Mapping[K, Asked]) -> dict[K, int]:
    """By the same keys; equal audiences are counted once. A day on which nobody stands in is like any other."""
    asked = without_idle_days(asked)
    distinct = {one.key: one for one in asked.values()}
    counted = _count(list(distinct.values()))
    return {name: counted[one.key] for name, one in asked.items()}


def without_idle_days(asked: Mapping[K, Asked]) -> dict[K, Asked]:
    days = {one.on for one in asked.values() if one.on}
    busy = audience.days_with_deputies(days) if days else set()
    return {name: one if one.on in busy else replace(one, on=None) for name, one in asked.items()}


def _count(distinct: list[Asked]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for first in range(0, len(distinct), AT_ONCE):
        part = distinct[first : first + AT_ONCE]
        row = Person.objects.aggregate(**{f"a{number}": _number(one) for number, one in enumerate(part)})
        found |= {one.key: row[f"a{number}"] for number, one in enumerate(part)}
    return found


def _number(one: Asked) -> Count:
    return Count("pk", filter=Q(pk__in=one.people.order_by().values("pk")))
