"""Sends what is ready over one channel: with which outlet, over how many connections, and for how long."""

import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic, sleep
from typing import Any

from django.db import connection

from commsplan.lib import clock
from commsplan.lib.answering import answers
from commsplan.lib.secrets import CannotDecrypt
from notices.channels import KINDS, SENDERS
from notices.channels.base import Access, ChannelDown, Post
from notices.models import Outlet
from notices.pipeline import interruption, limits, outbox, outlets
from notices.pipeline.deliver.batches import Beside, Claims, Clock, Here
from notices.pipeline.deliver.contents import contents
from notices.pipeline.deliver.manners import Memory
from notices.pipeline.deliver.pace import URGENT_SECONDS
from notices.pipeline.deliver.patience import AWAY, patiently
from notices.pipeline.deliver.sending import Recorder, Round

log = logging.getLogger(__name__)

SECONDS = 4.0  # then the worker is free for another channel
STRETCH_SECONDS = 30.0  # where there is more time than that: then we look again which outlet works
LOOK_AGAIN = 1.0  # what others hold may be nobody's by then
CAREFUL_SECONDS = 2.0  # of each stretch, for what may have killed a worker
NEXT_SECONDS = 0.5  # until another worker has given back the connections that are ours
CROWDED_REST = 5.0  # until a server that does not take a single one is asked again

_memory = Memory()  # a process that drains lives long


@dataclass
class Drained:
    """What one drain did. `more`: its time was up, not the work; `wait`: for so many seconds it is no use to go on.
    `trouble`: why it stopped before that."""

    counts: dict[str, int] = field(default_factory=dict)
    more: bool = False
    wait: float = 0
    trouble: str = ""

    def __str__(self) -> str:
        said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items())) or "nothing to send"
        return f"{said}. {self.trouble}" if self.trouble else said


def drain(channel: str, *, now: datetime | None = None, seconds: float = SECONDS) -> Drained:
    """Sends what is ready until nothing is, or the time is up. Any number of workers may do this at once.

    `now` is for a pass by hand, as if it were that time.
    """
    ours = _clock(now)
    held_up = partial(_held_up, ours) if now is None else _never
    if why := patiently(held_up):
        return Drained(trouble=why)
    drained = Drained(more=True)
    with closing(Stretches(channel, ours, until=monotonic() + seconds, held_up=held_up)) as stretches:
        while drained.more and not drained.trouble and monotonic() + drained.wait < stretches.until:
            sleep(drained.wait)
            drained = stretches.next()
    return drained


def finish(channel: str, *, seconds: float) -> Drained:
    """For whoever has no clock beside it: also what died in somebody's hands, as soon as its lease is over. What other
    workers go on holding is left to them."""
    until, counts, idle_since = monotonic() + seconds, Counter[str](), monotonic()
    while True:
        patiently(outbox.sweep)
        drained = drain(channel, seconds=until - monotonic())
        counts += Counter(drained.counts)
        idle_since = monotonic() if drained.counts else idle_since
        held = patiently(lambda: outbox.in_hand(channel))
        if drained.trouble or not held or monotonic() > until:
            return replace(drained, counts=dict(counts))
        if monotonic() - idle_since > outbox.LEASE.total_seconds() + LOOK_AGAIN:
            return replace(drained, counts=dict(counts), trouble=f"Other workers have {held:,} in their hands.")
        sleep(LOOK_AGAIN)


def _held_up(ours: Clock) -> str:
    """Asked before each claim: a snapshot may be restored under our hands."""
    suspected = interruption.suspected(now=ours())
    return "The clock was away: everything waits for the next tick." if suspected else ""


def _never() -> str:
    return ""


def _clock(now: datetime | None) -> Clock:
    """The database's: a machine whose clock is wrong sends nothing too early or too late. By hand, never earlier than
    it is: nothing is recorded as sent before that. Leases always run on the real clock."""
    shared = patiently(clock.shared)
    return (lambda: max(now, shared())) if now else shared


class Stretches:
    """A drain in parts of a few seconds. What connects us to the mail server and to the database outlives them."""

    def __init__(
        self,
        channel: str,
        ours: Clock,
        *,
        until: float,
        held_up: Callable[[], str],
        beside: Callable[[], None] | None = None,
    ) -> None:
        """`held_up`: why nothing is to be claimed, or empty. `beside`: to be done now and then, for whoever does this
        while it waits."""
        self.channel, self.clock, self.until, self.beside = channel, ours, until, beside
        self.held_up = held_up
        self.counts: Counter[str] = Counter()
        inside = connection.in_atomic_block  # then nobody else can see what there is
        self._recorder: Recorder = outbox.Waited() if inside else outbox.Pipelined()
        self._hands = Here() if inside else Beside()
        self._contents = contents(channel)
        self._holder = f"{socket.gethostname()} {os.getpid()} {threading.get_ident()}"
        self._seated: dict[int, Outlet] = {}
        self._post: Post | None = None
        self._access: Access | None = None

    def next(self) -> Drained:
        """Until the end of a stretch, or of all. Its `counts` are those of all until now."""
        outlet = patiently(lambda: outlets.in_use(self.channel, now=clock.now()))
        if why := patiently(lambda: self.held_up() or outlets.stopped_because(outlet)):
            return self._drained(trouble=why)
        seats = self._seats(outlet)
        if not seats:
            return self._drained(more=True, wait=NEXT_SECONDS)
        try:
            return self._sent(outlet, seats)
        except CannotDecrypt as error:
            return self._drained(trouble=f"{outlet}: {error}")

    def _drained(self, **fields: Any) -> Drained:
        return Drained(dict(+self.counts), **fields)

    def _seats(self, outlet: Outlet) -> int:
        count = patiently(lambda: limits.take_seats(outlet, holder=self._holder))
        self._seated[outlet.pk] = outlet
        return _memory.of(outlet).at_most(count)

    def _open(self, outlet: Outlet, seats: int) -> Post:
        access = outlets.access(outlet, connections=seats)
        if self._post is None or access != self._access:
            self._shut()
            self._post, self._access = KINDS[self.channel].open(access), access
        return self._post

    def _sent(self, outlet: Outlet, seats: int) -> Drained:
        """What may have killed a worker leaves first, for a moment, and while nothing else is in our hands."""
        claims = partial(Claims, outlet, self.clock, holder=self._holder, seats=seats, held_up=self.held_up)
        careful = Drained()
        if not self.beside and patiently(lambda: outbox.has_suspects(self.channel, now=self.clock())):
            careful = self._send(self._open(outlet, seats), claims(is_careful=True), seconds=CAREFUL_SECONDS)
        if careful.trouble:
            return careful
        usual = max(self.until, monotonic() + CAREFUL_SECONDS) if careful.counts else self.until  # they may have hung
        drained = self._send(self._open(outlet, seats), claims(), seconds=STRETCH_SECONDS, until=usual)
        drained.more = drained.more or careful.more
        return drained

    def _send(self, post: Post, claims: Claims, *, seconds: float, until: float | None = None) -> Drained:
        outlet, trouble, more = claims.outlet, "", False
        manners = _memory.of(outlet)
        round_ = Round(
            post,
            self._contents,
            self._recorder,
            claims,
            self._hands,
            meanwhile=lambda: None if claims.is_careful else self._meanwhile(round_.prolong),
            tired_until=manners.tired_until,
            first=manners.first,
        )
        try:
            more = round_.work(min(until or self.until, monotonic() + seconds))
        except ChannelDown as error:
            log.warning("channel down: channel=%s reason=%s", self.channel, error)
            trouble = str(error)
            self._shut()
            patiently(lambda: outlets.down(outlet, trouble, now=clock.now()))
        finally:
            self.counts += round_.counts
            manners.tired_until = round_.pace.tired_until
            manners.first = round_.supply.paced or manners.first
        patiently(lambda: self._tell(outlet, round_))
        return self._drained(more=more, wait=self._rest_after(round_), trouble=trouble)

    def _rest_after(self, round_: Round) -> float:
        """What is urgent asks sooner than the other side wants."""
        wait = min(round_.wait, URGENT_SECONDS) if round_.pace.tired_until > monotonic() else round_.wait
        is_crowded = round_.is_turned_away and self._access and self._access.connections == 1
        return max(wait, CROWDED_REST) if is_crowded else wait

    def _tell(self, outlet: Outlet, round_: Round) -> None:
        """What the administrator of the outlet should know."""
        if round_.has_worked:
            outlets.up(outlet, now=clock.now())
        if round_.is_turned_away:
            outlets.down(outlet, round_.error, now=clock.now())
        round_.refusals.tell(now=clock.now())
        if round_.is_crowded and self._access:
            _memory.of(outlet).crowded(self._access.connections)

    def _meanwhile(self, prolong: Callable[[], None]) -> None:
        """The other side hangs: other channels need not wait for that. If theirs hang as well, nobody else is begun."""
        if self.beside:
            self.beside()
            return
        for channel in outbox.waiting(one for one in SENDERS if one != self.channel):
            prolong()
            others = Stretches(channel, self.clock, until=monotonic() + 1, held_up=self.held_up, beside=prolong)
            with closing(others):
                others.next()

    def _shut(self) -> None:
        post, self._post = self._post, None
        if post:
            post.close()

    def close(self) -> None:
        """Also when the database is away: then the seats are free after a while."""
        self._shut()
        self._recorder.close()
        self._hands.close()
        for outlet in self._seated.values():
            with suppress(*AWAY), answers():
                limits.leave_seats(outlet, holder=self._holder)
