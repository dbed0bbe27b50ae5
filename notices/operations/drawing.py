"""The course of the operation as lines: what waited, what was sent, how long the clock was silent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notices.operations.readings import MINUTE, Point

WIDTH, HEIGHT, TOP = 960, 120, 12
TABLE_ROWS = 14


@dataclass(frozen=True)
class Span:
    label: str
    length: timedelta
    step: timedelta
    ticks: int
    format: str


SPANS = {
    "hour": Span("Hour", timedelta(hours=1), timedelta(minutes=1), 6, "%H:%M"),
    "day": Span("Day", timedelta(days=1), timedelta(minutes=10), 8, "%H:%M"),
    "fortnight": Span("14 days", timedelta(days=14), timedelta(hours=2), 7, "%-d %b"),
}


@dataclass(frozen=True)
class Line:
    name: str
    icon: str
    said: str
    most: str
    path: str
    area: str


@dataclass(frozen=True)
class Row:
    at: datetime
    queue: float | None
    sent: float
    lag: float | None


@dataclass(frozen=True)
class Chart:
    lines: Sequence[Line]
    ticks: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    floor: int = HEIGHT - 1


def of(points: Sequence[Point], span: Span, *, now: datetime, zone: str, silence: timedelta) -> Chart:
    """`silence`: of the clock, up to which nothing is wrong. So usual silence looks as small as it is."""
    first = now - span.length

    def x(at: datetime) -> float:
        return max(0.0, min(1.0, (at - first) / span.length)) * WIDTH

    return Chart(
        lines=[
            _line("Waiting in the outbox", "inbox", "", [(one.at, one.queue) for one in points], x, span),
            _line("Sent per minute", "send", "", [(one.at, one.sent) for one in _over(points, now)], x, span),
            _line("Silence of the clock", "clock", " s", [(one.at, one.lag) for one in points], x, span, silence),
        ],
        ticks=_ticks(span, now=now, zone=zone, x=x),
        rows=_rows(points, span),
    )


def _over(points: Sequence[Point], now: datetime) -> Sequence[Point]:
    """Without a minute that has just begun: it would look as if sending had stopped."""
    return points[:-1] if len(points) > 1 and points[-1].at + MINUTE > now else points


def _line(
    name: str,
    icon: str,
    unit: str,
    values: Sequence[tuple[datetime, float | None]],
    x: Callable[[datetime], float],
    span: Span,
    allowed: timedelta = timedelta(0),
) -> Line:
    known = [value for _, value in values if value is not None]
    most = max(known, default=0.0)
    usual = allowed.total_seconds()
    top = max(most, usual)
    now = f"{_number(known[-1])}{unit}" if known else "not known"
    said = f"Now {now}, at most {_number(most)}{unit}{f'; up to {_number(usual)}{unit} is usual' if allowed else ''}"
    parts = _parts(values, span)
    paths = [_path(part, top, x) for part in parts]
    areas = [f"{path}V{HEIGHT - 1}H{x(part[0][0]):.1f}Z" for path, part in zip(paths, parts, strict=True)]
    return Line(name, icon, said, f"{_number(top)}{unit}" if top else "", "".join(paths), "".join(areas))


def _parts(values: Sequence[tuple[datetime, float | None]], span: Span) -> list[list[tuple[datetime, float]]]:
    """Where nobody looked there is no line. Each part ends one step after its last value."""
    parts: list[list[tuple[datetime, float]]] = []
    last: datetime | None = None
    for at, value in values:
        if value is None:
            continue
        if last is None or at - last > 2 * span.step:
            parts.append([])
        parts[-1].append((at, value))
        last = at
    return [[*part, (part[-1][0] + span.step, part[-1][1])] for part in parts]


def _path(part: Sequence[tuple[datetime, float]], most: float, x: Callable[[datetime], float]) -> str:
    floor = HEIGHT - 1

    def y(value: float) -> str:
        return f"{floor - (value / most if most else 0) * (floor - TOP):.1f}"

    return f"M{x(part[0][0]):.1f} {y(part[0][1])}" + "".join(f"H{x(at):.1f}V{y(value)}" for at, value in part[1:])


def _ticks(span: Span, *, now: datetime, zone: str, x: Callable[[datetime], float]) -> list[tuple[str, str]]:
    moments = [now - span.length * (number / span.ticks) for number in range(span.ticks, 0, -1)]
    return [(f"{x(one):.1f}", one.astimezone(ZoneInfo(zone)).strftime(span.format)) for one in moments]


def _rows(points: Sequence[Point], span: Span) -> list[Row]:
    """The newest first, in a dozen of pieces."""
    step = max(span.step, span.length / TABLE_ROWS)
    each = max(1, round(step / span.step))
    pieces = [points[number : number + each] for number in range(0, len(points), each)]
    return [_row(piece) for piece in reversed(pieces)]


def _row(piece: Sequence[Point]) -> Row:
    queues = [one.queue for one in piece if one.queue is not None]
    lags = [one.lag for one in piece if one.lag is not None]
    sent = sum(one.sent for one in piece) / len(piece)
    return Row(piece[0].at, max(queues, default=None), sent, max(lags, default=None))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
