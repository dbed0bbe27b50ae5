"""What comes again: the dates of a series. The same weekday and the same time on the wall, across months and clocks."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from engagement.enums import Rhythm

MOST = 60
FARTHEST = timedelta(days=366 * 15)  # sixty quarters


@dataclass(frozen=True)
class Repeat:
    """Until a date, or a number of times; whichever ends it first. `leaves_out` says why there is none on a day."""

    every: str
    until: date | None = None
    count: int | None = None
    leaves_out: Callable[[date], str] | None = None


@dataclass(frozen=True)
class Dates:
    kept: list[date]
    left_out: list[tuple[date, str]]
    is_cut: bool  # there would be more than MOST


def dates(first: date, repeat: Repeat) -> Dates:
    """At most MOST. One that is left out is not counted."""
    left_out: list[tuple[date, str]] = []
    wanted = list(islice(_kept(first, repeat, left_out), min(repeat.count or MOST + 1, MOST + 1)))
    return Dates(kept=wanted[:MOST], left_out=left_out, is_cut=len(wanted) > MOST)


def _kept(first: date, repeat: Repeat, left_out: list[tuple[date, str]]) -> Iterator[date]:
    for day in _all(first, repeat.every):
        if day - first > FARTHEST or (repeat.until and day > repeat.until):
            return
        why = repeat.leaves_out(day) if repeat.leaves_out else ""
        if why:
            left_out.append((day, why))
        else:
            yield day


def _all(first: date, every: str) -> Iterator[date]:
    number = 0
    while True:
        yield nth(first, every, number)
        number += 1


def nth(first: date, every: str, number: int) -> date:
    """Weeks are counted; of months, it is the same weekday of the month (its second Tuesday), the fifth is the last."""
    if every in WEEKS:
        return first + timedelta(weeks=WEEKS[every] * number)
    months = first.month - 1 + MONTHS[every] * number
    return _same_weekday(first, year=first.year + months // 12, month=months % 12 + 1)


WEEKS: dict[str, int] = {Rhythm.WEEK: 1, Rhythm.TWO_WEEKS: 2}
MONTHS: dict[str, int] = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3}


def _same_weekday(first: date, *, year: int, month: int) -> date:
    weekday_of_first, length = calendar.monthrange(year, month)
    day = 1 + (first.weekday() - weekday_of_first) % 7 + 7 * ((first.day - 1) // 7)
    return date(year, month, day if day <= length else day - 7)
