"""The clock turns while somebody works on a notice: what the person did stays, whoever was first."""

from datetime import timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from notices.enums import NoticeState
from notices.models import PlanStep
from notices.pipeline import approve, outbox, schedule
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(days=3)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"  # for us


def in_the_middle_of(act, work):
    """`work` begins when `act` is done but not committed yet."""
    failures = []

    def run():
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        act()
        thread.start()
        wait_for(thread)
    thread.join()
    assert failures == []


def wait_for(thread):
    """Until it waits for us, or is done without waiting."""
    until = monotonic() + 60
    while thread.is_alive() and monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        sleep(0.01)


def planned(*, state=NoticeState.APPROVED, **fields):
    """Its step has just been moved to another day, and no tick has seen it."""
    step = factories.step()
    make = factories.approved_notice if state == NoticeState.APPROVED else factories.notice
    notice = make(step=step, send_at=schedule.due_at(step), **fields)
    if state == NoticeState.IN_REVIEW:
        approve.submit(notice, by=notice.author, now=NOW)
    PlanStep.objects.filter(pk=step.pk).update(offset=-4)
    return notice


def approved(notice, *, now=NOW):
    revision = notice.revisions.order_by("-number").first()
    approve.approve(notice, revision=revision, by=factories.account("Ben Brand"), now=now)


def edited(notice):
    words = [{**factories.WORDS[0], "subject": "Something else"}]
    approve.save_draft(notice, by=notice.author, version=notice.version, words=words)


def cancelled(notice):
    approve.cancel(notice, by=notice.author, reason="The date is wrong.", now=NOW)


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        (NoticeState.IN_REVIEW, approved, NoticeState.APPROVED),
        (NoticeState.APPROVED, edited, NoticeState.DRAFT),
        (NoticeState.APPROVED, cancelled, NoticeState.CANCELLED),
    ],
)
def test_following_the_plan_undoes_nobodys_word(before, act, after):
    notice = planned(state=before)

    in_the_middle_of(lambda: act(notice), lambda: schedule.refresh(now=NOW))

    notice.refresh_from_db()
    assert notice.state == after
    assert (notice.approved_by is not None) == (after != NoticeState.DRAFT)


def test_and_the_new_time_comes_with_it():
    notice = planned(state=NoticeState.IN_REVIEW)
    before = notice.send_at

    in_the_middle_of(lambda: approved(notice), lambda: schedule.refresh(now=NOW))

    notice.refresh_from_db()
    assert notice.send_at == before + timedelta(days=1)


def test_what_is_approved_in_the_last_moment_is_not_missed():
    notice = factories.notice()
    approve.submit(notice, by=notice.author, now=NOW)
    due = notice.send_at

    in_the_middle_of(lambda: approved(notice, now=due), lambda: schedule.mark_missed(now=due))

    notice.refresh_from_db()
    assert notice.state == NoticeState.APPROVED


def test_what_gets_another_time_in_the_last_moment_is_not_missed():
    notice = factories.notice()

    in_the_middle_of(
        lambda: approve.save_draft(notice, by=notice.author, version=notice.version, send_at=LATER),
        lambda: schedule.mark_missed(now=NOW + timedelta(hours=2)),
    )

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.DRAFT, "")


def test_what_gets_another_time_in_the_last_moment_does_not_go_out(cai):
    notice = factories.approved_notice(people=[cai])

    in_the_middle_of(
        lambda: type(notice).objects.filter(pk=notice.pk).update(send_at=LATER),
        lambda: outbox.fill_due(now=notice.send_at),
    )

    notice.refresh_from_db()
    assert notice.state == NoticeState.APPROVED


def test_what_is_released_is_not_called_pointless(cai, ana):
    notice = planned(audience={"people": [cai.pk]})
    PlanStep.objects.update(done_at=NOW, done_by=ana)

    in_the_middle_of(lambda: outbox.fill(notice, now=NOW), lambda: schedule.refresh(now=NOW))

    notice.refresh_from_db()
    assert notice.state == NoticeState.RELEASED


def test_an_approval_of_the_new_facts_is_not_thrown_away_by_a_slower_tick():
    notice = factories.approved_notice()
    Milestone.objects.update(effect="Something else.")

    def faster():
        approve.refresh(now=NOW)
        approved(notice)

    in_the_middle_of(faster, lambda: approve.refresh(now=NOW))

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.APPROVED, "")


def test_an_edit_while_the_tick_fills_is_refused_and_nothing_half_changed_goes_out(cai):
    notice = factories.approved_notice(people=[cai])
    refused = []

    def edit():
        try:
            edited(notice)
        except approve.NotAllowed as error:
            refused.append(str(error))

    in_the_middle_of(lambda: outbox.fill_due(now=notice.send_at), edit)

    assert refused == ["It is released and cannot be changed any more."]
    assert [message.variant.subject for message in notice.messages.all()] == [factories.WORDS[0]["subject"]]


def test_a_fill_while_somebody_edits_sends_nothing(cai):
    notice = factories.approved_notice(people=[cai])

    in_the_middle_of(lambda: edited(notice), lambda: outbox.fill_due(now=notice.send_at))

    notice.refresh_from_db()
    assert (notice.state, notice.messages.count()) == (NoticeState.DRAFT, 0)
