"""What is said again and again: a step always has the next notice at hand, and never two."""

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from notices.enums import NoticeState, Trigger
from notices.lint import checking, gate
from notices.models import Notice, PlanStep
from notices.pipeline import approve, clockwork, outbox, schedule
from notices.pipeline.planning import cadence
from tests import factories
from tests.factories import NOW
from upgrades.enums import Phase, Status
from upgrades.models import Milestone, Upgrade

FRIDAY = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 16:00 in Berlin
WEEK = timedelta(days=7)
STARTED = NOW - timedelta(hours=1)


def turn(now: datetime) -> None:
    cadence.roll_over(now=now)
    schedule.refresh(now=now)
    approve.refresh(now=now)
    schedule.mark_missed(now=now)
    outbox.fill_due(now=now)


@pytest.fixture
def going_on(db) -> Milestone:
    """Four Fridays long."""
    return factories.milestone(start=STARTED, end=NOW + 4 * WEEK, status=Status.IN_PROCESS)


@pytest.fixture
def weekly(going_on) -> PlanStep:
    return factories.step(
        going_on, name="Weekly progress", trigger=Trigger.CADENCE, weekdays=[4], at=time(16), offset=0
    )


@pytest.fixture
def news(weekly, cai) -> Notice:
    """Needs no approval; scheduled for the first Friday."""
    made = factories.notice(step=weekly, people=[cai], send_at=None, needs_approval=False, kind="progress")
    schedule.refresh(now=NOW)
    approve.schedule(Notice.objects.get(pk=made.pk), by=made.author, now=NOW)
    made.refresh_from_db()
    return made


def next_of(step: PlanStep) -> Notice:
    return Notice.objects.get(step=step)


def test_a_new_one_gets_the_next_turn_not_one_that_is_over(weekly):
    factories.notice(step=weekly, send_at=None)

    schedule.refresh(now=FRIDAY + timedelta(minutes=1))

    assert next_of(weekly).send_at == FRIDAY + WEEK


def test_what_went_out_makes_room_for_the_next_one_that_says_the_same(weekly, news):
    turn(FRIDAY)
    turn(FRIDAY + timedelta(minutes=1))

    news.refresh_from_db()
    following = next_of(weekly)
    assert (news.state, news.step, news.occurrence_of) == (NoticeState.RELEASED, None, weekly)
    assert (following.state, following.send_at) == (NoticeState.APPROVED, FRIDAY + WEEK)
    same = ("title", "kind", "channels", "audience", "words", "needs_approval", "author_id", "milestone_id")
    assert [getattr(following, name) for name in same] == [getattr(news, name) for name in same]


def test_rolling_over_twice_makes_one(weekly, news):
    turn(FRIDAY)

    assert cadence.roll_over(now=FRIDAY + timedelta(minutes=1)) == 1
    assert cadence.roll_over(now=FRIDAY + timedelta(minutes=1)) == 0
    assert Notice.objects.count() == 2


def test_it_goes_out_on_every_turn_and_then_no_more(weekly, news, cai):
    for week in range(6):
        turn(FRIDAY + week * WEEK)
        turn(FRIDAY + week * WEEK + timedelta(minutes=1))

    released = Notice.objects.released().order_by("released_at").values_list("released_at", flat=True)
    assert list(released) == [FRIDAY, FRIDAY + WEEK, FRIDAY + 2 * WEEK, FRIDAY + 3 * WEEK - timedelta(hours=0)]
    assert Notice.objects.waiting().count() == 0
    assert all(one.messages.count() == 1 for one in Notice.objects.released())


def test_one_that_needs_approval_waits_for_it_each_time(weekly, cai, ben):
    made = factories.notice(step=weekly, people=[cai], send_at=None)
    schedule.refresh(now=NOW)
    made.refresh_from_db()
    revision = approve.submit(made, by=made.author, now=NOW)
    approve.approve(made, revision=revision, by=ben, now=NOW)

    turn(FRIDAY)
    turn(FRIDAY + timedelta(minutes=1))

    assert next_of(weekly).state == NoticeState.IN_REVIEW


def test_one_that_was_missed_as_a_draft_is_followed_by_a_draft(weekly):
    factories.notice(step=weekly, send_at=None)
    schedule.refresh(now=NOW)

    turn(FRIDAY)
    turn(FRIDAY + timedelta(minutes=1))

    assert [one.state for one in Notice.objects.order_by("pk")] == [NoticeState.MISSED, NoticeState.DRAFT]
    assert next_of(weekly).send_at == FRIDAY + WEEK


def test_one_that_somebody_cancels_leaves_its_turn_out(weekly, news, ana):
    approve.cancel(news, by=ana, reason="Nothing to say this week.", now=NOW)

    turn(NOW)

    assert (next_of(weekly).state, next_of(weekly).send_at) == (NoticeState.APPROVED, FRIDAY + WEEK)


def test_one_that_somebody_sends_early_is_not_said_again_on_its_day(weekly, news, ana):
    outbox.send_now(news, by=ana, now=NOW)

    turn(NOW + timedelta(minutes=1))

    assert next_of(weekly).send_at == FRIDAY + WEEK


def test_a_milestone_that_moves_moves_its_turns(going_on, weekly, news):
    Milestone.objects.update(start=STARTED + WEEK, end=NOW + 5 * WEEK)

    schedule.refresh(now=NOW)

    news.refresh_from_db()
    assert (news.send_at, news.state) == (FRIDAY + WEEK, NoticeState.APPROVED)


def test_one_that_is_extended_gets_more_turns(going_on, weekly, news):
    Milestone.objects.update(end=FRIDAY + timedelta(hours=1))
    turn(FRIDAY)
    turn(FRIDAY + timedelta(minutes=1))
    assert Notice.objects.waiting().count() == 0

    Milestone.objects.update(end=FRIDAY + 2 * WEEK)
    turn(FRIDAY + timedelta(minutes=2))

    assert next_of(weekly).send_at == FRIDAY + WEEK


def test_one_that_is_shortened_loses_its_turn_and_has_it_back_when_it_is_long_again(going_on, weekly, news):
    Milestone.objects.update(end=FRIDAY - timedelta(hours=1))
    turn(NOW)
    news.refresh_from_db()
    assert (news.state, news.reason) == (NoticeState.CANCELLED, "Its milestone ends before the next turn.")

    Milestone.objects.update(end=FRIDAY + WEEK)
    turn(NOW + timedelta(minutes=1))

    assert (next_of(weekly).state, next_of(weekly).send_at) == (NoticeState.APPROVED, FRIDAY)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED])
def test_what_is_over_early_is_not_reported_on_any_more(going_on, weekly, news, status):
    Milestone.objects.update(status=status)

    turn(NOW)
    turn(FRIDAY)

    assert list(Notice.objects.values_list("state", flat=True)) == [NoticeState.CANCELLED]


def test_an_upgrade_that_is_over_gets_no_more(weekly, news):
    turn(FRIDAY)
    Upgrade.objects.update(phase=Phase.COMPLETED)

    assert cadence.roll_over(now=FRIDAY + timedelta(minutes=1)) == 0


def test_one_step_that_fails_stops_no_other(going_on, weekly, news, cai):
    elsewhere = factories.milestone(start=STARTED, end=NOW + 4 * WEEK)
    broken = factories.step(elsewhere, name="Broken", trigger=Trigger.CADENCE, weekdays=[4], at=time(16))
    factories.notice(step=broken, send_at=FRIDAY, state=NoticeState.CANCELLED)
    Upgrade.objects.filter(pk=broken.upgrade_id).update(time_zone="Mars/Olympus")
    turn(FRIDAY)

    assert cadence.roll_over(now=FRIDAY + timedelta(minutes=1)) == 1


def test_a_whole_turn_of_the_clock_rolls_over(weekly, news):
    clockwork.turn(now=FRIDAY, beats=False)

    counts = clockwork.turn(now=FRIDAY + timedelta(minutes=1), beats=False).counts

    assert counts["made for their next turn"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_notice(weekly, news):
    turn(FRIDAY)
    start = threading.Barrier(4)

    def tick():
        start.wait()
        cadence.roll_over(now=FRIDAY + timedelta(minutes=1))
        connection.close()

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Notice.objects.filter(step=weekly).count() == 1
    assert Notice.objects.count() == 2


def test_what_was_paused_until_it_was_too_late_leaves_the_next_one_paused(weekly, news, ana):
    outbox.pause(news, by=ana, now=NOW, reason="Nobody knows how it goes.")
    turn(FRIDAY + timedelta(hours=2))
    turn(FRIDAY + timedelta(hours=2, minutes=1))

    following = next_of(weekly)
    assert (following.send_at, following.is_paused) == (FRIDAY + WEEK, True)
    assert following.pause_reason == "Nobody knows how it goes."

    turn(FRIDAY + WEEK)
    assert not Notice.objects.released().exists()


def test_another_hour_does_not_say_again_what_was_sent_early_or_left_out(weekly, news, ana):
    approve.cancel(news, by=ana, reason="Nothing new.", now=NOW)
    turn(NOW)
    turn(NOW)
    assert next_of(weekly).send_at == FRIDAY + WEEK

    PlanStep.objects.update(at=time(15))
    turn(NOW)

    assert next_of(weekly).send_at == FRIDAY + WEEK - timedelta(hours=1)


def test_after_months_away_each_has_one_notice_to_come_and_nothing_goes_out(weekly, going_on, news):
    Milestone.objects.update(end=NOW + 60 * WEEK)
    much_later = FRIDAY + 20 * WEEK + timedelta(minutes=5)

    for minutes in range(3):
        turn(much_later + timedelta(minutes=minutes))

    assert not Notice.objects.released().exists()
    assert [one.state for one in Notice.objects.order_by("pk")] == [NoticeState.MISSED, NoticeState.APPROVED]
    assert next_of(weekly).send_at > much_later


def test_a_turn_that_is_wrong_in_itself_stays_a_draft_that_says_why(weekly, news):
    Notice.objects.update(words=[{**one, "body": f"{one['body']}\nTBD: how long.\n"} for one in news.words])
    clockwork.turn(now=FRIDAY, beats=False)

    clockwork.turn(now=FRIDAY + timedelta(minutes=1), beats=False, demand=gate.demand_sound)

    following = next_of(weekly)
    assert (following.pk != news.pk, following.state) == (True, NoticeState.DRAFT)
    assert following.reason.startswith("The check of the plan has an error: ")


def test_what_is_wrong_elsewhere_silences_no_series(weekly, news):
    assert {error.place.kind for error in checking.check(weekly.upgrade, now=NOW).errors} - {"notice", "planstep"}
    clockwork.turn(now=FRIDAY, beats=False)

    clockwork.turn(now=FRIDAY + timedelta(minutes=1), beats=False, demand=gate.demand_sound)

    assert (next_of(weekly).state, next_of(weekly).reason) == (NoticeState.APPROVED, "")
