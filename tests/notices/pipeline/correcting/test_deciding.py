"""When a correction goes out, by when it has to be there, and how it gets there. Berlin: 9 to 17, UTC+1 in winter."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notices.pipeline.correcting import deciding
from notices.pipeline.correcting.deciding import Moment, Planned, Waits, Way, carried, way_to
from notices.pipeline.schedule.when import Place, business_days

BERLIN = Place("Europe/Berlin", business_days("DE", "BE"))
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # nine in the morning
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def judge(told, current, *, now=MONDAY, began=None, last=None, waits=None):
    return deciding.judge(
        [Moment(told, current)],
        began=began or now,
        last_change=last or began or now,
        waits=waits or Waits(),
        place=BERLIN,
        now=now,
    )


def test_it_waits_ten_minutes_after_the_last_change_and_at_most_an_hour_after_the_first():
    later = MONDAY + 14 * DAY
    for last, ready in [(0, 10), (5, 15), (50, 60), (55, 60)]:
        verdict = judge(later, later + DAY, began=MONDAY, last=MONDAY + last * MINUTE, now=MONDAY + last * MINUTE)
        assert verdict.ready == MONDAY + ready * MINUTE


def test_what_nobody_changed_waits_for_nothing():
    verdict = deciding.judge([], began=None, last_change=None, waits=Waits(), place=BERLIN, now=MONDAY)

    assert verdict.ready == MONDAY


@pytest.mark.parametrize(
    ("told", "current", "is_urgent", "wait"),
    [
        (14 * DAY, 15 * DAY, False, 10),
        (23 * HOUR, 30 * HOUR, True, 2),  # less than a day to what they were told
        (24 * HOUR, 30 * HOUR, False, 10),
        (-HOUR, 9 * DAY, True, 2),  # they believe that it has begun
        (15 * DAY, 14 * DAY, False, 2),  # earlier, and far: at the next working hour
        (15 * DAY, 7 * DAY, True, 2),  # earlier, within five business days
        (15 * DAY, 8 * DAY, False, 2),
    ],
)
def test_how_urgent_it_is(told, current, is_urgent, wait):
    verdict = judge(MONDAY + told, MONDAY + current)

    assert (verdict.is_urgent, verdict.ready) == (is_urgent, MONDAY + wait * MINUTE)


def test_quiet_hours_hold_for_all_but_the_urgent():
    evening = MONDAY + 11 * HOUR
    assert judge(MONDAY + 14 * DAY, MONDAY + 15 * DAY, now=evening).due == MONDAY + DAY
    assert judge(MONDAY + DAY, MONDAY + 3 * DAY, now=evening).due == evening + 2 * MINUTE


def test_it_does_not_wait_for_working_hours_until_it_is_too_late():
    friday = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    monday_morning = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)

    assert judge(monday_morning, monday_morning + 2 * DAY, now=friday).due == monday_morning - DAY


def test_the_deadline_is_four_working_hours_in_the_last_week_else_a_business_day():
    assert judge(MONDAY + 4 * DAY, MONDAY + 5 * DAY).deadline == MONDAY + 4 * HOUR + 10 * MINUTE
    assert judge(MONDAY + 14 * DAY, MONDAY + 15 * DAY).deadline == MONDAY + DAY + 10 * MINUTE
    afternoon = MONDAY + 6 * HOUR  # two hours are left
    assert judge(MONDAY + 4 * DAY, MONDAY + 5 * DAY, now=afternoon).deadline == MONDAY + DAY + 2 * HOUR + 10 * MINUTE
    assert judge(MONDAY + HOUR, MONDAY + DAY).deadline == MONDAY + 2 * MINUTE


def test_weekends_and_holidays_of_the_place_are_no_days_of_work():
    before_easter = datetime(2026, 4, 2, 16, 0, tzinfo=UTC)  # Thursday at six; Friday and Monday are holidays

    assert deciding.working_time(before_easter, BERLIN) == datetime(2026, 4, 7, 7, 0, tzinfo=UTC)  # summer time by then


def test_working_hours_go_on_after_a_night_across_a_clock_change():
    friday = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # an hour is left; on Sunday clocks go forward

    assert deciding.after_work(friday, 4 * HOUR, BERLIN) == datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
    assert deciding.next_business_day(friday, BERLIN) == datetime(2026, 3, 30, 14, 0, tzinfo=UTC)


def test_planned_notices_carry_a_correction_only_if_they_say_all_of_it_in_time():
    start, end = Planned(frozenset({"m.start"}), {1: MONDAY}), Planned(frozenset({"m.end"}), {1: MONDAY + HOUR})

    assert carried(1, ["m.start"], [start], by=MONDAY)
    assert not carried(2, ["m.start"], [start], by=MONDAY)
    assert not carried(1, ["m.start", "m.end"], [start, end], by=MONDAY)
    assert carried(1, ["m.start", "m.end"], [start, end], by=MONDAY + HOUR)


def test_the_way_is_the_one_by_which_they_were_told_then_the_next():
    mail, chat = Way("email", "A@example.org"), Way("chat")

    assert way_to([mail, chat], tried=(), told_by="chat") == chat
    assert way_to([mail, chat], tried=(), told_by="talk", preferred="chat") == chat
    assert way_to([mail, chat], tried=[("email", "a@example.org")], told_by="email") == chat
    assert way_to([Way("email", why_not="no address"), chat], tried=(), told_by="email") == chat
    assert way_to([mail], tried=[("email", "a@example.org")], told_by="email") is None


def test_a_channel_that_is_down_is_the_last_resort():
    mail, chat = Way("email", "a@example.org", is_down=True), Way("chat", is_refused=True)

    assert way_to([mail, chat], tried=(), told_by="email") == chat
    assert way_to([mail], tried=(), told_by="email") == mail


def test_days_are_counted_at_the_place():
    assert deciding.business_days_until(MONDAY + 4 * DAY, now=MONDAY, place=BERLIN) == 4
    assert deciding.business_days_until(MONDAY + 7 * DAY, now=MONDAY, place=BERLIN) == 5
    assert date(2026, 3, 2).weekday() == 0
