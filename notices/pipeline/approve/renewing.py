"""The plan has changed: old values never leave the house."""

from datetime import datetime

from django.db import transaction

from notices.enums import NoticeState
from notices.models import Notice, Revision
from notices.pipeline.approve.facts import changed_facts, comes_with_it
from notices.pipeline.approve.freezing import freeze_row, last_of, says, to_whom
from notices.pipeline.approve.locking import UNAPPROVED, change, lock
from notices.pipeline.approve.who_may import takes_approval


def refresh(*, now: datetime) -> int:
    """Makes a new revision of every waiting notice whose facts have changed, so that old values never leave the house.
    One that needs approval needs it again. Returns how many."""
    return sum(_renew(notice, now=now) for notice in _outdated())


def stays_approved(notice: Notice, names: list[str], *, now: datetime) -> bool:
    """Although these facts have changed."""
    if notice.state != NoticeState.APPROVED:
        return False
    return all(comes_with_it(notice, name) for name in names) or not takes_approval(notice, now=now)


def _outdated() -> list[Notice]:
    notices = list(
        Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.APPROVED])
        .select_related("upgrade", "milestone__upgrade", "engagement__host", "concern")
        .prefetch_related(
            "upgrade__services", "milestone__services", "milestone__sites", "milestone__upgrade__services"
        )
        .order_by("pk")
    )
    last = Revision.objects.filter(notice__in=notices).order_by("notice", "-number").distinct("notice")
    told = {revision.notice_id: revision.facts for revision in last}
    return [notice for notice in notices if changed_facts(notice, told.get(notice.pk, {}))]


@transaction.atomic
def _renew(notice: Notice, *, now: datetime) -> bool:
    """Asks once more behind the lock: another tick, or somebody who approved its new version, may have been faster."""
    row = lock(notice)
    latest = last_of(row)
    names = changed_facts(row, latest.facts if latest else {})
    if row.state != notice.state or not names:
        return False
    revision = freeze_row(row, by=None, now=now)
    if row.state == NoticeState.APPROVED and not takes_approval(row, now=now):
        change(row, notice, approved_revision=revision, approved_at=now)
        return True
    is_worded_as_approved = latest is not None and says(latest, to_whom(row), row.words)
    if is_worded_as_approved and stays_approved(row, names, now=now):
        change(row, notice, approved_revision=revision)
        return True
    what = ", ".join(sorted({name.split(".", 1)[1].replace("_", " ") for name in names}))
    reason = f"The plan has changed: {what}. Please approve the new version."
    change(row, notice, state=NoticeState.IN_REVIEW, reason=reason[:300], **UNAPPROVED)
    return True
