"""The last stage: claim a few, send each, record each before the next one goes down the same connection.

Three transactions, never one: the claim, then the network outside of any, then the record. A worker that dies loses
its lease, and the outbox sends those messages again under the same Message-ID: at most one of them had left already.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from notices.channels import SENDERS, Sender
from notices.channels.base import AddressRefused, ChannelDown, ChannelError
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import interruption, outbox, receipts, render

log = logging.getLogger(__name__)

SECONDS = 2.0  # then the worker is free for the next tick
FRESH_SECONDS = 1.0  # what was claimed longer ago is given back, and so judged and ordered again
FEWEST, MOST = 5, 400
POISONOUS = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
WAIT_WHEN_UNKNOWN = timedelta(minutes=15)
RECORDING_TRIES = 5

Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """The message is somebody else's by now."""


@dataclass
class Drained:
    """What one drain did. `more`: its time was up, not the work. `trouble`: why it stopped before that."""

    counts: dict[str, int] = field(default_factory=dict)
    more: bool = False
    trouble: str = ""

    def add(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def __str__(self) -> str:
        said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items())) or "nothing to send"
        return f"{said}. {self.trouble}" if self.trouble else said


def drain(channel: str, *, now: datetime | None = None, seconds: float = SECONDS) -> Drained:
    """Sends what is ready until nothing is, or the time is up. Any number of workers may do this at once.

    `now` is for a pass by hand, as if it were that time.
    """
    if now is None and interruption.suspected(now=timezone.now()):
        return Drained(trouble="The clock was away: everything waits for the next tick.")
    drained = Drained()
    with closing(SENDERS[channel]()) as sender:
        try:
            drained.more = _work(channel, sender, drained, clock=_clock(now), until=monotonic() + seconds)
        except ChannelDown as error:
            log.warning("channel down: channel=%s reason=%s", channel, error)
            drained.trouble = str(error)
    return drained


def _clock(now: datetime | None) -> Clock:
    """Never earlier than it is: nothing is recorded as sent before that. Leases always run on the real clock."""
    return (lambda: max(now, timezone.now())) if now else timezone.now


def _work(channel: str, sender: Sender, drained: Drained, *, clock: Clock, until: float) -> bool:
    """Claims as many as it will send within a moment, so that others and the urgent need not wait."""
    limit = FEWEST
    while monotonic() < until:
        batch = outbox.claim(channel, limit=limit, now=clock(), held_from=timezone.now())
        if not batch:
            return False
        done = _deliver_while_fresh(batch, sender, drained, clock=clock)
        limit = min(MOST, 2 * limit) if done == len(batch) else max(FEWEST, done)
    return True


def _deliver_while_fresh(batch: Sequence[Message], sender: Sender, drained: Drained, *, clock: Clock) -> int:
    """How many of the batch; the rest was given back."""
    stale_at = monotonic() + FRESH_SECONDS
    for index, message in enumerate(batch):
        if index and monotonic() > stale_at:
            outbox.give_back(batch[index:])
            return index
        try:
            drained.add(deliver(message, sender, clock=clock))
        except ChannelDown as error:
            outbox.give_back(batch[index:], reason=str(error))
            raise
        except (KeyboardInterrupt, SystemExit):
            outbox.give_back(batch[index + 1 :])
            raise
    return len(batch)


def deliver(message: Message, sender: Sender, *, clock: Clock) -> str:
    """Sends one claimed message and records what came of it. Raises ChannelDown when that says nothing about it."""
    try:
        envelope = render.of_message(message)
        content = sender.build(envelope)
    except ChannelError as error:
        return _refused(message, error, now=clock())
    except Exception as error:
        return _poisoned(message, error, now=clock())
    try:
        accepted = sender.send(envelope, content, hold=_holder(message))
    except LeaseLost:
        return "lost"
    except ChannelDown:
        raise
    except AddressRefused as error:
        receipts.bounce(message, permanent=True, detail=str(error), now=clock())
        return MessageState.BOUNCED
    except ChannelError as error:
        return _refused(message, error, now=clock())
    except Exception as error:
        log.exception("message not sent: message=%s", message.pk)
        surprise = ChannelError(f"{type(error).__name__}: {error}", permanent=False)
        return _refused(message, surprise, now=clock())
    return _record_sent(message, digest=hashlib.sha256(content).digest(), detail=accepted.detail, clock=clock)


def _holder(message: Message) -> Callable[[], None]:
    """Prolongs the lease when a good part of it is over."""

    def hold() -> None:
        now = timezone.now()
        safe_until = now + outbox.LEASE * 2 / 3
        if (message.lease_until is None or message.lease_until < safe_until) and not outbox.hold(message, now=now):
            raise LeaseLost

    return hold


def _record_sent(message: Message, *, digest: bytes, detail: str, clock: Clock) -> str:
    """The mail has left: a database that is away for a moment must not make it leave again."""
    for tries in range(1, RECORDING_TRIES + 1):
        try:
            is_ours = outbox.record_sent(message, digest=digest, detail=detail, now=clock())
            return MessageState.SENT if is_ours else "lost"
        except (OperationalError, InterfaceError):
            if tries == RECORDING_TRIES or connection.in_atomic_block:
                raise
            connection.close()
            sleep(tries)
    raise AssertionError


def _poisoned(message: Message, error: Exception, *, now: datetime) -> str:
    """What cannot be built does not get better by itself. It is set aside with its error, and holds up nobody."""
    log.exception("message not built: message=%s", message.pk)
    reason = f"It could not be written: {type(error).__name__}: {error}"
    if message.attempts >= POISONOUS:
        outbox.record_failed(message, reason=reason)
        return MessageState.FAILED
    outbox.record_later(message, until=now + FIRST_WAIT, reason=reason)
    return MessageState.DEFERRED


def _refused(message: Message, error: ChannelError, *, now: datetime) -> str:
    if error.permanent:
        outbox.record_failed(message, reason=str(error))
        return MessageState.FAILED
    if message.attempts >= outbox.MOST_ATTEMPTS:
        outbox.record_failed(message, reason=f"Given up after {message.attempts} tries. {error}")
        return MessageState.FAILED
    wait = waiting_time(message)
    until = now + (max(wait, WAIT_WHEN_UNKNOWN) if error.unknown else wait)
    outbox.record_later(message, until=until, reason=str(error))
    return MessageState.DEFERRED


def waiting_time(message: Message) -> timedelta:
    """Doubles with every attempt up to an hour; spread by a quarter, so that they do not all come back at once."""
    wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    spread = (message.pk * 2654435761 + message.attempts) % 1000 / 1000
    return wait * (0.75 + spread / 2)
