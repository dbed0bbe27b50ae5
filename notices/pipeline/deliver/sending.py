"""One worker, one outlet, for a few seconds: claimed messages become parcels, parcels outcomes, outcomes records."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic, sleep
from typing import Protocol

from django.db import connection

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
from notices.pipeline import outbox, outlets
from notices.pipeline.coming_back import receipts
from notices.pipeline.deliver import judging
from notices.pipeline.deliver.batches import Batch, Beside, Claims, Halted, Here
from notices.pipeline.deliver.contents import Contents
from notices.pipeline.deliver.pace import Pace
from notices.pipeline.deliver.patience import AWAY, patiently
from notices.pipeline.deliver.refusals import Refusals
from notices.pipeline.deliver.supply import FIRST, FRESH_SECONDS, Supply
from notices.pipeline.outbox import Claimed, Result

MOST_TURNED_AWAY = 3  # messages in one round; more than one of them is to blame
LOOK_UP_SECONDS = 0.25  # how often we look around while the other side is silent
HEED_SECONDS = 0.15  # how often we hear of what was stopped, paused or cancelled
HANGS_SECONDS = 2.0  # after the end; then what hangs keeps nobody else waiting
HOLD_SECONDS = 2.0  # how soon we know what may not leave any more of what waits behind a slow answer


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
    """`counts`: what came of how many. `is_crowded`: it ended before its time, for there were too many connections for
    the other side; `error`: what that said."""

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
        self.supply, self.pace = Supply(claims, hands, first=first), Pace(tired_until)
        self.counts: Counter[str] = Counter()
        self.error = ""
        self.refusals = Refusals(claims)
        self.has_worked = self.is_crowded = False
        self._turned_away = 0
        self._held: dict[int, Held] = {}
        self._until = 0.0
        self._held_at = outbox.seconds()
        self._heard: Future[Halted] | None = None
        self._heard_at = monotonic()

    @property
    def wait(self) -> float:
        """Nothing may leave for so many seconds."""
        return max(0.0, max(self.pace.tired_until, self.supply.full_until) - monotonic())

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
                self.supply.put_down()
            else:
                self._fill()
            if self._held:
                self._collect()
                self._go_on_beside_what_hangs()
            elif self.is_stopped or self._is_over or self._has_to_wait_longer:
                self.supply.put_down()
                return True
            elif self.supply.is_coming:
                self.supply.wait(self._look_up_seconds)
            elif self.supply.opens_in > 0:
                sleep(self._look_up_seconds)
            elif self.wait:
                sleep(min(self.wait, LOOK_UP_SECONDS))
            elif self.supply.has_aside:
                self.supply.put_down()  # other workers use all that their domain takes
            elif self.supply.is_empty:
                return False

    @property
    def _has_to_wait_longer(self) -> bool:
        full_until = self.supply.full_until if self.supply.is_empty else 0.0
        return max(self.pace.tired_until, full_until) > self._until

    @property
    def _is_over(self) -> bool:
        return monotonic() >= self._until

    @property
    def is_stopped(self) -> bool:
        return bool(self.supply.stop) or self.is_crowded

    @property
    def is_turned_away(self) -> bool:
        """The server lets us in, and then takes nothing from nobody."""
        return not self.has_worked and (self.is_crowded or self._turned_away >= MOST_TURNED_AWAY)

    def _go_on_beside_what_hangs(self) -> None:
        if self._held and monotonic() > self._until + HANGS_SECONDS:
            self.meanwhile()
            self._until = monotonic() + FRESH_SECONDS

    def _fill(self) -> None:
        self.supply.receive()
        if self.pace.tired_until - monotonic() > FRESH_SECONDS:
            self.supply.put_down()
            self._try_one_urgent()
        while not self.pace.is_tired and self.post.room() > 0 and (found := self.supply.next()):
            self._put(*found)
        has_room = self.post.room() > 0
        self.supply.give_back_what_is_held_up(has_room=has_room)
        self.supply.drop_finished()
        if not self.pace.is_tired and not (self.claims.is_careful and self._held):
            self.supply.fetch(until=self._until, has_room=has_room)

    def _try_one_urgent(self) -> None:
        """The rest is for the many. If this one gets through, the next one follows at once."""
        if self._held or self.post.room() <= 0 or not self.pace.may_ask():
            return
        batch = patiently(lambda: self.claims(1, urgent=True))
        self.supply.stop = batch.stop
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
        opens_in = self.supply.opens_in
        return min(opens_in, LOOK_UP_SECONDS) if opens_in > 0 else LOOK_UP_SECONDS

    def _heed(self) -> None:
        """A word of a person holds for what we have in hand, but for what the other side has already."""
        if self._heard and self._heard.done():
            heard, self._heard = self._heard.result(), None
            self.supply.stop = self.supply.stop or heard.stop
            for one in self._held.values():
                if heard.stop or not heard.notices.isdisjoint(row.notice.pk for row in one.row.all):
                    one.row.held_until = 0
            if heard.notices:
                self.supply.leave_out(lambda row: not heard.notices.isdisjoint(one.notice.pk for one in row.all))
        elif self.hands.is_ahead and not self._heard and monotonic() - self._heard_at > HEED_SECONDS:
            self._heard_at = monotonic()
            in_hand = [*self.supply.rows, *(one.row for one in self._held.values())]
            notices = {one.notice.pk for row in in_hand for one in row.all}
            self._heard = self.hands.start(self.claims.halted, notices) if notices else None

    def prolong(self) -> None:
        """Of all that is on its way. While the database is away nothing is prolonged, and soon nothing leaves."""
        self._held_at = outbox.seconds()
        rows = [one.row for one in self._held.values()]
        try:
            with answers():
                outbox.hold(rows, now=self.claims.clock())
                self.claims.keep_seats()
                is_stopped = self.claims.are_stopped
            for row in rows if is_stopped else ():
                row.held_until = 0
        except AWAY:
            if connection.in_atomic_block:
                raise
            connection.close()

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
        self.supply.under_way[held.domain] += 1
        self.post.put(Parcel(row.pk, made.bounce_to, made.address, made.content, row.may_leave, secret, made.wire))

    def _alone(self, row: Claimed) -> Claimed:
        """Nobody knows which of a digest is to blame, so that each tries again without this one."""
        others, row.others = row.others, ()
        patiently(lambda: outbox.give_back(others))
        return row

    def _not_made(self, row: Claimed, batch: Batch, result: Result) -> None:
        self._note([result])
        self.supply.close(batch, row)

    def _conclude(self, outcomes: Iterable[tuple[Parcel, Outcome | None]], *, reason: str = "") -> None:
        """Recorded before this returns, and so before anything else leaves."""
        results: list[Result] = []
        untouched: list[Claimed] = []
        for parcel, outcome in outcomes:
            held = self._held.pop(parcel.key)
            self.supply.under_way[held.domain] -= 1
            if outcome is None or isinstance(outcome, NotOurs | ChannelDown):
                untouched.append(held.row)
                self.counts["lost"] += isinstance(outcome, NotOurs)
            else:
                results += self._judged(held.row, held.digest, outcome)
            self.supply.close(held.batch, held.row, left=_may_have_left(outcome))
        if results:
            self._note(results)
        if self.refusals.are_too_many:
            self._stop_what_refuses()
        if untouched:
            patiently(lambda: outbox.give_back(untouched, reason=reason))

    def _judged(self, row: Claimed, digest: bytes, outcome: Outcome) -> list[Result]:
        now = self.claims.clock()
        if isinstance(outcome, Accepted):
            self.has_worked = True
            self.pace.accepted()
            self.refusals.accepted(row.address)
            return [outbox.sent(one, digest=digest, answer=outcome.detail, now=now) for one in row.all]
        if isinstance(outcome, AddressRefused):
            for one in row.all:
                self._bounce(one, str(outcome))
            return []
        if outcome.permanent and not outcome.of_letter:
            self.refusals.refused(row.address, outcome)
        elif outcome.later == Later.THROTTLED:
            self.pace.slow_down(outcome.wait)
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
        self.supply.stop = patiently(lambda: outlets.stopped_because(self.claims.outlet))
        self.supply.leave_out_stopped_domains()

    def _note(self, results: list[Result]) -> None:
        self.recorder.record(results)
        for result in results:
            self.counts[str(result.state)] += 1

    def _settle(self) -> None:
        for result in self.recorder.settle():
            self.counts[str(result.state)] -= 1
            self.counts["lost"] += 1

    def _leave(self, *, reason: str = "") -> None:
        """What nobody has touched first: the rest may take a while."""
        try:
            self.supply.put_down(reason=reason)
        finally:
            self._conclude(self.post.abandon(self._prolong_in_time), reason=reason)


def _may_have_left(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Accepted) or (isinstance(outcome, ChannelError) and outcome.unknown)
