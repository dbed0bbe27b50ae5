"""The calendar laid out: weeks of seven days, in which a bar keeps its lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notices.insight.calendar_entries import DAY, Entry


@dataclass(frozen=True)
class Cell:
    """One entry (or a gap) in a day. A bar is drawn from its first day in the week, over `span` days."""

    entry: Entry | None
    span: int = 1
    is_first: bool = True
    comes_from: bool = False
    goes_on: bool = False
    begins: int = 0  # minutes of the day
    ends: int = 1440


@dataclass(frozen=True)
class Day:
    on: date
    is_today: bool
    is_other: bool  # of another month
    holiday: str
    cells: list[Cell]
    more: int = 0

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= 5

    @property
    def bars(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.entry is None or cell.entry.is_long]

    @property
    def timed(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.entry and not cell.entry.is_long]


def weeks(entries: Sequence[Entry], *, first: date, last: date, today: date, month: int = 0, room: int = 0):
    """Rows of seven days from Monday on. `room` is how many entries a day shows before the rest becomes a number."""
    return [
        _week(entries, begin=first + number * DAY, today=today, month=month, room=room)
        for number in range(0, (last - first).days + 1, 7)
    ]


def _week(entries: Sequence[Entry], *, begin: date, today: date, month: int, room: int) -> list[Day]:
    end = begin + 6 * DAY
    near = [one for one in entries if one.first <= end and one.last >= begin and one.kind != "holiday"]
    holidays = {one.first: one.title for one in entries if one.kind == "holiday"}
    lanes = _lanes([one for one in near if one.is_long], begin, end)
    days = []
    for on in (begin + number * DAY for number in range(7)):
        bars = [_bar(lane.get(on), on, begin, end) for lane in lanes]
        while bars and bars[-1].entry is None:
            bars.pop()
        rest = [_timed(one, on) for one in near if not one.is_long and one.first <= on <= one.last]
        cells, more = _fit([*bars, *rest], room)
        days.append(Day(on, on == today, bool(month) and on.month != month, holidays.get(on, ""), cells, more))
    return days


def _lanes(bars: Sequence[Entry], begin: date, end: date) -> list[dict[date, Entry]]:
    """Each bar keeps its height over the week, the lowest that is free."""
    lanes: list[dict[date, Entry]] = []
    for one in sorted(bars, key=lambda bar: (max(bar.first, begin), -(bar.last - bar.first).days, bar.title)):
        first, last = max(one.first, begin), min(one.last, end)
        days = [first + number * DAY for number in range((last - first).days + 1)]
        lane = next((lane for lane in lanes if not any(day in lane for day in days)), None)
        if lane is None:
            lane = {}
            lanes.append(lane)
        lane.update(dict.fromkeys(days, one))
    return lanes


def _bar(entry: Entry | None, on: date, begin: date, end: date) -> Cell:
    if entry is None:
        return Cell(None)
    first, last = max(entry.first, begin), min(entry.last, end)
    return Cell(entry, (last - first).days + 1, on == first, entry.first < begin, entry.last > end)


def _timed(entry: Entry, on: date) -> Cell:
    begins = entry.minutes[0] if on == entry.first else 0
    ends = entry.minutes[1] if on == entry.last else 1440
    return Cell(entry, is_first=on == entry.first, begins=begins, ends=ends)


def _fit(cells: list[Cell], room: int) -> tuple[list[Cell], int]:
    if not room or len(cells) <= room:
        return cells, 0
    shown = cells[: room - 1]
    return shown, sum(one.entry is not None for one in cells[room - 1 :])
