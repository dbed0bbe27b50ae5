"""What a worker has claimed: one batch is sent while the next one is fetched."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection

from notices.channels import KINDS
from notices.models import Outlet
from notices.pipeline import limits, outbox, outlets
from notices.pipeline.deliver import refusing
from notices.pipeline.deliver.patience import patiently
from notices.pipeline.deliver.refusing import Row
from notices.pipeline.limits import Allowance
from notices.pipeline.limits.turns import domain_of
from notices.pipeline.outbox import Claimed
from stakeholders.enums import Channel
from stakeholders.models import Address

SEATED_SECONDS = 1.0
BUSY_SECONDS = 0.5  # until there may be room at a domain whose connections other workers use
AHEAD = timedelta(seconds=0.5)  # what is allowed so soon is claimed and written by then
SHARE = "Another worker needs connections."

Clock = Callable[[], datetime]

HALTED = """
SELECT EXISTS (SELECT FROM notices_standstill WHERE ended_at IS NULL)
    OR EXISTS (SELECT FROM notices_outlet WHERE stopped_at IS NOT NULL AND channel = %(channel)s),
    ARRAY(SELECT id FROM notices_notice
          WHERE id = ANY(%(notices)s) AND (paused_at IS NOT NULL OR state = 'cancelled'))
"""


@dataclass(frozen=True)
class Halted:
    """What a person has stopped since it was claimed: everything, and why; or these notices."""

    stop: str
    notices: frozenset[int]


@dataclass(eq=False)
class Batch:
    """`wait`: nothing may leave for so many seconds. `is_full`: there may be more where it comes from."""

    rows: deque[Claimed] = field(default_factory=deque)
    is_full: bool = False
    wait: float = 0
    stop: str = ""  # why nothing more is to leave
    allowances: dict[str, Allowance] = field(default_factory=dict)  # by domain; that of the outlet under ""
    claimed_at: float = field(default_factory=outbox.seconds)
    opens: deque[float] = field(default_factory=deque)  # when each of the rows may leave, where that is to come
    is_paced: bool = False
    is_begun: bool = False
    size: int = 0
    open: int = 0  # rows of which nobody knows yet what becomes of them
    left: list[tuple[str, float]] = field(default_factory=list)  # domain, and when it left

    @property
    def age(self) -> float:
        return outbox.seconds() - self.claimed_at

    @property
    def opens_in(self) -> float:
        """Seconds until the next one may leave."""
        return self.opens[0] - outbox.seconds() if self.opens and self.rows else 0.0

    @property
    def reaches_far(self) -> bool:
        """What is claimed now would be for a moment that is far away."""
        return bool(self.opens and self.rows) and self.opens[-1] - outbox.seconds() > AHEAD.total_seconds() / 2

    def next(self) -> Claimed:
        if self.opens:
            self.opens.popleft()
        return self.rows.popleft()

    def domain_of(self, row: Claimed) -> str:
        return domain_of(row.address) if len(self.allowances) > 1 else ""

    def close(self, row: Claimed, *, left: bool) -> None:
        self.open -= 1
        if left:
            self.left.append((self.domain_of(row), outbox.seconds()))

    def settle(self) -> None:
        """Tells the limits what left; what did not comes back to them."""
        now, ages = outbox.seconds(), defaultdict[str, list[float]](list)
        for domain, at in self.left:
            ages[""].append(now - at)
            if domain:
                ages[domain].append(now - at)
        for domain, allowance in self.allowances.items():
            limits.settle(allowance, ages=ages[domain])


class Claims:
    """Claims as much as the limits of the outlet let out. `seats`: how many connections this worker has. `is_careful`:
    only what may have killed a worker, and a few of those or one."""

    def __init__(
        self,
        outlet: Outlet,
        clock: Clock,
        *,
        holder: str,
        seats: int,
        held_up: Callable[[], str] = str,
        is_careful: bool = False,
    ) -> None:
        self.outlet, self.clock, self.holder, self.seats = outlet, clock, holder, seats
        self.held_up, self.is_careful = held_up, is_careful
        self._seated_at = monotonic()
        self.troubles: dict[str, Row] = {}  # the domains that refused what came last
        self.domains = limits.DomainSeats(outlet, holder)

    def __call__(self, limit: int, *, urgent: bool = False) -> Batch:
        """`urgent`: nothing else."""
        self.outlet.refresh_from_db()  # an administrator may have said something
        if why := self.held_up() or outlets.stopped_because(self.outlet):
            return Batch(stop=why)
        if self._has_to_share():
            return Batch(stop=SHARE)
        ahead = timedelta(0) if urgent else AHEAD
        allowance, wait = limits.allow(self.outlet, limit, urgent=limit if urgent else 0, ahead=ahead), 0.0
        if (is_short := not allowance.count) and not urgent:  # a little is kept for what is urgent
            wait = allowance.wait
            allowance = limits.allow(self.outlet, limit, urgent=limit)
        if not allowance.count:
            return Batch(wait=max(wait - AHEAD.total_seconds() / 2, 0.05))
        now, channel = self.clock(), self.outlet.channel
        batch = Batch(allowances={"": allowance}, wait=wait, opens=_opens(allowance), is_paced=bool(allowance.later))
        rows = self._claimed(allowance.count, now=now, urgent=urgent or is_short)
        batch.is_full = len(rows) >= allowance.count and not self.is_careful
        if rows and KINDS[channel].address.secret:
            _with_secrets(channel, rows)
        batch.rows.extend(self._gathered(self._of_domains(batch, rows), now=now))
        batch.size = batch.open = len(batch.rows)
        if not batch.rows:
            batch.is_full = batch.is_full or (self.is_careful and bool(rows))  # others are behind those that wait now
            batch.settle()
        return batch

    def _claimed(self, limit: int, *, now: datetime, urgent: bool) -> list[Claimed]:
        if self.is_careful:
            return outbox.claim_suspects(self.outlet.channel, limit=limit, now=now, urgent=urgent)
        return outbox.claim(self.outlet.channel, limit=limit, now=now, urgent=urgent)

    def _has_to_share(self) -> bool:
        """Another worker came, and waits for its part of the connections."""
        if monotonic() - self._seated_at < SEATED_SECONDS:
            return False
        return self.keep_seats() < self.seats

    def keep_seats(self) -> int:
        """How many would be ours; those that are open stay ours until they are closed."""
        self._seated_at = monotonic()
        self.domains.keep()
        return limits.take_seats(self.outlet, holder=self.holder, opened=self.seats)

    def halted(self, notices: Collection[int]) -> Halted:
        """Which of these. One look, as it is asked several times a second."""
        with connection.cursor() as cursor:
            cursor.execute(HALTED, {"channel": self.outlet.channel, "notices": list(notices)})
            something_is_stopped, halted = cursor.fetchone()
        outlet = Outlet.objects.filter(pk=self.outlet.pk).first() if something_is_stopped else None
        return Halted(outlets.stopped_because(outlet) if outlet else "", frozenset(halted))

    @property
    def are_stopped(self) -> bool:
        outlet = Outlet.objects.filter(pk=self.outlet.pk).first()
        return outlet is None or bool(outlets.stopped_because(outlet))

    def _gathered(self, rows: Iterable[Claimed], *, now: datetime) -> Iterable[Claimed]:
        """Only a mail can hold several."""
        if self.outlet.channel != Channel.EMAIL:
            return rows
        return outbox.gather(list(rows), channel=self.outlet.channel, now=now)

    def _of_domains(self, batch: Batch, rows: list[Claimed]) -> Iterable[Claimed]:
        if not rows or self.outlet.channel != Channel.EMAIL:
            return rows
        rows = self._not_stopped(rows)
        parted = limits.part(self.outlet, rows, seats=self.domains)
        batch.allowances |= parted.allowances
        if parted.busy:
            outbox.give_back([row for row in rows if row.pk in parted.busy], behind=self.clock())
        left = [row for row in rows if row.pk not in parted.held | parted.busy]
        if parted.busy and not left:
            batch.wait = max(batch.wait, BUSY_SECONDS)
        return left

    def _not_stopped(self, rows: list[Claimed]) -> list[Claimed]:
        self.troubles = refusing.known(self.outlet)
        stopped = [domain for domain, one in self.troubles.items() if one.is_stopped]
        return refusing.hold_back(self.outlet, rows, domains=stopped, now=self.clock()) if stopped else rows


def _opens(allowance: Allowance) -> deque[float]:
    """Those that may leave at once come first."""
    if not allowance.later:
        return deque()
    now = outbox.seconds()
    at_once = allowance.count - sum(number for _, number in allowance.later)
    return deque([now] * at_once + [now + seconds for seconds, number in allowance.later for _ in range(number)])


def _with_secrets(channel: str, rows: list[Claimed]) -> None:
    """Of the rooms as they are named now; one that was replaced meanwhile is another one."""
    known = Address.objects.filter(channel=channel, person__in={row.person_id for row in rows}, secret__isnull=False)
    secrets = {
        (person, address): secret for person, address, secret in known.values_list("person", "address", "secret")
    }
    for row in rows:
        row.secret = secrets.get((row.person_id, row.address))


class Beside:
    """Works in a thread with a database connection of its own, one thing after the other."""

    is_ahead = True

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "claims")

    def start(self, work: Callable[..., Any], *values: Any) -> "Future[Any]":
        return self._thread.submit(lambda: patiently(lambda: work(*values)))

    def close(self) -> None:
        self._thread.submit(lambda: connection.close())  # of that thread
        self._thread.shutdown()


class Here:
    """Works at once, over the connection of the caller: where all has to be part of one transaction."""

    is_ahead = False

    def start(self, work: Callable[..., Any], *values: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(work(*values))
        return future

    def close(self) -> None:
        pass
