"""When an entry of a calendar file takes place. Files come from anywhere, so a rule is bounded before it is followed:
nothing more often than daily, nothing without an end, so many occurrences and so many seconds for the whole file."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import prod
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar.cal.component import Component
from recurring_ical_events.errors import InvalidCalendar, PeriodEndBeforeStart

SLOW_ENOUGH = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
MOST_TIMES_A_DAY = 24
FIRST_YEAR = 1970
SECONDS = 5.0
ROUND_THE_EARTH = timedelta(days=2)  # a day without a zone begins and ends that much earlier or later somewhere


class TooMuch(ValueError):
    """With a sentence."""


class Budget:
    """Of one file: occurrences, and seconds to find them."""

    def __init__(self, *, most: int):
        self.most, self.left, self.ends = most, most, monotonic() + SECONDS

    def spend(self, number: int = 1) -> None:
        self.left -= number
        if self.left < 0:
            raise TooMuch(f"There are more than {self.most:,} entries. Export fewer of them, or without long series.")
        self.check()

    def check(self) -> None:
        if monotonic() > self.ends:
            raise TooMuch(
                "It takes too long to work out when it comes again. Give the series an end, or make it simpler."
            )


def occurrences(
    parts: Sequence[Component],
    *,
    place: str,
    zone_is_named: bool,
    start: datetime,
    end: datetime,
    budget: Budget,
) -> list[Component]:
    """Of one series, roughly between these moments: the caller looks at the exact times. Each has RECURRENCE-ID."""
    budget.check()
    first, last = start - ROUND_THE_EARTH, end + ROUND_THE_EARTH
    bounded = [_bounded(part, place, first, last, budget) for part in parts]
    alone = icalendar.Calendar()
    alone.add("version", "2.0")
    alone.add("prodid", "-//CommsPlan//EN")
    if zone_is_named or any(_floats(part) for part in bounded):  # then whatever has no zone is in this one
        alone.add("x-wr-timezone", place)
    for part in bounded:
        alone.add_component(part)
    try:
        found = recurring_ical_events.of(alone).between(first, last)
    except (InvalidCalendar, PeriodEndBeforeStart) as error:
        raise ValueError(str(error)) from error
    budget.spend(len(found))
    return found


def begin(part: Component) -> date:
    """A day or a time. The library's types know nothing of what stands in which property."""
    value: Any = part["DTSTART"]
    return value.dt


def _floats(part: Component) -> bool:
    start = begin(part)
    return isinstance(start, datetime) and start.tzinfo is None


def _bounded(part: Component, place: str, first: datetime, last: datetime, budget: Budget) -> Component:
    rules = _all(part, "RRULE")
    dates = sum(len(getattr(one, "dts", ())) for name in ("RDATE", "EXDATE") for one in _all(part, name))
    if dates > budget.most:
        raise TooMuch(f"It names more than {budget.most:,} dates. Make a rule of them.")
    if not rules:
        return part
    copied = part.copy(recursive=True)
    kept = [one for rule in rules if (one := _bounded_rule(rule, part, place, first, last, budget))]
    del copied["RRULE"]
    for rule in kept:
        copied.add("rrule", rule)
    if not kept and "RDATE" not in copied and "EXDATE" in copied:
        del copied["EXDATE"]
    return copied


def _bounded_rule(
    rule: icalendar.vRecur, part: Component, place: str, first: datetime, last: datetime, budget: Budget
) -> icalendar.vRecur | None:
    """The same rule with an end; None where it never comes again."""
    start = begin(part)
    _refuse_hostile(rule, start)
    zone = getattr(start, "tzinfo", None) or ZoneInfo(place)
    wall, until = _on_the_wall(start, zone), _on_the_wall(last, zone)
    if said := rule.get("UNTIL"):
        until = min(until, _on_the_wall(said[0], zone, is_end=True))
    count = _one(rule, "COUNT", 0)
    ends = _last(rule, wall, until, count, since=_on_the_wall(first, zone), budget=budget)
    if ends is None:
        return None
    return _until(rule, _as_said(ends, start, zone))


def _until(rule: icalendar.vRecur, end: date) -> icalendar.vRecur:
    free = {name: value for name, value in rule.items() if name not in ("COUNT", "UNTIL")}
    return icalendar.vRecur(free | {"UNTIL": [end]})


def _as_said(wall: datetime, start: date, zone: tzinfo) -> date:
    """The end of a rule is told as its start is: a day, a moment in UTC, or a time without a zone."""
    if not isinstance(start, datetime):
        return wall.date()
    return wall.replace(tzinfo=zone).astimezone(UTC) if start.tzinfo else wall


def _last(
    rule: icalendar.vRecur, wall: datetime, until: datetime, count: int, *, since: datetime, budget: Budget
) -> datetime | None:
    """Followed once by itself, without building an entry each time."""
    ends, near = None, 0
    for number, moment in enumerate(rrulestr(_until(rule, until).to_ical().decode(), dtstart=wall), 1):
        ends = moment
        near += moment >= since
        if near > budget.most:
            budget.spend(near)
        if not number % 1_000:
            budget.check()
        if number == count:
            break
    budget.check()
    return ends


def _refuse_hostile(rule: icalendar.vRecur, start: date) -> None:
    often = str(_one(rule, "FREQ", "")).upper()
    times = prod(max(1, len(_values(rule, name))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if often in ("SECONDLY", "MINUTELY", "HOURLY") or times > MOST_TIMES_A_DAY:
        raise TooMuch(
            "It comes again within the same day. Critical days come once a day at most; enter it as one entry."
        )
    if often not in SLOW_ENOUGH or any(_one(rule, name, 1) < 1 for name in ("INTERVAL", "COUNT")):
        raise ValueError("A rule says how often.")
    if start.year < FIRST_YEAR:
        raise TooMuch(f"The series began before {FIRST_YEAR}. Let it begin later.")


def _on_the_wall(value: date, zone: tzinfo, *, is_end: bool = False) -> datetime:
    """A day as the end of a rule includes it."""
    if not isinstance(value, datetime):
        return datetime.combine(value, datetime.max.time() if is_end else datetime.min.time()).replace(microsecond=0)
    return value.astimezone(zone).replace(tzinfo=None, fold=0) if value.tzinfo else value


def _one(rule: icalendar.vRecur, name: str, default: Any) -> Any:
    return next(iter(_values(rule, name)), default)


def _values(rule: icalendar.vRecur, name: str) -> list[Any]:
    value = rule.get(name, [])
    return value if isinstance(value, list) else [value]


def _all(part: Component, name: str) -> list[Any]:
    value = part.get(name, [])
    return value if isinstance(value, list) else [value]
