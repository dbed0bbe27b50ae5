"""One word for many notices. What cannot be done to one of them stops no other, and is told."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from notices.enums import NoticeState
from notices.models import Notice
from notices.pipeline import approve, outbox


@dataclass
class Outcome:
    done: list[Notice] = field(default_factory=list)
    refused: list[tuple[Notice, str]] = field(default_factory=list)


def approve_each(
    notices: Iterable[Notice],
    *,
    by,
    now: datetime,
    hold: timedelta = approve.AT_ONCE,
    seals: Collection[str] | None = None,
) -> Outcome:
    """`seals` of what the approver saw in the list: what has changed since waits."""

    def act(notice: Notice) -> None:
        latest = notice.revisions.order_by("-number").first()
        approve.approve(notice, revision=latest, by=by, now=now, hold=hold, seals=seals)

    return _each(notices, act)


def submit_each(drafts: Iterable[Notice], *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> Outcome:
    """To review, or into the schedule where no approval is needed."""

    def act(notice: Notice) -> None:
        if approve.takes_approval(notice):
            approve.submit(notice, by=by, now=now)
        else:
            approve.schedule(notice, by=by, now=now, hold=hold)

    return _each(drafts, act)


def pause_all(*, by, now: datetime, reason: str) -> Outcome:
    """Everything that is going out, or would go out by itself."""
    return _each(stoppable().filter(paused_at=None), lambda notice: outbox.pause(notice, by=by, now=now, reason=reason))


def resume_all(*, by, now: datetime) -> Outcome:
    return _each(stoppable().exclude(paused_at=None), lambda notice: outbox.resume(notice, by=by, now=now))


def stoppable():
    """Scheduled, or with messages that still wait."""
    notices = Notice.objects.filter(state=NoticeState.APPROVED) | Notice.objects.sending()
    return notices.order_by("send_at", "pk")


def _each(notices: Iterable[Notice], act: Callable[[Notice], object]) -> Outcome:
    outcome = Outcome()
    for notice in notices:
        try:
            with transaction.atomic():
                act(notice)
        except approve.NotAllowed as error:
            outcome.refused.append((notice, str(error)))
        else:
            outcome.done.append(notice)
    return outcome
