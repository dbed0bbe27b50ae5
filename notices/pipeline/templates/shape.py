"""A plan template as data. notices/plan_templates/README.md says what the fields mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from notices.enums import Clock, Edge, Medium, Sender, Trigger, Unit
from stakeholders.enums import Channel
from upgrades.enums import MilestoneKind

UNITS = {"d": Unit.CALENDAR_DAYS, "m": Unit.MINUTES}
LETTERS = {unit: letter for letter, unit in UNITS.items()}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOWS = ("first", "each", "last")
DECISIONS = (Medium.DECISION, Medium.MEETING, Medium.TOWN_HALL)


@dataclass(frozen=True)
class Offset:
    """ "-10" business days, "-30d" calendar days, "-120m" minutes."""

    count: int
    unit: Unit
    at: time | None

    @classmethod
    def read(cls, text: str, at: str) -> "Offset":
        unit = UNITS.get(text[-1], Unit.BUSINESS_DAYS)
        count = int(text[:-1] if text[-1] in UNITS else text)
        return cls(count, unit, None if unit == Unit.MINUTES else time.fromisoformat(at))

    @property
    def text(self) -> str:
        return f"{self.count}{LETTERS.get(self.unit, '')}"


@dataclass(frozen=True)
class TemplateStep:
    """The names of the fields are the keys of the file."""

    name: str
    medium: str = Medium.NOTICE
    kind: str = ""
    on: str = "first"
    offset: str = ""
    weekdays: Sequence[str] = ()
    every_weeks: int = 1
    event: str = ""
    edge: str = Edge.START
    at: str = "09:00"
    clock: str = Clock.PLACE
    after: str = ""
    sender: str = Sender.CONTACT
    audience: Mapping[str, Any] = field(default_factory=dict)
    channels: Sequence[str] = (Channel.EMAIL,)
    survey: str = ""
    acknowledge: bool = False
    approval: bool = True
    objective: str = ""
    words: Sequence[Mapping[str, str]] = ()

    @property
    def is_notice(self) -> bool:
        return self.medium == Medium.NOTICE

    @property
    def trigger(self) -> Trigger:
        return Trigger.CADENCE if self.weekdays else Trigger.EVENT if self.event else Trigger.OFFSET

    @property
    def counted(self) -> Offset:
        """A cadence has a time of day and no offset. After an event it goes out at once, unless there is an offset."""
        usual = {Trigger.CADENCE: "0", Trigger.EVENT: "0m"}
        return Offset.read(self.offset or usual[self.trigger], self.at)


@dataclass(frozen=True)
class TemplateMilestone:
    """Placed relative to the first or the last window. With `end` it lasts."""

    name: str
    offset: str
    at: str = "09:00"
    on: str = "first"
    edge: str = Edge.START
    end: str = ""
    end_at: str = "17:00"
    kind: str = MilestoneKind.STEP
    public: bool = False


@dataclass(frozen=True)
class PlanTemplate:
    """`key` is its address. `order` is for those that come with the product; own ones come after them, by name."""

    key: str
    name: str
    description: str = ""
    order: int = 1000
    has_waves: bool = False
    steps: Sequence[TemplateStep] = ()
    milestones: Sequence[TemplateMilestone] = ()
    version: int = 0

    @property
    def is_own(self) -> bool:
        """Made here, and may be changed."""
        return self.version > 0

    @property
    def notice_count(self) -> int:
        return sum(step.medium == Medium.NOTICE for step in self.steps)


@dataclass(frozen=True)
class Problem:
    """`path` leads to it: ("steps", 2, "offset"). `remedy` is a sentence of its own."""

    path: tuple[str | int, ...]
    said: str
    remedy: str
    line: int = 0

    def __str__(self):
        place = f"Line {self.line}: " if self.line else ""
        return f"{place}{self.said} {self.remedy}"


class Refused(Exception):
    """Nothing of it was taken. With every problem that was found."""

    def __init__(self, problems: Sequence[Problem], source: str = ""):
        self.problems = list(problems)
        super().__init__("\n".join(f"{source}: {problem}" if source else str(problem) for problem in problems))
