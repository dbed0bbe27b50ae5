"""Somebody stands behind it from now on, or sends it back."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from notices.enums import NoticeState
from notices.models import ApprovedAudience, Notice, Revision
from notices.pipeline.approve.facts import changed_facts
from notices.pipeline.approve.freezing import freeze_complete, last_of
from notices.pipeline.approve.locking import PLANNED, UNAPPROVED, NotAllowed, change, demand, lock
from notices.pipeline.approve.people import keys, size_of
from notices.pipeline.approve.who_may import may_approve, takes_approval

AT_ONCE = timedelta(0)


def schedule(notice: Notice, *, by, now: datetime, hold: timedelta = AT_ONCE) -> Revision:
    """A draft that needs no approval goes out at its time from now on. `hold`: not before that has passed."""
    with transaction.atomic():
        row = lock(notice)
        demand(row, NoticeState.DRAFT, "Only a draft can be scheduled.")
        if takes_approval(row, now=now):
            raise NotAllowed("It needs approval: submit it instead.")
        revision = freeze_complete(row, by=by, now=now)
        size = size_of(revision, now=now)
        _stand_behind(row, notice, revision, by=by, size=size, now=now, state=NoticeState.APPROVED)
        _hold(row, notice, now=now, hold=hold)
    return revision


def approve(
    notice: Notice,
    *,
    revision: Revision | None,
    by,
    now: datetime,
    hold: timedelta = AT_ONCE,
    seals: Collection[str] | None = None,
) -> None:
    """`revision` is the one the approver saw, among `seals` is what else they saw. Raises NotAllowed when it is no
    longer so. `hold`: what is due before that has passed waits until then, so that it can be recalled."""
    with transaction.atomic():
        row = lock(notice)
        demand(row, NoticeState.IN_REVIEW, "It does not wait for approval any more.")
        latest = last_of(row)
        if revision is None or latest is None or latest.pk != revision.pk:
            raise NotAllowed("It has changed since you opened it. Please look at the new version first.")
        if seals is not None and seal(row, latest.pk) not in seals:
            raise NotAllowed(
                "It is not as you saw it, maybe it goes out at another time. Please look at it again first."
            )
        if changed_facts(row, latest.facts):
            raise NotAllowed("The plan has just changed. Please look at the new version in a moment.")
        size = size_of(latest, now=now)
        may_approve(row, latest, by=by, size=size)
        _stand_behind(row, notice, latest, by=by, size=size, now=now, state=NoticeState.APPROVED)
        _hold(row, notice, now=now, hold=hold)


def seal(notice: Notice, revision: int | None) -> str:
    """What an approver sees of it at this moment, in short: the version of its words, all that somebody may have saved
    since, and when it goes out."""
    at = notice.send_at and notice.send_at.isoformat()
    when = f"{notice.local_on} {notice.local_at}" if notice.local_on else at
    return f"{notice.pk} {revision} {notice.version} {when}"


def reapprove(notice: Notice, *, by, now: datetime) -> None:
    """A missed notice that says something else than what was approved, or was never approved: `by` approves it as it is
    now. It stays missed."""
    with transaction.atomic():
        row = lock(notice)
        demand(row, NoticeState.MISSED, "It was not missed.")
        revision = freeze_complete(row, by=None, now=now)
        size = size_of(revision, now=now)
        if takes_approval(row, now=now):
            may_approve(row, revision, by=by, size=size)
        _stand_behind(row, notice, revision, by=by, size=size, now=now, state=NoticeState.MISSED)


def send_back(notice: Notice, *, by, reason: str) -> None:
    with transaction.atomic():
        row = lock(notice)
        demand(row, NoticeState.IN_REVIEW, "It does not wait for approval any more.")
        change(row, notice, state=NoticeState.DRAFT, reason=(reason or f"Sent back by {by}.")[:300], **UNAPPROVED)


def _stand_behind(row: Notice, notice: Notice, revision: Revision, *, by, size: int, now: datetime, state: str) -> None:
    approval = {"approved_revision": revision, "approved_by": by, "approved_at": now, "approved_size": size}
    ApprovedAudience.objects.update_or_create(notice=row, defaults={"people": keys(revision, now=now)})
    change(row, notice, state=state, reason="", **PLANNED, **approval)


def _hold(row: Notice, notice: Notice, *, now: datetime, hold: timedelta) -> None:
    if hold and row.send_at is not None and row.send_at < now + hold:
        change(row, notice, send_at=now + hold, said_at=now)
