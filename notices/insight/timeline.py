"""Where things stand in the drawing of an upgrade: pure geometry, without a database and without a clock.

All coordinates are whole units of the drawing, so that no locale can write them with a comma.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib.time import NAMES, at_wall_clock

WIDTH = 1000
LABELS = 156  # the lanes' names stand left of it
EDGE = 12
AXIS = 46
BAND_NAMES = 15
ROW = 26
LANE_PADDING = 7
LETTER = 6.3  # mean width of a letter of the labels
LONGEST_LABEL = 34
RANGES = {"all": "Everything", "quarter": "3 months", "month": "6 weeks", "fortnight": "2 weeks"}
LENGTHS = {"quarter": timedelta(days=91), "month": timedelta(days=42), "fortnight": timedelta(days=14)}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Item:
    """Something with a time. Without an end it is a mark, with one a bar; `was_…` is where it was planned first."""

    label: str
    start: datetime
    end: datetime | None = None
    was_start: datetime | None = None
    was_end: datetime | None = None
    lane: str = ""
    shape: str = "dot"
    about: Any = None


@dataclass(frozen=True)
class Scale:
    start: datetime
    end: datetime
    left: int = LABELS
    right: int = WIDTH - EDGE

    def x(self, at: datetime) -> int:
        """Times outside stand on the edge."""
        share = (at - self.start) / (self.end - self.start)
        return round(self.left + min(max(share, 0), 1) * (self.right - self.left))

    def shows(self, start: datetime, end: datetime | None = None) -> bool:
        return start <= self.end and (end or start) >= self.start

    @property
    def days(self) -> float:
        return (self.end - self.start) / DAY


@dataclass(frozen=True)
class Tick:
    x: int
    label: str


@dataclass(frozen=True)
class Stretch:
    """A month or a year on the upper line of the axis."""

    x: int
    width: int
    label: str


@dataclass(frozen=True)
class Placed:
    """An item in the drawing. `y` is its middle; ghosts and bars have a width, marks have none."""

    item: Item
    x: int
    y: int
    label: str
    label_x: int
    anchor: str
    width: int = 0
    ghost_x: int = 0
    ghost_width: int = 0

    @property
    def top(self) -> int:
        return self.y - 8

    @property
    def has_ghost(self) -> bool:
        return self.ghost_width > 0


@dataclass(frozen=True)
class Lane:
    lines: list[Tick]  # its name, broken into lines; x is the height of each
    top: int
    height: int
    items: list[Placed]
    is_striped: bool

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True)
class Band:
    """Critical days behind the lanes; each label has a line of its own where two would meet."""

    item: Item
    x: int
    width: int
    label: str
    label_y: int


@dataclass(frozen=True)
class Drawing:
    height: int
    ticks: list[Tick]
    stretches: list[Stretch]
    lanes: list[Lane]
    bands: list[Band]
    now_x: int | None
    earlier: int
    later: int
    width: int = WIDTH
    left: int = LABELS
    right: int = WIDTH - EDGE
    axis: int = AXIS


def span(name: str, moments: Sequence[datetime], *, now: datetime, begin: date | None, zone: str) -> Scale:
    """The stretch of time to draw. "all" holds every moment, and today when it is near."""
    if name in LENGTHS:
        length = LENGTHS[name]
        start = at_wall_clock(begin, time.min, zone=zone) if begin else _midnight(now - length / 7, zone)
        return Scale(start, start + length)
    first, last = min(moments, default=now), max(moments, default=now)
    reach = max(last - first, 14 * DAY)
    if first - reach / 4 <= now <= last + reach / 4:
        first, last = min(first, now), max(last, now)
    margin = max((last - first) / 25, DAY)
    return Scale(_midnight(first - margin, zone), _midnight(last + margin + DAY, zone))


def draw(
    lanes: Sequence[tuple[str, Iterable[Item]]], bands: Iterable[Item], *, scale: Scale, now, zone: str
) -> Drawing:
    """Lanes from top to bottom in the given order; those that show nothing are left out."""
    everything = [(name, list(items)) for name, items in lanes]
    items = [item for _, lane in everything for item in lane]
    behind = _bands([band for band in bands if scale.shows(band.start, band.end)], scale)
    placed: list[Lane] = []
    y = max((band.label_y for band in behind), default=AXIS) + 6
    for name, lane in everything:
        shown = [item for item in lane if scale.shows(*_extent(item))]
        if not shown:
            continue
        placed.append(_lane(name, shown, scale=scale, top=y, is_striped=len(placed) % 2 == 1))
        y = placed[-1].bottom
    return Drawing(
        height=max(y, AXIS + 3 * ROW) + EDGE,
        ticks=ticks(scale, zone),
        stretches=stretches(scale, zone),
        lanes=placed,
        bands=behind,
        now_x=scale.x(now) if scale.shows(now) else None,
        earlier=sum(_extent(item)[1] < scale.start for item in items),
        later=sum(_extent(item)[0] > scale.end for item in items),
    )


def pack(boxes: Sequence[tuple[int, int]], *, gap: int = 6) -> list[int]:
    """A row for each box (left, right), the lowest in which it touches nothing; boxes come in order of time."""
    ends: list[int] = []
    rows = []
    for left, right in boxes:
        row = next((number for number, end in enumerate(ends) if end + gap <= left), len(ends))
        ends[row : row + 1] = [right]
        rows.append(row)
    return rows


# The axis


def ticks(scale: Scale, zone: str) -> list[Tick]:
    """Days on short stretches, Mondays on middle ones, months on long ones."""
    months = _short(NAMES["en"][1])
    if scale.days <= 16:
        weekdays = _short(NAMES["en"][0])
        return _ticks(scale, zone, lambda on: True, lambda on: f"{weekdays[on.weekday()]} {on.day}")
    if scale.days <= 130:
        return _ticks(scale, zone, lambda on: on.weekday() == 0, lambda on: f"{on.day} {months[on.month - 1]}")
    step = 1 if scale.days <= 760 else 3
    return _ticks(scale, zone, lambda on: on.day == 1 and (on.month - 1) % step == 0, lambda on: months[on.month - 1])


def stretches(scale: Scale, zone: str) -> list[Stretch]:
    """Months, or years on long stretches; a name that does not fit is left out."""
    by_year = scale.days > 130
    edges = [scale.start, *(at for at, on in _days(scale, zone) if on.day == 1 and (not by_year or on.month == 1))]
    found = []
    for at, until in zip(edges, [*edges[1:], scale.end], strict=True):
        on = at.astimezone(ZoneInfo(zone)).date()
        label = str(on.year) if by_year else f"{NAMES['en'][1][on.month - 1]} {on.year}"
        x, right = scale.x(at), scale.x(until)
        found.append(Stretch(x=x, width=right - x, label=label if _wide(label) < right - x else ""))
    return [stretch for stretch in found if stretch.width > 0]


def _ticks(scale: Scale, zone: str, chosen, label) -> list[Tick]:
    return [Tick(x=scale.x(at), label=label(on)) for at, on in _days(scale, zone) if chosen(on)]


def _days(scale: Scale, zone: str) -> list[tuple[datetime, date]]:
    """Every midnight of the place inside the stretch."""
    first = scale.start.astimezone(ZoneInfo(zone)).date()
    days = [first + number * DAY for number in range(int(scale.days) + 3)]
    moments = [(at_wall_clock(on, time.min, zone=zone), on) for on in days]
    return [(at, on) for at, on in moments if scale.start <= at < scale.end]


def _midnight(at: datetime, zone: str) -> datetime:
    return at_wall_clock(at.astimezone(ZoneInfo(zone)).date(), time.min, zone=zone)


def _short(names: Sequence[str]) -> list[str]:
    return [name[:3] for name in names]


# Lanes


def _lane(name: str, items: list[Item], *, scale: Scale, top: int, is_striped: bool) -> Lane:
    ordered = sorted(items, key=lambda item: (_extent(item)[0], item.label))
    shapes = [_shape(item, scale) for item in ordered]
    rows = pack([(left, right) for left, right, _ in shapes])
    lines = textwrap.wrap(name, 23, max_lines=3, placeholder=" …")
    height = max((max(rows) + 1) * ROW, 15 * len(lines)) + 2 * LANE_PADDING
    middle = top + LANE_PADDING + ROW // 2
    return Lane(
        lines=[Tick(x=top + LANE_PADDING + 16 + 15 * number, label=line) for number, line in enumerate(lines)],
        top=top,
        height=height,
        items=[
            Placed(item=item, y=middle + row * ROW, **shape)
            for item, row, (_, _, shape) in zip(ordered, rows, shapes, strict=True)
        ],
        is_striped=is_striped,
    )


def _shape(item: Item, scale: Scale) -> tuple[int, int, dict]:
    """What the item takes in its row, label included, and how it is drawn. The label stands where there is room."""
    start, end = _extent(item)
    x = scale.x(item.start)
    width = max(scale.x(item.end) - x, 6) if item.end else 0
    left, right = min(scale.x(start), x) - (0 if width else 8), max(scale.x(end), x + width) + (0 if width else 8)
    label = textwrap.shorten(item.label, LONGEST_LABEL, placeholder="…") or item.label[:LONGEST_LABEL]
    shape = {"x": x, "width": width, "label": label} | _ghost(item, scale)
    if right + _wide(label) + 6 <= WIDTH:
        return left, right + _wide(label) + 6, shape | {"label_x": right + 5, "anchor": "start"}
    return left - _wide(label) - 6, right, shape | {"label_x": left - 5, "anchor": "end"}


def _ghost(item: Item, scale: Scale) -> dict:
    if item.was_start is None or (item.was_start, item.was_end) == (item.start, item.end):
        return {}
    if not scale.shows(item.was_start, item.was_end):
        return {}
    x = scale.x(item.was_start)
    return {"ghost_x": x, "ghost_width": max(scale.x(item.was_end or item.was_start) - x, 6)}


def _extent(item: Item) -> tuple[datetime, datetime]:
    """From the first to the last moment of an item and of its ghost."""
    moments = [at for at in (item.start, item.end, item.was_start, item.was_end) if at is not None]
    return min(moments), max(moments)


def _bands(items: list[Item], scale: Scale) -> list[Band]:
    ordered = sorted(items, key=lambda item: (item.start, item.label))
    xs = [scale.x(item.start) for item in ordered]
    rows = pack([(x, x + _wide(item.label)) for x, item in zip(xs, ordered, strict=True)])
    return [
        Band(
            item=item,
            x=x,
            width=max(scale.x(item.end or item.start) - x, 3),
            label=item.label[: int((WIDTH - x) / LETTER)],
            label_y=AXIS + 13 + BAND_NAMES * row,
        )
        for item, x, row in zip(ordered, xs, rows, strict=True)
    ]


def _wide(label: str) -> int:
    return round(len(label) * LETTER)
