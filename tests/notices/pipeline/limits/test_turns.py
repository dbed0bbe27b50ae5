import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.channels.base import Accepted
from notices.enums import MessageState
from notices.models import DomainLimit, Message, Outlet
from notices.pipeline import limits, outbox
from notices.pipeline.deliver.batches import Claims, Here
from notices.pipeline.deliver.contents import contents
from notices.pipeline.deliver.sending import Round
from stakeholders.enums import Channel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def outlet():
    return Outlet.objects.create(channel=Channel.EMAIL)


@pytest.fixture
def now():
    return factories.NOW


def waiting(number, *, domain="slow.example", name="p", now, **fields):
    people = [factories.person(f"{name}{each} {domain}", email=f"{name}{each}@{domain}") for each in range(number)]
    return factories.released_notice(people=people, now=now, **fields)


def claimed(limit, *, now):
    return outbox.claim(Channel.EMAIL, limit=limit, now=now)


def part(outlet, rows, *, now, holder="a"):
    return limits.part(outlet, rows, seats=limits.DomainSeats(outlet, holder), now=now)


def turns(domain="slow.example"):
    waits = Message.objects.filter(reason=f"Waits for its turn at {domain}").order_by("pk")
    return [row.not_before for row in waits]


def test_without_limits_nothing_is_held(outlet, now):
    waiting(3, now=now)
    rows = claimed(3, now=now)

    with CaptureQueriesContext(connection) as queries:
        parted = part(outlet, rows, now=now)

    assert (parted.held, parted.allowances, len(queries)) == (set(), {}, 1)


def test_only_as_many_leave_as_their_domain_takes(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_second=3, connections=2)
    waiting(8, now=now)
    others = waiting(2, domain="fast.example", now=now)

    rows = claimed(20, now=now)
    parted = part(outlet, rows, now=now)

    assert len(parted.held) == 5
    assert parted.allowances["slow.example"].count == 3
    assert not parted.held & set(others.messages.values_list("pk", flat=True))


def test_the_whole_crowd_is_laid_out_when_its_first_ones_are_held(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=60)
    waiting(100, now=now)

    part(outlet, claimed(90, now=now), now=now)

    laid_out = turns()
    assert len(laid_out) == 100 - 59  # one is kept for the urgent
    assert not outbox.claim(Channel.EMAIL, limit=10, now=now)
    gaps = {round((after - before).total_seconds(), 2) for before, after in pairwise(laid_out)}
    assert gaps <= {1.0, 1.01}
    held = Message.objects.filter(state=MessageState.DEFERRED)
    assert set(held.values_list("attempts", flat=True)) == {0}


def test_the_next_notice_stands_at_the_end_of_the_line(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(50, now=now)
    part(outlet, claimed(50, now=now), now=now)
    last = max(turns())

    following = waiting(30, name="next", now=now)
    part(outlet, claimed(50, now=now), now=now)

    assert min(following.messages.values_list("not_before", flat=True)) > last


def test_an_urgent_notice_does_not_stand_in_line(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(50, now=now)
    parted = part(outlet, claimed(50, now=now), now=now)
    limits.settle(parted.allowances["slow.example"], ages=[0] * 9, now=now)

    urgent = waiting(3, name="urgent", now=now, is_urgent=True)
    rows = claimed(10, now=now + timedelta(seconds=5))
    parted = part(outlet, rows, now=now + timedelta(seconds=5))

    assert {row.pk for row in rows} == set(urgent.messages.values_list("pk", flat=True))
    assert len(parted.held) == 2
    latest = max(urgent.messages.values_list("not_before", flat=True))
    assert latest < now + timedelta(seconds=75)


def test_the_urgent_come_together_where_many_places_become_free_at_once(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_hour=50)
    waiting(60, now=now, is_urgent=True)
    parted = part(outlet, claimed(50, now=now), now=now)
    limits.settle(parted.allowances["slow.example"], ages=[0] * 50, now=now)
    part(outlet, claimed(50, now=now), now=now)

    later = now + timedelta(hours=1, seconds=1)
    rows = claimed(50, now=later)

    assert len(rows) == 10
    assert not part(outlet, rows, now=later).held


def test_a_crowd_of_urgent_ones_does_not_come_in_vain(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(100, now=now, is_urgent=True)
    parted = part(outlet, claimed(100, now=now), now=now)
    limits.settle(parted.allowances["slow.example"], ages=[0] * 10, now=now)

    together = Counter(turns())

    assert set(together.values()) == {10}
    assert len(together) == 9
    assert max(together) < now + timedelta(minutes=10)


def test_a_line_that_nobody_served_moves_on_from_now(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=60)
    waiting(150, now=now)
    part(outlet, claimed(60, now=now), now=now)
    later = now + timedelta(minutes=1, seconds=30)  # 30 of 91 should have left, and as many again are not due yet

    part(outlet, claimed(100, now=later), now=later)

    late = [turn for turn in turns() if turn <= later]
    assert late == []
    assert max(turns()) <= later + timedelta(seconds=61 + 60)


def test_another_limit_lets_them_go_at_once(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(50, now=now)
    part(outlet, claimed(50, now=now), now=now)

    released = limits.release(outlet, "slow.example", now=now)

    assert (released, len(claimed(100, now=now))) == (41, 41)


def test_a_line_is_served_at_its_rate_with_few_touches(outlet, now):
    """Second by second, as a worker would."""
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=60)
    waiting(120, now=now)
    left, touched = [], 0
    for second in range(150):
        at = now + timedelta(seconds=second)
        rows = claimed(400, now=at)
        touched += len(rows)
        parted = part(outlet, rows, now=at)
        going = [row.pk for row in rows if row.pk not in parted.held]
        if allowance := parted.allowances.get("slow.example"):
            limits.settle(allowance, ages=[0] * len(going), now=at)
        Message.objects.filter(pk__in=going).update(state=MessageState.FAILED, lease_until=None)
        left += [second] * len(going)

    assert len(left) == 120
    assert max(sum(start <= second < start + 60 for second in left) for start in range(120)) <= 60
    assert touched < 3 * 120


def test_what_another_worker_uses_up_is_given_back_untouched(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=1)
    waiting(2, now=now)
    rows = claimed(20, now=now)

    first, second = (part(outlet, rows, now=now, holder=holder) for holder in "ab")

    assert (first.busy, second.busy) == (set(), {row.pk for row in rows})
    assert second.allowances == {}


def test_never_more_are_under_way_to_a_domain_than_it_takes(outlet, now):
    """Eight workers come and go; each puts as many as it may, and what it put takes a while."""
    limit = DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=2)
    dice = random.Random(5)
    workers = [limits.DomainSeats(outlet, f"w{number}") for number in range(8)]
    used = []
    for step in range(300):
        at = now + timedelta(seconds=step / 2)
        one = dice.choice(workers)
        one.take(limit, now=at)
        for each in workers:
            each.keep(now=at)
            under_way = each.under_way["slow.example"]
            most = each.most.get("slow.example", 0) if dice.random() < 0.7 else 0
            each.under_way["slow.example"] = max(under_way - (dice.random() < 0.5), min(most, under_way + 1))
        used.append(sum(each.under_way["slow.example"] for each in workers))

    assert max(used) == 2
    assert sum(used) > 300


def test_a_worker_alone_has_all_that_a_domain_takes(outlet, now):
    limit = DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=4)
    gone, here = (limits.DomainSeats(outlet, holder) for holder in "ab")
    shares = [
        gone.take(limit, now=now),
        here.take(limit, now=now),
        gone.take(limit, now=now),
        here.take(limit, now=now),
    ]

    assert shares == [4, 0, 2, 0]  # the other one hears of it when it asks next
    assert [one.take(limit, now=now) for one in (gone, here)] == [2, 2]
    assert here.take(limit, now=now + timedelta(minutes=1)) == 4


class Desk:
    """A post at which another worker asks for its part of a domain while a message is on its way."""

    def __init__(self, meanwhile):
        self.parcels, self.meanwhile = [], meanwhile

    def room(self):
        return 5

    def put(self, parcel):
        self.parcels.append(parcel)

    def collect(self, seconds):
        self.meanwhile()
        taken, self.parcels = self.parcels, []
        return [(one, Accepted("250 Ok")) for one in taken]


def test_what_waits_for_a_domain_whose_part_is_lost_is_given_back(outlet, now):
    """Else it would be in nobody's hands until its lease ends, and then be taken for what killed its worker."""
    limit = DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=1)
    waiting(2, now=now)
    claims = Claims(outlet, lambda: now, holder="z", seats=4)

    def another_comes():
        limits.DomainSeats(outlet, "a").take(limit)
        claims.domains.keep()

    round_ = Round(Desk(another_comes), contents(Channel.EMAIL), outbox.Waited(), claims, Here())

    assert round_.work(monotonic() + 1.5) is True
    rows = Message.objects.order_by("pk").values_list("state", "attempts", "losses")
    assert list(rows) == [(MessageState.SENT, 1, 0), (MessageState.QUEUED, 0, 0)]
