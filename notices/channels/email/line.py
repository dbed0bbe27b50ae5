"""One connection: a session and its socket, which never waits."""

import select
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from notices.channels.email.opening import Opened
from notices.channels.email.relay import Pace, Relay
from notices.channels.email.session import Letter, Session, Stage

READ = 65_536
STALLED_SECONDS = 3  # then what waits behind an answer that does not come goes another way
GOODBYE_SECONDS = 2

Next = Callable[["Line"], Letter | None]


class Line:
    def __init__(self, opened: Opened, relay: Relay, *, pace: Pace):
        pace = pace if "pipelining" in opened.offers else Pace.STEP_BY_STEP
        self.session = Session(opened.offers, pace=pace, largest=opened.largest)
        self.is_leaving = False
        self.moved_at = self.opened_at = monotonic()
        self._sock = opened.sock
        self._relay = relay
        self._must_read = False  # TLS wants to read before it can write
        self._must_write = False  # and the other way round
        if opened.rest:
            self.session.receive(opened.rest)

    def fileno(self) -> int:
        return self._sock.fileno()

    @property
    def interest(self) -> int:
        """For poll."""
        if self._must_write or (self.session.output and not self._must_read):
            return select.POLLIN | select.POLLOUT
        return select.POLLIN

    @property
    def is_stalled(self) -> bool:
        return self.session.has_left and monotonic() - self.moved_at > STALLED_SECONDS

    @property
    def is_backed_up(self) -> bool:
        """Something waits behind the answer to a content."""
        return self.session.has_left and self.session.holds > 1

    @property
    def deadline(self) -> float | None:
        """When somebody should look after it, whatever the socket says."""
        if self.is_leaving:
            return self.moved_at + GOODBYE_SECONDS
        if self.session.output:
            return self.moved_at + self._relay.patience
        if self.session.awaited is None:
            return None
        if self.session.awaited is not Stage.CONTENT:
            return self.moved_at + self._relay.patience
        return self.moved_at + self._relay.timeout

    def advance(self, following: Next) -> None:
        """As far as it goes without an answer. `following` gives the next letter, if this line should have one."""
        session = self.session
        if session.takes and (letter := following(self)):
            self._start(letter)
        while letter := session.waiting_content:
            if session.is_at_an_edge and not letter.parcel.may_leave():
                session.withdraw()
                return
            session.give_piece()
            if session.takes and (after := following(self)):
                session.start(after)
            self.moved_at = monotonic()
            self.flush()
        if session.output:
            self.flush()

    def _start(self, letter: Letter) -> None:
        self.session.start(letter)
        if self.session.holds == 1:
            self.moved_at = monotonic()

    def flush(self) -> None:
        session = self.session
        self._must_read = False
        while session.output and not session.ending:
            try:
                written = self._sock.send(session.output)
            except ssl.SSLWantReadError:
                self._must_read = True
                return
            except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                self._lost(error)
                return
            session.wrote(written)
            self.moved_at = monotonic()

    def read(self) -> None:
        """Everything that is there."""
        self._must_read = self._must_write = False
        while not self.session.ending:
            answers = self.session.answers
            try:
                data = self._sock.recv(READ)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
                return
            except ssl.SSLWantWriteError:
                self._must_write = True
                return
            except OSError as error:
                self._lost(error)
                return
            if not data:
                self.session.lost("The server hung up.")
                return
            self.session.receive(data)
            if self.session.answers != answers:
                self.moved_at = monotonic()
            if len(data) < READ and not isinstance(self._sock, ssl.SSLSocket) and not self.session.is_idle:
                return  # an idle one may have hung up with its last answer

    def _lost(self, error: OSError) -> None:
        """The server may have said why before it hung up."""
        with suppress(OSError):
            while data := self._sock.recv(READ):
                self.session.receive(data)
        self.session.lost(f"The connection was lost: {error}")

    def look_at_the_clock(self) -> None:
        if (deadline := self.deadline) is not None and monotonic() >= deadline:
            if self.is_leaving:
                self.session.end(None)
            else:
                self.session.timed_out()

    def leave(self) -> None:
        """Says goodbye; the answer is not worth much waiting."""
        self.is_leaving = True
        self.moved_at = monotonic()
        self.session.quit()
        self.flush()

    def close(self) -> None:
        with suppress(OSError):
            self._sock.close()
