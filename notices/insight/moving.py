"""What it would mean to move a milestone, before anything is saved: asked while somebody drags it or types a date."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from commsplan.lib.time import at_wall_clock
from engagement import clashes
from engagement.clashes import Clash
from notices.enums import WAITING, NoticeState, Trigger
from notices.models import Notice
from notices.pipeline import schedule
from upgrades import collisions, overlaps, slots
from upgrades.collisions import Collision
from upgrades.models import Milestone
from upgrades.overlaps import Overlap
from upgrades.slots import Slot


@dataclass(frozen=True)
class Shift:
    """A notice that moves with the milestone. In the past it is missed: it does not go out by itself."""

    notice: Notice
    before: datetime
    after: datetime
    is_missed: bool


@dataclass(frozen=True)
class Consequence:
    milestone: Milestone  # as it is stored
    there: Milestone  # the same, with the new times
    shifts: list[Shift]
    others: int  # notices that follow a rhythm or an event, and so find their own time
    told: int  # notices about it that are out
    collisions: list[Collision]
    overlaps: list[Overlap]
    clashes: list[Clash]
    after: datetime

    @property
    def is_another_time(self) -> bool:
        return (self.milestone.start, self.milestone.end) != (self.there.start, self.there.end)

    @property
    def is_past(self) -> bool:
        return self.there.start <= self.after

    @property
    def missed(self) -> list[Shift]:
        return [shift for shift in self.shifts if shift.is_missed]

    @property
    def hard(self) -> int:
        """How much of it must not be."""
        return sum(hit.is_hard for hit in self.collisions) + sum(hit.is_hard for hit in self.overlaps)

    @property
    def is_clear(self) -> bool:
        return not (self.collisions or self.overlaps or self.clashes)

    @property
    def late_deadline(self) -> datetime | None:
        """Of what people must do, where it would come after the new start."""
        deadline = self.milestone.action_deadline
        was_before = deadline is not None and deadline <= self.milestone.start
        return deadline if was_before and deadline and deadline > self.there.start else None

    @cached_property
    def slots(self) -> list[Slot]:
        """Free windows from the new place on."""
        return slots.next_free(self.there, after=max(self.there.start, self.after))


def to(milestone: Milestone, start: datetime, *, now: datetime) -> Consequence:
    """It keeps its length."""
    there = copy(milestone)
    there.start, there.end = start, milestone.end and start + (milestone.end - milestone.start)
    following = _following(milestone)
    return Consequence(
        milestone=milestone,
        there=there,
        shifts=_shifts(following, there, now=now),
        others=sum(one.step.trigger != Trigger.OFFSET for one in following if one.step),
        told=Notice.objects.filter(milestone=milestone, state=NoticeState.RELEASED).count(),
        collisions=collisions.of_moved([there]),
        overlaps=overlaps.of_moved([there]),
        clashes=clashes.of_moved([there]),
        after=now,
    )


def shifted(milestone: Milestone, *, days: int = 0, minutes: int = 0) -> datetime:
    """That much later on the wall of the place, so that a window at two in the morning stays there."""
    zone = milestone.upgrade.time_zone
    local = milestone.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    moved = local + timedelta(days=days, minutes=minutes)
    return at_wall_clock(moved.date(), moved.time(), zone=zone)


def _following(milestone: Milestone) -> list[Notice]:
    rows = Notice.objects.filter(step__milestone=milestone, state__in=[*WAITING, NoticeState.MISSED])
    return list(rows.select_related("step").order_by("send_at", "pk"))


def _shifts(notices: Sequence[Notice], there: Milestone, *, now: datetime) -> list[Shift]:
    """Those that were missed and stay in the past do not move."""
    found = []
    for notice in notices:
        if notice.step is None or notice.step.trigger != Trigger.OFFSET or notice.send_at is None:
            continue
        step = copy(notice.step)
        step.milestone, step.upgrade = there, there.upgrade
        after = schedule.due_at(step)
        if after and after != notice.send_at and max(after, notice.send_at) > now:
            found.append(Shift(notice, notice.send_at, after, is_missed=after <= now))
    return found
