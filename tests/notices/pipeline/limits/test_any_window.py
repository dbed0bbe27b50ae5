"""Whatever workers do: in no window of a limit, wherever it begins, do more leave than it allows. The clock is given,
so an hour takes no longer than a second; each example is counted by hand."""

import math
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commsplan.lib import clock
from notices.enums import MessageState
from notices.models import DomainLimit, Message, Outlet, Tally
from notices.pipeline import deliver, outlets
from notices.pipeline.limits import tally
from notices.pipeline.limits.rates import LENGTHS
from notices.pipeline.limits.tally import Allowance, allow, allow_domain, settle, tidy
from stakeholders.enums import Channel
from tests.factories import NOW
from tests.notices.pipeline.test_deliver import people, released
from tests.notices.pipeline.test_outbox import run_at_once

MOMENT, HOUR = timedelta(microseconds=1), timedelta(hours=1)
LIMITS = [
    {"per_second": 7},
    {"per_minute": 7},
    {"per_hour": 7},
    {"per_hour": 120},
    {"per_second": 2, "per_minute": 20, "per_hour": 60},
    {"per_hour": 60, "per_day": 200},
]
DOMAIN = "strict.example"


@dataclass
class World:
    """Workers that share a limit. `left`: when each message left, as its receiver would count them."""

    outlet: Outlet
    limit: Outlet | DomainLimit
    now: datetime = NOW
    left: list[datetime] = field(default_factory=list)
    held: list[tuple[Allowance, list[datetime]]] = field(default_factory=list)  # and from when on each may leave

    @property
    def domain(self) -> str:
        return self.limit.domain if isinstance(self.limit, DomainLimit) else ""

    def ask(self, wanted: int, *, urgent: int, ahead: timedelta) -> Allowance:
        if isinstance(self.limit, DomainLimit):
            allowance = allow_domain(self.limit, wanted, urgent=urgent, now=self.now)
        else:
            allowance = allow(self.limit, wanted, urgent=urgent, ahead=ahead, now=self.now)
        later = [self.now + timedelta(seconds=seconds) for seconds, number in allowance.later for _ in range(number)]
        if allowance.count:
            self.held.append((allowance, [self.now] * (allowance.count - len(later)) + later))
        return allowance

    def send(self, opens: list[datetime], until: datetime, part: float) -> list[datetime]:
        """Some time since they may, and before they must not."""
        latest = min(self.now, until - MOMENT)
        return [one + (latest - one) * part for one in opens if one <= latest]

    def report(self, allowance: Allowance, sent: list[datetime]) -> None:
        self.left += sent
        settle(allowance, ages=[(self.now - at).total_seconds() for at in sent], now=self.now)

    def assert_nowhere_too_many(self) -> None:
        self.left.sort()
        for name, length in LENGTHS.items():
            if (most := getattr(self.limit, name, None)) is not None:
                for place, at in enumerate(self.left):
                    assert place + 1 - bisect_right(self.left, at - length) <= most, f"{name}, {at - NOW}"


@pytest.fixture
def outlet(db, monkeypatch):
    """Its memory is tidied when a test says so, not whenever some seconds have really gone by."""
    monkeypatch.setattr(tally, "TIDY_SECONDS", math.inf)
    return Outlet.objects.create(channel=Channel.EMAIL)


@pytest.fixture(params=LIMITS, ids=lambda limits: " ".join(f"{name}={most}" for name, most in limits.items()))
def limit(request, outlet):
    for name, most in request.param.items():
        setattr(outlet, name, most)
    return outlet


@pytest.fixture(params=[one for one in LIMITS if "per_day" not in one], ids=str)
def limit_of_domain(request, outlet):
    return DomainLimit(outlet=outlet, domain=DOMAIN, **request.param)


ONE_DATABASE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def live(draw, world: World) -> None:
    """Sixty things that workers do, in any order: ask, report some or all of it, die, let time pass."""
    lengths = [length for name, length in LENGTHS.items() if getattr(world.limit, name, None)]
    steps = [length * part for length in lengths for part in (0.01, 0.1, 0.499, 0.999, 1)]
    steps += [timedelta(0), MOMENT, timedelta(seconds=0.3), timedelta(seconds=29)]
    for _ in range(60):
        match draw(st.sampled_from(["ask", "ask", "ask", "report", "report", "report", "die", "pass", "pass", "tidy"])):
            case "ask":
                wanted = draw(st.integers(1, 40))
                urgent = draw(st.sampled_from([0, 0, 1, wanted]))
                world.ask(wanted, urgent=urgent, ahead=draw(st.sampled_from([timedelta(0), timedelta(seconds=0.5)])))
            case "pass":
                world.now += draw(st.sampled_from(steps))
            case "tidy":
                tidy(world.outlet.pk, world.domain, now=world.now)
            case what if world.held:
                end(draw, world, what)
    for allowance, opens in world.held:
        world.left += world.send(opens, allowance.until, 1.0)


def end(draw, world: World, what: str) -> None:
    allowance, opens = world.held.pop(draw(st.integers(0, len(world.held) - 1)))
    number = draw(st.integers(0, len(opens)))
    sent = world.send(opens[:number], allowance.until, draw(st.floats(0, 1)))
    if what == "die":
        world.left += sent
    else:
        world.report(allowance, sent)


@ONE_DATABASE
@given(data=st.data())
def test_in_no_window_of_an_outlet_more_than_it_allows(limit, data):
    Tally.objects.all().delete()
    world = World(limit, limit)

    live(data.draw, world)

    world.assert_nowhere_too_many()


@ONE_DATABASE
@given(data=st.data())
def test_in_no_window_of_a_domain_more_than_it_takes(limit_of_domain, data):
    Tally.objects.all().delete()
    world = World(limit_of_domain.outlet, limit_of_domain)

    live(data.draw, world)

    world.assert_nowhere_too_many()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    ("name", "most"), [("per_second", 40), ("per_minute", 120), ("per_hour", 1), ("per_hour", 120)]
)
def test_what_is_allowed_is_used_by_whoever_always_has_more(outlet, name, most, workers):
    """Five windows. What is under way takes its time, and two in a hundred are kept for what is urgent."""
    setattr(outlet, name, most)
    world, length = World(outlet, outlet), LENGTHS[name]

    while world.now < NOW + 5 * length:
        asked = [world.ask(50, urgent=0, ahead=timedelta(0)) for _ in range(workers)]
        world.now += length / 200
        while world.held:
            allowance, opens = world.held.pop()
            world.report(allowance, world.send(opens, allowance.until, 1.0))
        world.now += timedelta(seconds=min(one.wait for one in asked))

    world.assert_nowhere_too_many()
    assert len(world.left) >= 0.93 * 5 * most


# At a server: what left within the last hour is in the database, and its places become free while we look


@pytest.fixture
def arrived(mailserver):
    found: list[float] = []
    mailserver.answer = lambda stage, value: found.append(time.monotonic()) if stage == "DATA" else None
    return found


def left_almost_an_hour_ago(outlet: Outlet, number: int, *, free_in: float, domain: str = "") -> None:
    at = clock.of_database() - HOUR + timedelta(seconds=free_in)
    Tally.objects.create(outlet=outlet, domain=domain, at=at, count=number)


def drain_until(arrived: list[float], enough: int) -> None:
    """And a little longer, for those that must not come. What left long ago counts half a minute longer at most."""
    until = time.monotonic() + 50
    while Message.objects.exclude(state=MessageState.SENT).exists() and time.monotonic() < until:
        if len(arrived) >= enough:
            until = min(until, time.monotonic() + 3)
        drained = deliver.drain(Channel.EMAIL, seconds=2)
        time.sleep(max(0.05, min(drained.wait, 0.2)))


def test_the_hour_of_an_outlet_ends_on_the_second(transactional_db, arrived):
    outlet = outlets.of(Channel.EMAIL)
    Outlet.objects.filter(pk=outlet.pk).update(per_hour=100)
    released(*people(100))
    began = time.monotonic()
    left_almost_an_hour_ago(outlet, 60, free_in=3)
    left_almost_an_hour_ago(outlet, 40, free_in=1800)

    run_at_once(*[lambda: drain_until(arrived, 58)] * 2)

    assert min(arrived) - began >= 3
    assert 58 <= len(arrived) <= 60  # two are kept for what is urgent


def test_the_hour_of_a_domain_ends_on_the_second_and_what_is_urgent_uses_all_of_it(transactional_db, arrived):
    outlet = outlets.of(Channel.EMAIL)
    DomainLimit.objects.create(outlet=outlet, domain="example.org", per_hour=50)
    released(*people(40), is_urgent=True)
    began = time.monotonic()
    left_almost_an_hour_ago(outlet, 20, free_in=1800, domain="example.org")
    left_almost_an_hour_ago(outlet, 30, free_in=4, domain="example.org")

    run_at_once(*[lambda: drain_until(arrived, 30)] * 2)

    assert min(arrived) - began >= 4
    assert len(arrived) == 30
