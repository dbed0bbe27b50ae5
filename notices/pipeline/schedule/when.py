"""When a step of a plan is due. Pure: no database, no clock. Whoever plays a plan forward asks the same functions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo, available_timezones

from commsplan.lib import countries
from commsplan.lib.time import at_wall_clock
from notices.enums import Clock, Edge, Trigger, Unit
from notices.models import PlanStep
from upgrades.models import Upgrade

IsBusinessDay = Callable[[date], bool]

DAY = timedelta(days=1)
NIGHT_BEGINS, NIGHT_ENDS = time(20), time(7)
ZONES = available_timezones()


@dataclass(frozen=True)
class Place:
    """Where the clock hangs, and on which days people work there."""

    zone: str
    is_business_day: IsBusinessDay

    @classmethod
    def of(cls, upgrade: Upgrade) -> "Place":
        return cls(upgrade.time_zone, business_days(upgrade.country, upgrade.subdivision))


def moment(anchor: datetime, offset: int, *, unit: str, at: time | None, place: Place) -> datetime:
    """`offset` units from the anchor, in UTC. Minutes are exact; days are dates on the wall, at `at`.

    An offset in calendar days that ends on a day on which nobody works moves to the business day before, or, where
    that would no longer be after the anchor, to the next one. The day of the anchor itself never moves.
    """
    if unit == Unit.MINUTES:
        return anchor.astimezone(UTC) + timedelta(minutes=offset)
    first = anchor.astimezone(ZoneInfo(place.zone)).date()
    if unit == Unit.BUSINESS_DAYS:
        day = _count_business_days(first, offset, place.is_business_day)
    else:
        day = _nearest_business_day(first, first + offset * DAY, place.is_business_day)
    return at_wall_clock(day, at or time(), zone=place.zone)


def _count_business_days(first: date, offset: int, is_business_day: IsBusinessDay) -> date:
    way = DAY if offset > 0 else -DAY
    day = first
    for _ in range(abs(offset)):
        day = _walk(day + way, way, is_business_day)
    return day


def _nearest_business_day(first: date, day: date, is_business_day: IsBusinessDay) -> date:
    if day == first:
        return day
    before = _walk(day, -DAY, is_business_day)
    return before if day < first or before > first else _walk(day, DAY, is_business_day)


def _walk(day: date, way: timedelta, is_business_day: IsBusinessDay) -> date:
    while not is_business_day(day):
        day += way
    return day


@cache
def business_days(country: str = "", subdivision: str = "") -> IsBusinessDay:
    """Weekends and public holidays of the place; Monday to Friday where no country, or an unknown one, is given."""
    return partial(countries.is_business_day, country=country, subdivision=subdivision)


# Steps


def due_at(step: PlanStep) -> datetime | None:
    """Of a cadence its first turn; None where there is none, or where it waits for something to happen. On the wall of
    the place, also where each reader's own counts. Needs the step's milestone and upgrade."""
    if step.trigger == Trigger.EVENT:
        return None
    if step.trigger == Trigger.CADENCE:
        return next(_turns(step, start=step.milestone.start, end=step.milestone.last_moment), None)
    anchor = step.milestone.start if step.edge == Edge.START else step.milestone.last_moment
    return moment(anchor, step.offset, unit=step.unit, at=step.at, place=Place.of(step.upgrade))


def occurrences(step: PlanStep, *, start: datetime, end: datetime) -> list[datetime]:
    """The turns of a cadence from `start` to `end`, both included. At most one a day; weeks are counted from that of
    the start. Needs the step's upgrade."""
    return list(_turns(step, start=start, end=end))


def turns(step: PlanStep) -> list[datetime]:
    """Those that its milestone gives it: none any more once that is completed or cancelled."""
    milestone = step.milestone
    return [] if milestone.is_over else occurrences(step, start=milestone.start, end=milestone.last_moment)


def next_turn(step: PlanStep, *, after: datetime, beyond: date | None = None) -> datetime | None:
    """The first turn after a moment, on a day later than `beyond`."""
    zone = ZoneInfo(step.upgrade.time_zone)
    later = (at for at in turns(step) if at > after)
    return next((at for at in later if beyond is None or at.astimezone(zone).date() > beyond), None)


def _turns(step: PlanStep, *, start: datetime, end: datetime) -> Iterator[datetime]:
    zone = step.upgrade.time_zone
    first, last = (at.astimezone(ZoneInfo(zone)).date().toordinal() for at in (start, end))
    monday = first - date.fromordinal(first).weekday()
    for number in range(first, last + 1):
        day = date.fromordinal(number)
        if day.weekday() not in step.weekdays or (number - monday) // 7 % step.every_weeks:
            continue
        at = at_wall_clock(day, step.at or time(), zone=zone)
        if start <= at <= end:
            yield at


# Clocks of readers


def reads_own_clock(step: PlanStep) -> bool:
    return step.clock == Clock.READER and step.at is not None


def local_moment(day: date, at: time, zone: str, *, place: str = "UTC") -> datetime:
    """That date and time on the wall of somebody in `zone`, in UTC; of the place where nobody knows that zone."""
    return at_wall_clock(day, at, zone=zone if zone in ZONES else place)


def after_the_night(at: datetime, zone: str, *, place: str = "UTC") -> datetime:
    """That moment, unless it is night on the wall of somebody in `zone`: then when that ends."""
    known = zone if zone in ZONES else place
    wall = at.astimezone(ZoneInfo(known))
    if NIGHT_ENDS <= wall.time() < NIGHT_BEGINS:
        return at
    morning = wall.date() if wall.time() < NIGHT_ENDS else wall.date() + DAY
    return at_wall_clock(morning, NIGHT_ENDS, zone=known).astimezone(UTC)


def first_local_moment(day: date, at: time, *, zones: Iterable[str], place: str) -> datetime:
    """When it is that time for the first of these, or at the place."""
    return min(local_moment(day, at, zone, place=place) for zone in {place, *zones})


def wall_of(step: PlanStep, at: datetime) -> tuple[date, time]:
    """The day and hour that each reader reads, of a time at the place."""
    return at.astimezone(ZoneInfo(step.upgrade.time_zone)).date(), step.at or time()
