"""When it goes out. Times of the plan are on the wall of the upgrade's place, and follow their milestone.

`refresh` is level-triggered: nobody tells it that a milestone moved, it looks. So a change by SQL, an import or a
restored backup is seen like a change in the browser.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from commsplan.lib.time import at_wall_clock, full
from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import WAITING, Edge, NoticeState, Unit
from notices.models import Notice, NoticeQuerySet, PlanStep
from notices.pipeline import fate
from notices.pipeline.fate import BEFORE_THE_WINDOW, COMES, TOO_LATE, TRUE_THOUGH_CANCELLED
from upgrades.enums import Phase, Status
from upgrades.models import Upgrade

log = logging.getLogger(__name__)

IsBusinessDay = Callable[[date], bool]

DAY = timedelta(days=1)
FOLLOWING = [*WAITING, NoticeState.MISSED]
MOVED_FIELDS = ["send_at", "state", "reason", "approved_revision", "approved_by", "approved_at"]
MOVED_INTO_THE_PAST = "A change of the plan moved it into the past:"


@dataclass(frozen=True)
class Place:
    """Where the clock hangs, and on which days people work there."""

    zone: str
    is_business_day: IsBusinessDay

    @classmethod
    def of(cls, upgrade: Upgrade) -> "Place":
        return cls(upgrade.time_zone, business_days(upgrade.country, upgrade.subdivision))


def moment(anchor: datetime, offset: int, *, unit: str, at: time | None, place: Place) -> datetime:
    """`offset` units from the anchor, in UTC. Minutes are exact; days are dates on the wall, at `at`.

    An offset in calendar days that ends on a day on which nobody works moves to the business day before, or, where
    that would no longer be after the anchor, to the next one. The day of the anchor itself never moves.
    """
    if unit == Unit.MINUTES:
        return anchor.astimezone(UTC) + timedelta(minutes=offset)
    first = anchor.astimezone(ZoneInfo(place.zone)).date()
    if unit == Unit.BUSINESS_DAYS:
        day = _count_business_days(first, offset, place.is_business_day)
    else:
        day = _nearest_business_day(first, first + offset * DAY, place.is_business_day)
    return at_wall_clock(day, at or time(), zone=place.zone)


def _count_business_days(first: date, offset: int, is_business_day: IsBusinessDay) -> date:
    way = DAY if offset > 0 else -DAY
    day = first
    for _ in range(abs(offset)):
        day = _walk(day + way, way, is_business_day)
    return day


def _nearest_business_day(first: date, day: date, is_business_day: IsBusinessDay) -> date:
    if day == first:
        return day
    before = _walk(day, -DAY, is_business_day)
    return before if day < first or before > first else _walk(day, DAY, is_business_day)


def _walk(day: date, way: timedelta, is_business_day: IsBusinessDay) -> date:
    while not is_business_day(day):
        day += way
    return day


@cache
def business_days(country: str = "", subdivision: str = "") -> IsBusinessDay:
    """Weekends and public holidays of the place; Monday to Friday where no country, or an unknown one, is given."""
    if not country:
        return _is_weekday
    import holidays  # noqa: PLC0415  25 MB that a process without plans never needs

    try:
        return holidays.country_holidays(country, subdiv=subdivision or None).is_working_day
    except NotImplementedError:
        return _is_weekday if not subdivision else business_days(country)


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def due_at(step: PlanStep) -> datetime:
    """Needs the step's milestone and upgrade."""
    anchor = step.milestone.start if step.edge == Edge.START else step.milestone.last_moment
    return moment(anchor, step.offset, unit=step.unit, at=step.at, place=Place.of(step.upgrade))


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
