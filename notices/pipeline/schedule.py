"""When it goes out. Times of the plan are on the wall of the upgrade's place, and follow their milestone.

`refresh` is level-triggered: nobody tells it that a milestone moved, it looks. So a change by SQL, an import or a
restored backup is seen like a change in the browser.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from commsplan.lib.time import full
from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import WAITING, NoticeState
from notices.models import Notice, NoticeQuerySet
from notices.pipeline import fate
from notices.pipeline.fate import BEFORE_THE_WINDOW, COMES, TOO_LATE, TRUE_THOUGH_CANCELLED
from notices.pipeline.when import (
    IsBusinessDay,
    Place,
    business_days,
    due_at,
    first_local_moment,
    local_moment,
    moment,
    next_turn,
    occurrences,
    turns,
)
from upgrades.enums import Phase, Status

__all__ = [
    "BEFORE_THE_WINDOW",
    "COMES",
    "TOO_LATE",
    "TRUE_THOUGH_CANCELLED",
    "IsBusinessDay",
    "Place",
    "business_days",
    "cancel_pointless",
    "due_at",
    "first_local_moment",
    "local_moment",
    "mark_missed",
    "moment",
    "move",
    "next_turn",
    "occurrences",
    "refresh",
    "turns",
    "with_deadline",
]

log = logging.getLogger(__name__)

FOLLOWING = [*WAITING, NoticeState.MISSED]
MOVED_FIELDS = ["send_at", "state", "reason", "approved_revision", "approved_by", "approved_at"]
MOVED_INTO_THE_PAST = "A change of the plan moved it into the past:"


def refresh(*, now: datetime) -> int:
    """Brings all notices that have not gone out in line with the plan. Returns how many it changed.

    Writes only what differs, and under the lock of the notice, so that it may run at any time beside somebody who
    approves, edits, cancels or releases.
    """
    return cancel_pointless() + _follow_engagements() + move(Notice.objects.all(), now=now)


def cancel_pointless() -> int:
    """What is done or cancelled needs no announcement, except one that says just this."""
    off = Q(upgrade__phase=Phase.CANCELLED) | Q(milestone__status=Status.CANCELLED)
    done = Q(step__done_at__isnull=False) | (off & ~Q(kind__in=TRUE_THOUGH_CANCELLED))
    called_off = Q(kind__in=COMES, engagement__state=EngagementState.CANCELLED)
    return _settle(Notice.objects.waiting().filter(done | called_off), NoticeState.CANCELLED, fate.pointless)


def _follow_engagements() -> int:
    """An invitation that waits is useful until the engagement ends by now."""
    asking = Notice.objects.waiting().filter(kind__in=COMES, engagement__isnull=False)
    ends = Engagement.objects.filter(pk=OuterRef("engagement")).values("end")
    return _change(asking.exclude(expires_at=F("engagement__end")), expires_at=Subquery(ends))


def _settle(notices: NoticeQuerySet, state: str, why: Callable[[Notice], str]) -> int:
    """Those of these that `why` gives a reason for, once they are locked."""
    if not notices.exists():
        return 0
    with transaction.atomic():
        rows = _locked(notices).select_related("step", "upgrade", "milestone", "engagement")
        reasons = {notice.pk: reason for notice in rows if (reason := why(notice))}
        for reason in sorted(set(reasons.values())):
            keys = [pk for pk, said in reasons.items() if said == reason]
            Notice.objects.filter(pk__in=keys).update(state=state, reason=reason)
    return len(reasons)


def _change(notices: NoticeQuerySet, **values: Any) -> int:
    """Only those that are still among these once they are locked: what somebody did to one meanwhile stays."""
    if not notices.exists():
        return 0
    with transaction.atomic():
        found = [notice.pk for notice in _locked(notices)]
        return Notice.objects.filter(pk__in=found).update(**values)


def _locked(notices: NoticeQuerySet) -> NoticeQuerySet:
    """PostgreSQL asks again, of the row as it is after the wait, whether it belongs to these."""
    return notices.select_for_update(of=("self",), no_key=True).order_by("pk")


def move(notices: NoticeQuerySet, *, now: datetime) -> int:
    """Gives each of these that belongs to a plan step the time of its step."""
    planned = notices.filter(step__isnull=False, state__in=FOLLOWING).select_related("step__milestone", "step__upgrade")
    differing = [notice.pk for notice in planned if _follow_safely(notice, now=now)]
    if not differing:
        return 0
    with transaction.atomic():
        again = _locked(planned.filter(pk__in=differing))
        moved = [notice for notice in again if _follow_safely(notice, now=now)]
        return Notice.objects.bulk_update(moved, MOVED_FIELDS)


def _follow_safely(notice: Notice, *, now: datetime) -> bool:
    """A plan that cannot be worked out (a zone that no longer exists) holds up nobody else's."""
    step = notice.step
    if step is None:
        return False
    try:
        due = due_at(step)
    except Exception as error:
        log.exception("time not worked out: notice=%s", notice.pk)
        before, notice.reason = notice.reason, f"Its time could not be worked out: {error}"[:300]
        return notice.reason != before
    return _follow(notice, due, zone=step.upgrade.time_zone, now=now)


def _follow(notice: Notice, due: datetime, *, zone: str, now: datetime) -> bool:
    """Whether the plan moved this notice. One that is moved into the past does not go out at once: it is missed. One
    that was missed and has a future again waits for a person's word."""
    if due == notice.send_at:
        return False
    notice.send_at = due
    if due <= now:
        notice.reason = f"{MOVED_INTO_THE_PAST} {full(due, zone=zone)}."
        notice.state = NoticeState.MISSED
    elif notice.state == NoticeState.MISSED:
        notice.reason = "It was missed; then the plan gave it a time to come."
        notice.state = NoticeState.IN_REVIEW if notice.approved_revision_id else NoticeState.DRAFT
        notice.approved_revision = notice.approved_by = notice.approved_at = None
    return True


def mark_missed(*, now: datetime) -> int:
    """None of these goes out by itself any more. Returns how many."""
    late = Q(send_at__lte=now - TOO_LATE) | Q(too_late_at__lte=now)
    unapproved = ~Q(state=NoticeState.APPROVED) & Q(send_at__lte=now)
    dated = with_deadline(Notice.objects.waiting()).filter(late | unapproved)
    return _settle(dated, NoticeState.MISSED, lambda notice: fate.missed(notice, now=now))


def with_deadline(notices: NoticeQuerySet) -> NoticeQuerySet:
    """Adds `too_late_at`: its own, or for what announces a window, the end of the window."""
    end = Coalesce("milestone__end", "milestone__start")
    return notices.annotate(
        too_late_at=Coalesce("expires_at", Case(When(kind__in=BEFORE_THE_WINDOW, then=end), default=None))
    )
