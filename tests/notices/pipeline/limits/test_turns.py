from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.enums import MessageState
from notices.models import DomainLimit, Message, Outlet
from notices.pipeline import limits, outbox
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
    rows = outbox.claim(Channel.EMAIL, limit=limit, now=now)
    return [(row.pk, row.attempts, row.address, row.priority) for row in rows]


def turns(domain="slow.example"):
    waits = Message.objects.filter(reason=f"Waits for its turn at {domain}").order_by("pk")
    return [row.not_before for row in waits]


def test_without_limits_nothing_is_held(outlet, now):
    waiting(3, now=now)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        parted = limits.part(outlet, [(1, 1, "cai@example.org", 10)], now=now)

    assert (parted.held, parted.allowances, len(queries)) == (set(), {}, 1)


def test_only_as_many_leave_as_their_domain_takes(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_second=3, connections=2)
    waiting(8, now=now)
    others = waiting(2, domain="fast.example", now=now)

    rows = claimed(20, now=now)
    parted = limits.part(outlet, rows, now=now)

    assert len(parted.held) == 5
    assert parted.allowances["slow.example"].count == 3
    assert parted.at_once == {"slow.example": 2}
    assert not parted.held & set(others.messages.values_list("pk", flat=True))


def test_the_whole_crowd_is_laid_out_when_its_first_ones_are_held(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=60)
    waiting(100, now=now)

    limits.part(outlet, claimed(90, now=now), now=now)

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
    limits.part(outlet, claimed(50, now=now), now=now)
    last = max(turns())

    following = waiting(30, name="next", now=now)
    limits.part(outlet, claimed(50, now=now), now=now)

    assert min(following.messages.values_list("not_before", flat=True)) > last


def test_an_urgent_notice_does_not_stand_in_line(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(50, now=now)
    parted = limits.part(outlet, claimed(50, now=now), now=now)
    limits.settle(parted.allowances["slow.example"], ages=[0] * 9, now=now)

    urgent = waiting(3, name="urgent", now=now, is_urgent=True)
    rows = claimed(10, now=now + timedelta(seconds=5))
    parted = limits.part(outlet, rows, now=now + timedelta(seconds=5))

    assert {row[0] for row in rows} == set(urgent.messages.values_list("pk", flat=True))
    assert len(parted.held) == 2
    latest = max(urgent.messages.values_list("not_before", flat=True))
    assert latest < now + timedelta(seconds=75)


def test_a_line_that_nobody_served_moves_on_from_now(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=60)
    waiting(150, now=now)
    limits.part(outlet, claimed(60, now=now), now=now)
    later = now + timedelta(minutes=1, seconds=30)  # 30 of 91 should have left, and as many again are not due yet

    limits.part(outlet, claimed(100, now=later), now=later)

    late = [turn for turn in turns() if turn <= later]
    assert late == []
    assert max(turns()) <= later + timedelta(seconds=61 + 60)


def test_another_limit_lets_them_go_at_once(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=10)
    waiting(50, now=now)
    limits.part(outlet, claimed(50, now=now), now=now)

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
        parted = limits.part(outlet, rows, now=at)
        going = [row[0] for row in rows if row[0] not in parted.held]
        if allowance := parted.allowances.get("slow.example"):
            limits.settle(allowance, ages=[0] * len(going), now=at)
        Message.objects.filter(pk__in=going).update(state=MessageState.FAILED, lease_until=None)
        left += [second] * len(going)

    assert len(left) == 120
    assert max(sum(start <= second < start + 60 for second in left) for start in range(120)) <= 60
    assert touched < 3 * 120


def test_workers_share_what_may_be_under_way_to_a_domain(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=5)
    waiting(1, now=now)
    rows = claimed(20, now=now)

    shares = []
    for holder in "abcdefg":
        limits.take_seats(outlet, holder=holder, now=now)
        shares.append(limits.part(outlet, rows, now=now).at_once["slow.example"])

    assert shares == [5, 2, 1, 1, 1, 1, 1]


def test_workers_that_are_gone_hold_nothing_of_a_domain(outlet, now):
    DomainLimit.objects.create(outlet=outlet, domain="slow.example", connections=4)
    waiting(1, now=now)
    rows = claimed(20, now=now)
    for holder in "ab":
        limits.take_seats(outlet, holder=holder, now=now)

    later = limits.part(outlet, rows, now=now + timedelta(minutes=1))

    assert later.at_once == {"slow.example": 4}
