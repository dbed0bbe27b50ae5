from datetime import timedelta

import pytest

from notices.models import Outlet
from notices.pipeline.limits import leave_seats, take_seats
from notices.pipeline.limits.tally import HOLD
from stakeholders.enums import Channel
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def outlet():
    return Outlet.objects.create(channel=Channel.EMAIL, connections=5)


def test_a_worker_alone_has_all_connections(outlet):
    assert take_seats(outlet, holder="a", now=NOW) == 5


def test_two_workers_share_once_the_first_asks_again(outlet):
    first = [take_seats(outlet, holder=who, now=NOW) for who in "ab"]
    then = [take_seats(outlet, holder=who, now=NOW) for who in "abab"]

    assert (first, then) == ([5, 0], [3, 2, 3, 2])


def test_never_more_are_open_than_allowed(outlet):
    held = {}
    for who in "abcdefg" * 3:
        held[who] = take_seats(outlet, holder=who, now=NOW)
        assert sum(held.values()) <= 5

    assert sorted(held.values()) == [0, 0, 1, 1, 1, 1, 1]


def test_who_leaves_leaves_its_part_to_the_others(outlet):
    for who in "abab":
        take_seats(outlet, holder=who, now=NOW)

    leave_seats(outlet, holder="b")

    assert take_seats(outlet, holder="a", now=NOW) == 5


def test_a_dead_worker_has_its_part_for_a_moment_only(outlet):
    for who in "abab":
        take_seats(outlet, holder=who, now=NOW)

    assert take_seats(outlet, holder="a", now=NOW + HOLD) == 5


def test_a_clock_that_was_set_back_keeps_no_connection_for_hours(outlet):
    take_seats(outlet, holder="b", now=NOW + timedelta(hours=1))

    assert take_seats(outlet, holder="a", now=NOW) == 5
