from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from commsplan.lib import time as said

BERLIN = "Europe/Berlin"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Sunday 1 March 2026"),
        ("de", "Sonntag, 1. März 2026"),
        ("fr", "dimanche 1er mars 2026"),
        ("xx", "Sunday 1 March 2026"),
    ],
)
def test_a_day_names_its_weekday_in_the_readers_language(language, words):
    assert said.day(date(2026, 3, 1), language=language) == words


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (BERLIN, "Europe/Berlin (CET)"),
        ("UTC", "UTC"),
        ("Asia/Dubai", "Asia/Dubai (UTC+04)"),
        ("America/Sao_Paulo", "America/Sao_Paulo (UTC-03)"),
    ],
)
def test_a_zone_is_named_with_its_abbreviation_of_that_day(zone, name):
    assert said.zone_name(utc(2026, 1, 5, 12), zone) == name


def test_a_moment_is_said_on_the_wall_clock_of_the_place():
    assert said.full(utc(2026, 3, 28, 23, 30), zone=BERLIN) == "Sunday 29 March 2026, 00:30 Europe/Berlin (CET)"
    assert said.full(utc(2026, 3, 29, 1, 0), zone=BERLIN) == "Sunday 29 March 2026, 03:00 Europe/Berlin (CEST)"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (utc(2026, 3, 1, 1), utc(2026, 3, 1, 5), "Sunday 1 March 2026, 02:00–06:00 Europe/Berlin (CET)"),
        (utc(2026, 3, 1, 1), None, "Sunday 1 March 2026, 02:00 Europe/Berlin (CET)"),
        (utc(2026, 3, 1, 1), utc(2026, 3, 1, 1), "Sunday 1 March 2026, 02:00 Europe/Berlin (CET)"),
        (
            utc(2026, 3, 1, 21),
            utc(2026, 3, 2, 1),
            "Sunday 1 March 2026, 22:00 – Monday 2 March 2026, 02:00 Europe/Berlin (CET)",
        ),
        (
            utc(2026, 3, 29, 0, 30),
            utc(2026, 3, 29, 2),
            "Sunday 29 March 2026, 01:30 Europe/Berlin (CET) – Sunday 29 March 2026, 04:00 Europe/Berlin (CEST)",
        ),
    ],
    ids=["one day", "no end", "no length", "over midnight", "over the change of clocks"],
)
def test_a_window_says_no_more_than_it_must_and_no_less(start, end, words):
    assert said.window(start, end, zone=BERLIN) == words


@pytest.mark.parametrize(
    ("minutes", "language", "words"),
    [
        (0, "en", "0 minutes"),
        (1, "en", "1 minute"),
        (150, "en", "2 hours 30 minutes"),
        (60, "de", "1 Stunde"),
        (1441, "fr", "1 jour 1 minute"),
        (2880, "de", "2 Tage"),
    ],
)
def test_a_duration_is_said_in_words(minutes, language, words):
    assert said.duration(minutes, language=language) == words


def test_a_wall_clock_time_is_that_time_on_both_sides_of_a_change_of_clocks():
    assert said.at_wall_clock(date(2026, 3, 28), time(9), zone=BERLIN) == utc(2026, 3, 28, 8)
    assert said.at_wall_clock(date(2026, 3, 29), time(9), zone=BERLIN) == utc(2026, 3, 29, 7)


def test_a_time_that_the_clocks_skip_moves_forward_by_the_gap():
    assert said.at_wall_clock(date(2026, 3, 29), time(2, 30), zone=BERLIN) == utc(2026, 3, 29, 1, 30)


def test_a_time_that_the_clocks_repeat_is_the_first_one():
    assert said.at_wall_clock(date(2026, 10, 25), time(2, 30), zone=BERLIN) == utc(2026, 10, 25, 0, 30)


def test_a_month_is_the_one_on_the_wall_of_the_place():
    assert said.month(utc(2026, 2, 28, 23, 30), zone=BERLIN) == "March 2026"
    assert said.month(utc(2026, 2, 28, 23, 30), zone="UTC", language="de") == "Februar 2026"


def test_every_zone_that_may_be_chosen_exists_once():
    zones = said.zones()

    assert all(ZoneInfo(name) for name in zones)
    assert (zones[0], len(zones)) == ("UTC", len(set(zones)))


def test_minutes_are_whole():
    assert said.minutes(timedelta(seconds=91)) == 2


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Sun 29 Mar 2026"), ("de", "So 29.03.2026"), ("fr", "dim. 29/03/2026"), ("nl", "Sun 29 Mar 2026")],
)
def test_a_day_is_short_enough_for_a_subject(language, expected):
    assert said.short_day(date(2026, 3, 29), language=language) == expected


@pytest.mark.parametrize(
    ("moment", "is_outside"),
    [
        (datetime(2026, 3, 27, 7, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 27, 6, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 27, 16, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 27, 17, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 28, 10, 0, tzinfo=UTC), True),
    ],
)
def test_people_work_from_eight_to_six_on_weekdays_of_their_place(moment, is_outside):
    assert said.is_outside_working_hours(moment, zone="Europe/Berlin") == is_outside
