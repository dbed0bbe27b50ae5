"""What hangs on a window moves with it, as far as somebody says so."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories import NOW, milestone, upgrade
from upgrades import moving_along
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def at(day: int, hour: int = 2, *, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


@pytest.fixture
def of():
    return upgrade("Mail migration", time_zone="Europe/Berlin", country="DE", subdivision="BE")


@pytest.fixture
def window(of) -> Milestone:
    """Saturday 9 May, 02:00."""
    kind = MilestoneKind.GO_LIVE
    return milestone(of, name="Go-live", kind=kind, start=at(9), end=at(9, 6), action_deadline=at(8, 17), action="Save")


@pytest.fixture
def decision(of) -> Milestone:
    """Wednesday 6 May, 14:00."""
    return milestone(of, name="Go/no-go", kind=MilestoneKind.DECISION, start=at(6, 14), end=at(6, 15))


def found(window: Milestone, start: datetime, *, now=NOW) -> dict:
    rows = moving_along.of(window, start, others=moving_along.others_of(window), now=now)
    return {one.name: one for one in rows}


def after(window: Milestone, start: datetime, **more) -> dict:
    return {name: one.after.astimezone(BERLIN) for name, one in found(window, start, **more).items() if one.after}


def test_a_week_later_takes_deadline_and_decision_a_week_later(window, decision):
    assert after(window, at(16)) == {"Go/no-go": at(13, 14), "Deadline of what people must do": at(15, 17)}
    assert found(window, at(16))["Go/no-go"].values == {"start": at(13, 14), "end": at(13, 15)}


def test_what_was_on_a_business_day_goes_back_to_one(window, decision):
    moved = after(window, at(11))  # Monday: the deadline would be a Sunday, the decision a Friday

    assert moved == {"Go/no-go": at(8, 14), "Deadline of what people must do": at(8, 17)}
    assert after(window, at(15))["Deadline of what people must do"] == at(13, 17)  # 14 May 2026 is Ascension Day


def test_what_was_on_a_free_day_may_be_on_one(window, of):
    milestone(of, name="Data freeze", kind=MilestoneKind.STEP, start=at(2, 8), end=None)  # a Saturday

    assert after(window, at(16))["Data freeze"] == at(9, 8)


def test_the_clock_on_the_wall_stays_where_the_clocks_change(of):
    one = milestone(of, start=datetime(2026, 3, 28, 1, tzinfo=UTC), end=None, action_deadline=at(27, 17, month=3))

    moved = found(one, at(4, 2, month=4))["Deadline of what people must do"]

    assert moved.before == datetime(2026, 3, 27, 16, tzinfo=UTC)
    assert moved.after == datetime(2026, 4, 2, 15, tzinfo=UTC)  # Thursday: 3 April is Good Friday


def test_a_decision_into_the_hour_that_does_not_exist_is_said_as_the_next_one(of):
    one = milestone(of, start=at(22, 4, month=3), end=None)
    milestone(of, name="Freeze", kind=MilestoneKind.STEP, start=at(22, 2, month=3), end=None)

    assert after(one, at(29, 4, month=3))["Freeze"] == at(29, 3, month=3)


def test_only_what_lies_between_the_previous_window_and_this_one_hangs_on_it(window, decision, of):
    milestone(of, name="Pilot", kind=MilestoneKind.WINDOW, start=at(2), end=at(2, 6))
    milestone(of, name="Decision about the pilot", kind=MilestoneKind.DECISION, start=at(1, 10), end=None)
    milestone(of, name="Review", kind=MilestoneKind.DECISION, start=at(12, 10), end=None)
    milestone(of, name="Called off", kind=MilestoneKind.DECISION, start=at(7, 10), end=None, status=Status.CANCELLED)
    milestone(of, name="Made", kind=MilestoneKind.DECISION, start=at(7, 10), end=None, status=Status.COMPLETED)
    milestone(name="Of another upgrade", kind=MilestoneKind.DECISION, start=at(7, 10), end=None)

    assert set(found(window, at(16))) == {"Go/no-go", "Deadline of what people must do"}


def test_a_window_that_was_cancelled_is_no_previous_one(window, of):
    milestone(of, name="Pilot", kind=MilestoneKind.WINDOW, start=at(2), end=at(2, 6), status=Status.CANCELLED)
    milestone(of, name="Go/no-go", kind=MilestoneKind.DECISION, start=at(1, 10), end=None)

    assert "Go/no-go" in found(window, at(16))


def test_a_decision_takes_no_other_decision_along(decision, of):
    milestone(of, name="Earlier", kind=MilestoneKind.STEP, start=at(5), end=None)

    assert found(decision, at(13)) == {}


def test_what_is_far_off_is_offered_and_not_usual(window, of):
    milestone(of, name="Kick-off", kind=MilestoneKind.STEP, start=at(9) - 15 * DAY, end=None)
    milestone(of, name="Freeze", kind=MilestoneKind.STEP, start=at(9) - 14 * DAY, end=None)

    moved = found(window, at(16))

    assert (moved["Kick-off"].is_usual, moved["Freeze"].is_usual) == (False, True)


def test_what_is_over_stays_and_what_would_be_over_is_said(window, decision):
    early = found(window, at(7), now=at(4, 17))
    assert (early["Go/no-go"].is_past, early["Go/no-go"].is_usual) == (True, False)

    assert set(found(window, at(16), now=at(7))) == {"Deadline of what people must do"}


def test_a_deadline_after_the_start_hangs_on_nothing(window):
    window.action_deadline = at(10)

    assert found(window, at(16)) == {}


def test_all_that_was_chosen_is_changed_with_one_reason_and_taken_back_at_once(window, decision, of):
    stays = milestone(of, name="Freeze", kind=MilestoneKind.STEP, start=at(7), end=None)
    keys = [f"{window.pk}-deadline", f"{window.pk}-{decision.pk}"]
    Milestone.objects.filter(pk=decision.pk).update(change_reason="The vendor is late.")

    changes = moving_along.change(window, start=at(16), end=at(16, 6), along=keys, reason="Examinations.", now=NOW)

    moved = {one.name: one for one in Milestone.objects.all()}
    assert (moved["Go-live"].start, moved["Go-live"].action_deadline) == (at(16), at(15, 17))
    assert moved["Go/no-go"].start == at(13, 14)
    assert {one.change_reason for one in moved.values()} == {"Examinations.", ""}
    assert moved["Freeze"].start == stays.start

    moving_along.move_back(moving_along.kept(changes))

    back = {one.name: one for one in Milestone.objects.all()}
    assert (back["Go-live"].start, back["Go-live"].end) == (at(9), at(9, 6))
    assert (back["Go-live"].action_deadline, back["Go/no-go"].start) == (at(8, 17), at(6, 14))
    assert back["Go/no-go"].change_reason == "The vendor is late."
    assert (back["Go-live"].sequence, back["Go/no-go"].sequence) == (2, 2)  # calendars saw the new places


@pytest.mark.parametrize("changed", [{"action_deadline": at(14, 12)}, {"status": Status.IN_PROCESS}])
def test_what_was_changed_since_keeps_all_of_it(window, decision, changed):
    keys = [f"{window.pk}-deadline", f"{window.pk}-{decision.pk}"]
    changes = moving_along.change(window, start=at(16), end=at(16, 6), along=keys, now=NOW)
    rows = moving_along.kept(changes)
    moving_along.change(Milestone.objects.select_related("upgrade").get(pk=window.pk), now=NOW, **changed)

    with pytest.raises(moving_along.ChangedSince):
        moving_along.move_back(rows)

    decision.refresh_from_db()
    assert decision.start == at(13, 14)


def test_a_deadline_that_is_typed_is_not_moved_on_top(window):
    keys = [f"{window.pk}-deadline"]

    moving_along.change(window, start=at(16), end=at(16, 6), action_deadline=at(12), along=keys, now=NOW)

    window.refresh_from_db()
    assert window.action_deadline == at(12)


def test_nothing_moves_along_where_the_start_stays(window, decision):
    keys = [f"{window.pk}-deadline", f"{window.pk}-{decision.pk}"]

    changes = moving_along.change(window, end=at(9, 8), along=keys, now=NOW)

    assert [one.milestone.name for one in changes] == ["Go-live"]
    decision.refresh_from_db()
    assert decision.start == at(6, 14)
