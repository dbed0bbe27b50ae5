"""What an allowed rate comes to at the server: never more than that in any second, and hardly less."""

import time
from bisect import bisect_left
from datetime import timedelta

import pytest

from notices.enums import MessageState
from notices.models import Message, Outlet
from notices.pipeline import deliver, limits, outlets
from notices.pipeline.limits import windows
from notices.pipeline.limits.windows import Window
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_deliver import people, released
from tests.notices.pipeline.test_outbox import run_at_once

SECOND = timedelta(seconds=1)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_places_that_become_free_are_named_with_their_moments():
    used = [(after(-0.9), 3), (after(-0.8), 4), (after(-0.2), 3)]

    free = windows.becoming_free([Window(SECOND, 10)], used, more_than=0, most=50, now=NOW, until=after(0.5))

    assert [(round(seconds, 3), number) for seconds, number in free] == [(0.1, 3), (0.2, 4)]


def test_no_more_of_them_than_were_asked_for_and_than_the_longer_window_leaves():
    used = [(after(-0.9), 3), (after(-0.8), 4), (after(-0.2), 3)]
    allowed = [Window(SECOND, 10), Window(timedelta(minutes=1), 15)]

    few = windows.becoming_free([Window(SECOND, 10)], used, more_than=0, most=5, now=NOW, until=after(0.5))
    short = windows.becoming_free(allowed, used, more_than=0, most=50, now=NOW, until=after(0.5))

    assert sum(number for _, number in few) == 5
    assert sum(number for _, number in short) == 4  # and one is kept for the urgent


@pytest.mark.django_db
def test_what_is_allowed_ahead_is_nobody_elses():
    outlet = Outlet.objects.create(channel=Channel.EMAIL, per_second=10)
    limits.settle(limits.allow(outlet, 10, now=NOW), ages=[0.0] * 10, now=NOW)

    ahead = [limits.allow(outlet, 8, ahead=SECOND, now=after(0.7)) for _ in range(2)]

    assert [one.count for one in ahead] == [8, 2]
    assert all(0.29 < seconds < 0.31 for one in ahead for seconds, _ in one.later)
    assert limits.allow(outlet, 8, now=after(0.7)).count == 0


def test_in_no_second_more_than_allowed_arrives_and_hardly_less(mailserver, transactional_db):
    free = arrivals(mailserver, 100)
    Outlet.objects.filter(pk=outlets.of(Channel.EMAIL).pk).update(per_second=20)

    arrived = arrivals(mailserver, 100)

    assert len(arrived) == 100
    assert max(bisect_left(arrived, at + 1) - place for place, at in enumerate(arrived)) <= 20
    # Four seconds on a machine that has nothing else to do, and longer where all takes longer; the bench measures it.
    assert arrived[-1] - arrived[0] < 8 + 8 * (free[-1] - free[0])


def arrivals(mailserver, count):
    arrived = []
    mailserver.answer = lambda stage, value: arrived.append(time.monotonic()) if stage == "DATA" else None
    released(*people(count))
    run_at_once(*[lambda: drain_all(until=time.monotonic() + 120)] * 2)
    return sorted(arrived)


def drain_all(*, until):
    while Message.objects.exclude(state=MessageState.SENT).exists() and time.monotonic() < until:
        drained = deliver.drain(Channel.EMAIL, seconds=2)
        time.sleep(min(drained.wait, 0.2))


@pytest.mark.django_db
def test_urgent_news_does_not_wait_behind_what_is_allowed_ahead(mailserver):
    """Somebody has reserved the next half second, no more."""
    outlet = outlets.of(Channel.EMAIL)
    Outlet.objects.filter(pk=outlet.pk).update(per_second=10)
    released(*people(200))
    deliver.drain(Channel.EMAIL, seconds=0.5)
    urgent = released(factories.person(email="urgent@example.org"), is_urgent=True)
    until = time.monotonic() + 60

    while urgent.messages.get().state != MessageState.SENT and time.monotonic() < until:
        deliver.drain(Channel.EMAIL, seconds=1)

    assert urgent.messages.get().state == MessageState.SENT
    assert Message.objects.exclude(state=MessageState.SENT).count() > 50  # ten of them leave in a second
