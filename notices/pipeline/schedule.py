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
from notices.enums import WAITING, Edge, NoticeKind, NoticeState, Unit
from notices.models import Notice, NoticeQuerySet, PlanStep
from upgrades.enums import Phase, Status
from upgrades.models import Upgrade

log = logging.getLogger(__name__)

IsBusinessDay = Callable[[date], bool]

TOO_LATE = timedelta(minutes=60)
DAY = timedelta(days=1)
FOLLOWING = [*WAITING, NoticeState.MISSED]
MOVED_FIELDS = ["send_at", "state", "reason", "approved_revision", "approved_by", "approved_at"]
MOVED_INTO_THE_PAST = "A change of the plan moved it into the past:"
BEFORE_THE_WINDOW = (
    NoticeKind.SAVE_THE_DATE,
    NoticeKind.ANNOUNCEMENT,
    NoticeKind.ACTION,
    NoticeKind.BRIEFING,
    NoticeKind.REMINDER,
    NoticeKind.FINAL,
)
TRUE_THOUGH_CANCELLED = (
    NoticeKind.POSTPONED,
    NoticeKind.CANCELLED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.OUTAGE,
    NoticeKind.NEWS,
    NoticeKind.MEETING_OFF,
    NoticeKind.ANSWER,
)
COMES = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED]  # asks somebody to be there


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
    waiting = Notice.objects.waiting()
    pointless = waiting.exclude(kind__in=TRUE_THOUGH_CANCELLED)
    return (
        _cancel(waiting.filter(step__done_at__isnull=False), "The plan step was ticked off as done.")
        + _cancel(pointless.filter(upgrade__phase=Phase.CANCELLED), "The upgrade was cancelled.")
        + _cancel(pointless.filter(milestone__status=Status.CANCELLED), "The milestone was cancelled.")
    )


def _follow_engagements() -> int:
    """An invitation that waits is pointless once it was called off, and useful until the engagement ends by now."""
    asking = Notice.objects.waiting().filter(kind__in=COMES, engagement__isnull=False)
    if not asking.exists():
        return 0
    ends = Engagement.objects.filter(pk=OuterRef("engagement")).values("end")
    called_off = asking.filter(engagement__state=EngagementState.CANCELLED)
    return _cancel(called_off, "The meeting was called off.") + _change(
        asking.exclude(expires_at=F("engagement__end")), expires_at=Subquery(ends)
    )


def _cancel(notices: NoticeQuerySet, reason: str) -> int:
    return _change(notices, state=NoticeState.CANCELLED, reason=reason)


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
    """Late can be worse than never. None of these goes out by itself any more. Returns how many."""
    dated = with_deadline(Notice.objects.waiting()).filter(Q(send_at__lte=now) | Q(too_late_at__lte=now))
    approved = dated.filter(state=NoticeState.APPROVED)
    return (
        _miss(approved.filter(too_late_at__lte=now), "It was too late to be useful.")
        + _miss(approved.filter(send_at__lte=now - TOO_LATE), "It was more than an hour late.")
        + _miss(dated.exclude(state=NoticeState.APPROVED), "It was not approved in time.")
    )


def _miss(notices: NoticeQuerySet, reason: str) -> int:
    return _change(notices, state=NoticeState.MISSED, reason=reason)


def with_deadline(notices: NoticeQuerySet) -> NoticeQuerySet:
    """Adds `too_late_at`: its own, or for what announces a window, the end of the window."""
    end = Coalesce("milestone__end", "milestone__start")
    return notices.annotate(
        too_late_at=Coalesce("expires_at", Case(When(kind__in=BEFORE_THE_WINDOW, then=end), default=None))
    )
