"""Somebody, or an outlet itself, says that nothing more leaves; and that it does again."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from notices.enums import OutletLogKind
from notices.models import Outlet, Standstill
from notices.pipeline.outlets.telling import note, tell_pages

log = logging.getLogger(__name__)


def stopped_because(outlet: Outlet) -> str:
    """Empty while it may send."""
    if outlet.pk is None:
        return f"{outlet} is not set up."
    if outlet.is_stopped:
        return f"{outlet} is stopped: {outlet.stop_reason}"
    if outlet.is_fallback and (first := stopped_by_hand(outlet.channel)):
        return f"{first} is stopped: {first.stop_reason}"
    if standstill := Standstill.objects.filter(ended_at=None).first():
        return f"Everything that sends is stopped: {standstill.reason}"
    return ""


def stopped_by_hand(channel: str) -> Outlet | None:
    """The first one of the channel, if a person has stopped it, and the fallback with it."""
    return Outlet.objects.filter(channel=channel, is_fallback=False, stopped_by__isnull=False).first()


def stop(outlet: Outlet, *, by, now: datetime, reason: str) -> bool:
    """Nothing more of it is claimed; what is in a worker's hands goes out within a moment. False: it was stopped
    already."""
    stopped = Outlet.objects.filter(pk=outlet.pk, stopped_at=None)
    if not stopped.update(stopped_at=now, stopped_by=by, stop_reason=(reason.strip() or "No reason given.")[:300]):
        outlet.refresh_from_db()
        return False
    outlet.refresh_from_db()
    note(outlet, OutletLogKind.STOPPED, outlet.stop_reason, at=now, by=by)
    log.warning("outlet stopped: outlet=%s reason=%s", outlet, outlet.stop_reason)
    tell_pages()
    return True


def start(outlet: Outlet, *, by, now: datetime) -> bool:
    values = {"stopped_at": None, "stopped_by": None, "stop_reason": "", "errors_in_row": 0}
    if not Outlet.objects.filter(pk=outlet.pk, stopped_at__isnull=False).update(**values):
        return False
    outlet.refresh_from_db()
    note(outlet, OutletLogKind.STARTED, at=now, by=by)
    tell_pages()
    return True


def stop_everything(*, by, now: datetime, reason: str) -> bool:
    """False: everything stands still already."""
    reason = (reason.strip() or "No reason given.")[:300]
    try:
        with transaction.atomic():
            Standstill.objects.create(reason=reason, at=now, by=by)
    except IntegrityError:
        return False
    log.warning("everything stopped: reason=%s", reason)
    tell_pages()
    return True


def start_everything(*, by, now: datetime) -> bool:
    started = Standstill.objects.filter(ended_at=None).update(ended_at=now, ended_by=by)
    tell_pages()
    return bool(started)
