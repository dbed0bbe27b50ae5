"""What a worker has claimed and the post does not have yet: which is next, when more is claimed, what goes back."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from time import monotonic

from notices.pipeline import outbox
from notices.pipeline.deliver.batches import Batch, Beside, Claims, Here
from notices.pipeline.deliver.patience import patiently
from notices.pipeline.limits.turns import domain_of
from notices.pipeline.outbox import Claimed

FRESH_SECONDS = 1.0  # what was claimed longer ago is given back, and so judged and ordered again
BATCH_SECONDS = 0.4  # two batches are in hand
FEWEST, FIRST, MOST = 5, 50, 1_000
FEW_ASIDE = 50  # whose domain is busy; with more of them nothing is claimed until they are given back
DRY_SECONDS = 0.25  # until we ask again where there was nothing


class Supply:
    """`under_way`: how many of each domain the post has. `stop`: why nothing more is to leave. `full_until`: nothing
    more is allowed before that; what is in hand is. `paced`: how many are claimed at once where a limit sets the
    pace."""

    def __init__(self, claims: Claims, hands: Beside | Here, *, first: int = FIRST) -> None:
        self.claims, self.hands = claims, hands
        self.under_way = claims.domains.under_way
        self.stop, self.full_until, self.paced = "", 0.0, 0
        self._batches: list[Batch] = []
        self._coming: Future[Batch] | None = None
        self._aside: defaultdict[str, deque[tuple[Claimed, Batch]]] = defaultdict(deque)  # their domain is busy
        self._limit, self._rate, self._begun_at = first, 0.0, 0.0
        self._dry_until = 0.0
        self._is_jammed = False  # what was claimed was given back, for there was no room for it

    @property
    def is_empty(self) -> bool:
        """But for what is aside."""
        return not self._batches

    @property
    def has_aside(self) -> bool:
        return any(self._aside.values())

    @property
    def is_coming(self) -> bool:
        return self._coming is not None

    def wait(self, seconds: float) -> None:
        if self._coming:
            wait([self._coming], seconds)

    @property
    def opens_in(self) -> float:
        """Seconds until a limit lets the next one out."""
        batch = self._most_urgent()
        return batch.opens_in if batch else 0.0

    @property
    def rows(self) -> Iterator[Claimed]:
        for batch in self._batches:
            yield from batch.rows
        for waiting in self._aside.values():
            yield from (row for row, _ in waiting)

    # Which is next

    def next(self) -> tuple[Claimed, Batch] | None:
        """Of the most urgent batch at hand, unless the domain has as many under way as it takes."""
        for domain, waiting in self._aside.items():
            if waiting and self._is_free(domain):
                self._is_jammed = False
                return waiting.popleft()
        while batch := self._fresh():
            if batch.opens_in > 0:
                return None
            row = batch.next()
            domain = batch.domain_of(row)
            if self._is_free(domain):
                self._is_jammed = False
                return row, batch
            self._aside[domain].append((row, batch))
        return None

    def _is_free(self, domain: str) -> bool:
        most = self.claims.domains.most.get(domain)
        return most is None or self.under_way[domain] < most

    def _fresh(self) -> Batch | None:
        while batch := self._most_urgent():
            if not batch.is_begun:
                batch.is_begun, self._begun_at = True, monotonic()
            elif batch.age > FRESH_SECONDS:
                self._limit = max(FEWEST, batch.size - len(batch.rows))
                self._give_back(batch)
                continue
            return batch
        return None

    def _most_urgent(self) -> Batch | None:
        return min((one for one in self._batches if one.rows), key=lambda one: one.rows[0].priority, default=None)

    # More of it

    def receive(self) -> None:
        if self._coming is None or not self._coming.done():
            return
        coming, self._coming = self._coming, None
        batch = coming.result()
        self.stop = batch.stop
        self._leave_out_stopped(batch)
        if batch.rows:
            self._batches.append(batch)
        elif batch.wait:
            self.full_until = max(self.full_until, monotonic() + batch.wait)
        elif not batch.is_full:
            self._dry_until = monotonic() + DRY_SECONDS

    def fetch(self, *, until: float, has_room: bool) -> None:
        """The next batch: when the last one is at an end, or ahead of that where it will be there in a moment."""
        if self._coming or sum(map(len, self._aside.values())) > FEW_ASIDE:
            return
        if monotonic() < max(self._dry_until, self.full_until):
            return
        if (self._is_jammed and not has_room) or any(one.reaches_far for one in self._batches):
            return
        worth_it = [one.is_paced or (one.is_full and self._limit > FIRST) for one in self._batches]
        is_soon = self.hands.is_ahead and worth_it == [True]
        left = until - monotonic()
        if self._rate:
            left -= sum(len(one.rows) for one in self._batches) / self._rate
        if left > 0 and (is_soon or not self._batches):
            limit = min(self._limit, int(left * self._rate) + FEWEST) if self._rate else self._limit
            self._coming = self.hands.start(self.claims, limit)

    def drop_finished(self) -> None:
        for batch in [one for one in self._batches if not one.rows]:
            self._batches.remove(batch)
            if batch.is_paced:  # how fast it went says nothing about how fast it could go
                self._limit = self.paced = max(self._limit, min(2 * batch.size, MOST))
            elif batch.is_full:
                self._rate = batch.size / max(monotonic() - self._begun_at, 0.001)
                self._limit = max(FEWEST, min(int(self._rate * BATCH_SECONDS), 4 * self._limit, MOST))

    # What goes back

    def give_back_what_is_held_up(self, *, has_room: bool) -> None:
        """It would wait for a domain that is slow, or for a server that is: others may be faster, and what is urgent
        comes before it."""
        self._return_aside(older_than=FRESH_SECONDS)
        if has_room:
            return
        for batch in self._batches:
            if batch.rows and batch.age > FRESH_SECONDS:
                self._is_jammed = True
                self._give_back(batch)

    def put_down(self, *, reason: str = "") -> None:
        """All of it."""
        if self._coming:
            coming, self._coming = self._coming, None
            self._batches.append(coming.result())
        batches, self._batches = self._batches, []
        for batch in batches:
            if batch.rows:
                self._give_back(batch, reason=reason)
        self._return_aside(reason=reason)

    def leave_out(self, unwanted: Callable[[Claimed], bool]) -> None:
        for batch in self._batches:
            self._leave_out(batch, unwanted)
        for domain, waiting in self._aside.items():
            gone = [(row, batch) for row, batch in waiting if unwanted(row)]
            self._aside[domain] = deque(one for one in waiting if not unwanted(one[0]))
            for row, batch in gone:
                self._return(batch, [row])

    def leave_out_stopped_domains(self) -> None:
        stopped = self._stopped_domains()
        self.leave_out(lambda row: domain_of(row.address) in stopped)

    def close(self, batch: Batch, row: Claimed, *, left: bool = False) -> None:
        """It is known what became of it."""
        batch.close(row, left=left)
        if not batch.open:
            self.hands.start(batch.settle)

    def _leave_out_stopped(self, batch: Batch) -> None:
        if stopped := self._stopped_domains():
            self._leave_out(batch, lambda row: domain_of(row.address) in stopped)

    def _stopped_domains(self) -> set[str]:
        return {domain for domain, one in self.claims.troubles.items() if one.is_stopped}

    def _leave_out(self, batch: Batch, unwanted: Callable[[Claimed], bool]) -> None:
        if gone := [row for row in batch.rows if unwanted(row)]:
            batch.rows = deque(row for row in batch.rows if not unwanted(row))
            self._return(batch, gone)

    def _return_aside(self, *, older_than: float = 0.0, reason: str = "") -> None:
        """Behind whatever is ready by now, or a worker would have nothing but these in hand."""
        for waiting in self._aside.values():
            old: defaultdict[Batch, list[Claimed]] = defaultdict(list)
            while waiting and waiting[0][1].age >= older_than:
                row, batch = waiting.popleft()
                old[batch].append(row)
            for batch, rows in old.items():
                self._return(batch, rows, reason=reason, behind=self.claims.clock())

    def _give_back(self, batch: Batch, *, reason: str = "") -> None:
        rows = list(batch.rows)
        batch.rows.clear()
        self._return(batch, rows, reason=reason)

    def _return(
        self, batch: Batch, rows: Sequence[Claimed], *, reason: str = "", behind: datetime | None = None
    ) -> None:
        self._dry_until = 0.0
        patiently(lambda: outbox.give_back(rows, reason=reason, behind=behind))
        for row in rows:
            self.close(batch, row)
