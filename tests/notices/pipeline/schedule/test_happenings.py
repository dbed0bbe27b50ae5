"""Notices that wait until something happens to their milestone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from notices.enums import Clock, Event, NoticeKind, NoticeState, Trigger, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import approve, outbox, schedule
from notices.pipeline.schedule import happenings
from notices.pipeline.schedule.happenings import State, happened
from tests import factories
from upgrades.enums import Impact, Phase, Status
from upgrades.models import Milestone, Upgrade

DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = factories.WORDS


def states(*rows) -> list[State]:
    """Each an hour after the one before: status, start in hours, end in hours."""
    return [
        State(DAY + number * HOUR, status, DAY + start * HOUR, DAY + end * HOUR)
        for number, (status, start, end) in enumerate(rows)
    ]


CONFIRMED, RUNNING, DONE, OFF = Status.CONFIRMED, Status.IN_PROCESS, Status.COMPLETED, Status.CANCELLED


@pytest.mark.parametrize(
    ("event", "rows", "hour"),
    [
        (Event.STARTED, [(CONFIRMED, 10, 14)], None),
        (Event.STARTED, [(CONFIRMED, 10, 14), (RUNNING, 10, 14)], 1),
        (Event.STARTED, [(CONFIRMED, 10, 14), (RUNNING, 10, 14), (DONE, 10, 14)], 1),
        (Event.STARTED, [(CONFIRMED, 10, 14), (RUNNING, 10, 14), (CONFIRMED, 10, 14)], None),
        (Event.STARTED, [(RUNNING, 10, 14), (CONFIRMED, 10, 14), (RUNNING, 10, 14)], 2),
        (Event.FINISHED, [(RUNNING, 10, 14)], None),
        (Event.FINISHED, [(RUNNING, 10, 14), (DONE, 10, 14)], 1),
        (Event.CANCELLED, [(CONFIRMED, 10, 14), (OFF, 10, 14)], 1),
        (Event.CANCELLED, [(OFF, 10, 14), (CONFIRMED, 10, 14)], None),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 11, 15)], 1),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 10.2, 15)], None),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 9.99, 14)], 1),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 10.2, 14), (CONFIRMED, 10.3, 14)], 2),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 11, 15), (CONFIRMED, 12, 16)], 1),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (CONFIRMED, 11, 15), (CONFIRMED, 10, 14)], None),
        (Event.SLIPPED, [(CONFIRMED, 10, 14), (RUNNING, 12, 16)], None),
        (Event.EXTENDED, [(RUNNING, 10, 14), (RUNNING, 10, 15)], 1),
        (Event.EXTENDED, [(RUNNING, 10, 14), (RUNNING, 10, 13)], None),
        (Event.EXTENDED, [(CONFIRMED, 10, 14), (CONFIRMED, 10, 16), (RUNNING, 10, 16)], None),
        (Event.EXTENDED, [(CONFIRMED, 10, 14), (RUNNING, 10, 14), (RUNNING, 10, 15), (DONE, 10, 15)], None),
        (Event.ON_WORD, [(RUNNING, 10, 14), (DONE, 10, 14)], None),
    ],
)
def test_when_it_happened_is_read_from_the_history(event, rows, hour):
    at = happened(event, states(*rows), since=DAY, zone="Europe/Berlin")

    assert at == (None if hour is None else DAY + hour * HOUR)


def test_five_minutes_to_another_day_is_another_start():
    late = State(DAY, CONFIRMED, datetime(2026, 3, 9, 22, 57, tzinfo=UTC), None)
    next_day = State(DAY + HOUR, CONFIRMED, datetime(2026, 3, 9, 23, 2, tzinfo=UTC), None)

    assert happened(Event.SLIPPED, [late, next_day], since=DAY, zone="Europe/Berlin") == DAY + HOUR
    assert happened(Event.SLIPPED, [late, next_day], since=DAY, zone="UTC") is None


def test_what_people_have_been_told_since_is_no_move():
    moved = states((CONFIRMED, 10, 14), (CONFIRMED, 20, 24))

    assert happened(Event.SLIPPED, moved, since=DAY + 2 * HOUR) is None


# The history keeps the time of the transaction, so these commit.


@pytest.fixture
def window(transactional_db) -> Milestone:
    start = timezone.now() + timedelta(days=14)
    return factories.milestone(start=start, end=start + timedelta(hours=4))


def kit(window, event, *, kind=NoticeKind.STARTED, approved=True, cai, **fields) -> Notice:
    step = factories.step(
        window,
        name=event,
        trigger=Trigger.EVENT,
        event=event,
        unit=Unit.MINUTES,
        at=None,
        offset=fields.pop("delay", 0),
    )
    made = factories.notice(step=step, people=[cai], kind=kind, send_at=None, waits_for=event, **fields)
    if approved:
        revision = approve.submit(made, by=made.author, now=timezone.now())
        ben = factories.account("Ben Brand", role="approver")
        approve.approve(made, revision=revision, by=ben, now=timezone.now())
    return Notice.objects.get(pk=made.pk)


def turn(now: datetime | None = None) -> None:
    now = now or timezone.now()
    schedule.refresh(now=now)
    approve.refresh(now=now)
    schedule.mark_missed(now=now)
    outbox.fill_due(now=now)


CHANGES = {
    Event.STARTED: ({"status": RUNNING}, NoticeKind.STARTED),
    Event.FINISHED: ({"status": DONE}, NoticeKind.COMPLETED),
    Event.CANCELLED: ({"status": OFF}, NoticeKind.CANCELLED),
}


@pytest.mark.parametrize("event", CHANGES)
def test_it_is_approved_beforehand_and_goes_out_when_that_happens_by_sql_too(window, cai, event):
    change, kind = CHANGES[event]
    notice = kit(window, event, kind=kind, cai=cai)
    turn()
    notice.refresh_from_db()
    assert (notice.state, notice.send_at) == (NoticeState.APPROVED, None)

    Milestone.objects.update(**change)
    turn()

    notice.refresh_from_db()
    assert notice.state == NoticeState.RELEASED
    assert notice.approved_revision.facts[f"milestone:{window.pk}.status"] == change["status"]
    assert notice.messages.count() == 1


def test_it_tells_the_new_date_and_keeps_its_approval(window, cai):
    notice = kit(window, Event.SLIPPED, kind=NoticeKind.POSTPONED, cai=cai)
    approver, later = notice.approved_by, window.start + timedelta(days=7)

    Milestone.objects.update(start=later, end=later + timedelta(hours=4))
    turn()
    turn(timezone.now() + timedelta(minutes=10))

    notice.refresh_from_db()
    assert (notice.state, notice.approved_by) == (NoticeState.RELEASED, approver)
    assert notice.approved_revision.facts[f"milestone:{window.pk}.start"] == later.isoformat()


def test_who_moves_a_date_and_moves_it_back_at_once_tells_nobody(window, cai):
    notice = kit(window, Event.SLIPPED, kind=NoticeKind.POSTPONED, cai=cai)
    start, end = window.start, window.end

    Milestone.objects.update(start=start + timedelta(days=1), end=end + timedelta(days=1))
    turn()
    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.APPROVED, 0)
    Milestone.objects.update(start=start, end=end)
    turn(timezone.now() + timedelta(minutes=11))

    notice.refresh_from_db()
    assert (notice.state, notice.send_at, notice.messages.count()) == (NoticeState.APPROVED, None, 0)


@pytest.mark.parametrize(
    "change", [{"impact": Impact.OUTAGE}, {"downtime": 99}, {"name": "Another"}, {"action": "Log out"}]
)
def test_other_facts_take_its_approval_away(window, cai, change):
    notice = kit(window, Event.STARTED, cai=cai)

    Milestone.objects.update(status=RUNNING, **change)
    turn()

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.MISSED, 0)
    assert notice.approved_revision is None


def test_a_notice_with_a_time_of_its_own_still_needs_a_new_approval_for_a_new_date(window, cai):
    notice = factories.approved_notice(
        window, people=[cai], send_at=timezone.now() + timedelta(days=1), now=timezone.now()
    )

    Milestone.objects.update(start=window.start + HOUR, end=window.end + HOUR)
    approve.refresh(now=timezone.now())

    notice.refresh_from_db()
    assert notice.state == NoticeState.IN_REVIEW


def test_it_is_sent_once_however_often_the_clock_turns(window, cai):
    notice = kit(window, Event.STARTED, cai=cai)
    Milestone.objects.update(status=RUNNING)

    for _ in range(3):
        turn()
    Milestone.objects.update(status=CONFIRMED)
    turn()
    Milestone.objects.update(status=RUNNING)
    turn()

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 1)


def test_with_a_delay_it_waits_and_what_is_taken_back_by_then_is_not_told(window, cai):
    notice = kit(window, Event.SLIPPED, kind=NoticeKind.POSTPONED, cai=cai, delay=30)
    Milestone.objects.update(start=window.start + HOUR, end=window.end + HOUR)
    turn()
    notice.refresh_from_db()
    assert timedelta(minutes=29) < notice.send_at - timezone.now() <= timedelta(minutes=30)

    Milestone.objects.update(start=window.start, end=window.end)
    turn()
    turn(timezone.now() + timedelta(minutes=31))

    notice.refresh_from_db()
    assert (notice.state, notice.send_at) == (NoticeState.APPROVED, None)


def test_after_the_delay_it_goes_out(window, cai):
    notice = kit(window, Event.STARTED, cai=cai, delay=30)
    Milestone.objects.update(status=RUNNING)
    turn()
    at = Notice.objects.get(pk=notice.pk).send_at

    turn(at - timedelta(seconds=1))
    assert Notice.objects.get(pk=notice.pk).state == NoticeState.APPROVED
    turn(at)

    assert Notice.objects.get(pk=notice.pk).state == NoticeState.RELEASED


def test_what_happened_long_ago_is_missed_not_sent(window, cai):
    notice = kit(window, Event.STARTED, cai=cai)
    Milestone.objects.update(status=RUNNING)

    turn(timezone.now() + timedelta(hours=2))

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.MISSED, "It was more than an hour late.")


def test_without_approval_it_is_missed(window, cai):
    notice = kit(window, Event.STARTED, cai=cai, approved=False)
    Milestone.objects.update(status=RUNNING)

    turn()

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.MISSED, "It was not approved in time.")


def test_while_nobody_was_told_and_nobody_approved_a_date_moves_freely(window, cai):
    notice = kit(window, Event.SLIPPED, kind=NoticeKind.POSTPONED, cai=cai, approved=False)

    Milestone.objects.update(start=window.start + HOUR, end=window.end + HOUR)
    turn()

    notice.refresh_from_db()
    assert (notice.state, notice.send_at) == (NoticeState.DRAFT, None)


def test_one_for_a_word_waits_until_somebody_says_so(window, cai, ana):
    notice = kit(window, Event.ON_WORD, kind=NoticeKind.ROLLED_BACK, cai=cai)
    Milestone.objects.update(status=RUNNING)
    turn()
    notice.refresh_from_db()
    assert (notice.state, notice.send_at) == (NoticeState.APPROVED, None)

    outbox.send_now(notice, by=ana, now=timezone.now())

    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 1)


def test_the_number_of_queries_does_not_depend_on_how_many_wait(window, cai, django_assert_num_queries):
    notices = [kit(window, Event.STARTED, cai=cai, approved=False)]
    rows = Notice.objects.select_related("step__milestone", "step__upgrade")
    one = list(rows.filter(pk=notices[0].pk))
    with django_assert_num_queries(2):
        happenings.of(one, now=timezone.now())
    kit(window, Event.CANCELLED, cai=cai, approved=False)
    kit(window, Event.FINISHED, cai=cai, approved=False)
    three = list(rows)

    with django_assert_num_queries(2):
        happenings.of(three, now=timezone.now())


@pytest.mark.parametrize(
    ("status", "event", "kind"),
    [
        (DONE, Event.SLIPPED, NoticeKind.POSTPONED),
        (DONE, Event.EXTENDED, NoticeKind.PROGRESS),
        (DONE, Event.CANCELLED, NoticeKind.CANCELLED),
        (DONE, Event.STARTED, NoticeKind.STARTED),
        (OFF, Event.SLIPPED, NoticeKind.POSTPONED),
        (OFF, Event.FINISHED, NoticeKind.NEWS),
    ],
)
def test_what_cannot_happen_any_more_is_not_waited_for(window, cai, status, event, kind):
    notice = kit(window, event, kind=kind, cai=cai)

    Milestone.objects.update(status=status)
    turn()

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.CANCELLED, 0)
    assert "without that" in notice.reason


@pytest.mark.parametrize("status", [RUNNING, DONE, OFF])
def test_a_word_can_still_be_said_until_the_upgrade_is_completed(window, cai, status):
    notice = kit(window, Event.ON_WORD, kind=NoticeKind.ROLLED_BACK, cai=cai)
    Milestone.objects.update(status=status)
    turn()
    notice.refresh_from_db()
    assert notice.state == NoticeState.APPROVED

    Upgrade.objects.update(phase=Phase.COMPLETED)
    turn()

    notice.refresh_from_db()
    assert notice.state == NoticeState.CANCELLED


def test_an_upgrade_that_is_cancelled_cancels_its_milestones_and_says_so_once(window, cai):
    notice = kit(window, Event.CANCELLED, kind=NoticeKind.CANCELLED, cai=cai)
    moved = kit(window, Event.SLIPPED, kind=NoticeKind.POSTPONED, approved=False, cai=cai)

    Upgrade.objects.update(phase=Phase.CANCELLED)
    turn()
    turn()

    notice.refresh_from_db()
    moved.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.RELEASED, 1)
    assert (moved.state, moved.reason) == (NoticeState.CANCELLED, "The upgrade was cancelled.")


def test_a_milestone_that_was_over_is_not_cancelled_with_its_upgrade(window, cai):
    Milestone.objects.update(status=DONE)
    notice = kit(window, Event.CANCELLED, kind=NoticeKind.CANCELLED, cai=cai)

    Upgrade.objects.update(phase=Phase.CANCELLED)
    turn()

    notice.refresh_from_db()
    assert notice.state == NoticeState.CANCELLED


def test_words_changed_behind_the_back_of_their_approver_do_not_go_out_with_an_event(window, cai):
    notice = kit(window, Event.STARTED, cai=cai)
    other = [dict(WORDS[0], body="Send us your password.\n")]
    Notice.objects.update(words=other)

    Milestone.objects.update(status=RUNNING)
    turn()

    notice.refresh_from_db()
    assert (notice.state == NoticeState.RELEASED, notice.messages.count()) == (False, 0)


def test_a_day_after_what_happens_it_is_nine_for_everybody_where_readers_clocks_count(window, cai):
    factories.person("Aroha", time_zone="Pacific/Auckland")
    made = kit(window, Event.STARTED, cai=cai)
    nine = {"unit": Unit.BUSINESS_DAYS, "offset": 5, "at": time(9), "clock": Clock.READER}
    PlanStep.objects.filter(pk=made.step_id).update(**nine)

    Milestone.objects.update(status=RUNNING)
    turn()

    made.refresh_from_db()
    at_the_place = schedule.local_moment(made.local_on, time(9), made.upgrade.time_zone)
    assert (made.local_at, made.waits_for) == (time(9), Event.STARTED)
    assert timedelta(hours=10) <= at_the_place - made.send_at <= timedelta(hours=13)

    Milestone.objects.update(status=CONFIRMED)
    turn()

    made.refresh_from_db()
    assert (made.send_at, made.local_on, made.local_at) == (None, None, None)
