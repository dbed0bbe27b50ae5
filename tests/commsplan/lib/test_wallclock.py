from datetime import UTC, datetime

import pytest
from django import forms

from commsplan.lib import wallclock

BERLIN = "Europe/Berlin"
GAP, TWICE, PLAIN = (datetime(2026, *parts, 2, 30) for parts in ((3, 29), (10, 25), (7, 1)))


class Clock(forms.Form):
    at = wallclock.WallClockField()
    zone = wallclock.ZoneField()


@pytest.mark.parametrize("typed", ["2026-07-01T02:30", "2026-07-01 02:30", " 2026-07-01T02:30:00 "])
def test_a_typed_time_has_no_zone_yet(typed):
    form = Clock({"at": typed, "zone": BERLIN})

    assert form.is_valid()
    assert form.cleaned_data["at"] == PLAIN


@pytest.mark.parametrize("typed", ["tomorrow", "2026-02-30T10:00", "2026-07-01"])
def test_what_is_no_time_is_refused_with_an_example(typed):
    form = Clock({"at": typed, "zone": BERLIN})

    assert form.errors["at"] == ["Enter a date and a time, for example 2026-03-29 02:30."]


def test_ordinary_times_need_no_explanation():
    assert wallclock.understood(PLAIN, zone=BERLIN) == ""


def test_a_time_that_does_not_exist_says_what_was_understood():
    assert wallclock.read(GAP, zone=BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert wallclock.understood(GAP, zone=BERLIN) == (
        "The clocks go forward: 02:30 does not exist on that day, so it was taken as "
        "Sunday 29 March 2026, 03:30 Europe/Berlin (CEST)."
    )


def test_a_time_that_occurs_twice_says_that_the_first_one_was_taken():
    assert wallclock.understood(TWICE, zone=BERLIN) == (
        "The clocks go back: 02:30 occurs twice on that day; the first one was taken, "
        "Sunday 25 October 2026, 02:30 Europe/Berlin (CEST)."
    )


def test_saving_what_was_shown_changes_nothing_even_in_the_hour_that_occurs_twice():
    second = datetime(2026, 10, 25, 1, 30, 45, tzinfo=UTC)
    shown = wallclock.show(second, zone=BERLIN)

    assert shown == TWICE
    assert wallclock.read(shown, zone=BERLIN, stored=second) == second
    assert wallclock.read(shown, zone=BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_stored_zone_of_an_old_name_stays_a_choice():
    field = Clock(initial={"zone": "US/Eastern"})["zone"]

    assert '<option value="US/Eastern" selected>' in str(field)
    assert Clock({"at": "2026-07-01T02:30", "zone": "US/Eastern"}).is_valid()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_what_is_no_zone_is_refused(zone):
    assert "zone" in Clock({"at": "2026-07-01T02:30", "zone": zone}).errors


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "1969-12-31T23:59", "9999-12-31T23:59"])
def test_a_year_that_no_clock_can_show_everywhere_is_refused(typed):
    with pytest.raises(forms.ValidationError, match="between 1970 and 2200"):
        wallclock.WallClockField().clean(typed)
