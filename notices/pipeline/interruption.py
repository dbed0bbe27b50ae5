"""Was the clock away, or is this a restored copy? Then nothing old goes out without a person's word.

The heartbeat counts every tick, in PostgreSQL and, after that has committed, in Redis. Redis ahead of PostgreSQL: the
database is older than what has happened. Redis empty says nothing, so flushing it holds nothing back.
"""

import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from commsplan.lib.time import full
from notices.enums import NoticeState
from notices.models import Heartbeat, Notice

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=60)
COUNTER = "heartbeat"
RESTORED = (
    "The database seems to be a restored copy, so it is not known what has gone out already. Check, then go on by hand."
)


def beat(*, now: datetime) -> str:
    """To be called first at every tick. After an interruption it holds everything back and says why; else empty.

    Redis is asked before the row is locked: another tick may raise both in between, and must not look like a restore.
    """
    counted = _counted()
    with transaction.atomic():
        row, is_first = Heartbeat.objects.select_for_update(no_key=True).get_or_create(pk=1, defaults={"at": now})
        reason = "" if is_first else _reason(row, counted=counted, now=now)
        if reason:
            hold_back(reason, now=now)
        row.number = max(row.number, counted or 0) + 1
        row.at = now
        row.save(update_fields=["number", "at"])
    _count(row.number)
    return reason


def suspected(*, now: datetime) -> bool:
    """For whoever is about to send: the next beat will hold everything back."""
    counted = _counted()
    row = Heartbeat.objects.filter(pk=1).first()
    return row is not None and bool(_reason(row, counted=counted, now=now))


def hold_back(reason: str, *, now: datetime) -> None:
    """What is going out is paused, what is due is missed."""
    paused = Notice.objects.sending().filter(paused_at=None).update(paused_at=now, pause_reason=reason)
    missed = Notice.objects.due(now).update(state=NoticeState.MISSED, reason=reason)
    log.warning("interruption: paused=%s missed=%s reason=%s", paused, missed, reason)


def _reason(row: Heartbeat, *, counted: int | None, now: datetime) -> str:
    if counted is not None and counted > row.number:
        return RESTORED
    if now - row.at > LONGEST_PAUSE:
        return f"Nothing ran since {full(row.at, zone='UTC')}. Check what is still useful, then go on by hand."
    return ""


def _counted() -> int | None:
    try:
        return cache.get(COUNTER)
    except RedisError:
        log.exception("heartbeat not read")
        return None


def _count(number: int) -> None:
    try:
        cache.set(COUNTER, number, timeout=None)
    except RedisError:
        log.exception("heartbeat not counted")
