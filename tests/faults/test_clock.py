"""The clock of the machine jumps, and those on the walls of the places do, twice a year. In process: time is given."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from notices.enums import NoticeState, Unit
from notices.models import Notice
from notices.pipeline import clockwork, deliver, interruption
from stakeholders.enums import Channel
from tests import factories
from tests.fixtures.machine import all_clocks_at

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
CHANGES = [  # place, day of the change, time of the step, and when it has to go out there
    ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "03:30 CEST"),
    ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "02:30 CEST"),
    ("America/New_York", date(2026, 3, 8), time(2, 15), "03:15 EDT"),
    ("America/New_York", date(2026, 11, 1), time(1, 15), "01:15 EDT"),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "02:40 +11"),
    ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 40), "01:40 +11"),
    ("Asia/Kolkata", date(2026, 3, 29), time(2, 30), "02:30 IST"),
]


@pytest.fixture(autouse=True)
def fresh_counter(db):
    cache.delete(interruption.COUNTER)
    yield
    cache.delete(interruption.COUNTER)


def step_on(day, at, zone, people):
    """On the day of its window, which may be a Sunday. Approved long ago."""
    start = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    upgrade = factories.upgrade(time_zone=zone, country="", subdivision="")
    milestone = factories.milestone(upgrade, start=start, end=start + HOUR)
    step = factories.step(milestone, offset=0, unit=Unit.CALENDAR_DAYS, at=at, audience={})
    early = start - timedelta(days=10)
    return factories.approved_notice(step=step, people=people, now=early, send_at=start - HOUR)


def run(moments) -> None:
    """The clock shows these, one after the other."""
    with all_clocks_at(0, tick=False) as machine:
        for moment in moments:
            machine.move_to(moment)
            clockwork.turn(now=moment)
            deliver.drain(Channel.EMAIL)


def every(step, *, since, until):
    while since <= until:
        yield since
        since += step


@pytest.mark.parametrize(("zone", "day", "at", "there"), CHANGES)
def test_each_step_goes_out_once_at_the_hour_that_the_place_has(mailserver, cai, zone, day, at, there):
    step_on(day, at, zone, [cai])

    one = datetime.combine(day, time(1), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    run(every(5 * MINUTE, since=one - 10 * MINUTE, until=one + 170 * MINUTE))

    released = Notice.objects.get().released_at.astimezone(ZoneInfo(zone))
    assert released.strftime("%H:%M %Z") == there
    assert mailserver.recipients == ["cai@example.org"]


@pytest.mark.parametrize("back", [10 * MINUTE, HOUR, 26 * HOUR])
def test_a_clock_that_is_set_back_sends_nothing_again(mailserver, cai, back):
    step_on(date(2026, 5, 6), time(9), "Europe/Berlin", [cai])
    nine = datetime(2026, 5, 6, 7, tzinfo=UTC)

    run(every(10 * MINUTE, since=nine - 10 * MINUTE, until=nine + 20 * MINUTE))
    run(every(10 * MINUTE, since=nine - back, until=nine - back + HOUR))
    run(every(10 * MINUTE, since=nine, until=nine + 30 * MINUTE))

    assert mailserver.recipients == ["cai@example.org"]


def test_a_clock_that_jumps_by_less_than_an_hour_sends_what_became_due_once(mailserver, cai):
    step_on(date(2026, 5, 6), time(9), "Europe/Berlin", [cai])
    nine = datetime(2026, 5, 6, 7, tzinfo=UTC)

    run([nine - 20 * MINUTE, nine - 10 * MINUTE, nine + 45 * MINUTE, nine + 46 * MINUTE])

    assert mailserver.recipients == ["cai@example.org"]


def test_a_clock_that_jumps_further_leaves_what_became_due_to_a_person(mailserver, cai):
    step_on(date(2026, 5, 6), time(9), "Europe/Berlin", [cai])
    nine = datetime(2026, 5, 6, 7, tzinfo=UTC)

    run([nine - 20 * MINUTE, nine - 10 * MINUTE, nine + 51 * MINUTE, nine + 52 * MINUTE])

    missed = Notice.objects.get()
    assert (missed.state, mailserver.recipients) == (NoticeState.MISSED, [])
    assert missed.reason.startswith("Nothing ran since")
