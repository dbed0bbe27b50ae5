from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import milestone, upgrade
from upgrades import slipping

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 3, 28, 1, 0, tzinfo=UTC)  # 02:00 in Berlin, the night before the clocks change


@pytest.fixture
def window():
    return milestone(upgrade(time_zone="Europe/Berlin"), start=SATURDAY, end=SATURDAY + timedelta(hours=4))


def test_what_stayed_says_nothing(window):
    assert slipping.sentence(window) == ""


def test_a_week_later_by_the_calendar_is_seven_days_although_the_clocks_change(window):
    window.start = datetime(2026, 4, 4, 0, 0, tzinfo=UTC)
    window.end = window.start + timedelta(hours=4)

    assert slipping.sentence(window) == (
        "Moved 7 days later from Saturday 28 March 2026, 02:00–06:00 Europe/Berlin (CET)."
    )


def test_hours_are_said_as_hours(window):
    window.start -= timedelta(hours=2, minutes=30)

    assert slipping.distance(window) == "2 hours 30 minutes earlier"


def test_another_end_alone_is_no_move(window):
    window.end += timedelta(hours=1)

    assert slipping.sentence(window) == (
        "Another end than first planned: Saturday 28 March 2026, 02:00–06:00 Europe/Berlin (CET)."
    )
