"""From a draft to those who decide."""

from datetime import datetime

from django.db import transaction

from notices.enums import NoticeState
from notices.models import Notice, Revision
from notices.pipeline.approve.freezing import freeze_complete
from notices.pipeline.approve.locking import UNAPPROVED, change, demand, lock
from notices.pipeline.approve.who_may import takes_approval


def submit(notice: Notice, *, by, now: datetime) -> Revision:
    """A draft waits for approval from now on."""
    with transaction.atomic():
        row = lock(notice)
        demand(row, NoticeState.DRAFT, "Only a draft can be submitted.")
        revision = freeze_complete(row, by=by, now=now)
        change(row, notice, state=NoticeState.IN_REVIEW, reason="", **UNAPPROVED)
    return revision


def ask_again(notice: Notice, *, by, reason: str, now: datetime) -> bool:
    """It goes out at another time than the one that was approved, by somebody's word and not with its milestone. Who
    chose the time counts as one of its writers. False: nothing has to be approved."""
    with transaction.atomic():
        row = lock(notice)
        if row.state not in (NoticeState.IN_REVIEW, NoticeState.APPROVED) or not takes_approval(row, now=now):
            return False
        change(row, notice, state=NoticeState.IN_REVIEW, reason=reason[:300], author=by, **UNAPPROVED)
    return True
