"""Whether a correction waits, how urgent it is, when it goes out and by when it has to be there. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib.time import at_wall_clock
from notices.pipeline.schedule.when import IsBusinessDay, Place

DAY = timedelta(days=1)
WORK_BEGINS, WORK_ENDS = time(9), time(17)  # at the place
CRITICAL = timedelta(hours=24)
SOON = 5  # business days
SOON_HOURS = timedelta(hours=4)  # of work


@dataclass(frozen=True)
class Waits:
    """How long who is still moving things is given."""

    usual: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(minutes=60)
    urgent: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class Moment:
    """A start or a deadline, as told and as it is. Those that nobody has wrong are the same twice."""

    told: datetime | None
    now: datetime | None

    @property
    def first(self) -> datetime | None:
        return min((one for one in (self.told, self.now) if one), default=None)

    @property
    def is_earlier(self) -> bool:
        return self.told is not None and self.now is not None and self.now < self.told


@dataclass(frozen=True)
class Verdict:
    """`ready`: when its wait is over. `is_urgent`: it passes quiet hours. `due`: when it goes out; `deadline`: until
    when a planned notice may say it instead."""

    ready: datetime
    is_urgent: bool
    due: datetime
    deadline: datetime


def judge(
    moments: Iterable[Moment],
    *,
    began: datetime | None,
    last_change: datetime | None,
    waits: Waits,
    place: Place,
    now: datetime,
) -> Verdict:
    """`began`: since when it is no longer as it was told; `last_change`: when the plan was last changed."""
    moments = list(moments)
    first = min((one.first for one in moments if one.first), default=None)
    is_close = first is not None and first - now < CRITICAL
    earlier = [one.now for one in moments if one.is_earlier and one.now]
    is_critical = is_close or bool(earlier)
    wait = waits.urgent if is_critical else waits.usual
    ready = ready_at(began=began, last_change=last_change, wait=wait, longest=waits.longest, now=now)
    is_urgent = is_close or any(business_days_until(one, now=now, place=place) <= SOON for one in earlier)
    if is_urgent:
        return Verdict(ready, True, max(ready, now), ready)
    last_quiet = first - CRITICAL if first else None  # from then on it is urgent anyway
    due = _not_after(last_quiet, working_time(max(ready, now), place), at_least=max(ready, now))
    deadline = due if is_critical else _not_after(last_quiet, _deadline(first, ready, now, place), at_least=ready)
    return Verdict(ready, False, due, deadline)


def ready_at(
    *, began: datetime | None, last_change: datetime | None, wait: timedelta, longest: timedelta, now: datetime
) -> datetime:
    """What nobody has just changed waits for nothing: somebody's mail bounced, or a threshold is another one."""
    if last_change is None or began is None:
        return now
    return min(max(last_change, began) + wait, began + max(longest, wait))


def _deadline(first: datetime | None, ready: datetime, now: datetime, place: Place) -> datetime:
    if first is not None and business_days_until(first, now=now, place=place) <= SOON:
        return after_work(ready, SOON_HOURS, place)
    return next_business_day(ready, place)


def _not_after(limit: datetime | None, moment: datetime, *, at_least: datetime) -> datetime:
    return max(at_least, min(moment, limit)) if limit else moment


# Hours of work


def working_time(at: datetime, place: Place) -> datetime:
    """That moment, if people work then at the place; else the next at which they do."""
    begins, ends = _hours(at.astimezone(ZoneInfo(place.zone)).date(), place)
    if _works(at, place) and at < ends:
        return max(at, begins).astimezone(UTC)
    return _hours(_next_day(at, place), place)[0]


def after_work(at: datetime, length: timedelta, place: Place) -> datetime:
    """When people at the place will have worked that long."""
    at = working_time(at, place)
    while True:
        ends = _hours(at.astimezone(ZoneInfo(place.zone)).date(), place)[1]
        if at + length <= ends:
            return at + length
        length -= ends - at
        at = working_time(ends, place)


def next_business_day(at: datetime, place: Place) -> datetime:
    """The same time of day on the next day on which people work, within their hours."""
    at = working_time(at, place)
    wall = at.astimezone(ZoneInfo(place.zone)).time()
    return at_wall_clock(_next_day(at, place), wall, zone=place.zone)


def business_days_until(moment: datetime, *, now: datetime, place: Place) -> int:
    """Days of work after today, up to that day."""
    zone = ZoneInfo(place.zone)
    first, last = now.astimezone(zone).date(), moment.astimezone(zone).date()
    count = 0
    for number in range(1, (last - first).days + 1):
        count += place.is_business_day(first + number * DAY)
        if count > SOON:
            break
    return count


def _works(at: datetime, place: Place) -> bool:
    return place.is_business_day(at.astimezone(ZoneInfo(place.zone)).date())


def _hours(day: date, place: Place) -> tuple[datetime, datetime]:
    return at_wall_clock(day, WORK_BEGINS, zone=place.zone), at_wall_clock(day, WORK_ENDS, zone=place.zone)


def _next_day(at: datetime, place: Place) -> date:
    return _first_business_day(at.astimezone(ZoneInfo(place.zone)).date() + DAY, place.is_business_day)


def _first_business_day(day: date, is_business_day: IsBusinessDay) -> date:
    while not is_business_day(day):
        day += DAY
    return day


# Carried by what is planned


@dataclass(frozen=True)
class Planned:
    """A notice that goes out anyway: what it says, and when it reaches whom over a channel that works."""

    facts: frozenset[str]
    reaches: dict[int, datetime] = field(default_factory=dict)


def carried(person: int, facts: Iterable[str], planned: Sequence[Planned], *, by: datetime) -> bool:
    """Whether planned notices that reach the person in time say all of these facts."""
    missing = set(facts)
    for one in planned:
        if person in one.reaches and one.reaches[person] <= by:
            missing -= one.facts
    return not missing


def awaited(person: int, facts: Iterable[str], waiting: Sequence[Planned]) -> bool:
    """Whether something that may go out any moment tells them any of these: the rest is put right after it."""
    wrong = set(facts)
    return any(person in one.reaches and wrong & one.facts for one in waiting)


# What was tried


@dataclass(frozen=True)
class Way:
    """A channel over which somebody can be written to. `is_down`: a service that it depends on is down right now."""

    channel: str
    address: str = ""
    why_not: str = ""
    is_down: bool = False
    is_refused: bool = False


def way_to(ways: Sequence[Way], *, tried: Iterable[tuple[str, str]], told_by: str, preferred: str = "") -> Way | None:
    """First the channel by which somebody was told, then the one they like best, then any. None is left: call them."""
    vain = set(tried)
    open_ways = [one for one in ways if not one.why_not and (one.channel, one.address.lower()) not in vain]

    def rank(one: Way) -> tuple[Any, ...]:
        return (one.is_down, one.channel != told_by, one.is_refused, one.channel != preferred)

    return min(open_ways, key=rank, default=None)
