"""The database may be away for a moment: a restart, a failover. Or it takes what we say, and never answers."""

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from time import monotonic, sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Error

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 120.0
LONGEST_PAUSE = 2.0
ANSWER_SECONDS = 60.0  # then a connection counts as lost
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


@contextmanager
def answers() -> Iterator[None]:
    """Cuts the connection of this thread when all of this takes too long. The operating system does so only where the
    other side is silent altogether; a server that is suspended, or a proxy, goes on saying that it has heard us."""
    timer = Timer(ANSWER_SECONDS, _cut, [connections[connection.alias]])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(ours: BaseDatabaseWrapper) -> None:
    log.warning("database does not answer: seconds=%s", ANSWER_SECONDS)
    with suppress(OSError, Error, AttributeError), socket.socket(fileno=os.dup(ours.connection.pgconn.socket)) as wire:
        wire.shutdown(socket.SHUT_RDWR)
