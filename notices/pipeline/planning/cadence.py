"""What is said again and again: each turn of a cadence is a notice of its own, and its step always has the next one.

Level-triggered: a step whose notice is out, missed or cancelled gets the next one as long as its milestone has a turn
to come. One that is extended gets more turns; one that is over early gets none.
"""

import logging
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from notices.enums import WAITING, Medium, NoticeState, Trigger
from notices.models import Notice, PlanStep
from notices.pipeline import approve, schedule
from notices.pipeline.schedule import following, when
from upgrades.enums import ENDED, Status

log = logging.getLogger(__name__)

SAID_AGAIN = [
    *("upgrade", "milestone", "title", "kind", "channels", "audience", "words", "survey", "asks_acknowledgement"),
    *("needs_approval", "author"),
]


class Demand(Protocol):
    """Raises approve.NotAllowed where a notice may not be scheduled as it is."""

    def __call__(self, notice: Notice, *, now: datetime) -> None: ...


def nothing(notice: Notice, *, now: datetime) -> None:
    """Whoever plays or tries a turn asks for nothing."""


def roll_over(*, now: datetime, demand: Demand = nothing) -> int:
    """Makes the next notice of every cadence that has none. Returns how many. `demand` stands before what nobody
    approves: what it refuses stays a draft that says why."""
    steps = _without_next(now=now).values_list("pk", flat=True)
    return sum(_roll_over_safely(pk, now=now, demand=demand) for pk in steps)


def _without_next(*, now: datetime) -> QuerySet[PlanStep]:
    steps = PlanStep.objects.filter(trigger=Trigger.CADENCE, medium=Medium.NOTICE, done_at=None, notice__isnull=False)
    steps = steps.filter(Q(milestone__end__gt=now) | Q(milestone__end=None, milestone__start__gt=now))
    steps = steps.exclude(milestone__status__in=[Status.COMPLETED, Status.CANCELLED])
    return steps.exclude(upgrade__phase__in=ENDED).exclude(notice__state__in=WAITING).order_by("pk")


def _roll_over_safely(pk: int, *, now: datetime, demand: Demand) -> int:
    """One that fails stops no other."""
    try:
        with transaction.atomic():
            return _roll_over(pk, now=now, demand=demand)
    except Exception:
        log.exception("next notice not made: step=%s", pk)
        return 0


def _roll_over(pk: int, *, now: datetime, demand: Demand) -> int:
    """Behind the lock of the step, so that of two turns of the clock the second finds the work done."""
    rows = PlanStep.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade", "milestone")
    step = rows.filter(pk=pk).first()
    locked = Notice.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade", "milestone")
    last = locked.filter(step=pk).first()
    if step is None or last is None or last.is_waiting:
        return 0
    at = when.next_turn(step, after=now, beyond=turn_of(last, step))
    if at is None:
        return 0
    Notice.objects.filter(pk=last.pk).update(step=None, occurrence_of=step)
    _stay_paused(last, _say_again(last, step, at, now=now, demand=demand))
    return 1


def _stay_paused(last: Notice, notice: Notice) -> None:
    """One that nobody resumed before it was too late: the next one does not go out by itself either."""
    if last.is_paused and last.released_at is None:
        paused = {"paused_at": last.paused_at, "pause_reason": last.pause_reason}
        Notice.objects.filter(pk=notice.pk, state=NoticeState.APPROVED).update(**paused)


def turn_of(notice: Notice, step: PlanStep) -> date | None:
    """The day of the turn that it was for. Somebody may have sent it at another time, so its history is asked. One
    that lost its turn had none."""
    if notice.send_at is None:
        return None
    place = ZoneInfo(step.upgrade.time_zone)
    turns = {at: at.astimezone(place).date() for at in when.turns(step)}
    events = Notice.pgh_event_model.objects.filter(pgh_obj_id=notice.pk)  # type: ignore[attr-defined]
    for at, local_on in events.order_by("-pgh_id").values_list("send_at", "local_on"):
        if at in turns or local_on in turns.values():
            return local_on or turns[at]
    return None


def _say_again(last: Notice, step: PlanStep, at: datetime, *, now: datetime, demand: Demand) -> Notice:
    same: dict[str, Any] = {name: getattr(last, name) for name in SAID_AGAIN}
    notice = Notice.objects.create(step=step, **same | {"milestone": step.milestone})
    known = schedule.known_of([notice], now=now)
    following.take_time(notice, step, at, known)
    notice.save(update_fields=following.WRITTEN)
    if last.approved_revision_id:
        _send_on(notice, now=now, demand=demand)
    return notice


def _send_on(notice: Notice, *, now: datetime, demand: Demand) -> None:
    """As its author did with the one before: into the schedule, or to somebody who approves it."""
    takes_approval = approve.takes_approval(notice, now=now)
    send_on = approve.submit if takes_approval else approve.schedule
    try:
        with transaction.atomic():
            if not takes_approval:
                demand(notice, now=now)
            send_on(notice, by=notice.author, now=now)
    except approve.NotAllowed as error:
        Notice.objects.filter(pk=notice.pk).update(reason=str(error)[:300])
