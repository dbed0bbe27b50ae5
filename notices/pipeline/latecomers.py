"""Readers whose hour has not come yet when a date changes: they are not told one that is no longer so."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from notices.enums import MessageState
from notices.models import Message, Notice
from notices.pipeline import approve

ROUND_THE_WORLD = timedelta(days=3)  # from the first reader's hour to the last one's, with time to try again
RELIED_ON = {"start", "end", "action_deadline"}
UNSENT = [MessageState.QUEUED, MessageState.DEFERRED]


def spare(*, now: datetime) -> int:
    """Misses what still waits for its reader's hour and names an old date. Returns how many messages."""
    return sum(_spare(notice) for notice in _under_way(now=now))


def _under_way(*, now: datetime):
    unsent = Message.objects.filter(notice=OuterRef("pk"), state__in=UNSENT)
    released = Notice.objects.released().filter(local_on__isnull=False, released_at__gte=now - ROUND_THE_WORLD)
    related = ("upgrade", "milestone__upgrade", "engagement__host", "concern", "approved_revision")
    return released.filter(Exists(unsent)).select_related(*related).order_by("pk")


def _spare(notice: Notice) -> int:
    told = notice.approved_revision.facts if notice.approved_revision else {}
    changed = {name.partition(".")[2] for name in approve.changed_facts(notice, told)} & RELIED_ON
    if not changed:
        return 0
    what = " and ".join(name.replace("_", " ") for name in sorted(changed))
    unsent = Message.objects.filter(notice=notice, state__in=UNSENT)
    return unsent.update(state=MessageState.MISSED, reason=f"the plan changed before their hour: {what}")
