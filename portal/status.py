"""What the public may know: published upgrades, their public milestones, and notices released to the status page.

Nothing else is ever read here, so nothing else can be shown: every page, feed, calendar and API answer of the public
side is made from what these functions return.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from commsplan.lib import time
from feedback.models import Concern
from notices.models import Notice, Variant
from notices.pipeline import render
from portal import banners, dates, windows, words
from portal.banners import Banner
from portal.windows import Window
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Upgrade

PAST = timedelta(days=90)
MOST_UPDATES = 50


@dataclass(frozen=True)
class Reader:
    language: str
    zone: str = ""  # empty: that of the place


@dataclass(frozen=True)
class Update:
    pk: int
    at: datetime
    said_at: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Answered:
    """A question as everybody reads it: never the words of who asked."""

    pk: int
    question: str
    answer: str
    at: datetime


@dataclass(frozen=True)
class UpgradePage:
    upgrade: Upgrade
    headline: str
    tone: str
    icon: str
    phase: words.Say
    focus: Window | None
    windows: list[Window]
    actions: list[Window]
    services: list[str]
    updates: list[Update]
    answers: list[Answered]
    banners: list[Banner] = field(default_factory=list)


@dataclass(frozen=True)
class Light:
    service: str
    say: words.Say


@dataclass(frozen=True)
class IndexPage:
    headline: str
    tone: str
    icon: str
    next: str
    lights: list[Light]
    now: list[Window]
    upcoming: list[Window]
    past: list[Window]
    undated: list[Upgrade]
    banners: list[Banner] = field(default_factory=list)


# One upgrade


def find(slug: str) -> Upgrade | None:
    return Upgrade.objects.published().prefetch_related("services").filter(slug=slug).first()


def upgrade_page(upgrade: Upgrade, *, reader: Reader, now: datetime) -> UpgradePage:
    rows = _windows(dates.public().filter(upgrade=upgrade), reader=reader, now=now)
    focus = _focus(rows)
    headline, tone, icon = _headline(upgrade, rows, focus, reader)
    return UpgradePage(
        upgrade=upgrade,
        headline=headline,
        tone=tone,
        icon=icon,
        phase=words.PHASES[Phase(upgrade.phase)],
        focus=focus,
        windows=rows,
        actions=[] if upgrade.is_cancelled else [row for row in rows if row.action and row.is_live],
        services=sorted(service.name for service in upgrade.services.all()),
        updates=updates(upgrade, reader=reader),
        answers=answers(upgrade),
        banners=banners.shown(language=reader.language, zone=reader.zone, now=now, upgrade=upgrade),
    )


def _windows(milestones, *, reader: Reader, now: datetime) -> list[Window]:
    found = (
        milestones.select_related("upgrade")
        .prefetch_related("services", "sites", "upgrade__services")
        .order_by("start", "pk")
    )
    return [windows.of_milestone(one, reader_zone=reader.zone, language=reader.language, now=now) for one in found]


def _focus(rows: list[Window]) -> Window | None:
    """What a reader came for: what is under way, else what is checked, else what comes next, else what was last."""
    for state in (words.NOW, words.CHECKING, words.UPCOMING):
        if found := next((row for row in rows if row.state == state), None):
            return found
    over = [row for row in rows if row.state in (words.COMPLETED, words.PASSED)]
    return over[-1] if over else next(iter(rows), None)


def _headline(upgrade: Upgrade, rows: list[Window], focus: Window | None, reader: Reader) -> tuple[str, str, str]:
    if upgrade.phase == Phase.CANCELLED:
        return gettext("This upgrade is cancelled."), "quiet", "circle-x"
    if upgrade.phase == Phase.COMPLETED:
        return gettext("This upgrade is completed."), "good", "circle-check"
    if focus is None:
        return gettext("Being planned. The dates will be here as soon as they are certain."), "info", "calendar-check"
    said = _sentence(focus, reader)
    look = words.STATES[focus.state]
    return said, "bad" if focus.state == words.NOW and focus.impact == Impact.OUTAGE else look.tone, look.icon


def _sentence(window: Window, reader: Reader) -> str:
    """ "Mail: under way until Sunday 29 March 2026, 06:00 Europe/Berlin (CEST)"."""
    end = window.when.end
    if window.state == words.NOW and end:
        until = time.full(end, zone=window.when.zone, language=reader.language)
        if window.is_late:
            return gettext("%(services)s: under way, longer than planned (until %(until)s)") % {
                "services": window.names,
                "until": until,
            }
        return gettext("%(services)s: under way until %(until)s") % {"services": window.names, "until": until}
    patterns = {
        words.NOW: gettext("%(services)s: under way"),
        words.CHECKING: gettext("%(services)s: the planned time is over. We check, and confirm it here."),
        words.UPCOMING: gettext("%(services)s: planned for %(when)s"),
        words.COMPLETED: gettext("%(services)s: completed"),
        words.CANCELLED: gettext("%(services)s: cancelled"),
    }
    pattern = patterns.get(window.state) or gettext("%(services)s: the planned time is over")
    return pattern % {"services": window.names, "when": window.when.said}


def updates(upgrade: Upgrade, *, reader: Reader) -> list[Update]:
    """Newest first."""
    variants = Prefetch("approved_revision__variants", Variant.objects.order_by("pk"))
    notices = (
        Notice.objects.on_the_portal()
        .filter(upgrade=upgrade, released_at__isnull=False)
        .select_related("approved_revision", "upgrade", "milestone")
        .prefetch_related(variants)
        .order_by("-released_at", "-pk")[:MOST_UPDATES]
    )
    return [update for notice in notices if (update := _update(notice, upgrade, reader))]


def _update(notice: Notice, upgrade: Upgrade, reader: Reader) -> Update | None:
    assert notice.released_at is not None  # noqa: S101
    try:
        subject, html, text = render.public(notice, reader.language)
    except render.CannotRender:
        return None
    said_at = time.full(notice.released_at, zone=reader.zone or upgrade.time_zone, language=reader.language)
    return Update(notice.pk, notice.released_at, said_at, subject, html, text)


def answers(upgrade: Upgrade) -> list[Answered]:
    """Newest first. Who asked, when, and in which words is never read here."""
    found = Concern.objects.public().filter(upgrade=upgrade).order_by("-answered_at", "-pk")
    rows = found.values_list("pk", "public_wording", "answer", "answered_at")[:MOST_UPDATES]
    return [Answered(*row) for row in rows]


# All of them


def index_page(*, reader: Reader, now: datetime) -> IndexPage:
    recent = dates.public().alias(over=Coalesce("end", "start"))
    recent = recent.filter(Q(over__gte=now - PAST) | Q(status=Status.IN_PROCESS))
    rows = _windows(recent, reader=reader, now=now)
    upgrades = list(Upgrade.objects.published().prefetch_related("services").order_by("name", "pk"))
    under_way = [row for row in rows if row.state in (words.NOW, words.CHECKING)]
    upcoming = [row for row in rows if _is_ahead(row, now)]
    headline, tone, icon = _index_headline(under_way, reader)
    dated = {row.slug for row in rows}
    return IndexPage(
        headline=headline,
        tone=tone,
        icon=icon,
        next=_next(under_way, upcoming, reader),
        lights=_lights(upgrades, under_way),
        now=under_way,
        upcoming=upcoming,
        past=[row for row in reversed(rows) if row not in under_way and row not in upcoming],
        undated=[one for one in upgrades if one.slug not in dated],
        banners=banners.shown(language=reader.language, zone=reader.zone, now=now),
    )


def _is_ahead(row: Window, now: datetime) -> bool:
    """A cancelled window stays in its place until its time has passed, so that nobody waits for it."""
    return row.state == words.UPCOMING or (row.state == words.CANCELLED and row.when.start > now)


def _index_headline(under_way: list[Window], reader: Reader) -> tuple[str, str, str]:
    now = [row for row in under_way if row.state == words.NOW]
    if not under_way:
        return gettext("No work is under way."), "good", "circle-check"
    if not now:
        return _sentence(under_way[0], reader), "warn", "clock-pause"
    worst = max(row.impact for row in now)
    tone = "bad" if worst == Impact.OUTAGE else "warn" if worst == Impact.DEGRADED else "busy"
    if len(now) == 1:
        return _sentence(now[0], reader), tone, "progress"
    names = sorted({name for row in now for name in row.services or [row.upgrade]})
    return gettext("Work is under way: %(services)s") % {"services": ", ".join(names)}, tone, "progress"


def _next(under_way: list[Window], upcoming: list[Window], reader: Reader) -> str:
    first = next((row for row in upcoming if row.state == words.UPCOMING), None)
    return "" if under_way or first is None else gettext("Next: %(what)s") % {"what": _sentence(first, reader)}


def _lights(upgrades: list[Upgrade], under_way: list[Window]) -> list[Light]:
    """Every service of a published upgrade, as it is today: only what is under way counts."""
    names = {service.name for one in upgrades for service in one.services.all()}
    names |= {name for row in under_way for name in row.services}
    return [Light(name, _light(name, under_way)) for name in sorted(names, key=str.casefold)]


def _light(name: str, under_way: list[Window]) -> words.Say:
    concerned = [row for row in under_way if name in row.services]
    impacts = [Impact(row.impact) for row in concerned if row.state == words.NOW]
    if not impacts and concerned:
        return words.CHECKING_LIGHT
    return words.LIGHTS[max(impacts) if impacts else None]


# For machines


def as_json(page: UpgradePage, *, url: str) -> dict[str, Any]:
    upgrade = page.upgrade
    return {
        "name": upgrade.name,
        "url": url,
        "phase": upgrade.phase,
        "headline": page.headline,
        "banners": banners.as_json(page.banners),
        "objective": upgrade.objective,
        "why": upgrade.why,
        "services": page.services,
        "time_zone": upgrade.time_zone,
        "contact": {
            "name": upgrade.contact_name,
            "email": upgrade.contact_email,
            "phone": upgrade.contact_phone,
        },
        "milestones": [window_json(row) for row in page.windows],
        "updates": [
            {"url": f"{url}#update-{one.pk}", "at": one.at.isoformat(), "subject": one.subject, "text": one.text}
            for one in page.updates
        ],
        "questions": [
            {"question": one.question, "answer": one.answer, "answered_at": one.at.isoformat()} for one in page.answers
        ],
    }


def window_json(row: Window) -> dict[str, Any]:
    return {
        "name": row.name,
        "uid": row.uid,
        "status": row.status,
        "start": row.when.start.isoformat(),
        "end": row.when.end.isoformat() if row.when.end else None,
        "time_zone": row.when.zone,
        "when": row.when.said,
        "impact": Impact(row.impact).name.lower(),
        "expected_downtime": row.downtime or None,
        "services": row.services,
        "sites": row.sites,
        "effect": row.effect,
        "action": row.action,
        "action_deadline": row.deadline.start.isoformat() if row.deadline else None,
    }


def index_json(page: IndexPage, *, address: Callable[..., str]) -> dict[str, Any]:
    def rows(found: list[Window]) -> list[dict[str, Any]]:
        return [window_json(row) | {"upgrade": row.upgrade, "url": address("status", row.slug)} for row in found]

    return {
        "headline": page.headline,
        "banners": banners.as_json(page.banners),
        "services": [{"name": light.service, "state": str(light.say.words)} for light in page.lights],
        "now": rows(page.now),
        "upcoming": rows(page.upcoming),
        "past": rows(page.past),
    }
