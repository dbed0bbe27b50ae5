"""Records without waiting: each outcome is handed to PostgreSQL before the next letter leaves, and answered later.

The connection is its own: libpq in pipeline mode, and a commit there does not wait for the disk. What was handed over
is kept until PostgreSQL has flushed it, so a server that falls and comes back is told again. It takes a connection
that stays ours between statements: a pooler that lends one for a transaction only will not do.
"""

import logging
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from select import POLLIN, POLLOUT, poll
from time import monotonic, sleep

import django.db
import psycopg
from django.db import connection
from psycopg import pq

from commsplan.lib.answering import answers
from notices.pipeline.outbox.recording import STATEMENTS, Result, commands

log = logging.getLogger(__name__)

WINDOW = 64  # statements under way; then we wait
MARK_SECONDS = 0.25  # how often we hear what is on disk
MOST_KEPT = 5_000  # results that may be in memory only
PATIENCE = 1_800.0  # seconds that PostgreSQL may be away: nobody else knows what has left
ANSWER_SECONDS = 30.0
LONGEST_SLEEP = 2.0
AWAY = (psycopg.Error, django.db.Error, OSError)
SESSION = (  # the last three: among millions of messages, by key and never otherwise, however old the statistics
    "SET synchronous_commit = off",
    "SET plan_cache_mode = force_generic_plan",  # planning took longer than doing
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)
# A commit that waits for the disk, and so for all commits before it.
MARK = "SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'commsplan', '')"


@dataclass(slots=True, eq=False)
class Batch:
    """What was handed over together. Without results: a mark, up to which everything is on disk when it is answered."""

    number: int
    results: Sequence[Result] = ()
    is_answered: bool = False


class Pipelined:
    """Not for several threads."""

    def __init__(self) -> None:
        self._wire: Wire | None = None
        self._kept: deque[Batch] = deque()  # not known to be on disk
        self._number = 0
        self._marked_at = 0.0
        self._lost: list[Result] = []

    def record(self, results: Sequence[Result]) -> None:
        """Returns when PostgreSQL has it in hand, at the latest after PATIENCE. Raises django.db.OperationalError."""
        self._number += 1
        self._kept.append(Batch(self._number, results))
        try:
            self._wire = self._wire or Wire()
            self._wire.send(self._kept[-1])
            if monotonic() - self._marked_at > MARK_SECONDS:
                self._mark(self._wire)
            self._take(self._wire.answered(most=WINDOW))
            while len(self._kept) > MOST_KEPT:
                self._take(self._wire.answered(most=0))
        except AWAY as error:
            self._start_again(error)

    def settle(self) -> list[Result]:
        """Waits until everything is on disk. Returns those that had become somebody else's."""
        try:
            self._finish()
        except AWAY as error:
            self._start_again(error)
        lost, self._lost = self._lost, []
        return lost

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire:
            wire.close()

    def _mark(self, wire: "Wire") -> None:
        wire.send(Batch(self._number))
        self._marked_at = monotonic()

    def _finish(self) -> None:
        if self._wire and self._kept:
            self._mark(self._wire)
            self._take(self._wire.answered(most=0))

    def _take(self, answered: Iterable[tuple[Batch, set[int]]]) -> None:
        for batch, recorded in answered:
            if not batch.results:
                while self._kept and self._kept[0].number <= batch.number:
                    self._kept.popleft()
            elif not batch.is_answered:
                batch.is_answered = True
                if len(recorded) < len(batch.results):
                    self._lost += [one for one in batch.results if one.attempt.pk not in recorded]

    def _start_again(self, error: BaseException) -> None:
        """PostgreSQL was away: says everything again that may not be on disk."""
        log.warning("recording interrupted: kept=%s reason=%s", len(self._kept), error)
        until, pause = monotonic() + PATIENCE, 0.05
        while True:
            self.close()
            try:
                self._wire = Wire()
                for batch in self._kept:
                    self._wire.send(batch)
                    self._take(self._wire.answered(most=WINDOW))
                self._finish()
            except AWAY as again:
                if monotonic() + pause > until:
                    keys = [one.attempt.pk for batch in self._kept for one in batch.results]
                    log.exception("outcomes not recorded: messages=%s", keys)
                    raise django.db.OperationalError(f"Outcomes cannot be recorded: {again}") from again
                sleep(pause)
                pause = min(2 * pause, LONGEST_SLEEP)
            else:
                return


class Wire:
    """Statements go out, their answers are read when they are there."""

    def __init__(self) -> None:
        self._django = connection.copy()
        try:
            with answers(self._django):
                self._pg = self._open()
        except BaseException:
            self._django.close()
            raise
        self._awaited: deque[Batch] = deque()
        self._found: set[int] = set()
        self._poll = poll()
        self._poll.register(self._pg.socket, POLLIN)

    def _open(self) -> pq.abc.PGconn:
        with self._django.cursor() as cursor:
            for statement in SESSION:
                cursor.execute(statement)
        pg = self._django.connection.pgconn
        for name, statement in {**STATEMENTS, "mark": MARK}.items():
            prepared = pg.prepare(name.encode(), _numbered(statement).encode())
            if prepared.status != pq.ExecStatus.COMMAND_OK:
                raise psycopg.OperationalError(prepared.error_message.decode("utf-8", "replace"))
        pg.nonblocking = 1
        pg.enter_pipeline_mode()
        return pg

    def send(self, batch: Batch) -> None:
        for name, values in commands(batch.results) if batch.results else [("mark", [])]:
            self._pg.send_query_prepared(name.encode(), [value.encode() for value in values])
        self._pg.pipeline_sync()
        self._awaited.append(batch)
        until = monotonic() + ANSWER_SECONDS
        while self._pg.flush():
            self._wait(POLLIN | POLLOUT, until)
            self._pg.consume_input()

    def answered(self, *, most: int) -> Iterable[tuple[Batch, set[int]]]:
        """What was answered by now, each with the keys that were recorded. Waits until at most `most` are not."""
        self._pg.consume_input()
        until = monotonic() + ANSWER_SECONDS
        while self._awaited:
            if not self._pg.is_busy():
                if self._read():
                    found, self._found = self._found, set()
                    yield self._awaited.popleft(), found
            elif len(self._awaited) > most:
                self._wait(POLLIN, until)
                self._pg.consume_input()
            else:
                return

    def _read(self) -> bool:
        """One piece of an answer. True: it was the last one of its batch."""
        result = self._pg.get_result()
        if result is None:
            if self._pg.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError("The connection was lost.")
            return False
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return True
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode("utf-8", "replace").strip())
        if result.nfields == 1:
            self._found.update(int(result.get_value(row, 0) or 0) for row in range(result.ntuples))
        return False

    def _wait(self, events: int, until: float) -> None:
        self._poll.modify(self._pg.socket, events)
        if not self._poll.poll(max(until - monotonic(), 0) * 1000):
            raise psycopg.OperationalError("PostgreSQL does not answer.")

    def close(self) -> None:
        self._django.close()


def _numbered(statement: str) -> str:
    numbers = iter(range(1, 100))
    return re.sub("%s", lambda _: f"${next(numbers)}", statement)
