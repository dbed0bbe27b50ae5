from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notices.pipeline.limits.windows import SOON, Window, again, room
from tests.factories import NOW

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def ago(seconds, count=1):
    return NOW - timedelta(seconds=seconds), count


def test_an_unused_limit_leaves_a_little_for_the_urgent():
    window = Window(HOUR, 100)

    assert (room(window, [], now=NOW), room(window, [], now=NOW, urgent=True)) == (98, 100)


def test_a_second_needs_no_reserve():
    assert room(Window(SECOND, 10), [], now=NOW) == 10


def test_the_reserve_is_lent_when_a_place_becomes_free_within_moments():
    window = Window(MINUTE, 10)

    assert room(window, [ago(30, 9)], now=NOW) == 0
    assert room(window, [ago(57.5, 9)], now=NOW) == 1


def test_a_message_counts_until_a_whole_window_has_passed():
    window = Window(SECOND, 1)

    assert room(window, [ago(0.999)], now=NOW) == 0
    assert room(window, [ago(1)], now=NOW) == 1


def test_what_is_reserved_counts_before_it_is_reported():
    assert room(Window(SECOND, 3), [ago(-20, 2)], now=NOW) == 1


def test_a_limit_of_one_is_used():
    assert room(Window(HOUR, 1), [], now=NOW) == 1


def test_nothing_may_leave_under_a_limit_of_none():
    window = Window(SECOND, 0)

    assert (room(window, [], now=NOW), again(window, [], now=NOW)) == (0, NOW + SECOND)


@given(
    most=st.integers(1, 200),
    length=st.sampled_from([SECOND, MINUTE, HOUR]),
    left=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 50)), max_size=30),
    urgent=st.booleans(),
)
def test_there_is_room_when_it_says_to_ask_again(most, length, left, urgent):
    """And not long before: nobody asks in vain, nobody waits in vain."""
    window = Window(length, most)
    used = sorted(ago(seconds, count) for seconds, count in left)
    if room(window, used, now=NOW, urgent=urgent):
        return

    when = again(window, used, now=NOW, urgent=urgent)

    assert when > NOW
    assert room(window, used, now=when, urgent=urgent) > 0


@given(
    most=st.integers(2, 200),
    left=st.lists(st.tuples(st.integers(0, 70), st.integers(1, 50)), max_size=30),
)
def test_the_urgent_never_wait_longer_than_a_moment_because_of_the_others(most, left):
    window = Window(MINUTE, most)
    used = sorted(ago(seconds, count) for seconds, count in left)
    taken = room(window, used, now=NOW)
    if not taken:
        return

    then = [*used, (NOW, taken)]

    assert room(window, then, now=NOW + SOON, urgent=True) > 0
