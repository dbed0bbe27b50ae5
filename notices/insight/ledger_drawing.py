"""The course of beliefs as lines that go in steps, one drawing for each figure, all over the same time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commsplan.lib import time
from notices.insight.ledger_trend import Mark, Point, Trend

WIDTH, HEIGHT, TOP = 960, 150, 10
MOST_LABELS = 7
MOST_ROWS = 40


@dataclass(frozen=True)
class Tick:
    x: str
    said: str


@dataclass(frozen=True)
class Flag:
    x: str
    said: str
    at: datetime
    is_change: bool


@dataclass(frozen=True)
class Drawing:
    """`area` is the line closed along the floor. `most`: what the top stands for."""

    name: str
    icon: str
    now: str
    most: str
    line: str
    area: str
    said: str


@dataclass(frozen=True)
class Page:
    drawings: Sequence[Drawing]
    ticks: Sequence[Tick]
    flags: Sequence[Flag]
    rows: Sequence[tuple[Point | None, Mark | None]]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP

    @property
    def floor(self) -> int:
        return self.height - 1


def of(trend: Trend, *, zone: str) -> Page:
    first = trend.points[0].at
    last = max(trend.now, first + timedelta(minutes=1))

    def x(at: datetime) -> str:
        return f"{max(0.0, min(1.0, (at - first) / (last - first))) * WIDTH:.1f}"

    rows = table(trend)
    return Page(
        drawings=[_accuracy(trend, x), _wrong(trend, x), _debt(trend, x)],
        ticks=ticks(first, last, x, zone=zone),
        flags=[Flag(x(one.at), one.said, one.at, one.is_change) for one in trend.marks],
        rows=rows[-MOST_ROWS:][::-1],
        left_out=max(0, len(rows) - MOST_ROWS),
    )


def _accuracy(trend: Trend, x: Callable) -> Drawing:
    values = [(one.at, one.accuracy if one.accuracy is not None else 100.0) for one in trend.points]
    now = trend.points[-1]
    least = min(value for _, value in values)
    return Drawing(
        name="Expectation accuracy",
        icon="target",
        now=f"{values[-1][1]:.1f} %",
        most="100 %",
        **_path(values, 100, x, now=trend.now),
        said=f"Now {values[-1][1]:.1f} % ({now.right_pairs:,} of {now.pairs:,}); at its lowest {least:.1f} %",
    )


def _wrong(trend: Trend, x: Callable) -> Drawing:
    values = [(one.at, float(one.wrong)) for one in trend.points]
    most = max(value for _, value in values)
    return Drawing(
        name="People who believe something wrong",
        icon="circle-x",
        now=f"{values[-1][1]:,.0f}",
        most=f"{most:,.0f}",
        **_path(values, most, x, now=trend.now),
        said=f"Now {values[-1][1]:,.0f}, at most {most:,.0f}; together {hours(trend.stale_hours)}",
    )


def _debt(trend: Trend, x: Callable) -> Drawing:
    values = [(one.at, float(one.debt)) for one in trend.points]
    most = max(value for _, value in values)
    return Drawing(
        name="Communication debt",
        icon="receipt",
        now=f"{values[-1][1]:,.0f}",
        most=f"{most:,.0f}",
        **_path(values, most, x, now=trend.now),
        said=f"Now {values[-1][1]:,.0f} facts that somebody should know and does not, at most {most:,.0f}",
    )


def hours(number: float) -> str:
    """ "1,240 person-hours" """
    if 0 < number < 10:
        return f"{number:.1f} person-hours"
    return f"{number:,.0f} person-hours"


def _path(values: Sequence[tuple[datetime, float]], most: float, x: Callable, *, now: datetime) -> dict[str, str]:
    floor = HEIGHT - 1

    def y(value: float) -> str:
        return f"{floor - (value / most if most else 0) * (floor - TOP):.1f}"

    steps = [f"M{x(values[0][0])} {y(values[0][1])}"]
    steps += [f"H{x(at)}V{y(value)}" for at, value in values[1:]]
    line = f"{''.join(steps)}H{x(now)}"
    return {"line": line, "area": f"{line}V{floor}H{x(values[0][0])}Z"}


def ticks(first: datetime, last: datetime, x: Callable, *, zone: str) -> list[Tick]:
    """Days; within one or two days, hours."""
    place = ZoneInfo(zone)
    span = last - first
    if span > timedelta(days=2):
        every = max(1, -(-span.days // MOST_LABELS))
        day = (first.astimezone(place) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        moments = [day + timedelta(days=number) for number in range(0, span.days + 1, every)]
        return [Tick(x(one), f"{one.day} {one:%b}") for one in moments if one <= last]
    every = max(1, -(-int(span / timedelta(hours=1)) // MOST_LABELS))
    hour = (first.astimezone(place) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    moments = [hour + timedelta(hours=number) for number in range(0, 49, every)]
    return [Tick(x(one), f"{one:%H:%M}") for one in moments if one <= last]


def table(trend: Trend) -> list[tuple[Point | None, Mark | None]]:
    """What happened, each with how things stood from then on, and each step that nothing of that explains."""
    found: list[tuple[Point | None, Mark | None]] = []
    for mark in sorted(trend.marks, key=lambda one: one.at):
        found.append((next((one for one in reversed(trend.points) if one.at <= mark.at + trend.step), None), mark))
    explained = {id(point) for point, _ in found}
    found += [(point, None) for point in trend.points if id(point) not in explained]
    return sorted(found, key=lambda row: row[1].at if row[1] else row[0].at)  # type: ignore[union-attr]


def exactness(step: timedelta) -> str:
    """ "minute", "hour": to what the drawing is exact."""
    minutes = int(step / timedelta(minutes=1))
    return {1: "minute", 60: "hour", 1440: "day", 10_080: "week"}.get(minutes, time.duration(minutes))
