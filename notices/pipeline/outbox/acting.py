"""A person's word about a notice that is due, on its way or late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Least

from notices.enums import MessageState, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve
from notices.pipeline.approve import NotAllowed
from notices.pipeline.outbox.claiming import ALONE
from notices.pipeline.outbox.filling import fill
from notices.pipeline.schedule import fate


@transaction.atomic
def send_now(notice: Notice, *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> int:
    """Before its time, or although it was missed. Returns how many messages. `hold`: the clock makes them when that has
    passed, and until then one can recall it.

    A missed notice goes out as it is now. Where that was never approved, it takes somebody who may approve it.
    """
    row = approve.lock(notice)
    if row.state not in (NoticeState.APPROVED, NoticeState.MISSED):
        raise NotAllowed(f"Only what is scheduled or was missed can be sent now. It is {_state(row)}.")
    if decision := fate.undecided(row):
        raise NotAllowed(f"It waits for “{decision}”. Tick that off first, or change what the step waits for.")
    if row.state == NoticeState.MISSED and not approve.is_approved_as_it_is(row):
        approve.reapprove(row, by=by, now=now)
    elif not approve.is_approved_as_it_is(row):
        raise NotAllowed("The plan has just changed. Please look at the new version in a moment.")
    values = {"state": NoticeState.APPROVED, "send_at": now + hold, "paused_at": None, "pause_reason": "", "reason": ""}
    values |= {"local_on": None, "local_at": None}  # now is now, wherever somebody is
    values |= {"said_at": now if hold else None, "at_any_hour": True}
    Notice.objects.filter(pk=row.pk).update(**values)
    count = 0 if hold else fill(row, now=now)
    notice.refresh_from_db()
    return count


def pause(notice: Notice, *, by, now: datetime, reason: str = "") -> None:
    """Nothing more of it goes out until somebody resumes it: not what waits in the outbox, not what is scheduled."""
    running = Notice.objects.filter(pk=notice.pk, state__in=[NoticeState.APPROVED, NoticeState.RELEASED])
    reason = reason or f"Paused by {by}."
    if not running.filter(paused_at=None).update(paused_at=now, pause_reason=reason[:300]):
        notice.refresh_from_db()
        raise NotAllowed("It is paused already." if notice.is_paused else f"It is {_state(notice)}.")
    notice.refresh_from_db()


def resume(notice: Notice, *, by, now: datetime) -> None:
    if not Notice.objects.filter(pk=notice.pk, paused_at__isnull=False).update(paused_at=None, pause_reason=""):
        raise NotAllowed("It is not paused.")
    notice.refresh_from_db()


def retry_failed(notice: Notice, *, by, now: datetime, with_doubtful: bool = False) -> int:
    """From the first attempt. Bounced addresses are not tried: somebody has to correct them.

    `with_doubtful`: those that may have arrived already, too. That they may have, and may have killed workers, is not
    forgotten: whatever was lost more than once leaves alone.
    """
    if not Notice.objects.filter(pk=notice.pk, state=NoticeState.RELEASED).exists():
        raise NotAllowed("Only what was released can be tried again.")
    failed = Message.objects.filter(notice=notice, state=MessageState.FAILED)
    failed = failed if with_doubtful else failed.certain()
    least_suspicious = Least("losses", Value(ALONE))
    return failed.update(state=MessageState.QUEUED, attempts=0, losses=least_suspicious, not_before=now, reason="")


def _state(notice: Notice) -> str:
    return notice.get_state_display().lower()
