from contextlib import suppress
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from notices.enums import Event, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve, outbox, schedule
from notices.pipeline.approve import NotAllowed
from notices.pipeline.byhand import recall
from notices.pipeline.byhand.recall import HOLD
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_outbox import run_at_once
from upgrades.enums import Impact

SOON = NOW + HOLD


def reload(notice):
    return Notice.objects.get(pk=notice.pk)


def held(ana, ben, cai, **fields):
    """Due when Ben approves it."""
    notice = factories.notice(author=ana, people=[cai], send_at=NOW + timedelta(seconds=20), **fields)
    revision = approve.submit(notice, by=ana, now=NOW)
    approve.approve(notice, revision=revision, by=ben, now=NOW, hold=HOLD)
    return reload(notice)


def test_what_is_due_when_it_is_approved_waits_five_minutes(ana, ben, cai):
    notice = held(ana, ben, cai)

    assert (notice.send_at, notice.is_held) == (SOON, True)
    assert outbox.fill_due(now=SOON - timedelta(seconds=1)) == 0
    assert outbox.fill_due(now=SOON) == 1


def test_what_has_time_keeps_its_time(ana, ben, cai):
    at = NOW + timedelta(hours=3)
    notice = factories.notice(author=ana, people=[cai], send_at=at)

    approve.approve(notice, revision=approve.submit(notice, by=ana, now=NOW), by=ben, now=NOW, hold=HOLD)

    assert (reload(notice).send_at, reload(notice).is_held) == (at, False)


def test_an_author_who_needs_no_approval_has_the_five_minutes_too(ana, cai):
    notice = factories.notice(author=ana, people=[cai], needs_approval=False, send_at=NOW)

    approve.schedule(notice, by=ana, now=NOW, hold=HOLD)
    recall.recall(notice, by=ana, now=NOW + timedelta(minutes=4))

    assert (notice.state, notice.send_at, notice.said_at) == (NoticeState.DRAFT, NOW, None)


def test_a_recalled_notice_is_back_in_review_at_its_old_time(ana, ben, cai):
    notice = held(ana, ben, cai)

    recall.recall(notice, by=ben, now=NOW + timedelta(minutes=2))

    assert (notice.state, notice.send_at) == (NoticeState.IN_REVIEW, NOW + timedelta(seconds=20))
    assert (notice.reason, notice.approved_by) == (f"Recalled by {ben}.", None)
    assert outbox.fill_due(now=SOON + HOLD) == 0


def test_send_now_waits_and_the_step_does_not_take_the_time_back(ana, ben, cai):
    step = factories.step()
    notice = factories.approved_notice(step.milestone, step=step, by=ben, people=[cai], send_at=schedule.due_at(step))
    factories.waive_errors(notice.upgrade, by=ben)

    outbox.send_now(notice, by=ben, now=NOW, hold=HOLD)
    schedule.refresh(now=NOW + timedelta(minutes=1))

    assert (reload(notice).send_at, Message.objects.count()) == (SOON, 0)
    outbox.fill_due(now=SOON)
    assert reload(notice).state == NoticeState.RELEASED


def test_after_a_recall_the_step_has_the_say_again(ana, ben, cai):
    step = factories.step()
    notice = factories.approved_notice(step.milestone, step=step, by=ben, people=[cai], send_at=schedule.due_at(step))
    outbox.send_now(notice, by=ben, now=NOW, hold=HOLD)

    recall.recall(notice, by=ben, now=NOW)
    schedule.refresh(now=NOW)

    assert (reload(notice).state, reload(notice).send_at) == (NoticeState.IN_REVIEW, schedule.due_at(step))


def test_what_was_missed_is_missed_again_after_a_recall(ana, ben, cai):
    notice = factories.approved_notice(by=ben, people=[cai])
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.MISSED)
    outbox.send_now(reload(notice), by=ben, now=NOW, hold=HOLD)

    recall.recall(notice, by=ben, now=NOW)

    assert notice.state == NoticeState.MISSED


def test_what_was_scheduled_long_ago_can_be_recalled_in_its_last_five_minutes(ana, ben, cai):
    notice = factories.approved_notice(by=ben, people=[cai], send_at=SOON)

    with pytest.raises(NotAllowed, match="about to go out"):
        recall.recall(notice, by=ben, now=NOW - timedelta(seconds=1))
    recall.recall(notice, by=ben, now=NOW)

    assert (notice.state, notice.send_at) == (NoticeState.IN_REVIEW, SOON)


def test_a_word_from_before_it_had_a_field_of_its_own_still_holds(ana, ben, cai):
    said, planned = held(ana, ben, cai), factories.approved_notice(by=ben, people=[cai])

    with connection.cursor() as cursor:
        cursor.execute(import_module("notices.migrations.0019_at_any_hour").AS_IT_WAS)

    assert (reload(said).at_any_hour, reload(planned).at_any_hour) == (True, False)


def test_what_has_gone_out_is_not_recalled(ana, ben, cai):
    notice = held(ana, ben, cai)
    outbox.fill_due(now=SOON)

    with pytest.raises(NotAllowed, match="gone out already"):
        recall.recall(notice, by=ben, now=SOON)


def test_a_kit_goes_out_at_once_unless_it_is_told_to_wait(ana, ben, cai):
    notice = factories.approved_notice(by=ben, people=[cai], waits_for=Event.ON_WORD, send_at=None)

    outbox.send_now(notice, by=ben, now=NOW)

    assert (reload(notice).state, reload(notice).said_at) == (NoticeState.RELEASED, None)


def test_a_fact_that_changes_in_the_five_minutes_asks_again(ana, ben, cai):
    notice = held(ana, ben, cai, on=factories.milestone())
    type(notice.milestone).objects.filter(pk=notice.milestone_id).update(name="Something else")

    approve.refresh(now=NOW + timedelta(minutes=1))

    assert (reload(notice).state, reload(notice).said_at) == (NoticeState.IN_REVIEW, None)


@pytest.mark.django_db(transaction=True)
def test_of_a_recall_and_the_clock_at_once_one_wins(ana, ben, cai):
    """Never both: recalled, and out."""
    for turn in range(6):
        notice = held(ana, ben, cai, title=f"Turn {turn}")

        recalled, made = [], []

        def take_back(notice=notice, recalled=recalled):
            with suppress(NotAllowed):
                recall.recall(notice, by=ben, now=SOON)
                recalled.append(True)

        run_at_once(take_back, lambda made=made: made.append(outbox.fill_due(now=SOON)))

        row = reload(notice)
        assert (row.state == NoticeState.RELEASED) == (made == [1]) == (not recalled)
        assert row.messages.exists() == (not recalled)


def test_who_recalls_what_was_missed_takes_their_approval_back(ana, ben, cai):
    outage = factories.milestone(impact=Impact.OUTAGE, start=NOW + timedelta(days=30))
    notice = factories.notice(outage, author=ana, people=[cai], state=NoticeState.MISSED)
    outbox.send_now(notice, by=ben, now=NOW, hold=HOLD)

    recall.recall(notice, by=ben, now=NOW + timedelta(minutes=1))

    assert (notice.state, notice.approved_by, notice.approved_revision) == (NoticeState.MISSED, None, None)
    with pytest.raises(NotAllowed, match="Somebody else than its author"):
        outbox.send_now(notice, by=ana, now=NOW + timedelta(minutes=2))


def test_what_was_approved_in_time_and_missed_stays_approved_after_a_recall(ana, ben, cai):
    notice = factories.approved_notice(author=ana, by=ben, people=[cai], now=NOW - timedelta(days=1))
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.MISSED)
    outbox.send_now(reload(notice), by=ana, now=NOW, hold=HOLD)

    recall.recall(notice, by=ana, now=NOW)

    assert (notice.state, notice.approved_by) == (NoticeState.MISSED, ben)
