"""What becomes of a message after an attempt."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from notices.channels.base import ChannelError, Later
from notices.enums import MessageState, Priority
from notices.pipeline import outbox
from notices.pipeline.outbox import Attempt, Claimed, Result

log = logging.getLogger(__name__)

POISONOUS = 3
WAIT_WHEN_UNKNOWN = timedelta(minutes=15)
LONGEST_WISH = timedelta(hours=6)  # of the other side


@dataclass(frozen=True)
class Waits:
    """Doubles with every attempt."""

    first: timedelta
    longest: timedelta = timedelta(hours=1)

    def after(self, attempts: int) -> timedelta:
        return min(self.first * 2 ** min(attempts - 1, 10), self.longest)


USUAL = Waits(timedelta(seconds=30))
WAITS = {
    Later.REFUSED: USUAL,
    Later.GREYLISTED: Waits(timedelta(minutes=5)),  # servers that do so want to see us again after some minutes
    Later.THROTTLED: Waits(timedelta(minutes=1)),
    Later.CONNECTIONS: USUAL,
    Later.TIMED_OUT: Waits(timedelta(minutes=2)),
    Later.LOST: USUAL,
}
URGENT = Waits(timedelta(seconds=3))  # where the other side found us too fast: it asks first when that is over


def waiting_time(message: Attempt, later: Later = Later.REFUSED) -> timedelta:
    """Spread by a quarter, so that they do not all come back at once."""
    spread = (message.pk * 2654435761 + message.attempts) % 1000 / 1000
    is_urgent = later == Later.THROTTLED and getattr(message, "priority", None) == Priority.URGENT
    return (URGENT if is_urgent else WAITS[later]).after(message.attempts) * (0.75 + spread / 2)


def refused(message: Attempt, error: ChannelError, *, now: datetime) -> Result:
    if error.permanent:
        return outbox.failed(message, reason=str(error))
    if message.attempts >= outbox.MOST_ATTEMPTS:
        return outbox.failed(message, reason=f"Given up after {message.attempts} tries. {error}", unknown=error.unknown)
    wait = max(waiting_time(message, error.later), min(timedelta(seconds=error.wait), LONGEST_WISH))
    wait = max(wait, WAIT_WHEN_UNKNOWN) if error.unknown else wait
    return outbox.later(message, until=now + wait, reason=str(error), unknown=error.unknown)


def not_made(message: Claimed, error: Exception, *, now: datetime) -> Result:
    """A channel may say while it writes that this cannot go out."""
    return refused(message, error, now=now) if isinstance(error, ChannelError) else poisoned(message, error, now=now)


def poisoned(message: Claimed, error: Exception, *, now: datetime) -> Result:
    """What cannot be built does not get better by itself. It is set aside with its error, and holds up nobody."""
    log.error("message not built: message=%s notice=%s", message.pk, message.notice.pk, exc_info=error)
    reason = f"It could not be written: {type(error).__name__}: {error}"
    if message.attempts >= POISONOUS:
        return outbox.failed(message, reason=reason)
    return outbox.later(message, until=now + USUAL.first, reason=reason)


def name_of(result: Result) -> str:
    return MessageState(result.state).value
