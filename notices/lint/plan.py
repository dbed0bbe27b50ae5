"""A plan as the rules see it: loaded once, never changed."""

from dataclasses import dataclass
from datetime import datetime

from notices.audiences.crowds import Crowd, Crowds
from notices.lint.findings import Place
from notices.lint.line import Line
from notices.lint.parts.clashes import Clashes
from notices.lint.parts.people import People
from notices.lint.parts.pushes import Pushes
from notices.lint.parts.texts import Texts
from notices.lint.parts.told import Told
from notices.pipeline import hours, schedule
from upgrades.enums import Impact, MilestoneKind, Status
from upgrades.models import Milestone, Stakeholder, Upgrade

DISTURBING = (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW)


@dataclass(frozen=True, kw_only=True)
class LoadedPlan:
    """`milestones` by start, with services and sites; those of what-ifs have other times than the database. `lines` in
    the order of time, first those without one. Cancelled and missed notices are among them: see `Line.is_alive`.
    `rules`: quiet hours and the cap of the week."""

    now: datetime
    upgrade: Upgrade
    calendar: schedule.Place
    milestones: tuple[Milestone, ...]
    lines: tuple[Line, ...]
    stakeholders: tuple[Stakeholder, ...]
    crowds: Crowds
    people: People
    pushes: Pushes
    clashes: Clashes
    texts: Texts
    told: Told
    rules: hours.Rules = hours.OFF

    @property
    def place(self) -> Place:
        return Place.of(self.upgrade)

    @property
    def windows(self) -> list[Milestone]:
        """Those that people feel, or are meant to, and that are still to come or under way."""
        return [one for one in self.milestones if is_felt(one) and not one.is_over]

    @property
    def go_live(self) -> Milestone | None:
        """The first window ahead."""
        return next((one for one in self.windows if one.status != Status.IN_PROCESS), None)

    def crowd(self, line: Line) -> Crowd:
        """Who is in the audience of a line."""
        return self.crowds.of(line.asked)

    def notices(self, *kinds: str, on: Milestone | None = None) -> list[Line]:
        """Those that have gone out or will, of these kinds (all, if none is named), in the order of time."""
        found = [line for line in self.lines if line.notice and line.is_alive and (not kinds or line.kind in kinds)]
        return [line for line in found if on is None or line.milestone == on]


def is_felt(milestone: Milestone) -> bool:
    return milestone.kind in DISTURBING or milestone.impact > Impact.NO_IMPACT
