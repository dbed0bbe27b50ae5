from datetime import UTC, date, datetime, time, timedelta

import pytest

from notices.enums import NoticeKind, NoticeState, Unit
from notices.models import Notice
from notices.pipeline import schedule
from notices.pipeline.schedule import Place
from tests import factories
from tests.factories import NOW
from upgrades.enums import Phase, Status
from upgrades.models import Milestone

BERLIN = Place("Europe/Berlin", schedule.business_days("DE", "BE"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment(anchor, offset, unit=Unit.CALENDAR_DAYS, when="09:00", place=BERLIN):
    return schedule.moment(at(anchor), offset, unit=unit, at=when and time.fromisoformat(when), place=place)


def test_nine_o_clock_stays_nine_o_clock_across_the_change_to_summer_time():
    assert moment("2026-03-30T04:00+02:00", -4) == at("2026-03-26T09:00+01:00")
    assert moment("2026-03-24T04:00+01:00", 7) == at("2026-03-31T09:00+02:00")


def test_a_time_that_does_not_exist_moves_forward_by_the_gap():
    assert moment("2026-03-29T12:00+02:00", 0, when="02:30") == at("2026-03-29T03:30+02:00")


def test_a_time_that_occurs_twice_is_the_first_one():
    assert moment("2026-10-25T12:00+01:00", 0, when="02:30") == at("2026-10-25T02:30+02:00")


def test_minutes_are_exact_even_across_the_gap():
    assert moment("2026-03-29T04:00+02:00", -120, Unit.MINUTES, when=None) == at("2026-03-29T01:00+01:00")


def test_business_days_skip_weekends_and_public_holidays():
    friday_before_easter, easter_monday = date(2026, 4, 3), date(2026, 4, 6)
    assert not BERLIN.is_business_day(friday_before_easter)
    assert not BERLIN.is_business_day(easter_monday)

    assert moment("2026-04-08T02:00+02:00", -3, Unit.BUSINESS_DAYS) == at("2026-04-01T09:00+02:00")
    assert moment("2026-04-02T02:00+02:00", 1, Unit.BUSINESS_DAYS) == at("2026-04-07T09:00+02:00")


def test_a_window_on_sunday_has_its_first_business_day_before_on_friday():
    assert moment("2026-03-15T02:00+01:00", -1, Unit.BUSINESS_DAYS) == at("2026-03-13T09:00+01:00")


def test_the_day_of_the_window_is_its_day_whether_anybody_works_or_not():
    assert moment("2026-03-15T02:00+01:00", 0, Unit.BUSINESS_DAYS) == at("2026-03-15T09:00+01:00")
    assert moment("2026-03-15T02:00+01:00", 0) == at("2026-03-15T09:00+01:00")


def test_calendar_days_that_end_on_a_weekend_move_to_the_business_day_before():
    assert moment("2026-03-30T02:00+02:00", -8) == at("2026-03-20T09:00+01:00")


def test_but_never_back_onto_the_day_they_are_counted_from():
    friday = "2026-03-13T02:00+01:00"

    assert moment(friday, 1) == at("2026-03-16T09:00+01:00")
    assert moment(friday, 8) == at("2026-03-20T09:00+01:00")


@pytest.mark.parametrize("place", [("", ""), ("XX", ""), ("DE", "nowhere")])
def test_where_nobody_knows_the_holidays_monday_to_friday_are_business_days(place):
    is_business_day = schedule.business_days(*place)

    assert [is_business_day(date(2026, 3, day)) for day in (6, 7, 8, 9)] == [True, False, False, True]


def test_the_day_is_the_day_at_the_place_not_in_utc(db):
    upgrade = factories.upgrade(time_zone="Pacific/Auckland", country="")
    milestone = factories.milestone(upgrade, start=at("2026-03-17T22:00+13:00"))
    step = factories.step(milestone, offset=-1, at=time(8))

    assert schedule.due_at(step) == at("2026-03-16T08:00+13:00")


def step_notice(**fields):
    """In two weeks less five business days."""
    step = factories.step()
    make = factories.approved_notice if fields.pop("approved", True) else factories.notice
    return make(step=step, send_at=schedule.due_at(step), **fields)


def move(notice, **delta):
    milestone = notice.milestone
    Milestone.objects.filter(pk=milestone.pk).update(
        start=milestone.start + timedelta(**delta), end=milestone.end + timedelta(**delta)
    )


def state_of(notice):
    notice.refresh_from_db()
    return notice.state


def test_refresh_changes_nothing_when_nothing_differs(db, django_assert_num_queries):
    step_notice()

    with django_assert_num_queries(3):
        assert schedule.refresh(now=NOW) == 0


def test_refresh_asks_as_much_for_three_notices_as_for_one(db, django_assert_num_queries):
    notices = [step_notice() for _ in range(3)]
    for notice in notices:
        move(notice, days=7)

    with django_assert_num_queries(7):
        assert schedule.refresh(now=NOW) == 3
    assert schedule.refresh(now=NOW) == 0


def test_a_moved_milestone_moves_its_notice_on_the_wall_clock(db):
    notice = step_notice()
    before = notice.send_at

    move(notice, days=28)  # over the change to summer time
    schedule.refresh(now=NOW)

    notice.refresh_from_db()
    assert (before, notice.send_at) == (at("2026-03-09T09:00+01:00"), at("2026-04-02T09:00+02:00"))


def test_what_is_moved_into_the_past_is_missed_and_says_why(db):
    notice = step_notice()

    move(notice, days=-10)
    schedule.refresh(now=NOW)

    assert state_of(notice) == NoticeState.MISSED
    assert notice.reason == (
        "A change of the plan moved it into the past: Friday 27 February 2026, 09:00 Europe/Berlin (CET)."
    )
    assert list(Notice.objects.due(NOW)) == []


def test_what_simply_becomes_due_is_due(db):
    notice = step_notice()

    schedule.refresh(now=notice.send_at)
    schedule.mark_missed(now=notice.send_at)

    assert list(Notice.objects.due(notice.send_at)) == [notice]


def test_what_was_missed_and_gets_a_time_to_come_waits_for_a_person(db):
    notice = step_notice()
    move(notice, days=-10)
    schedule.refresh(now=NOW)

    move(notice, days=10)
    schedule.refresh(now=NOW)

    assert state_of(notice) == NoticeState.IN_REVIEW
    assert notice.approved_by is None


def test_a_notice_without_step_keeps_the_time_somebody_gave_it(db):
    notice = factories.approved_notice()

    move(notice, days=7)
    schedule.refresh(now=NOW)

    assert Notice.objects.get().send_at == notice.send_at


def test_a_released_notice_is_left_alone(db, cai):
    step = factories.step()
    notice = factories.released_notice(step=step, people=[cai])

    move(notice, days=7)
    schedule.refresh(now=NOW)

    assert state_of(notice) == NoticeState.RELEASED
    assert notice.send_at == NOW


def test_a_zone_that_is_no_zone_stops_only_its_own_notices(db):
    lost, fine = step_notice(), step_notice()
    type(lost.upgrade).objects.filter(pk=lost.upgrade.pk).update(time_zone="Europe/Atlantis")
    move(fine, days=7)

    schedule.refresh(now=NOW)

    lost.refresh_from_db()
    fine.refresh_from_db()
    assert fine.send_at == at("2026-03-16T09:00+01:00")
    assert lost.reason.startswith("Its time could not be worked out")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("milestone", "The milestone was cancelled."),
        ("upgrade", "The upgrade was cancelled."),
        ("step", "The plan step was ticked off as done."),
    ],
)
def test_what_has_become_pointless_is_cancelled_with_the_reason(db, ana, change, reason):
    notice = step_notice()
    if change == "milestone":
        Milestone.objects.update(status=Status.CANCELLED)
    elif change == "upgrade":
        type(notice.upgrade).objects.update(phase=Phase.CANCELLED)
    else:
        type(notice.step).objects.update(done_at=NOW, done_by=ana)

    schedule.refresh(now=NOW)

    assert (state_of(notice), notice.reason) == (NoticeState.CANCELLED, reason)


def test_the_notice_that_says_it_is_cancelled_still_goes_out(db):
    notice = step_notice(kind=NoticeKind.CANCELLED)
    Milestone.objects.update(status=Status.CANCELLED)

    schedule.refresh(now=NOW)

    assert state_of(notice) == NoticeState.APPROVED


def test_an_hour_late_is_still_sent_and_more_is_missed(db):
    notice = factories.approved_notice(kind=NoticeKind.PROGRESS)

    schedule.mark_missed(now=notice.send_at + timedelta(minutes=59, seconds=59))
    assert state_of(notice) == NoticeState.APPROVED

    schedule.mark_missed(now=notice.send_at + timedelta(minutes=60))
    assert (state_of(notice), notice.reason) == (NoticeState.MISSED, "It was more than an hour late.")


def test_an_announcement_is_too_late_when_the_window_is_over(db):
    milestone = factories.milestone(start=NOW - timedelta(hours=4), end=NOW)
    kinds = [NoticeKind.REMINDER, NoticeKind.COMPLETED]
    reminder, completed = [factories.approved_notice(milestone, kind=kind, send_at=NOW) for kind in kinds]

    schedule.mark_missed(now=NOW)

    assert (state_of(reminder), reminder.reason) == (NoticeState.MISSED, "It was too late to be useful.")
    assert state_of(completed) == NoticeState.APPROVED


def test_its_own_expiry_beats_the_window(db):
    notice = factories.approved_notice(kind=NoticeKind.NEWS, expires_at=NOW, send_at=NOW)

    schedule.mark_missed(now=NOW)

    assert state_of(notice) == NoticeState.MISSED


@pytest.mark.parametrize("state", [NoticeState.DRAFT, NoticeState.IN_REVIEW])
def test_what_nobody_approved_in_time_is_missed(db, state):
    notice = factories.notice(state=state)

    schedule.mark_missed(now=notice.send_at - timedelta(seconds=1))
    assert state_of(notice) == state

    schedule.mark_missed(now=notice.send_at)
    assert (state_of(notice), notice.reason) == (NoticeState.MISSED, "It was not approved in time.")


def test_a_draft_without_a_time_waits(db):
    notice = factories.notice(send_at=None)

    schedule.mark_missed(now=NOW)

    assert state_of(notice) == NoticeState.DRAFT


def test_times_are_stored_in_utc():
    assert moment("2026-03-15T02:00+01:00", 0).tzinfo == UTC
