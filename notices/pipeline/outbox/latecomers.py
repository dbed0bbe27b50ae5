"""Nothing stale: a letter that has not left when the plan changes does not leave with what is no longer so.

Whoever it was for is told the truth by a correction, or by a catch-up where nobody has told them anything yet
(pipeline.correcting). When a worker claims it, the outbox looks once more.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from notices.enums import PUT_RIGHT, UNSENT, MessageState
from notices.models import Message, Notice
from notices.pipeline.ledger import outdated


def spare(*, now: datetime) -> int:
    """Misses what still waits and names what is no longer so. Returns how many messages."""
    notices = list(_under_way())
    letters = {letter for notice in notices for letter in _letters(notice)}
    stale = outdated(letters, now=now) if letters else {}
    return sum(
        _spare(notice, letter[1], stale[letter]) for notice in notices for letter in _letters(notice) if letter in stale
    )


def _under_way():
    unsent = Message.objects.filter(notice=OuterRef("pk"), state__in=UNSENT)
    released = Notice.objects.released().filter(Exists(unsent), approved_revision__isnull=False)
    return released.order_by("pk")


def _letters(notice: Notice) -> Iterator[tuple[int, str]]:
    """What it says: the same to everybody, unless it puts right what each of its readers has wrong."""
    keys = notice.release.get("told", {}) if notice.kind in PUT_RIGHT else [""]
    for key in keys:
        if notice.approved_revision_id:
            yield notice.approved_revision_id, key


def _spare(notice: Notice, key: str, changed: list[str]) -> int:
    unsent = Message.objects.filter(notice=notice, state__in=UNSENT)
    if key:
        unsent = unsent.filter(values__told=key)
    return unsent.end(MessageState.MISSED, reason=reason(notice, changed))


def reason(notice: Notice, changed: list[str]) -> str:
    what = " and ".join(name.replace("_", " ") for name in changed)
    return f"the plan changed before {'their hour' if notice.local_on else 'it went out'}: {what}"[:300]
