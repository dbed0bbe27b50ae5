"""Calling a notice off."""

from datetime import datetime

from django.db import transaction

from notices.enums import UNSENT, MessageState, NoticeState
from notices.models import Message, Notice
from notices.pipeline.approve.locking import PLANNED, NotAllowed, change, lock


def cancel(notice: Notice, *, by, reason: str, now: datetime) -> None:
    """What has not gone out stays here. A message that is on the wire at this moment still arrives; one that a worker
    has in its hands is cancelled when the worker asks again (outbox.claim)."""
    with transaction.atomic():
        row = lock(notice)
        if row.state == NoticeState.CANCELLED:
            raise NotAllowed("It is cancelled already.")
        if row.state == NoticeState.RELEASED and not row.messages.waiting().exists():
            raise NotAllowed("It has gone out to everybody. Only a new notice can take it back.")
        reason = reason or f"Cancelled by {by}."
        change(row, notice, state=NoticeState.CANCELLED, reason=reason, paused_at=None, pause_reason="", **PLANNED)
        queued = Message.objects.filter(notice=row, state__in=UNSENT)
        queued.end(MessageState.CANCELLED, reason=reason)
