"""When a step is due: turns of a cadence, and the clocks of readers. Without a database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commsplan.lib.time import zones
from notices.enums import Clock, Event, Trigger, Unit
from notices.models import PlanStep
from notices.pipeline import schedule
from notices.pipeline.schedule import when
from upgrades.enums import Status
from upgrades.models import Milestone, Upgrade

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = 4


def cadence(*, weekdays=(FRIDAY,), at=time(16), every_weeks=1, zone="Europe/Berlin", **milestone) -> PlanStep:
    upgrade = Upgrade(name="Mail", time_zone=zone)
    start = datetime(2026, 10, 5, 8, tzinfo=UTC)
    hung_on = Milestone(upgrade=upgrade, **{"start": start, "end": start + timedelta(days=28)} | milestone)
    return PlanStep(
        upgrade=upgrade,
        milestone=hung_on,
        trigger=Trigger.CADENCE,
        weekdays=list(weekdays),
        every_weeks=every_weeks,
        at=at,
    )


def test_every_friday_at_four_on_the_wall_across_the_clock_change():
    found = when.turns(cadence())

    assert [at.astimezone(BERLIN).strftime("%a %d %b %H:%M") for at in found] == [
        "Fri 09 Oct 16:00",
        "Fri 16 Oct 16:00",
        "Fri 23 Oct 16:00",
        "Fri 30 Oct 16:00",
    ]
    assert [at.hour for at in found] == [14, 14, 14, 15]


def test_the_day_of_the_start_counts_when_the_hour_is_still_to_come():
    friday = datetime(2026, 10, 9, 12, tzinfo=UTC)

    early = when.occurrences(cadence(), start=friday, end=friday + timedelta(days=1))
    late = when.occurrences(cadence(), start=friday + timedelta(hours=3), end=friday + timedelta(days=1))

    assert (early, late) == ([datetime(2026, 10, 9, 14, tzinfo=UTC)], [])


def test_every_other_week_is_counted_from_the_week_of_the_start():
    found = when.turns(cadence(weekdays=(0, FRIDAY), every_weeks=2, start=datetime(2026, 10, 7, 8, tzinfo=UTC)))

    assert [at.date().day for at in found] == [9, 19, 23]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED])
def test_what_is_over_early_has_no_turn_left(status):
    assert when.turns(cadence(status=status)) == []


def test_a_single_moment_is_its_own_only_turn():
    moment = datetime(2026, 10, 9, 14, tzinfo=UTC)

    assert when.turns(cadence(start=moment, end=None)) == [moment]


def test_a_step_that_waits_for_something_has_no_time():
    assert when.due_at(PlanStep(trigger=Trigger.EVENT, event=Event.CANCELLED, unit=Unit.MINUTES)) is None


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


@given(
    start=MOMENTS,
    length=st.timedeltas(timedelta(minutes=1), timedelta(days=120)),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    every=st.integers(1, 5),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(zones()),
)
def test_turns_lie_in_the_window_on_their_days_and_at_most_one_a_day(start, length, weekdays, every, at, zone):
    place = ZoneInfo(zone)
    step = cadence(weekdays=weekdays, every_weeks=every, at=at, zone=zone)

    found = when.occurrences(step, start=start, end=start + length)

    assert found == sorted(found)
    assert all(start <= one <= start + length for one in found)
    days = [one.astimezone(place).date() for one in found]
    assert len(set(days)) == len(days)
    assert {day.weekday() for day in days} <= weekdays
    monday = start.astimezone(place).date() - timedelta(days=start.astimezone(place).weekday())
    assert {(day - monday).days // 7 % every for day in days} <= {0}


@given(start=MOMENTS, length=st.timedeltas(timedelta(days=8), timedelta(days=90)), cut=st.floats(0, 1))
def test_a_longer_window_only_adds_turns(start, length, cut):
    step = cadence(weekdays=(1, 3))

    shorter = when.occurrences(step, start=start, end=start + length * cut)
    whole = when.occurrences(step, start=start, end=start + length)

    assert whole[: len(shorter)] == shorter


def test_the_next_turn_is_later_and_on_another_day():
    step = cadence(weekdays=range(7))
    first, second, third = when.turns(step)[:3]

    assert when.next_turn(step, after=first) == second
    assert when.next_turn(step, after=first - timedelta(minutes=1)) == first
    assert when.next_turn(step, after=first - timedelta(minutes=1), beyond=first.date()) == second
    assert when.next_turn(step, after=second) == third
    assert when.next_turn(step, after=step.milestone.end) is None


@given(
    day=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(zones()),
)
def test_a_local_moment_is_that_hour_there_unless_it_does_not_exist(day, at, zone):
    there = when.local_moment(day, at, zone).astimezone(ZoneInfo(zone))

    wall = datetime.combine(day, at)
    exists = datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    if exists.replace(tzinfo=None) == wall:
        assert (there.date(), there.time()) == (day, at)
    else:
        assert there.replace(tzinfo=None) > wall


def test_an_hour_that_is_left_out_moves_on_and_one_that_comes_twice_is_the_first():
    left_out = when.local_moment(date(2026, 3, 29), time(2, 30), "Europe/Berlin")
    twice = when.local_moment(date(2026, 10, 25), time(2, 30), "Europe/Berlin")

    assert left_out.astimezone(BERLIN).strftime("%H:%M %Z") == "03:30 CEST"
    assert twice.astimezone(BERLIN).strftime("%H:%M %Z") == "02:30 CEST"


def test_a_zone_that_nobody_knows_is_that_of_the_place():
    known = when.local_moment(date(2026, 3, 2), time(9), "Europe/Berlin")

    assert when.local_moment(date(2026, 3, 2), time(9), "Mars/Olympus", place="Europe/Berlin") == known
    assert when.local_moment(date(2026, 3, 2), time(9), "", place="Europe/Berlin") == known


@given(zones=st.sets(st.sampled_from(zones()), max_size=6), day=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_it_begins_where_that_hour_comes_first(zones, day):
    first = when.first_local_moment(day, time(9), zones=zones, place="Europe/Berlin")

    everywhere = [when.local_moment(day, time(9), zone) for zone in {*zones, "Europe/Berlin"}]
    assert first == min(everywhere)
    assert max(everywhere) - first <= timedelta(hours=27)


def test_a_step_in_minutes_reads_no_wall():
    assert when.reads_own_clock(PlanStep(clock=Clock.READER, unit=Unit.MINUTES, at=None)) is False
    assert when.reads_own_clock(PlanStep(clock=Clock.READER, at=time(9))) is True


def test_schedule_offers_them_to_everybody():
    assert (schedule.occurrences, schedule.local_moment) == (when.occurrences, when.local_moment)
