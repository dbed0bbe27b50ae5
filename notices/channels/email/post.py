"""Mail, over several SMTP connections at once that nothing holds up but themselves.

What the server says becomes one of few things: accepted; refused for good or for now; nobody at this address; the
server as a whole does not work; or, worst, no answer after the final dot: then nobody knows.
"""

import select
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from notices.channels.base import Accepted, Access, ChannelDown, ChannelError, Later, Outcome, Parcel
from notices.channels.email import relay as relays
from notices.channels.email.line import GOODBYE_SECONDS, STALLED_SECONDS, Line
from notices.channels.email.opening import Opening
from notices.channels.email.relay import Pace
from notices.channels.email.session import Ending, Letter, unknown

MOST_RETURNS = 3
FEWER_SECONDS = 30  # a server that does not take another connection is asked again after that
UNPROVEN_SECONDS = 2.0  # so long a new connection has the server to itself
LOOK_SECONDS = 2.0


class Mail:
    """A post (channels.base.Post). Opens a connection with the first parcel, another one when the ones it has got an
    answer and there is work for it."""

    def __init__(self, access: Access | None = None, *, relay: str = ""):
        self._access = access or Access()
        self._name = relay or (relays.FALLBACK if self._access.config.get(relays.FALLBACK) else relays.MAIN)
        self._relay: relays.Relay | None = None
        self._waiting: deque[Letter] = deque()
        self._lines: list[Line] = []
        self._opening: Opening | None = None
        self._done: list[tuple[Parcel, Outcome]] = []
        self._down: ChannelDown | None = None
        self._fewer_until = 0.0
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    # What the caller does

    def room(self) -> int:
        return 0 if self._down else max(0, self._capacity() - self._held())

    def put(self, parcel: Parcel) -> None:
        self._waiting.append(Letter(parcel))

    def collect(self, seconds: float) -> Sequence[tuple[Parcel, Outcome]]:
        until, is_late = monotonic() + seconds, False
        while True:
            if not self._done:
                self._advance()
            if self._done:
                done, self._done = self._done, []
                return done
            if self._down and not any(line.session.has_left for line in self._lines):
                raise self._down
            if is_late or not self._held():
                return []
            self._poll(until)
            is_late = monotonic() >= until

    def abandon(self, meanwhile: Callable[[], None] = lambda: None) -> Sequence[tuple[Parcel, Outcome | None]]:
        for line in self._lines:
            line.read()
        self._clear_up()
        known: list[tuple[Parcel, Outcome | None]] = [*self._done]
        for line in self._lines:
            known += [(letter.parcel, error) for letter, error in _cut(line)]
        known += [(letter.parcel, None) for letter in self._waiting]
        self._lines, self._done, self._down = [], [], None
        self._waiting.clear()
        self._stop_opening()
        return known

    def close(self) -> None:
        """Says goodbye where nothing is under way. May be done twice."""
        self._stop_opening()
        for line in self._lines:
            if line.session.is_idle:
                line.leave()
        until = monotonic() + GOODBYE_SECONDS
        while any(line.is_leaving for line in self._lines) and monotonic() < until:
            self._poll(until)
        for line in self._lines:
            line.close()
        self._lines = []
        self._woken.close()
        self._waker.close()

    # How much there is room for

    def _held(self) -> int:
        return len(self._waiting) + len(self._done) + sum(line.session.holds for line in self._lines)

    def _capacity(self) -> int:
        return sum(map(_depth, self._lines)) + (2 if len(self._lines) < self._most() else 0)

    def _most(self) -> int:
        """Connections that the server takes, as far as we know."""
        if self._lines and monotonic() < self._fewer_until:
            return len(self._lines)
        return max(1, self._access.connections)

    # What is done without waiting

    def _advance(self) -> None:
        if not self._down:
            self._rest_stalled()
            self._open_when_needed()
        for line in self._idle_first():
            line.advance(self._following)
        self._clear_up()

    def _idle_first(self) -> list[Line]:
        return sorted(self._lines, key=lambda line: line.session.holds)

    def _following(self, line: Line) -> Letter | None:
        if self._down or line.is_leaving or line.is_stalled or not self._waiting:
            return None
        if self._is_used_up(line):
            if line.session.is_idle:
                line.leave()
            return None
        if line.session.holds and len(self._waiting) <= self._hungry():
            return None
        return self._waiting.popleft()

    def _is_used_up(self, line: Line) -> bool:
        return 0 < self._access.per_connection <= line.session.started

    def _hungry(self) -> int:
        """Lines that have nothing to do: what waits is theirs first."""
        return sum(line.session.is_idle and not line.is_leaving and not self._is_used_up(line) for line in self._lines)

    def _rest_stalled(self) -> None:
        """What waits behind an answer that does not come goes another way."""
        if self._access.connections > 1:
            for line in self._lines:
                if line.is_stalled and (letter := line.session.take_back()):
                    self._waiting.appendleft(letter)

    # Connections come

    def _open_when_needed(self) -> None:
        if self._opening:
            self._look_at_opening(self._opening)
        elif len(self._waiting) > self._hungry() and len(self._lines) < self._most() and self._may_open_another():
            self._open()

    def _may_open_another(self) -> bool:
        """Slow start: each one that is open got an answer, or does not seem to get one."""
        patient = monotonic() - UNPROVEN_SECONDS
        return all(line.session.has_served or line.opened_at < patient for line in self._lines)

    def _open(self) -> None:
        try:
            self._relay = self._relay or relays.find(self._name)
            self._opening = Opening(self._relay, self._wake)
        except ChannelDown as error:
            self._down = error

    def _wake(self) -> None:
        with suppress(OSError):
            self._waker.send(b"!")

    def _look_at_opening(self, opening: Opening) -> None:
        if not opening.is_over and monotonic() < opening.deadline:
            return
        self._opening = None
        try:
            self._add_line(opening)
        except ChannelDown as error:
            if not self._lines:
                self._down = error
            self._fewer_until = monotonic() + FEWER_SECONDS

    def _add_line(self, opening: Opening) -> None:
        if not opening.is_over:
            opening.give_up()
            raise ChannelDown(f"The mail server {self._relay} cannot be reached: it does not answer.")
        if self._relay:
            opened = opening.result()
            self._lines.append(Line(opened, self._relay, pace=relays.pace(self._relay)))

    def _stop_opening(self) -> None:
        if self._opening:
            self._opening.give_up()
            self._opening = None

    # Connections go

    def _clear_up(self) -> None:
        for line in list(self._lines):
            session = line.session
            for letter, outcome in session.outcomes:
                self._finish(letter, outcome)
            session.outcomes.clear()
            if session.ending:
                line.close()
                self._lines.remove(line)
                self._after(line, session.ending)

    def _after(self, line: Line, ending: Ending) -> None:
        if isinstance(ending.error, ChannelDown):
            self._down = ending.error
        if ending.is_confused and self._relay:
            relays.slow_down(self._relay, Pace.ENVELOPES if ending.rode else Pace.STEP_BY_STEP)
        if ending.error and ending.error.later is Later.CONNECTIONS and not line.session.has_served:
            self._fewer_until = monotonic() + FEWER_SECONDS
        for letter in reversed(ending.untouched):
            if letter is ending.blamed and not self._may_try_again(letter, line, ending):
                self._finish(letter, ending.error or unknown(None))
            else:
                self._waiting.appendleft(letter)

    def _may_try_again(self, letter: Letter, line: Line, ending: Ending) -> bool:
        """The connection may have been the trouble, not this message: then it is tried once more without a word.
        One that has served may be at its end without saying so, and so may be those beside it."""
        letter.returns += 1
        if letter.returns > MOST_RETURNS + self._access.connections:
            return False
        if ending.is_confused:
            letter.suspects = True
            return True
        if ending.error is None or ending.error.later is Later.TIMED_OUT:
            return ending.error is None
        if ending.error.later is Later.LOST:
            return letter.returns == 1 or line.session.has_served
        return line.session.has_served or any(one.session.has_served for one in self._lines)

    def _finish(self, letter: Letter, outcome: Outcome) -> None:
        if letter.suspects and not isinstance(outcome, Accepted) and outcome.later in (Later.LOST, Later.TIMED_OUT):
            self._trust_again()
        self._done.append((letter.parcel, outcome))

    def _trust_again(self) -> None:
        """It is this message that the server cannot stand, not PIPELINING."""
        if self._relay:
            relays.trust_again(self._relay)

    # What is waited for

    def _poll(self, until: float) -> None:
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        by_number = {line.fileno(): line for line in self._lines}
        for number, line in by_number.items():
            poll.register(number, line.interest)
        for number, event in poll.poll(max(0.0, self._next_look(until) - monotonic()) * 1000):
            if (found := by_number.get(number)) is None:
                self._sleep_again()
                continue
            if event & ~select.POLLOUT:
                found.read()
            if event & select.POLLOUT and not found.session.ending:
                found.flush()
        for line in self._lines:
            line.look_at_the_clock()
        self._clear_up()

    def _next_look(self, until: float) -> float:
        looks = [until, monotonic() + LOOK_SECONDS]
        looks += [line.deadline for line in self._lines if line.deadline is not None]
        if self._access.connections > 1:
            looks += [line.moved_at + STALLED_SECONDS for line in self._lines if line.is_backed_up]
        if self._opening:
            looks.append(self._opening.deadline)
        return min(looks)

    def _sleep_again(self) -> None:
        with suppress(OSError):
            while self._woken.recv(64):
                pass


def _depth(line: Line) -> int:
    if line.is_leaving or line.is_stalled:
        return line.session.holds
    return 3 if line.session.pace is Pace.RIDING else 2


def _cut(line: Line) -> list[tuple[Letter, ChannelError | None]]:
    """What becomes of the letters on a line that is given up."""
    line.session.end(None)
    ending = line.session.ending
    line.close()
    gone = [(letter, outcome) for letter, outcome in line.session.outcomes if isinstance(outcome, ChannelError)]
    return [*gone, *((letter, None) for letter in (ending.untouched if ending else ()))]
