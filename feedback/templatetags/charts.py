"""Charts as SVG, drawn by the server. Widths are percentages, so that words keep their size on every screen; each
chart stands above its table (templates/feedback/_numbers.html), which says the same to those who do not see it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from feedback.results import Bar, Net, QuestionResult, left_of_middle

register = template.Library()
ROOM_FOR_WORDS = 9  # percent of the width that "12 %" needs on a phone
AXIS = SafeString('<line class="axis" x1="50%" x2="50%" y1="0" y2="40"/>')


@dataclass(frozen=True)
class Segment:
    x: float
    width: float
    tone: str
    share: float
    label: str


@register.simple_tag
def diverging(result: QuestionResult, reach: float = 1) -> SafeString:
    """One stacked bar for a five-point scale: the middle of "neutral" stands in the middle of the drawing. `reach` is
    the share that fills one half of the width; the same for all bars of a page, so that they can be compared."""
    segments = list(stacked(result.bars, reach))
    return _svg(
        result.text,
        "drawing drawing-diverging",
        format_html("{}{}", _drawn(segments), AXIS),
    )


def stacked(bars: list[Bar], reach: float = 1) -> Iterator[Segment]:
    """From left to right, in percent of the width."""
    half = 50 / reach
    x = 50 - half * left_of_middle(bars)
    for place, bar in enumerate(bars, 1):
        width = half * bar.share
        yield Segment(x, width, f"likert-{place}", bar.share, bar.label)
        x += width


@register.simple_tag
def columns(result: QuestionResult) -> SafeString:
    """How often each of the numbers from 0 to 10 was given."""
    most = max((bar.count for bar in result.bars), default=0) or 1
    step = 100 / len(result.bars)
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/><text x="{}%" y="98" text-anchor="middle">{}</text>',
        (
            (_nps_tone(int(bar.value)), _n(place * step + 0.6), _n(80 - 76 * bar.count / most), _n(step - 1.2),
             _n(76 * bar.count / most), _n((place + 0.5) * step), bar.label)
            for place, bar in enumerate(result.bars)
        ),
    )  # fmt: skip
    return _svg(result.text, "drawing drawing-columns", drawn)


@register.simple_tag
def net_bar(net: Net) -> SafeString:
    """Detractors, passives and promoters in one bar."""
    total = (net.promoters + net.passives + net.detractors) or 1
    x, segments = 0.0, []
    for tone, count in (("likert-1", net.detractors), ("likert-3", net.passives), ("likert-5", net.promoters)):
        segments.append(Segment(x, 100 * count / total, tone, count / total, ""))
        x += 100 * count / total
    return _svg("Detractors, passives and promoters", "drawing drawing-diverging", _drawn(segments))


@register.simple_tag
def share_bar(bar: Bar) -> SafeString:
    """One horizontal bar of a table."""
    rect = format_html('<rect class="share" x="0" y="0" width="{}%" height="12"/>', _n(100 * bar.share))
    return format_html('<svg class="drawing-share" aria-hidden="true">{}</svg>', rect)


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{round(share * 100)}\u00a0%"


@register.filter
def signed(number: int) -> str:
    return f"+{number}" if number > 0 else str(number).replace("-", "−")


def _drawn(segments: list[Segment]) -> SafeString:
    shown = [segment for segment in segments if segment.width > 0]
    rects = format_html_join(
        "",
        '<rect class="{}" x="{}%" y="4" width="{}%" height="32"/>',
        ((segment.tone, _n(segment.x), _n(segment.width)) for segment in shown),
    )
    words = format_html_join(
        "",
        '<text class="on-{}" x="{}%" y="25" text-anchor="middle">{}</text>',
        (
            (segment.tone, _n(segment.x + segment.width / 2), percent(segment.share))
            for segment in shown
            if segment.width >= ROOM_FOR_WORDS
        ),
    )
    return format_html("{}{}", rects, words)


def _svg(title: str, classes: str, content: SafeString) -> SafeString:
    return format_html(
        '<svg class="{}" role="img" aria-label="{}">{}</svg>', classes, f"{title} (numbers below)", content
    )


def _nps_tone(value: int) -> str:
    return "likert-1" if value <= 6 else "likert-3" if value <= 8 else "likert-5"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
