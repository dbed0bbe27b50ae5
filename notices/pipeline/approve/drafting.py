"""Saving what is not out yet."""

from typing import Any

from django.db.models import Case, F, Value, When

from notices import translations
from notices.enums import WAITING, NoticeState
from notices.models import Notice
from notices.pipeline.approve.locking import UNAPPROVED, Conflict, NotAllowed

EDITABLE = [*WAITING, NoticeState.MISSED]
DRAFT_UNLESS_MISSED = Case(When(state=NoticeState.MISSED, then=F("state")), default=Value(NoticeState.DRAFT))


def save_draft(notice: Notice, *, by, version: int, **fields: Any) -> Notice:
    """Saves what is given if nobody else saved since `version`. Whoever changes what was approved makes it a draft.

    What was missed stays missed until it has a new time.
    """
    state = Value(NoticeState.DRAFT) if "send_at" in fields else DRAFT_UNLESS_MISSED
    if "words" in fields:
        fields["words"] = translations.noted(notice.words, fields["words"])
    same = Notice.objects.filter(pk=notice.pk, version=version, state__in=EDITABLE)
    values = {**fields, **UNAPPROVED, "author": by, "state": state, "reason": "", "version": F("version") + 1}
    if not same.update(**values):
        notice.refresh_from_db()
        if notice.state not in EDITABLE:
            raise NotAllowed(f"It {NoticeState(notice.state).said} and cannot be changed any more.")
        raise Conflict("Somebody else has saved this notice in the meantime.")
    notice.refresh_from_db()
    return notice
