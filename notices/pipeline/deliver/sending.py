"""One worker, one outlet, for a few seconds: claimed messages become parcels, parcels outcomes, outcomes records."""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic, sleep
from typing import Protocol

from django.db import connection
from django.utils import timezone

from commsplan.lib.answering import answers
from commsplan.lib.secrets import decrypt
from notices.channels.base import (
    Accepted,
    AddressRefused,
    ChannelDown,
    ChannelError,
    Later,
    NotOurs,
    Outcome,
    Parcel,
    Post,
)
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import outbox, outlets, receipts
from notices.pipeline.deliver import judging
from notices.pipeline.deliver.batches import Batch, Beside, Claims, Halted, Here
from notices.pipeline.deliver.contents import Contents
from notices.pipeline.deliver.patience import AWAY, patiently
from notices.pipeline.deliver.refusals import Refusals
from notices.pipeline.limits.turns import domain_of
from notices.pipeline.outbox import Claimed, Result

FRESH_SECONDS = 1.0  # what was claimed longer ago is given back, and so judged and ordered again
BATCH_SECONDS = 0.4  # two batches are in hand
FEWEST, FIRST, MOST = 5, 50, 1_000
FEW_ASIDE = 50  # whose domain is busy; with more of them nothing is claimed until they are given back
MOST_TURNED_AWAY = 3  # messages in one round; more than one of them is to blame
LOOK_UP_SECONDS = 0.25  # how often we look around while the other side is silent
HEED_SECONDS = 0.15  # how often we hear of what was stopped, paused or cancelled
HANGS_SECONDS = 2.0  # after the end; then what hangs keeps nobody else waiting
HOLD_SECONDS = 2.0  # how soon we know what may not leave any more of what waits behind a slow answer
REST, LONGEST_REST = 0.5, 15.0  # when the other side says that we are too fast
URGENT_SECONDS = 2.0  # how often one that is urgent asks meanwhile whether it still is


class Recorder(Protocol):
    """Hands results to the database before it returns. `settle`: waits until they are safe there, and returns those
    whose messages had become somebody else's."""

    def record(self, results: Sequence[Result]) -> None: ...

    def settle(self) -> list[Result]: ...

    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Held:
    """In the hands of the post."""

    row: Claimed
    batch: Batch
    domain: str
    digest: bytes


class Round:
    """`counts`: what came of how many. `wait`: nothing may leave for so many seconds; `tired_until`: but for what is
    urgent, because the other side said so. `stop`: why it ended before its time. `is_crowded`: because there were too
    many connections for the other side; `error`: what it said."""

    def __init__(
        self,
        post: Post,
        contents: Contents,
        recorder: Recorder,
        claims: Claims,
        hands: Beside | Here,
        *,
        meanwhile: Callable[[], None] = lambda: None,
        tired_until: float = 0.0,
        first: int = FIRST,
    ) -> None:
        self.post, self.contents, self.recorder = post, contents, recorder
        self.claims, self.hands, self.meanwhile = claims, hands, meanwhile
        self.counts: Counter[str] = Counter()
        self.error, self.stop = "", ""
        self.refusals = Refusals(claims)
        self.has_worked = self.is_crowded = False
        self._turned_away = 0
        self._batches: list[Batch] = []
        self._coming: Future[Batch] | None = None
        self._held: dict[int, Held] = {}
        self._aside: defaultdict[str, deque[tuple[Claimed, Batch]]] = defaultdict(deque)  # their domain is busy
        self._under_way = claims.domains.under_way
        self._until = 0.0
        self._limit, self._rate = first, 0.0
        self.paced = 0  # how many it claims at once where a limit sets the pace
        self._begun_at = 0.0
        self._held_at = outbox.seconds()
        self._heard: Future[Halted] | None = None
        self._heard_at = monotonic()
        self.tired_until, self._urgent_at = tired_until, 0.0
        self._rest, self._resting_until, self._dry_until = REST, tired_until, 0.0
        self._full_until = 0.0  # nothing more is allowed before that; what is in hand is
        self._is_jammed = False  # what was claimed was given back, for there was no room for it

    @property
    def wait(self) -> float:
        return max(0.0, max(self._resting_until, self._full_until) - monotonic())

    # The loop

    def work(self, until: float) -> bool:
        """True: the time was up, not the work. Raises ChannelDown; everything is given back or recorded by then."""
        self._until = until
        try:
            return self._work()
        except ChannelError as error:
            self._leave(reason=str(error))
            raise
        except BaseException:
            with suppress(*AWAY):
                self._leave()
            raise
        finally:
            self._settle()

    def _work(self) -> bool:
        """What is in hand when the time is up still leaves while it is fresh."""
        while True:
            self._heed()
            if self.is_stopped:
                self._put_down()
            else:
                self._fill()
            if self._held:
                self._collect()
                self._go_on_beside_what_hangs()
            elif self.is_stopped or self._is_over or self._has_to_wait_longer:
                self._put_down()
                return True
            elif self._coming:
                wait([self._coming], self._look_up_seconds)
            elif self._opens_in > 0:
                sleep(self._look_up_seconds)
            elif self.wait:
                sleep(min(self.wait, LOOK_UP_SECONDS))
            elif any(self._aside.values()):
                self._put_down()  # other workers use all that their domain takes
            elif not self._batches:
                return False

    @property
    def _has_to_wait_longer(self) -> bool:
        return (self._resting_until if self._batches else max(self._resting_until, self._full_until)) > self._until

    @property
    def _is_over(self) -> bool:
        return monotonic() >= self._until

    @property
    def is_stopped(self) -> bool:
        return bool(self.stop) or self.is_crowded

    @property
    def is_turned_away(self) -> bool:
        """The server lets us in, and then takes nothing from nobody."""
        return not self.has_worked and (self.is_crowded or self._turned_away >= MOST_TURNED_AWAY)

    def _go_on_beside_what_hangs(self) -> None:
        if self._held and monotonic() > self._until + HANGS_SECONDS:
            self.meanwhile()
            self._until = monotonic() + FRESH_SECONDS

    def _fill(self) -> None:
        self._receive()
        if self._resting_until - monotonic() > FRESH_SECONDS:
            self._put_down()
            self._try_one_urgent()
        while monotonic() >= self._resting_until and self.post.room() > 0 and (found := self._next()):
            self._is_jammed = False
            self._put(*found)
        self._give_back_what_is_held_up()
        self._drop_finished()
        self._fetch()

    def _try_one_urgent(self) -> None:
        """The rest is for the many. If this one gets through, the next one follows at once."""
        if self._held or not self._urgent_at <= monotonic() < self.tired_until or self.post.room() <= 0:
            return
        self._urgent_at = monotonic() + URGENT_SECONDS
        batch = patiently(lambda: self.claims(1, urgent=True))
        self.stop = batch.stop
        if batch.rows:
            self._put(batch.rows.popleft(), batch)

    def _collect(self) -> None:
        self._conclude(self.post.collect(self._look_up_seconds))
        self._prolong_in_time()

    def _prolong_in_time(self) -> None:
        if outbox.seconds() - self._held_at > HOLD_SECONDS:
            self.prolong()

    @property
    def _look_up_seconds(self) -> float:
        """Sooner where a limit lets the next one out before that."""
        opens_in = self._opens_in
        return min(opens_in, LOOK_UP_SECONDS) if opens_in > 0 else LOOK_UP_SECONDS

    @property
    def _opens_in(self) -> float:
        batch = self._most_urgent()
        return batch.opens_in if batch else 0.0

    def _heed(self) -> None:
        """A word of a person holds for what we have in hand, but for what the other side has already."""
        if self._heard and self._heard.done():
            heard, self._heard = self._heard.result(), None
            self.stop = self.stop or heard.stop
            for one in self._held.values():
                if heard.stop or not heard.notices.isdisjoint(row.notice.pk for row in one.row.all):
                    one.row.held_until = 0
            if heard.notices:
                self._leave_out(lambda row: not heard.notices.isdisjoint(one.notice.pk for one in row.all))
        elif self.hands.is_ahead and not self._heard and monotonic() - self._heard_at > HEED_SECONDS:
            self._heard_at = monotonic()
            in_hand = [row for batch in self._batches for row in batch.rows] + [one.row for one in self._held.values()]
            notices = {one.notice.pk for row in in_hand for one in row.all}
            self._heard = self.hands.start(self.claims.halted, notices) if notices else None

    def prolong(self) -> None:
        """Of all that is on its way. While the database is away nothing is prolonged, and soon nothing leaves."""
        self._held_at = outbox.seconds()
        rows = [one.row for one in self._held.values()]
        try:
            with answers():
                outbox.hold(rows, now=timezone.now())
                self.claims.keep_seats()
                is_stopped = self.claims.are_stopped
            for row in rows if is_stopped else ():
                row.held_until = 0
        except AWAY:
            if connection.in_atomic_block:
                raise
            connection.close()

    # Which is next

    def _receive(self) -> None:
        if self._coming is None or not self._coming.done():
            return
        coming, self._coming = self._coming, None
        batch = coming.result()
        self.stop = batch.stop
        self._leave_out_stopped(batch)
        if batch.rows:
            self._batches.append(batch)
        elif batch.wait:
            self._full_until = max(self._full_until, monotonic() + batch.wait)
        elif not batch.is_full:
            self._dry_until = monotonic() + LOOK_UP_SECONDS

    def _next(self) -> tuple[Claimed, Batch] | None:
        """Of the most urgent batch at hand, unless the domain has as many under way as it takes."""
        for domain, waiting in self._aside.items():
            if waiting and self._is_free(domain):
                return waiting.popleft()
        while batch := self._batch():
            if batch.opens_in > 0:
                return None
            row = batch.next()
            domain = batch.domain_of(row)
            if self._is_free(domain):
                return row, batch
            self._aside[domain].append((row, batch))
        return None

    def _is_free(self, domain: str) -> bool:
        most = self.claims.domains.most.get(domain)
        return most is None or self._under_way[domain] < most

    def _batch(self) -> Batch | None:
        while batch := self._most_urgent():
            if not batch.is_begun:
                batch.is_begun, self._begun_at = True, monotonic()
                self._fetch()
            elif batch.age > FRESH_SECONDS:
                self._limit = max(FEWEST, batch.size - len(batch.rows))
                self._give_back(batch, list(batch.rows))
                continue
            return batch
        return None

    def _most_urgent(self) -> Batch | None:
        return min((one for one in self._batches if one.rows), key=lambda one: one.rows[0].priority, default=None)

    def _drop_finished(self) -> None:
        for batch in [one for one in self._batches if not one.rows]:
            self._batches.remove(batch)
            if batch.is_paced:  # how fast it went says nothing about how fast it could go
                self._limit = self.paced = max(self._limit, min(2 * batch.size, MOST))
            elif batch.is_full:
                self._rate = batch.size / max(monotonic() - self._begun_at, 0.001)
                self._limit = max(FEWEST, min(int(self._rate * BATCH_SECONDS), 4 * self._limit, MOST))

    def _fetch(self) -> None:
        """The next batch: when the last one is at an end, or ahead of that where it will be there in a moment."""
        if self._coming or sum(map(len, self._aside.values())) > FEW_ASIDE:
            return
        if monotonic() < max(self._dry_until, self._resting_until, self._full_until):
            return
        if self.claims.is_careful and self._held:
            return
        if (self._is_jammed and self.post.room() <= 0) or any(one.reaches_far for one in self._batches):
            return
        worth_it = [one.is_paced or (one.is_full and self._limit > FIRST) for one in self._batches]
        is_soon = self.hands.is_ahead and worth_it == [True]
        left = self._until - monotonic()
        if self._rate:
            left -= sum(len(one.rows) for one in self._batches) / self._rate
        if left > 0 and (is_soon or not self._batches):
            limit = min(self._limit, int(left * self._rate) + FEWEST) if self._rate else self._limit
            self._coming = self.hands.start(self.claims, limit)

    # What leaves, and what came of it

    def _put(self, row: Claimed, batch: Batch) -> None:
        try:
            made = self.contents.of(row)
            secret = decrypt(row.secret) if row.secret else ""
        except Exception as error:
            if row.others:
                return self._put(self._alone(row), batch)
            return self._not_made(row, batch, judging.not_made(row, error, now=self.claims.clock()))
        held = Held(row, batch, batch.domain_of(row), hashlib.sha256(made.content).digest())
        self._held[row.pk] = held
        self._under_way[held.domain] += 1
        self.post.put(Parcel(row.pk, made.bounce_to, made.address, made.content, row.may_leave, secret, made.wire))

    def _alone(self, row: Claimed) -> Claimed:
        """Nobody knows which of a digest is to blame, so that each tries again without this one."""
        others, row.others = row.others, ()
        patiently(lambda: outbox.give_back(others))
        return row

    def _not_made(self, row: Claimed, batch: Batch, result: Result) -> None:
        self._note([result])
        self._close(batch, row)

    def _conclude(self, outcomes: Iterable[tuple[Parcel, Outcome | None]], *, reason: str = "") -> None:
        """Recorded before this returns, and so before anything else leaves."""
        results: list[Result] = []
        untouched: list[Claimed] = []
        for parcel, outcome in outcomes:
            held = self._held.pop(parcel.key)
            self._under_way[held.domain] -= 1
            if outcome is None or isinstance(outcome, NotOurs | ChannelDown):
                untouched.append(held.row)
                self.counts["lost"] += isinstance(outcome, NotOurs)
            else:
                results += self._judged(held.row, held.digest, outcome)
            self._close(held.batch, held.row, left=_may_have_left(outcome))
        if results:
            self._note(results)
        if self.refusals.are_too_many:
            self._stop_what_refuses()
        if untouched:
            patiently(lambda: outbox.give_back(untouched, reason=reason))

    def _judged(self, row: Claimed, digest: bytes, outcome: Outcome) -> list[Result]:
        now = self.claims.clock()
        if isinstance(outcome, Accepted):
            self.has_worked, self._rest, self._urgent_at = True, REST, 0.0
            self.refusals.accepted(row.address)
            return [outbox.sent(one, digest=digest, answer=outcome.detail, now=now) for one in row.all]
        if isinstance(outcome, AddressRefused):
            for one in row.all:
                self._bounce(one, str(outcome))
            return []
        if outcome.permanent:
            self.refusals.refused(row.address, outcome)
        elif outcome.later == Later.THROTTLED:
            self._slow_down(outcome.wait)
        elif outcome.later == Later.CONNECTIONS:
            self.is_crowded, self.error = True, str(outcome)
        elif outcome.later in (Later.LOST, Later.TIMED_OUT):
            self._turned_away, self.error = self._turned_away + 1, str(outcome)
        result = judging.refused(row, outcome, now=now)
        return [replace(result, attempt=one) for one in row.all]

    def _bounce(self, row: Claimed, detail: str) -> None:
        def bounce() -> None:
            message = Message.objects.get(pk=row.pk)
            receipts.bounce(message, permanent=True, detail=detail, now=self.claims.clock())

        patiently(bounce)
        self.counts[MessageState.BOUNCED.value] += 1

    def _stop_what_refuses(self) -> None:
        """Before more are refused, somebody should decide: a domain, or the whole outlet."""
        patiently(lambda: self.refusals.tell(now=self.claims.clock()))
        self.stop = patiently(lambda: outlets.stopped_because(self.claims.outlet))
        for batch in self._batches:
            self._leave_out_stopped(batch)
        for domain, one in self.claims.troubles.items():
            for row, batch in self._aside.pop(domain, ()) if one.is_stopped else ():
                self._return(batch, [row])

    def _leave_out(self, unwanted: Callable[[Claimed], bool]) -> None:
        for batch in self._batches:
            if gone := [row for row in batch.rows if unwanted(row)]:
                batch.rows = deque(row for row in batch.rows if not unwanted(row))
                self._return(batch, gone)
        for domain, waiting in self._aside.items():
            gone_too = [(row, batch) for row, batch in waiting if unwanted(row)]
            self._aside[domain] = deque(one for one in waiting if not unwanted(one[0]))
            for row, batch in gone_too:
                self._return(batch, [row])

    def _leave_out_stopped(self, batch: Batch) -> None:
        stopped = {domain for domain, one in self.claims.troubles.items() if one.is_stopped}
        gone = [row for row in batch.rows if domain_of(row.address) in stopped] if stopped else []
        if gone:
            batch.rows = deque(row for row in batch.rows if domain_of(row.address) not in stopped)
            self._return(batch, gone)

    def _slow_down(self, wished: float) -> None:
        """The whole outlet, for a moment; longer when it goes on."""
        self._urgent_at = monotonic() + URGENT_SECONDS
        self.tired_until = max(self.tired_until, monotonic() + min(max(self._rest, wished), LONGEST_REST))
        self._resting_until = max(self._resting_until, self.tired_until)
        self._rest = min(2 * self._rest, LONGEST_REST)

    def _note(self, results: list[Result]) -> None:
        self.recorder.record(results)
        for result in results:
            self.counts[str(result.state)] += 1

    def _settle(self) -> None:
        for result in self.recorder.settle():
            self.counts[str(result.state)] -= 1
            self.counts["lost"] += 1

    # What does not leave

    def _give_back_what_is_held_up(self) -> None:
        """It would wait for a domain that is slow, or for a server that is: others may be faster, and what is urgent
        comes before it."""
        self._return_aside(older_than=FRESH_SECONDS)
        if self.post.room() <= 0:
            for batch in self._batches:
                if batch.rows and batch.age > FRESH_SECONDS:
                    self._is_jammed = True
                    self._give_back(batch, list(batch.rows))

    def _return_aside(self, *, older_than: float = 0.0, reason: str = "") -> None:
        """Behind whatever is ready by now, or a worker would have nothing but these in hand."""
        for waiting in self._aside.values():
            old: defaultdict[Batch, list[Claimed]] = defaultdict(list)
            while waiting and waiting[0][1].age >= older_than:
                row, batch = waiting.popleft()
                old[batch].append(row)
            for batch, rows in old.items():
                self._return(batch, rows, reason=reason, behind=self.claims.clock())

    def _give_back(self, batch: Batch, rows: Sequence[Claimed], *, reason: str = "") -> None:
        batch.rows.clear()
        self._return(batch, rows, reason=reason)

    def _return(
        self, batch: Batch, rows: Sequence[Claimed], *, reason: str = "", behind: datetime | None = None
    ) -> None:
        self._dry_until = 0.0
        patiently(lambda: outbox.give_back(rows, reason=reason, behind=behind))
        for row in rows:
            self._close(batch, row)

    def _put_down(self, *, reason: str = "") -> None:
        """All that the post does not have."""
        if self._coming:
            coming, self._coming = self._coming, None
            self._batches.append(coming.result())
        batches, self._batches = self._batches, []
        for batch in batches:
            if batch.rows:
                self._give_back(batch, list(batch.rows), reason=reason)
        self._return_aside(reason=reason)

    def _leave(self, *, reason: str = "") -> None:
        """What nobody has touched first: the rest may take a while."""
        try:
            self._put_down(reason=reason)
        finally:
            self._conclude(self.post.abandon(self._prolong_in_time), reason=reason)

    def _close(self, batch: Batch, row: Claimed, *, left: bool = False) -> None:
        batch.close(row, left=left)
        if not batch.open:
            self.hands.start(batch.settle)


def _may_have_left(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Accepted) or (isinstance(outcome, ChannelError) and outcome.unknown)
