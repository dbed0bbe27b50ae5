from datetime import timedelta

import pytest
from django.db import IntegrityError

from tests.factories import milestone, service, site
from upgrades import rescheduling
from upgrades.enums import Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def stored(one) -> Milestone:
    return Milestone.objects.get(pk=one.pk)


def test_a_moved_milestone_keeps_its_baseline_and_counts_up():
    window = milestone()
    planned = (window.start, window.end)

    changed = rescheduling.move(window, start=window.start + WEEK, end=window.end + WEEK)

    assert changed == ["start", "end"]
    assert (stored(window).baseline_start, stored(window).baseline_end) == planned
    assert (stored(window).is_moved, stored(window).sequence, window.sequence) == (True, 1, 1)


def test_a_move_to_where_it_is_changes_nothing():
    window = milestone()

    assert rescheduling.move(window, start=window.start, end=window.end) == []
    assert stored(window).sequence == 0


def test_a_move_back_counts_up_again_because_calendars_saw_the_first_one():
    window = milestone()
    start, end = window.start, window.end
    rescheduling.move(window, start=start + WEEK, end=end + WEEK)
    rescheduling.move(window, start=start, end=end)

    assert (stored(window).is_moved, stored(window).sequence) == (False, 2)


@pytest.mark.parametrize(
    ("values", "sequence"),
    [({"status": Status.CANCELLED}, 1), ({"name": "Cut-over"}, 1), ({"effect": "Slow mail."}, 0), ({"downtime": 5}, 0)],
)
def test_only_what_a_calendar_shows_counts_up(values, sequence):
    window = milestone()

    assert rescheduling.change(window, **values) == list(values)
    assert stored(window).sequence == sequence


def test_a_change_is_compared_with_what_is_stored_not_with_a_stale_copy():
    window = milestone()
    stale = stored(window)
    rescheduling.change(window, name="Cut-over")

    assert rescheduling.change(stale, name="Cut-over") == []
    assert stale.sequence == 1


def test_an_unsaved_change_on_the_object_does_not_leak_into_the_row():
    window = milestone()
    window.effect = "never saved"

    rescheduling.change(window, downtime=7)

    assert (stored(window).effect, stored(window).downtime) == ("", 7)


def test_services_and_sites_are_changed_with_the_rest():
    mail, harbour = service(), site()
    window = milestone()

    assert rescheduling.change(window, services=[mail], sites=[harbour]) == ["services", "sites"]
    assert rescheduling.change(window, services=[mail], sites=[harbour]) == []
    assert (list(window.services.all()), list(window.sites.all())) == ([mail], [harbour])


def test_an_impossible_window_changes_nothing_at_all():
    window = milestone()

    with pytest.raises(IntegrityError, match="a_window_ends_after_it_starts"):
        rescheduling.change(window, name="Broken", end=window.start - WEEK)


def test_the_reason_of_a_change_is_kept():
    window = milestone()
    rescheduling.move(window, start=window.start + WEEK, end=window.end + WEEK, reason=" The vendor is late. ")

    assert (stored(window).change_reason, window.change_reason) == ("The vendor is late.", "The vendor is late.")


@pytest.mark.parametrize("values", [{"downtime": 5}, {"status": Status.CANCELLED}, {"action": "Log out."}])
def test_the_reason_of_an_older_change_is_not_said_for_a_new_one(values):
    window = milestone(change_reason="The vendor is late.")
    rescheduling.change(window, **values)

    assert stored(window).change_reason == ""


@pytest.mark.parametrize(
    "values", [{"status": Status.CONFIRMED}, {"name": "Cut-over"}, {"is_public": False}, {"effect": "Slow mail."}]
)
def test_what_no_correction_says_leaves_the_reason_of_the_last_change(values):
    window = milestone(change_reason="The vendor is late.", status=Status.TENTATIVE)
    rescheduling.change(window, **values)

    assert stored(window).change_reason == "The vendor is late."


def test_other_services_are_a_change_with_a_reason():
    window = milestone()
    rescheduling.change(window, services=[service()], reason="It was forgotten.")

    assert stored(window).change_reason == "It was forgotten."


def test_a_reason_may_be_given_afterwards():
    window = milestone()
    rescheduling.move(window, start=window.start + WEEK, end=window.end + WEEK)

    assert rescheduling.change(window, reason="The vendor is late.") == []
    assert (stored(window).change_reason, stored(window).sequence) == ("The vendor is late.", 1)


def test_a_change_that_no_reader_sees_has_no_reason():
    window = milestone()
    rescheduling.change(window, is_public=False, reason="Internal.")

    assert stored(window).change_reason == ""
