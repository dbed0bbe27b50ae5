"""Which words are taken for a date or a time, and which are not."""

from datetime import date, time

import pytest

from notices.lint.said import moments


@pytest.mark.parametrize(
    ("text", "language", "day", "month", "year", "weekday"),
    [
        ("on Sat 3 May 2026", "en", 3, 5, 2026, 5),
        ("on Saturday, 3rd of May", "en", 3, 5, None, 5),
        ("on May 3, 2026", "en", 3, 5, 2026, None),
        ("from Sunday, March 29 on", "en", 29, 3, None, 6),
        ("am 3.5.2026", "de", 3, 5, 2026, None),
        ("am Sonntag, den 3. Mai 2026", "de", 3, 5, 2026, 6),
        ("So 29.03.2026", "de", 29, 3, 2026, 6),
        ("am 3.5. geht", "de", 3, 5, None, None),
        ("le 3 mai", "fr", 3, 5, None, None),
        ("dimanche 1er février 2026", "fr", 1, 2, 2026, 6),
        ("dim. 29/03/2026", "fr", 29, 3, 2026, 6),
        ("2026-05-03", "en", 3, 5, 2026, None),
    ],
)
def test_a_date(text, language, day, month, year, weekday):
    found = moments.days(text, language)

    assert [(one.day, one.month, one.year, one.weekday) for one in found] == [(day, month, year, weekday)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("you may 3 times", "en"),
        ("version 3.5.2 of it", "de"),
        ("Version 3.5. ist da", "de"),
        ("03/05/2026", "en"),
        ("31 February", "en"),
        ("call 030 12345", "en"),
        ("room 12, May", "en"),
    ],
)
def test_no_date(text, language):
    assert moments.days(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "at"),
    [
        ("at 02:00 on", "en", time(2)),
        ("at 2 a.m. sharp", "en", time(2)),
        ("by 5:30pm", "en", time(17, 30)),
        ("12 a.m.", "en", time(0)),
        ("um 14 Uhr", "de", time(14)),
        ("um 14.30 Uhr", "de", time(14, 30)),
        ("à 14h30", "fr", time(14, 30)),
        ("à 8 h le matin", "fr", time(8)),
    ],
)
def test_a_time(text, language, at):
    assert [one.at for one in moments.clocks(text, language)] == [at]


@pytest.mark.parametrize(
    ("text", "language"),
    [("for 2 hours", "en"), ("10:15:30", "en"), ("pendant 2 h", "fr"), ("in 25:00", "en"), ("16:9", "en")],
)
def test_no_time(text, language):
    assert moments.clocks(text, language) == []


def test_a_day_without_a_year_is_the_nearest_one():
    (day,) = moments.days("3 January", "en")

    assert day.near(date(2026, 12, 20)) == date(2027, 1, 3)
    assert day.near(date(2026, 2, 1)) == date(2026, 1, 3)
