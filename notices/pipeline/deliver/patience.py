"""The database may be away for a moment: a restart, a failover. Or it takes what we say, and never answers."""

import logging
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from commsplan.lib.answering import answers

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 120.0
LONGEST_PAUSE = 2.0
AWAY = (OperationalError, InterfaceError)


def patiently(work: Callable[[], T]) -> T:
    """For what may be done twice. Within a transaction there is nothing to wait for: it is gone."""
    until, pause = monotonic() + SECONDS, 0.05
    while True:
        try:
            with answers():
                return work()
        except AWAY as error:
            if connection.in_atomic_block or monotonic() + pause > until:
                raise
            log.warning("database away: reason=%s", error)
            connection.close()
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
