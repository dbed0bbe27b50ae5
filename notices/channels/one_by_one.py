"""For channels that hand over one message per call: a post over a small sender, with as many at a time as there are
connections."""

import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from time import sleep
from urllib.parse import unquote

from notices.channels.base import Accepted, Access, ChannelDown, ChannelError, NotOurs, Outcome, Parcel, Sender

log = logging.getLogger(__name__)

SHORTEST_SECRET = 8
LOOK_UP_SECONDS = 0.25


class OneByOne:
    """`open` gives a sender for one connection; it should reach for the network with its first message only.

    Every call has a thread beside the caller's, who has leases to prolong while it takes its time.
    """

    def __init__(self, open: Callable[[], Sender], access: Access = Access()) -> None:  # noqa: B008  frozen
        self._desks = [Desk(open, access.per_connection) for _ in range(max(access.connections, 1))]
        self._free = deque(self._desks)
        self._under_way: dict[Future[Outcome], tuple[Parcel, Desk]] = {}
        self._threads = ThreadPoolExecutor(len(self._desks), "post")

    def room(self) -> int:
        return len(self._free)

    def put(self, parcel: Parcel) -> None:
        desk = self._free.popleft()
        self._under_way[self._threads.submit(desk.hand_over, parcel)] = parcel, desk

    def collect(self, seconds: float) -> Sequence[tuple[Parcel, Outcome]]:
        if not self._under_way:
            sleep(max(seconds, 0))
            return ()
        done, _ = wait(self._under_way, timeout=seconds, return_when=FIRST_COMPLETED)
        down = next((error for one in done if isinstance(error := one.result(), ChannelDown)), None)
        if down:
            raise down
        return [self._taken(one) for one in done]

    def _taken(self, done: "Future[Outcome]") -> tuple[Parcel, Outcome]:
        parcel, desk = self._under_way.pop(done)
        self._free.append(desk)
        return parcel, done.result()

    def abandon(self, meanwhile: Callable[[], None] = lambda: None) -> Sequence[tuple[Parcel, Outcome | None]]:
        """What has begun is waited for: nobody can take a call back."""
        left: list[tuple[Parcel, Outcome | None]] = []
        for one in list(self._under_way):
            if one.cancel():
                parcel, desk = self._under_way.pop(one)
                self._free.append(desk)
                left.append((parcel, None))
        for one in list(self._under_way):
            while not one.done():
                meanwhile()
                wait([one], LOOK_UP_SECONDS)
            parcel, outcome = self._taken(one)
            left.append((parcel, None if isinstance(outcome, ChannelDown) else outcome))
        return left

    def close(self) -> None:
        self._threads.shutdown()
        for desk in self._desks:
            desk.close()


def hidden(outcome: Outcome, secret: str) -> Outcome:
    """Servers like to repeat in their answer what they were asked for, and answers are shown to everybody."""
    pieces = sorted({one for part in (secret, unquote(secret)) for one in _pieces(part)}, key=len, reverse=True)
    said = outcome.detail if isinstance(outcome, Accepted) else str(outcome)
    for piece in pieces:
        said = said.replace(piece, "…")
    if isinstance(outcome, Accepted):
        return Accepted(said)
    outcome.args = (said,)
    return outcome


def _pieces(secret: str) -> list[str]:
    """The whole of it, and what stands behind its host: what is short tells nothing, and may be any word."""
    behind = secret.partition("://")[2]
    parts = re.split(r"[/?&=#:@;]", behind.partition("/")[2])
    return [one for one in (secret, behind, *parts) if len(one) >= SHORTEST_SECRET]


class Desk:
    """One connection: opened when it is needed, and again when it was lost or has had its share."""

    def __init__(self, open: Callable[[], Sender], most: int) -> None:
        self._open, self._most = open, most
        self._sender: Sender | None = None
        self._handed = 0

    def hand_over(self, parcel: Parcel) -> Outcome:
        """Never raises: what nobody foresaw is a reason to try again later."""
        return hidden(self._handed_over(parcel), parcel.secret)

    def _handed_over(self, parcel: Parcel) -> Outcome:
        if not parcel.may_leave():
            return NotOurs()
        try:
            self._sender = self._sender or self._open()
            self._handed += 1
            return self._sender.send(parcel)
        except ChannelError as error:
            if error.closes:
                self.close()
            return error
        except Exception as error:
            log.exception("message not sent: message=%s", parcel.key)
            self.close()
            return ChannelError(f"{type(error).__name__}: {error}", permanent=False)
        finally:
            if self._most and self._handed >= self._most:
                self.close()

    def close(self) -> None:
        sender, self._sender, self._handed = self._sender, None, 0
        if sender:
            sender.close()
