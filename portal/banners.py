"""What stands on top of the status pages: the last word about each window, for as long as it helps.

Not longer than the notice is of use (`expires_at`), or than the window that it is about; a word about what is over,
or about no window, for a day. What tells something that is otherwise by now is not shown: its correction will be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse

from commsplan.lib import time
from notices.enums import URGENT, NoticeKind
from notices.models import Notice, Variant
from notices.pipeline import ledger, render
from notices.pipeline.schedule.fate import BEFORE_THE_WINDOW
from upgrades.enums import Impact, Status
from upgrades.models import Milestone, Upgrade

A_DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=120)
MOST = 5  # at once
LOOKED_AT = 60
UNTIL_IT_ENDS = (*BEFORE_THE_WINDOW, NoticeKind.STARTED, NoticeKind.PROGRESS, NoticeKind.OUTAGE)


@dataclass(frozen=True)
class Banner:
    pk: int
    upgrade: str
    slug: str
    subject: str
    html: str
    text: str
    at: datetime
    said_at: str
    until: datetime
    is_urgent: bool

    @property
    def tone(self) -> str:
        return "bad" if self.is_urgent else "info"

    @property
    def icon(self) -> str:
        return "alert-triangle" if self.is_urgent else "info-circle"

    @property
    def url(self) -> str:
        return reverse("status", args=[self.slug])


def shown(*, language: str, zone: str, now: datetime, upgrade: Upgrade | None = None) -> list[Banner]:
    """Urgent ones first, then the newest. The same few queries for any number."""
    words = _last_words(upgrade, now=now)
    found = [_banner(notice, end, language=language, zone=zone) for notice, end in words]
    return sorted([one for one in found if one], key=lambda one: (not one.is_urgent, -one.at.timestamp()))[:MOST]


def as_json(banners: Iterable[Banner]) -> list[dict[str, Any]]:
    return [
        {
            "upgrade": one.upgrade,
            "subject": one.subject,
            "text": one.text,
            "urgent": one.is_urgent,
            "at": one.at.isoformat(),
            "until": one.until.isoformat(),
        }
        for one in banners
    ]


def _last_words(upgrade: Upgrade | None, *, now: datetime) -> list[tuple[Notice, datetime]]:
    rows = Notice.objects.on_the_banner().filter(released_at__gte=now - LOOK_BACK)
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    if upgrade is not None:
        rows = rows.filter(upgrade=upgrade)
    variants = Prefetch("approved_revision__variants", Variant.objects.order_by("pk"))
    related = ("approved_revision", "upgrade", "milestone__upgrade")
    found = rows.select_related(*related).prefetch_related(variants).order_by("-released_at", "-pk")[:LOOKED_AT]
    last: dict[tuple[int, int | None], Notice] = {}
    for notice in found:
        last.setdefault((notice.upgrade_id, notice.milestone_id or -notice.pk), notice)
    helps = [(notice, end) for notice in last.values() if (end := until(notice, now=now)) and end > now]
    said = {(notice.approved_revision_id, "") for notice, _ in helps if notice.approved_revision_id}
    stale = ledger.outdated(said, now=now) if said else {}
    return [(notice, end) for notice, end in helps if (notice.approved_revision_id, "") not in stale]


def until(notice: Notice, *, now: datetime) -> datetime | None:
    """How long it helps; None: it is of no more use."""
    if notice.released_at is None:
        return None
    milestone = notice.milestone
    if milestone is None or notice.kind not in UNTIL_IT_ENDS:
        return notice.expires_at or notice.released_at + A_DAY
    if milestone.status in (Status.COMPLETED, Status.CANCELLED) or notice.upgrade.is_cancelled:
        return None
    if notice.expires_at:
        return notice.expires_at
    if milestone.status == Status.IN_PROCESS:
        return max(milestone.last_moment, now + A_DAY)
    return milestone.last_moment


def is_urgent(notice: Notice) -> bool:
    return notice.is_urgent or (notice.kind in URGENT and _is_felt(notice.milestone))


def _is_felt(milestone: Milestone | None) -> bool:
    return milestone is None or milestone.impact >= Impact.DEGRADED


def _banner(notice: Notice, end: datetime, *, language: str, zone: str) -> Banner | None:
    try:
        subject, html, text = render.public(notice, language)
    except render.CannotRender:
        return None
    assert notice.released_at is not None  # noqa: S101
    place = zone or notice.upgrade.time_zone
    return Banner(
        pk=notice.pk,
        upgrade=notice.upgrade.name,
        slug=notice.upgrade.slug,
        subject=subject,
        html=html,
        text=text,
        at=notice.released_at,
        said_at=time.full(notice.released_at, zone=place, language=language),
        until=end,
        is_urgent=is_urgent(notice),
    )
