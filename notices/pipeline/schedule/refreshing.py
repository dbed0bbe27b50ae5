"""Brings what waits in line with the plan.

`refresh` is level-triggered: nobody tells it that a milestone moved, it looks. So a change by SQL, an import or a
restored backup is seen like a change in the browser.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import PUT_RIGHT, WAITING, Event, NoticeState
from notices.models import Notice, NoticeQuerySet, PlanStep
from notices.pipeline.schedule import fate, following, happenings, when
from notices.pipeline.schedule.fate import BEFORE_THE_WINDOW, COMES, TOO_LATE, TRUE_THOUGH_CANCELLED
from notices.pipeline.schedule.following import Known
from stakeholders.models import Person
from upgrades.enums import Phase, Status

log = logging.getLogger(__name__)

FOLLOWING = [*WAITING, NoticeState.MISSED]
MOVED_FIELDS = [*following.WRITTEN, *following.APPROVAL]


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
    found = Notice.objects.waiting().filter(done | called_off | _in_vain())
    return _settle(found, NoticeState.CANCELLED, fate.pointless)


def _in_vain() -> Q:
    """What waits for something that does not happen any more."""
    completed, cancelled = (Q(waits_for__in=["", *fate.STILL_TO_COME[status]]) for status in fate.STILL_TO_COME)
    is_over = Q(milestone__status=Status.COMPLETED) & ~completed
    is_over |= (Q(milestone__status=Status.CANCELLED) | Q(upgrade__phase=Phase.CANCELLED)) & ~cancelled
    return Q(send_at=None) & (is_over | Q(waits_for=Event.ON_WORD, upgrade__phase=Phase.COMPLETED))


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
        rows = _locked(notices).select_related("step__after", "upgrade", "milestone", "engagement")
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
    differing = _followers(planned, now=now)
    if not differing:
        return 0
    with transaction.atomic():
        again = _locked(planned.filter(pk__in=[notice.pk for notice in differing]))
        return Notice.objects.bulk_update(_followers(again, now=now), MOVED_FIELDS)


def _followers(planned: NoticeQuerySet, *, now: datetime) -> list[Notice]:
    """Those whose step gives them another time; they have it already."""
    rows = list(planned)
    known = known_of(rows, now=now)
    return [notice for notice in rows if follow_safely(notice, known)]


def known_of(notices: Iterable[Notice], *, now: datetime) -> Known:
    """What their steps have to know of the world, each asked once, and only where one of them does."""
    rows = list(notices)
    asks = any(notice.step and when.reads_own_clock(notice.step) for notice in rows)
    zones = Person.objects.active().order_by().values_list("time_zone", flat=True).distinct() if asks else ()
    return Known(now, zones=list(zones), happened=happenings.of(rows, now=now), last_turn=last_turn)


def last_turn(step: PlanStep) -> date | None:
    """The day at the place on which somebody last heard of this cadence."""
    released = step.occurrences.filter(released_at__isnull=False).order_by("-released_at")
    at = released.values_list("released_at", flat=True).first()
    return at.astimezone(ZoneInfo(step.upgrade.time_zone)).date() if at else None


def follow_safely(notice: Notice, known: Known) -> bool:
    """A plan that cannot be worked out (a zone that no longer exists) holds up nobody else's."""
    try:
        return following.follow(notice, known)
    except Exception as error:
        log.exception("time not worked out: notice=%s", notice.pk)
        before, notice.reason = notice.reason, f"Its time could not be worked out: {error}"[:300]
        return notice.reason != before


def mark_missed(*, now: datetime) -> int:
    """None of these goes out by itself any more. Returns how many."""
    late = Q(send_at__lte=now - TOO_LATE) | Q(too_late_at__lte=now)
    unapproved = ~Q(state=NoticeState.APPROVED) & Q(send_at__lte=now) & ~Q(kind__in=PUT_RIGHT)
    undecided = Q(send_at__lte=now, step__after__isnull=False, step__after__done_at=None)
    dated = with_deadline(Notice.objects.waiting()).filter(late | unapproved | undecided)
    return _settle(dated, NoticeState.MISSED, lambda notice: fate.missed(notice, now=now))


def with_deadline(notices: NoticeQuerySet) -> NoticeQuerySet:
    """Adds `too_late_at`: its own, or for what announces a window, the end of the window."""
    end = Coalesce("milestone__end", "milestone__start")
    return notices.annotate(
        too_late_at=Coalesce("expires_at", Case(When(kind__in=BEFORE_THE_WINDOW, then=end), default=None))
    )
