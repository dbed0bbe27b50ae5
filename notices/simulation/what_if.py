"""Changes that nobody has made: a copy of the facts with other values. Applying them is an act of the pages."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from commsplan.lib import time as words
from commsplan.lib.time import at_wall_clock
from notices.models import Notice
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades.enums import Freeze, Status
from upgrades.models import CriticalDays, Milestone, Upgrade
from upgrades.reach import Reach, named

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Slip:
    """To another start; the end keeps its distance unless it is given too."""

    milestone: Milestone
    start: datetime
    end: datetime | None

    @classmethod
    def to(cls, milestone: Milestone, start: datetime, end: datetime | None = None) -> "Slip":
        if end is None and milestone.end:
            end = start + (milestone.end - milestone.start)
        return cls(milestone, start.astimezone(UTC), end and end.astimezone(UTC))

    @classmethod
    def by(cls, milestone: Milestone, distance: timedelta) -> "Slip":
        """Whole days keep the time on the wall, also where the clocks change in between."""
        zone = milestone.upgrade.time_zone
        end = milestone.end and later(milestone.end, distance, zone=zone)
        return cls(milestone, later(milestone.start, distance, zone=zone), end)

    def __str__(self) -> str:
        zone = self.milestone.upgrade.time_zone
        return f"{self.milestone} moves to {words.window(self.start, self.end, zone=zone)}"


@dataclass(frozen=True)
class Cancelled:
    milestone: Milestone

    def __str__(self) -> str:
        return f"{self.milestone} is cancelled"


@dataclass(frozen=True)
class Frozen:
    """Critical days that nobody has entered. `reach` is whom they protect; nothing means everybody."""

    name: str
    start: datetime
    end: datetime
    zone: str
    is_hard: bool = True
    reach: Reach = frozenset()

    def __str__(self) -> str:
        whom = ", ".join(named(self.reach)) or "everybody"
        how = "a hard freeze" if self.is_hard else "a soft freeze"
        return f"{self.name}, {how} for {whom}, {words.window(self.start, self.end, zone=self.zone)}"


@dataclass(frozen=True)
class Dropped:
    channel: str

    def __str__(self) -> str:
        return f"nothing goes out over the channel {Channel(self.channel).label}"


@dataclass(frozen=True)
class Gone:
    person: Person

    def __str__(self) -> str:
        return f"{self.person} leaves"


@dataclass(frozen=True)
class Approved:
    """`notice` None: all of them."""

    notice: Notice | None = None

    def __str__(self) -> str:
        return f"“{self.notice}” is approved" if self.notice else "everything is approved in time"


Change = Slip | Cancelled | Frozen | Dropped | Gone | Approved


@dataclass(frozen=True)
class WhatIf:
    changes: Sequence[Change] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return bool(self.changes)

    @cached_property
    def upgrades(self) -> list[Upgrade]:
        """Those whose milestones it moves or cancels, each once."""
        moved = (one.milestone.upgrade for one in self.changes if isinstance(one, Slip | Cancelled))
        return list({one.pk: one for one in moved}.values())

    @property
    def moved_twice(self) -> Milestone | None:
        seen = [one.milestone for one in self.changes if isinstance(one, Slip)]
        return next((one for number, one in enumerate(seen) if one in seen[:number]), None)

    @cached_property
    def slips(self) -> dict[int, Slip]:
        return {one.milestone.pk: one for one in self.changes if isinstance(one, Slip)}

    @cached_property
    def cancelled(self) -> set[int]:
        return {one.milestone.pk for one in self.changes if isinstance(one, Cancelled)}

    @cached_property
    def dropped(self) -> set[str]:
        return {one.channel for one in self.changes if isinstance(one, Dropped)}

    @cached_property
    def gone(self) -> frozenset[int]:
        return frozenset(one.person.pk for one in self.changes if isinstance(one, Gone))

    @cached_property
    def freezes(self) -> list[Frozen]:
        return [one for one in self.changes if isinstance(one, Frozen)]

    def approves(self, notice: Notice) -> bool:
        given = [one.notice for one in self.changes if isinstance(one, Approved)]
        return any(one is None or one.pk == notice.pk for one in given)

    def milestone(self, row: Milestone) -> Milestone:
        """The row itself, or a copy with the other values."""
        if row.pk not in self.slips and row.pk not in self.cancelled:
            return row
        other = copy(row)
        if slip := self.slips.get(row.pk):
            other.start, other.end = slip.start, slip.end
        if row.pk in self.cancelled:
            other.status = Status.CANCELLED
        return other

    def milestones(self, rows: Iterable[Milestone]) -> dict[int, Milestone]:
        """Those that are otherwise, by key."""
        return {row.pk: other for row in rows if (other := self.milestone(row)) is not row}

    def critical_days(self) -> list[CriticalDays]:
        """With keys of their own, below zero."""
        return [
            CriticalDays(
                pk=-number,
                name=one.name,
                start=one.start,
                end=one.end,
                time_zone=one.zone,
                freeze=Freeze.HARD if one.is_hard else Freeze.SOFT,
            )
            for number, one in enumerate(self.freezes, 1)
        ]

    def scopes(self) -> dict[int | None, Reach]:
        return {-number: one.reach for number, one in enumerate(self.freezes, 1)}


AS_IT_IS = WhatIf()


def later(moment: datetime, distance: timedelta, *, zone: str) -> datetime:
    """Whole days are counted on the wall of the place, what is left by the clock."""
    local = moment.astimezone(ZoneInfo(zone))
    days, rest = divmod(distance, DAY)
    return at_wall_clock(local.date() + days * DAY, local.time(), zone=zone) + rest


def whole_days(first: date, last: date, *, zone: str) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the end of the last."""
    return at_wall_clock(first, time(), zone=zone), at_wall_clock(last + DAY, time(), zone=zone)
