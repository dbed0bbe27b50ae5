from datetime import date

import pytest

from engagement import rhythm
from engagement.enums import Rhythm
from engagement.rhythm import Repeat


def kept(first: date, every: str, **more) -> list[date]:
    return rhythm.dates(first, Repeat(every=every, **more)).kept


def test_weeks_are_counted():
    assert kept(date(2026, 3, 2), Rhythm.WEEK, count=3) == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    assert kept(date(2026, 3, 2), Rhythm.TWO_WEEKS, count=2) == [date(2026, 3, 2), date(2026, 3, 16)]


def test_a_month_keeps_the_weekday_of_the_month():
    second_tuesdays = [date(2026, 12, 8), date(2027, 1, 12), date(2027, 2, 9)]
    assert kept(date(2026, 12, 8), Rhythm.MONTH, count=3) == second_tuesdays


def test_the_fifth_weekday_is_the_last_one_where_a_month_has_only_four():
    fifth_fridays = kept(date(2026, 1, 30), Rhythm.MONTH, count=4)
    assert fifth_fridays == [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 27), date(2026, 4, 24)]
    assert kept(date(2026, 5, 29), Rhythm.QUARTER, count=2) == [date(2026, 5, 29), date(2026, 8, 28)]


def test_it_ends_on_the_last_day_or_with_the_number_whichever_is_first():
    assert len(kept(date(2026, 3, 2), Rhythm.WEEK, until=date(2026, 3, 16))) == 3
    assert len(kept(date(2026, 3, 2), Rhythm.WEEK, until=date(2026, 3, 16), count=2)) == 2


def test_there_are_never_more_than_sixty():
    dates = rhythm.dates(date(2026, 3, 2), Repeat(every=Rhythm.WEEK, until=date(2040, 1, 1)))
    assert (len(dates.kept), dates.is_cut) == (rhythm.MOST, True)


def test_what_is_left_out_is_named_and_not_counted():
    easter_monday = date(2026, 4, 6)

    def why(day):
        return "Easter Monday" if day == easter_monday else ""

    dates = rhythm.dates(date(2026, 3, 30), Repeat(every=Rhythm.WEEK, count=2, leaves_out=why))

    assert dates.kept == [date(2026, 3, 30), date(2026, 4, 13)]
    assert dates.left_out == [(easter_monday, "Easter Monday")]


def test_when_every_day_is_left_out_it_comes_to_an_end():
    repeat = Repeat(every=Rhythm.WEEK, count=5, leaves_out=lambda day: "closed")
    assert rhythm.dates(date(2026, 3, 2), repeat).kept == []


@pytest.mark.parametrize("every", Rhythm.values)
def test_the_first_is_the_day_itself(every):
    assert rhythm.nth(date(2026, 1, 31), every, 0) == date(2026, 1, 31)
