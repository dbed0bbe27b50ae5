"""The last minutes before something leaves: a person may have second thoughts.

What a click would let out at once waits for HOLD instead. A recall and the clock ask for the same lock of the notice's
row, so that one is first: what was recalled never goes out, what has gone out is never recalled.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from notices.enums import NoticeState
from notices.models import Notice, NoticeQuerySet
from notices.pipeline import approve
from notices.pipeline.approve import NotAllowed

HOLD = timedelta(minutes=5)
TIMES = ("send_at", "local_on", "local_at", "paused_at", "pause_reason")


def is_open(notice: Notice, *, now: datetime) -> bool:
    """It is within its last minutes. What is paused does not go out anyway."""
    if notice.state != NoticeState.APPROVED or notice.send_at is None or notice.is_paused:
        return False
    return notice.is_held or notice.send_at <= now + HOLD


def open_now(*, now: datetime) -> NoticeQuerySet:
    """As is_open, for all of them: what leaves first comes first."""
    soon = Q(said_at__isnull=False) | Q(send_at__lte=now + HOLD)
    found = Notice.objects.filter(soon, state=NoticeState.APPROVED, paused_at=None, send_at__isnull=False)
    return found.select_related("upgrade").order_by("send_at", "pk")


def left(notice: Notice, *, now: datetime) -> str:
    """ "4 min 20 s" until it goes out."""
    seconds = max(0, round((notice.send_at - now).total_seconds())) if notice.send_at else 0
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def recall(notice: Notice, *, by, now: datetime) -> None:
    """Back to where it was before somebody let it go out; nobody stands behind it any more."""
    with transaction.atomic():
        row = approve.lock(notice)
        if row.state == NoticeState.RELEASED:
            raise NotAllowed("It has gone out already. You can still cancel what waits in the outbox.")
        if not is_open(row, now=now):
            raise NotAllowed("Only what is about to go out can be recalled.")
        before = _before(row) if row.is_held else None
        state = _back_to(row, before, now=now)
        times = {name: getattr(before, name) for name in TIMES} if before else {}
        was_approved_in_time = state == NoticeState.MISSED and row.approved_at != row.said_at
        approval = approve.PLANNED if was_approved_in_time else approve.UNAPPROVED
        values = {**times, **approval, "state": state, "reason": f"Recalled by {by}."[:300]}
        Notice.objects.filter(pk=row.pk).update(**values)
    notice.refresh_from_db()


def _back_to(row: Notice, before: Any, *, now: datetime) -> str:
    if before and before.state != NoticeState.APPROVED:
        return before.state
    return NoticeState.IN_REVIEW if approve.takes_approval(row, now=now) else NoticeState.DRAFT


def _before(row: Notice) -> Any:
    """As it was when somebody let it out, from its history."""
    events = Notice.pgh_event_model.objects.filter(pgh_obj=row.pk).order_by("-pgh_id")  # type: ignore[attr-defined]
    held = events.filter(said_at=row.said_at).values_list("pgh_id", flat=True).last()
    return events.filter(pgh_id__lt=held).exclude(said_at=row.said_at).first() if held else None
