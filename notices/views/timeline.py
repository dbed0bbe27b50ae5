"""The drawing of an upgrade's time, and the same as a list."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from commsplan import looks
from commsplan.lib import time
from notices.enums import NoticeState
from notices.insight import lines
from notices.insight import timeline as geometry
from notices.insight.timeline import Item
from upgrades import collisions, overlaps
from upgrades.enums import Freeze
from upgrades.models import Milestone, Upgrade

LANES = {"audience": "Audience", "kind": "Kind"}
SHAPES = {
    NoticeState.DRAFT: "ring",
    NoticeState.IN_REVIEW: "diamond",
    NoticeState.APPROVED: "dot",
    "sending": "arrow",
    "sent": "tick",
    NoticeState.RELEASED: "tick",
    "paused": "bars",
    NoticeState.MISSED: "triangle",
    NoticeState.CANCELLED: "cross",
}


@require_GET
def upgrade_timeline(request, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    milestones = list(upgrade.milestones.order_by("start", "pk"))
    found = [line for line in lines.of(upgrade, now=now) if line.due]
    chosen, lanes = choice(request, "range", geometry.RANGES), choice(request, "lanes", LANES)
    moments = [at for one in milestones for at in (one.start, one.last_moment, one.baseline_start)]
    scale = geometry.span(
        chosen, moments + [line.due for line in found], now=now, begin=begin(request), zone=upgrade.time_zone
    )
    hits, met = collisions.of_moved(milestones), overlaps.of_moved(milestones)
    drawing = geometry.draw(
        [
            ("Milestones", [bar(one, upgrade) for one in milestones]),
            ("Other upgrades at the same time", others(met, upgrade)),
            *rows(found, lanes, upgrade),
        ],
        bands(hits),
        scale=scale,
        now=now,
        zone=upgrade.time_zone,
    )
    context = {
        "upgrade": upgrade,
        "drawing": drawing,
        "choices": [{"value": key, "label": label, "active": key == chosen} for key, label in geometry.RANGES.items()],
        "lane_choices": [{"value": key, "label": label, "active": key == lanes} for key, label in LANES.items()],
        "around": None if chosen == "all" else neighbours(scale, upgrade.time_zone),
        "legend": legend(found),
        "entries": entries(milestones, found),
        "collisions": hits,
        "overlaps": met,
    }
    return render(request, "notices/timeline.html", context)


def choice(request, name: str, known: dict[str, str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else next(iter(known))


def begin(request) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None


def neighbours(scale: geometry.Scale, zone: str) -> dict[str, date]:
    """Where the stretches before and after this one begin; counted from noon, because of clock changes."""
    noon = scale.start + timedelta(hours=12)
    length = scale.end - scale.start
    place = ZoneInfo(zone)
    return {"earlier": (noon - length).astimezone(place).date(), "later": (noon + length).astimezone(place).date()}


def bar(milestone: Milestone, upgrade: Upgrade) -> Item:
    look = looks.look_of("milestone", milestone.status)
    return Item(
        label=milestone.name,
        start=milestone.start,
        end=milestone.end,
        was_start=milestone.baseline_start,
        was_end=milestone.baseline_end,
        shape="flag",
        about={
            "tone": look.tone,
            "url": f"#milestone-{milestone.pk}",
            "words": f"{milestone.name}, {time.window(milestone.start, milestone.end, zone=upgrade.time_zone)}. "
            f"{look.words}.{' Moved.' if milestone.is_moved else ''}",
        },
    )


def others(met: list[overlaps.Overlap], upgrade: Upgrade) -> list[Item]:
    """Windows of other upgrades that meet one of this, each once; the gravest meeting counts."""
    by_key: dict[int, overlaps.Overlap] = {}
    for hit in met:
        by_key.setdefault(hit.other.pk, hit)
    return [other(hit, upgrade) for hit in by_key.values()]


def other(hit: overlaps.Overlap, upgrade: Upgrade) -> Item:
    one = hit.other
    return Item(
        label=f"{one.name}, {one.upgrade}",
        start=one.start,
        end=one.end,
        shape="flag",
        about={
            "tone": "bad" if hit.is_hard else "warn",
            "url": f"{reverse('upgrade_milestones', args=[one.upgrade.slug])}#milestone-{one.pk}",
            "words": f"{one.name} of {one.upgrade}, {time.window(one.start, one.end, zone=upgrade.time_zone)}. "
            f"At the same time as {hit.milestone}; both touch {', '.join(hit.shared[:3])}.",
        },
    )


def rows(found: list[lines.Line], by: str, upgrade: Upgrade) -> list[tuple[str, list[Item]]]:
    """Notices by audience or kind, in the order in which each first occurs; what people do has its own lane."""
    lanes: dict[str, list[Item]] = defaultdict(list)
    for line in found:
        name = (line.audience if by == "audience" else line.kind) if line.notice else "Meetings and other steps"
        if line.due:
            lanes[name].append(mark(line, line.due, upgrade))
    last = lanes.pop("Meetings and other steps", [])
    return [*lanes.items(), ("Meetings and other steps", last)]


def mark(line: lines.Line, due: datetime, upgrade: Upgrade) -> Item:
    look = line.look
    return Item(
        label=line.name,
        start=due,
        shape=SHAPES.get(line.state, "ring") if line.notice else "square",
        about={
            "tone": look.tone,
            "url": line.notice.get_absolute_url() if line.notice else f"#step-{line.step and line.step.pk}",
            "words": f"{line.name}, {time.full(due, zone=upgrade.time_zone)}. {look.words}. {line.audience}.",
        },
    )


def bands(hits: list[collisions.Collision]) -> list[Item]:
    """Critical days that meet a milestone of this upgrade, each once."""
    days = {hit.critical_days.pk: hit.critical_days for hit in hits}
    return [
        Item(
            label=one.name,
            start=one.start,
            end=one.end,
            about={
                "is_hard": one.freeze == Freeze.HARD,
                "words": f"{one.name}: {one.get_freeze_display().lower()}, "
                f"{time.window(one.start, one.end, zone=one.time_zone)}",
            },
        )
        for one in days.values()
    ]


def legend(found: list[lines.Line]) -> list[dict]:
    """The states that occur, each with its shape."""
    states = {line.state: line.look for line in found if line.notice}
    shown = [{"shape": shape, "look": states.pop(state)} for state, shape in SHAPES.items() if state in states]
    return shown + ([{"shape": "square", "look": None}] if any(not line.notice for line in found) else [])


def entries(milestones: list[Milestone], found: list[lines.Line]) -> list[dict]:
    """Everything in the order of time, for the list under the drawing."""
    both: list[tuple[datetime, dict]] = [(one.start, {"milestone": one}) for one in milestones]
    both += [(line.due, {"line": line}) for line in found if line.due]
    return [entry for _, entry in sorted(both, key=lambda pair: pair[0])]
