"""Leases that have run out: their worker died."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import connection

from commsplan.lib import clock
from notices.enums import MessageState
from notices.models.outbox import DOUBT
from notices.pipeline.outbox import lease
from notices.pipeline.outbox.claiming import ALONE, MOST_LOSSES
from notices.pipeline.outbox.recording import MOST_ATTEMPTS

log = logging.getLogger(__name__)

SUSPECTED = "A worker died while it had this in hand. It is tried again by itself."
DEADLY = f"Set aside: each worker that tried to send it died, three times with nothing else in hand{DOUBT}."
NEVER_BACK = f"No worker came back from it{DOUBT}."
SWEEP = """
UPDATE notices_message SET losses = losses + 1, lease_until = NULL,
    state = CASE WHEN losses + 1 >= %(most_losses)s OR attempts >= %(most_attempts)s THEN 'failed' ELSE 'queued' END,
    reason = CASE WHEN losses + 1 >= %(most_losses)s THEN %(deadly)s
                  WHEN attempts >= %(most_attempts)s THEN %(never_back)s
                  WHEN losses + 1 >= %(alone)s THEN %(suspected)s ELSE '' END
WHERE state = 'sending'
  AND (lease_until < clock_timestamp() OR lease_until > clock_timestamp() + 2 * make_interval(secs => %(lease)s))
RETURNING id, notice_id, state, losses
"""


def sweep() -> int:
    """A worker died with these in its hands. Nobody knows if they left, so they leave again under the same Message-ID.

    One that kills worker after worker, or never comes back, is set aside. Whoever lives prolongs its leases on the new
    time before they are judged by it.
    """
    if _clock_was_set():
        return 0
    params: dict[str, Any] = {"most_losses": MOST_LOSSES, "most_attempts": MOST_ATTEMPTS, "alone": ALONE}
    params |= {"lease": lease.LEASE.total_seconds(), "deadly": DEADLY, "never_back": NEVER_BACK, "suspected": SUSPECTED}
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, params)
        swept = cursor.fetchall()
    for key, notice, state, losses in swept:
        if state == MessageState.FAILED:
            log.error("message set aside: message=%s notice=%s losses=%s", key, notice, losses)
    return len(swept)


@dataclass
class _Clock:
    """How far the clock of the database is ahead of the one that nobody sets, and when that last changed."""

    ahead: float | None = None
    set_at: float = -lease.LEASE.total_seconds()


_clock = _Clock()


def _clock_was_set() -> bool:
    """Less than a lease ago."""
    asked_at = lease.seconds()
    ahead = clock.of_database().timestamp() - asked_at
    inexact = lease.MARGIN.total_seconds() + lease.seconds() - asked_at
    if _clock.ahead is not None and abs(ahead - _clock.ahead) > inexact:
        log.warning("clock of the database was set: seconds=%.1f", ahead - _clock.ahead)
        _clock.set_at = lease.seconds()
    _clock.ahead = ahead
    return lease.seconds() - _clock.set_at < lease.LEASE.total_seconds()
