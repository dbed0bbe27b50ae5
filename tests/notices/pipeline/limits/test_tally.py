import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import monotonic, sleep

import pytest
from django.db import connection

from notices.models import Outlet, Tally
from notices.pipeline.limits import allow, settle
from notices.pipeline.limits.tally import HOLD, tidy
from stakeholders.enums import Channel
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def outlet():
    return Outlet.objects.create(channel=Channel.EMAIL)


def limited(outlet, **limits):
    for name, value in limits.items():
        setattr(outlet, name, value)
    outlet.save()
    return outlet


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_no_limit_allows_everything_and_reserves_nothing(outlet):
    assert allow(outlet, 400, now=NOW).count == 400
    assert Tally.objects.count() == 0


def test_what_left_without_a_limit_is_counted_for_the_page(outlet):
    settle(allow(outlet, 400, now=NOW), ages=[0.1] * 7, now=NOW)

    assert sum(row.count for row in Tally.objects.all()) == 7


def test_never_more_than_allowed_are_reserved(outlet):
    limited(outlet, per_second=10)

    assert [allow(outlet, 6, now=NOW).count for _ in range(3)] == [6, 4, 0]


def test_what_is_not_used_comes_back(outlet):
    limited(outlet, per_second=10)
    first = allow(outlet, 10, now=NOW)

    settle(first, ages=[0, 0, 0], now=NOW)

    assert allow(outlet, 10, now=NOW).count == 7


def test_a_report_counts_from_when_it_left_and_never_earlier(outlet):
    limited(outlet, per_second=10)
    settle(allow(outlet, 10, now=NOW), ages=[0.4] * 10, now=after(0.4))

    assert allow(outlet, 10, now=after(0.99)).count == 0
    assert allow(outlet, 10, now=after(1.02)).count == 10


def test_a_dead_worker_has_used_all_it_reserved(outlet):
    limited(outlet, per_minute=50)
    allow(outlet, 40, now=NOW)

    assert allow(outlet, 50, now=NOW + HOLD + timedelta(seconds=55)).count == 9  # one is kept for the urgent
    assert allow(outlet, 50, now=NOW + HOLD + timedelta(seconds=61)).count == 40


def test_who_reports_too_late_changes_nothing(outlet):
    limited(outlet, per_minute=50)
    late = allow(outlet, 40, now=NOW)
    tidy(outlet.pk, now=NOW + HOLD + timedelta(seconds=5))

    settle(late, ages=[], now=NOW + HOLD + timedelta(seconds=6))

    assert sum(row.count for row in Tally.objects.all()) == 40


def test_the_urgent_may_use_what_is_kept(outlet):
    limited(outlet, per_hour=100)
    settle(allow(outlet, 400, now=NOW), ages=[0] * 98, now=NOW)

    assert allow(outlet, 5, now=after(600)).count == 0
    assert allow(outlet, 5, urgent=5, now=after(600)).count == 2


def test_it_says_when_to_ask_again(outlet):
    limited(outlet, per_second=10)
    settle(allow(outlet, 10, now=NOW), ages=[0] * 10, now=NOW)

    assert 1.0 <= allow(outlet, 1, now=NOW).wait <= 1.02


def test_a_clock_that_was_set_back_holds_nobody_up_for_hours(outlet):
    limited(outlet, per_second=10)
    hour = timedelta(hours=1)
    settle(allow(outlet, 10, now=NOW + hour), ages=[0] * 10, now=NOW + hour)

    assert allow(outlet, 10, now=NOW).count == 0
    assert allow(outlet, 10, now=after(1.1)).count == 10


def test_a_tidied_memory_forgets_nothing_that_counts(outlet):
    limited(outlet, per_day=100_000)
    for seconds in range(0, 20_000, 200):
        settle(allow(outlet, 10, now=after(seconds)), ages=[0] * 10, now=after(seconds))
    used = allow(outlet, 100_000, urgent=100_000, now=after(20_000)).count

    tidy(outlet.pk, now=after(20_000))

    assert 100_000 - used == 1000
    assert Tally.objects.filter(at__lte=after(20_000)).count() < 60
    assert sum(row.count for row in Tally.objects.filter(at__lte=after(20_000))) == 1000


def test_a_warm_up_doubles_each_day(outlet):
    limited(outlet, warm_up_from=NOW.date(), warm_up_start=50, per_day=300)

    allowed = [allow(outlet, 1000, urgent=1000, now=NOW + timedelta(days=day * 2)).count for day in range(3)]

    assert allowed == [50, 200, 300]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_never_exceed_the_window_and_use_it(outlet):
    limited(outlet, per_second=200)
    ready, seconds, left = Barrier(8), 4.0, []

    def work(number):
        chance = random.Random(number)
        mine = Outlet.objects.get()
        ready.wait()
        begin = monotonic()
        while monotonic() < begin + seconds:
            allowance = allow(mine, chance.randint(1, 60))
            times, unused = [], chance.random() < 0.1
            for _ in range(0 if unused else allowance.count):
                if chance.random() < 0.1:
                    sleep(chance.random() * 0.004)
                times.append(monotonic())
            settle(allowance, ages=[monotonic() - time for time in times])
            left.extend(times)
            if not allowance.count:
                sleep(min(allowance.wait, 0.2))
        connection.close()
        return begin

    with ThreadPoolExecutor(8) as pool:
        begin = min(pool.map(work, range(8)))

    left.sort()
    busiest = max(
        sum(1 for other in left[place : place + 400] if other < left[place] + 1) for place in range(len(left))
    )
    assert busiest <= 200
    in_time = sum(time < begin + seconds for time in left)
    assert in_time >= 0.75 * 200 * seconds  # all of them, on a machine that has nothing else to do
