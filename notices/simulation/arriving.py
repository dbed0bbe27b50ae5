"""When a notice reaches its readers, if it goes out as planned: who waits until when and why, and whose night it is.

The moments are those that filling writes down. Who has had their share by then follows from what was sent, and from
whatever else goes out until then over all upgrades; a notice in the far future is asked about quiet hours alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from zoneinfo import ZoneInfo

from notices.audiences import crowds
from notices.audiences.crowds import NOBODY, Crowd
from notices.channels import SENDERS
from notices.enums import PUT_RIGHT, MessageState, NoticeState
from notices.models import Notice
from notices.pipeline import audience, hours
from notices.pipeline.byhand import recall
from notices.pipeline.hours.walls import READERS_HOUR, is_quiet
from notices.pipeline.schedule import fate, when
from notices.simulation import delivering
from notices.simulation.play import Play, one_look
from notices.simulation.playing import Assumed, Outcome
from notices.simulation.shares import Shares
from notices.simulation.what_if import AS_IT_IS
from notices.simulation.world import World

ASSUMED = Assumed(approvals=True)
FAR = timedelta(days=14)  # what goes out later may move: who has had their share by then is not foreseen
RELATED = ("upgrade", "milestone", "survey", "engagement", "approved_revision", "step")


@dataclass(frozen=True, order=True)
class Wait:
    """So many people get it when their own clock says `at`."""

    at: datetime  # without a zone: what is on the wall there
    why: str
    people: int


@dataclass(frozen=True)
class Arrival:
    """`by_night`: so many get it in their quiet hours all the same."""

    notice: Notice
    rules: hours.Rules
    people: int = 0
    waits: tuple[Wait, ...] = ()
    by_night: int = 0

    @property
    def waiting(self) -> int:
        return sum(wait.people for wait in self.waits)


def if_sent_now(notice: Notice, *, now: datetime) -> Arrival | None:
    """As outbox.send_now lets it out."""
    supposed = copy(notice)
    supposed.send_at, supposed.at_any_hour, supposed.local_on, supposed.local_at = now + recall.HOLD, True, None, None
    return of([supposed], now=now).get(notice.pk)


def if_approved(notice: Notice, *, now: datetime) -> Arrival | None:
    """As approve.approve leaves it: what is due within minutes can be recalled for some more."""
    supposed = copy(notice)
    if supposed.send_at:
        supposed.send_at = max(supposed.send_at, now + recall.HOLD)
    return of([supposed], now=now).get(notice.pk)


def if_written_so(notice: Notice, *, now: datetime) -> Arrival | None:
    """With the audience and channels that it has now, whatever was approved."""
    supposed = copy(notice)
    supposed.approved_revision = None
    return of([supposed], now=now).get(notice.pk)


def of(notices: Iterable[Notice], *, now: datetime) -> dict[int, Arrival]:
    """By key, of those that have a time and are sent to people; none where no rule holds anything back. The number of
    queries does not depend on how many there are, nor on how many people."""
    dated = [one for one in notices if one.send_at and audience.sent_over(one)]
    rules = hours.rules() if dated else hours.OFF
    if not (rules.hold or rules.most_per_week or any(one.kind in PUT_RIGHT for one in dated)):
        return {}
    near = [one for one in dated if one.send_at and one.send_at <= now + FAR]
    far = [one for one in dated if one.send_at and one.send_at > now + FAR]
    with one_look():
        return _arrivals(near, rules, now=now) | _arrivals(far, replace(rules, most_per_week=None), now=now)


def _arrivals(notices: list[Notice], rules: hours.Rules, *, now: datetime) -> dict[int, Arrival]:
    if not notices:
        return {}
    there = _There.of(notices, rules, now=now)
    return {outcome.notice.pk: there.arrival(outcome) for outcome in there.own.outcomes}


@dataclass(frozen=True)
class _There:
    """What is asked about, with what else goes out until then."""

    own: Play
    shares: Shares

    @classmethod
    def of(cls, notices: list[Notice], rules: hours.Rules, *, now: datetime) -> "_There":
        outcomes = [_outcome(one, now=now) for one in notices]
        until = max(one.at for one in outcomes if one.at)
        shares = Shares()
        world = World(now, {}, {}, {}, [], clocks=tuple(hours.clocks()), rules=rules)
        own = Play(world, now, until, AS_IT_IS, ASSUMED, outcomes, shares)
        shares.plays.append(own)
        if rules.most_per_week and any(hours.may_wait(one) for one in notices):
            shares.plays.append(_beside(world, shares, [one.pk for one in notices], until=until))
        return cls(own, shares)

    def arrival(self, outcome: Outcome) -> Arrival:
        people, over = self._reached(outcome), self.shares.over(outcome)
        waiting, rules = delivering.waiting(self.own, outcome), self.own.world.rules
        waits: Counter[tuple[datetime, str]] = Counter()
        by_night = 0
        for clock, is_over, number in self._by_clock(people, over):
            held = waiting.of(clock.key, is_over=is_over)
            if held.why and held.why != READERS_HOUR:
                waits[held.until.astimezone(self._zone(clock, outcome)).replace(tzinfo=None), held.why] += number
            if rules.hold and is_quiet(held.until, clock, rules, place=outcome.notice.upgrade.time_zone):
                by_night += number
        said = tuple(sorted(Wait(at, why, number) for (at, why), number in waits.items()))
        return Arrival(outcome.notice, rules, crowds.size(people), said, by_night)

    def _reached(self, outcome: Outcome) -> Crowd:
        gets = (MessageState.SENT, MessageState.QUEUED)
        parts = self.shares.parts(outcome)
        return reduce(or_, (part.people for part in parts if part.end.state in gets), NOBODY)

    def _by_clock(self, people: Crowd, over: Crowd) -> Iterator[tuple[hours.Clock, bool, int]]:
        for key, there in self.shares.clocks.items():
            here = people & there
            for is_over, those in ((True, here & over), (False, here & ~over)):
                if those:
                    yield self._clock[key], is_over, crowds.size(those)

    @cached_property
    def _clock(self) -> dict[str, hours.Clock]:
        return {key: hours.Clock.of(key) for key in self.shares.clocks}

    @staticmethod
    def _zone(clock: hours.Clock, outcome: Outcome) -> ZoneInfo:
        return ZoneInfo(clock.zone if clock.zone in when.ZONES else outcome.notice.upgrade.time_zone)


def _outcome(notice: Notice, *, now: datetime) -> Outcome:
    assert notice.send_at is not None  # noqa: S101  it has a time
    return Outcome(notice, f"notice-{notice.pk}", NoticeState.RELEASED, max(notice.send_at, now))


def _beside(world: World, shares: Shares, own: Collection[int], *, until: datetime) -> Play:
    """Everything else that goes out until then, supposing that it is approved in time."""
    until = min(until, world.now + FAR)
    rows = Notice.objects.waiting().filter(send_at__gt=world.now, send_at__lte=until, paused_at=None)
    pushes = rows.filter(channels__overlap=list(SENDERS)).exclude(pk__in=own).order_by("send_at", "pk")
    found = [_outcome(one, now=world.now) for one in pushes.select_related(*RELATED).defer("words", "release")]
    to_come = [one for one in found if not fate.pointless(one.notice)]
    return Play(world, world.now, until, AS_IT_IS, ASSUMED, to_come, shares)
