"""How a notice follows its step. Pure: it changes the notice in the hand and nothing else, and what it cannot know of
the notice alone it is told as `Known`. The clock asks it about rows that it has locked, the simulation about copies."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib.time import full
from notices.enums import WAITING, Event, NoticeState, Trigger
from notices.models import Notice, PlanStep
from notices.pipeline.schedule import when

WRITTEN = ["send_at", "state", "reason", "local_on", "local_at", "waits_for"]
APPROVAL = ["approved_revision", "approved_by", "approved_at"]
MOVED_INTO_THE_PAST = "A change of the plan moved it into the past:"
HAS_A_TIME_AGAIN = "It was missed; then the plan gave it a time to come."
MILESTONE_IS_OVER = "Its milestone is over."
WAITS: dict[str, timedelta] = {Event.SLIPPED: timedelta(minutes=10), Event.EXTENDED: timedelta(minutes=2)}
NO_TURN_IS_LEFT = "Its milestone ends before the next turn."


@dataclass(frozen=True)
class Known:
    """`zones`: where people are. `happened`: when that came to be which a notice waits for. `last_turn`: the day on
    which a cadence was last heard."""

    now: datetime
    zones: Collection[str] = ()
    happened: Mapping[int, datetime] = field(default_factory=dict)
    last_turn: Callable[[PlanStep], date | None] = lambda step: None


def follow(notice: Notice, known: Known) -> bool:
    """Whether its step gave it another time, or took it away. What somebody has just let out goes out."""
    step = notice.step
    if step is None or notice.is_held:
        return False
    before = _written(notice)
    FOLLOWS[step.trigger](notice, step, known)
    return _written(notice) != before


def first_time(step: PlanStep) -> dict[str, Any]:
    """For a notice that is made with its step; the next turn of the clock knows better where readers' clocks count."""
    if step.trigger == Trigger.EVENT:
        return {"waits_for": step.event}
    at = when.due_at(step) if step.trigger == Trigger.OFFSET else None
    if at is None or not when.reads_own_clock(step):
        return {"send_at": at}
    day, hour = when.wall_of(step, at)
    return {"send_at": at, "local_on": day, "local_at": hour}


def turn_of(notice: Notice, step: PlanStep, known: Known) -> datetime | None:
    """The turn of a cadence that this notice is for, at the place: that of its own day as long as there is one, at
    whatever hour, else the next."""
    place = ZoneInfo(step.upgrade.time_zone)
    day = notice.local_on or (notice.send_at and notice.send_at.astimezone(place).date())
    own = next((at for at in when.turns(step) if at.astimezone(place).date() == day), None)
    return own or when.next_turn(step, after=known.now, beyond=known.last_turn(step))


def _written(notice: Notice) -> list[Any]:
    return [getattr(notice, name) for name in WRITTEN]


def _offset(notice: Notice, step: PlanStep, known: Known) -> None:
    at = when.due_at(step)
    if at is not None:
        take_time(notice, step, at, known)


def _cadence(notice: Notice, step: PlanStep, known: Known) -> None:
    """What was missed stays so: the next turn has a notice of its own."""
    if notice.state not in WAITING:
        return
    at = turn_of(notice, step, known)
    if at is not None:
        take_time(notice, step, at, known)
    elif notice.send_at is not None or notice.waits_for:
        _no_time(notice)
        notice.state = NoticeState.CANCELLED
        notice.reason = MILESTONE_IS_OVER if step.milestone.is_over else NO_TURN_IS_LEFT


def _event(notice: Notice, step: PlanStep, known: Known) -> None:
    """It has its time as long as it is so: what was taken back before anybody was told is no reason to tell."""
    if notice.waits_for != step.event:
        _no_time(notice)
        notice.waits_for = step.event
        if notice.state == NoticeState.MISSED:
            _wait_for_a_word(notice)
    if notice.state not in WAITING:
        return
    happened = known.happened.get(notice.pk)
    if happened is None:
        notice.send_at = notice.local_on = notice.local_at = None
    elif notice.send_at is None:
        _take_event(notice, step, after_event(step, min(happened, known.now)), known)


def _take_event(notice: Notice, step: PlanStep, at: datetime, known: Known) -> None:
    notice.send_at = at
    if when.reads_own_clock(step) and at > known.now:
        notice.local_on, notice.local_at = day, hour = when.wall_of(step, at)
        first = when.first_local_moment(day, hour, zones=known.zones, place=step.upgrade.time_zone)
        notice.send_at = max(first, known.now)


def after_event(step: PlanStep, happened: datetime) -> datetime:
    """Who moves something may move it again, or back: such a notice waits as a correction does."""
    at = when.moment(happened, step.offset, unit=step.unit, at=step.at, place=when.Place.of(step.upgrade))
    return max(at, happened + WAITS.get(step.event, timedelta(0)))


FOLLOWS: dict[str, Callable[[Notice, PlanStep, Known], None]] = {
    Trigger.OFFSET: _offset,
    Trigger.CADENCE: _cadence,
    Trigger.EVENT: _event,
}


def take_time(notice: Notice, step: PlanStep, at: datetime, known: Known) -> None:
    if when.reads_own_clock(step):
        _take_wall(notice, step, at, known)
    elif at != notice.send_at or notice.local_on or notice.waits_for:
        _no_time(notice)
        notice.send_at = at
        _judge(notice, step, at, known)


def _take_wall(notice: Notice, step: PlanStep, at: datetime, known: Known) -> None:
    """It begins where the day begins first. Somebody who joins in an earlier zone does not make it late: it begins at
    once. A change of the plan is one to the past when the time is over at the place."""
    day, hour = when.wall_of(step, at)
    first = when.first_local_moment(day, hour, zones=known.zones, place=step.upgrade.time_zone)
    if (notice.local_on, notice.local_at) != (day, hour) or notice.waits_for:
        _no_time(notice)
        notice.local_on, notice.local_at = day, hour
        notice.send_at = at if at <= known.now else max(first, known.now)
        _judge(notice, step, at, known)
    elif notice.state in WAITING and (notice.send_at is None or notice.send_at > known.now):
        notice.send_at = max(first, known.now)


def _no_time(notice: Notice) -> None:
    notice.send_at = notice.local_on = notice.local_at = None
    notice.waits_for = ""


def _judge(notice: Notice, step: PlanStep, at: datetime, known: Known) -> None:
    """One that is moved into the past does not go out at once: it is missed. One that was missed and has a future again
    waits for a person's word."""
    if at <= known.now:
        notice.reason = f"{MOVED_INTO_THE_PAST} {full(at, zone=step.upgrade.time_zone)}."
        notice.state = NoticeState.MISSED
    elif notice.state == NoticeState.MISSED:
        _wait_for_a_word(notice)


def _wait_for_a_word(notice: Notice) -> None:
    notice.reason = HAS_A_TIME_AGAIN
    notice.state = NoticeState.IN_REVIEW if notice.approved_revision_id else NoticeState.DRAFT
    notice.approved_revision = notice.approved_by = notice.approved_at = None
