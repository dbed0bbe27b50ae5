"""A database may take what we say and never answer: one that is suspended, or a proxy. Nobody waits for that for ever.

The operating system gives up only where the other side is silent altogether; these say on that they have heard us.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from threading import Event, Thread, Timer
from typing import Any, TypeVar

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Error
from psycopg.pq import TransactionStatus

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 60.0  # then a connection counts as lost
STATEMENT_SECONDS = 120.0  # of those who have much to say: a hundred thousand messages are filled in three
LOOKS = 6


@contextmanager
def answers(ours: BaseDatabaseWrapper | None = None) -> Iterator[None]:
    """Cuts the connection of this thread, or `ours`, when all of this takes too long."""
    timer = Timer(SECONDS, _cut, [ours or connections[connection.alias], SECONDS])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def each_answered(work: Callable[..., T]) -> Callable[..., T]:
    """Cuts the connection of this thread when a single statement takes too long, however long all of them take. What
    was under way is rolled back, and whoever comes next begins anew."""

    @wraps(work)
    def watched(*args: Any, **kwargs: Any) -> T:
        with _Watch(connections[connection.alias]):
            return work(*args, **kwargs)

    return watched


class _Watch:
    """Looks now and then, and cuts what waited for the same statement at every look."""

    def __init__(self, ours: BaseDatabaseWrapper) -> None:
        self._ours, self._said, self._over = ours, 0, Event()
        self._counts = ours.execute_wrapper(self._count)
        self._thread = Thread(target=self._look, name="answering", daemon=True)

    def __enter__(self) -> None:
        self._counts.__enter__()
        self._thread.start()

    def __exit__(self, *raised: Any) -> None:
        self._over.set()
        self._counts.__exit__(*raised)

    def _count(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self._said += 1
        return execute(*statement)

    def _look(self) -> None:
        looks, said = 0, self._said
        while not self._over.wait(STATEMENT_SECONDS / LOOKS):
            looks = looks + 1 if said == self._said and self._waits() else 0
            said = self._said
            if looks >= LOOKS:
                _cut(self._ours, STATEMENT_SECONDS)
                looks = 0

    def _waits(self) -> bool:
        with suppress(Error, AttributeError):
            return self._ours.connection.pgconn.transaction_status == TransactionStatus.ACTIVE
        return False


def _cut(ours: BaseDatabaseWrapper, seconds: float) -> None:
    log.warning("database does not answer: seconds=%s", seconds)
    with suppress(OSError, Error, AttributeError), socket.socket(fileno=os.dup(ours.connection.pgconn.socket)) as wire:
        wire.shutdown(socket.SHUT_RDWR)
