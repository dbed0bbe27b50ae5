"""What somebody filled in, and what waits for a second pair of eyes."""

from django.db.models import QuerySet

from notices.enums import Event, NoticeState
from notices.models import Notice
from notices.pipeline.kit.buttons import KINDS
from upgrades.models import Upgrade

UNSENT = (NoticeState.IN_REVIEW, NoticeState.APPROVED)


def of(upgrade: Upgrade) -> QuerySet[Notice]:
    """Unlike what lies ready it is on no line of the plan."""
    filled_in = Notice.objects.filter(upgrade=upgrade, is_urgent=True, step=None, waits_for=Event.ON_WORD)
    return filled_in.filter(kind__in=KINDS, state__in=UNSENT, send_at=None)


def has(notice: Notice) -> bool:
    return of(notice.upgrade).filter(pk=notice.pk).exists()
