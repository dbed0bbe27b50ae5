"""An audience as it is asked for: equal ones are asked once."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from feedback.models import Survey
from notices.models import Notice, PlanStep
from notices.pipeline import audience
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


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
        """Without those whom none of its channels reaches, or who want nothing about its topic."""
        if isinstance(line, Notice) and audience.sent_over(line):
            return replace(cls.of(line, now=now), reached=line)
        return cls.of(line, now=now)

    @cached_property
    def key(self) -> Hashable:
        """The milestone and the survey count only where the rule looks at them."""
        milestone = self.milestone.pk if self.milestone and self.rule.get("affected") else None
        survey = self.survey.pk if self.survey and self.rule.get("not_answered") else None
        skips = (self.reached.topic, *audience.sent_over(self.reached)) if self.reached else ()
        return json.dumps(self.rule, sort_keys=True), self.upgrade.pk, milestone, survey, self.on, skips

    @property
    def people(self) -> QuerySet[Person]:
        if self.reached:
            known: Any = audience.everybody(self.reached, on=self.on)
            return known.filter(skip_reason="")
        return audience.resolve(
            self.rule, upgrade=self.upgrade, milestone=self.milestone, survey=self.survey, on=self.on
        )
