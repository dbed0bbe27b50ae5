"""What came of the attempts. Nothing is written for a message that somebody else has taken since.

One whose lease has run out is still ours to record for as long as nobody has taken it again: it did leave, and saying
so is what spares its reader a copy.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.db import connection

from notices.enums import MessageState
from notices.models.outbox import WHERE_IT_MAY, WITH_DOUBT

MOST_ATTEMPTS = 30  # about a day with the waiting times of deliver

# Each may be said twice: the second time changes nothing.
SENT = """
UPDATE notices_message message
SET state = 'sent', sent_at = done.at, sha256 = done.digest, reason = '', lease_until = NULL,
    answer = CASE message.state WHEN 'sent' THEN message.answer ELSE done.answer END
FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::bytea[], %s::text[])
    AS done (id, attempts, at, digest, answer)
WHERE message.id = done.id AND message.attempts = done.attempts AND message.state IN ('sending', 'queued', 'sent')
RETURNING message.id
"""
NOT_SENT = """
UPDATE notices_message message
SET state = done.state, answer = COALESCE(NULLIF(done.answer, ''), message.answer),
    reason = CASE WHEN done.state <> 'deferred' AND (done.answer <> '' OR {may}) THEN {doubtful}
                  ELSE done.reason END,
    not_before = COALESCE(done.until, message.not_before), lease_until = NULL
FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
    AS done (id, attempts, state, until, reason, answer)
WHERE message.id = done.id AND message.attempts = done.attempts AND message.state IN ('sending', 'queued', done.state)
RETURNING message.id
""".replace("{may}", WHERE_IT_MAY).replace("{doubtful}", WITH_DOUBT % "done.reason")
STATEMENTS = {"sent": SENT, "not_sent": NOT_SENT}


class Attempt(Protocol):
    """A message as a worker holds it."""

    @property
    def pk(self) -> int: ...

    @property
    def attempts(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt. `words`: the answer of the next hop, or why it was not sent. `unknown`: it may have
    left, and there was no answer; that is kept until it is sent."""

    attempt: Attempt
    state: str
    words: str = ""
    at: datetime | None = None  # when it was sent
    digest: bytes = b""  # of what was sent
    until: datetime | None = None  # it is not tried before
    unknown: bool = False


def sent(attempt: Attempt, *, digest: bytes, answer: str, now: datetime) -> Result:
    return Result(attempt, MessageState.SENT, answer[:300], at=now, digest=digest)


def later(attempt: Attempt, *, until: datetime, reason: str, unknown: bool = False) -> Result:
    return Result(attempt, MessageState.DEFERRED, reason[:300], until=until, unknown=unknown)


def failed(attempt: Attempt, *, reason: str, unknown: bool = False) -> Result:
    return Result(attempt, MessageState.FAILED, reason[:300], unknown=unknown)


def missed(attempt: Attempt, *, reason: str) -> Result:
    return Result(attempt, MessageState.MISSED, reason[:300])


def commands(results: Sequence[Result]) -> list[tuple[str, list[str]]]:
    """The statements that record these, by name, with arrays as PostgreSQL writes them."""
    left = [one for one in results if one.state == MessageState.SENT]
    others = [one for one in results if one.state != MessageState.SENT]
    found = []
    if left:
        digests = _array('"\\\\x%s"' % one.digest.hex() for one in left)  # noqa: UP031  backslashes
        found.append(("sent", [*_keys(left), _moments(one.at for one in left), digests, _words(left)]))
    if others:
        states = _array(str(one.state) for one in others)
        doubts = [one if one.unknown else replace(one, words="") for one in others]
        untils = _moments(one.until for one in others)
        found.append(("not_sent", [*_keys(others), states, untils, _words(others), _words(doubts)]))
    return found


def _keys(results: Sequence[Result]) -> tuple[str, str]:
    return _array(str(one.attempt.pk) for one in results), _array(str(one.attempt.attempts) for one in results)


def _moments(moments) -> str:
    return _array(f'"{moment.isoformat()}"' if moment else "NULL" for moment in moments)


NEEDS_BACKSLASH = re.compile(r'(["\\])')
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _words(results: Sequence[Result]) -> str:
    return _array('"' + NEEDS_BACKSLASH.sub(r"\\\1", UNSTORABLE.sub("\ufffd", one.words)) + '"' for one in results)


def _array(items) -> str:
    return "{" + ",".join(items) + "}"


class Waited:
    """Records over Django's own connection, and waits for it: where what happens has to be part of a transaction."""

    def __init__(self) -> None:
        self._lost: list[Result] = []

    def record(self, results: Sequence[Result]) -> None:
        recorded = set()
        with connection.cursor() as cursor:
            for name, values in commands(results):
                cursor.execute(STATEMENTS[name], values)
                recorded |= {key for (key,) in cursor.fetchall()}
        self._lost += [one for one in results if one.attempt.pk not in recorded]

    def settle(self) -> list[Result]:
        """Those that had become somebody else's."""
        lost, self._lost = self._lost, []
        return lost

    def close(self) -> None:
        pass


def record(result: Result) -> bool:
    """One, at once. False: it is somebody else's by now."""
    recorder = Waited()
    recorder.record([result])
    return not recorder.settle()
