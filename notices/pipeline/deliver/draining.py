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
from django.utils import timezone

from commsplan.lib.answering import answers
from commsplan.lib.secrets import CannotDecrypt
from notices.channels import KINDS, SENDERS
from notices.channels.base import Access, ChannelDown, Post
from notices.models import Outlet
from notices.pipeline import interruption, limits, outbox, outlets
from notices.pipeline.deliver.batches import Beside, Claims, Clock, Here
from notices.pipeline.deliver.contents import contents
from notices.pipeline.deliver.pace import URGENT_SECONDS
from notices.pipeline.deliver.patience import AWAY, patiently
from notices.pipeline.deliver.sending import Recorder, Round
from notices.pipeline.deliver.supply import FIRST

log = logging.getLogger(__name__)

SECONDS = 4.0  # then the worker is free for another channel
STRETCH_SECONDS = 30.0  # where there is more time than that: then we look again which outlet works
LOOK_AGAIN = 1.0  # what others hold may be nobody's by then
CAREFUL_SECONDS = 2.0  # of each stretch, for what may have killed a worker
NEXT_SECONDS = 0.5  # until another worker has given back the connections that are ours
CROWDED_SECONDS = 300.0  # how long fewer connections are used
CROWDED_REST = 5.0  # until a server that does not take a single one is asked again

_tired: dict[int, float] = {}  # by outlet: until then the other side wants to be left alone
_paced: dict[int, int] = {}  # by outlet: so many are claimed at once where a limit sets the pace
_fewer: dict[int, tuple[int, float]] = {}  # by outlet: so many, until then


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
    held_up = _held_up if now is None else _never
    if why := patiently(held_up):
        return Drained(trouble=why)
    drained = Drained(more=True)
    with closing(Stretches(channel, _clock(now), until=monotonic() + seconds, held_up=held_up)) as stretches:
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


def _held_up() -> str:
    """Asked before each claim: a snapshot may be restored under our hands."""
    suspected = interruption.suspected(now=timezone.now())
    return "The clock was away: everything waits for the next tick." if suspected else ""


def _never() -> str:
    return ""


def _clock(now: datetime | None) -> Clock:
    """Never earlier than it is: nothing is recorded as sent before that. Leases always run on the real clock."""
    return (lambda: max(now, timezone.now())) if now else timezone.now


class Stretches:
    """A drain in parts of a few seconds. What connects us to the mail server and to the database outlives them."""

    def __init__(
        self,
        channel: str,
        clock: Clock,
        *,
        until: float,
        held_up: Callable[[], str],
        beside: Callable[[], None] | None = None,
    ) -> None:
        """`held_up`: why nothing is to be claimed, or empty. `beside`: to be done now and then, for whoever does this
        while it waits."""
        self.channel, self.clock, self.until, self.beside = channel, clock, until, beside
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
        outlet = patiently(lambda: outlets.in_use(self.channel, now=timezone.now()))
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
        most, until = _fewer.get(outlet.pk, (count, 0.0))
        return min(count, most) if monotonic() < until else count

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
        round_ = Round(
            post,
            self._contents,
            self._recorder,
            claims,
            self._hands,
            meanwhile=lambda: None if claims.is_careful else self._meanwhile(round_.prolong),
            tired_until=_tired.get(outlet.pk, 0.0),
            first=_paced.get(outlet.pk, FIRST),
        )
        try:
            more = round_.work(min(until or self.until, monotonic() + seconds))
        except ChannelDown as error:
            log.warning("channel down: channel=%s reason=%s", self.channel, error)
            trouble = str(error)
            self._shut()
            patiently(lambda: outlets.down(outlet, trouble, now=timezone.now()))
        finally:
            self.counts += round_.counts
            _tired[outlet.pk] = round_.pace.tired_until
            if round_.supply.paced:
                _paced[outlet.pk] = round_.supply.paced
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
            outlets.up(outlet, now=timezone.now())
        if round_.is_turned_away:
            outlets.down(outlet, round_.error, now=timezone.now())
        round_.refusals.tell(now=timezone.now())
        if round_.is_crowded and self._access:
            _fewer[outlet.pk] = max(1, self._access.connections // 2), monotonic() + CROWDED_SECONDS

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
