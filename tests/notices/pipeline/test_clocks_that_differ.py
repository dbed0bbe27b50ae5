"""Machines need not agree what time it is: what is sent, and when, goes by the database's clock."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from notices import tasks
from notices.enums import MessageState, NoticeState
from notices.models import Alert, Message, Notice
from notices.operations import alerts, figures, signs
from notices.pipeline import deliver, interruption, outbox
from tests import factories
from tests.fixtures.scripted import Act, scripted
from tests.notices.pipeline.test_clockwork import eager
from tests.notices.pipeline.test_deliver import EMAIL, released

__all__ = ["eager", "scripted"]

MINUTE = timedelta(minutes=1)
WRONG = pytest.mark.parametrize("wrong", [-90 * MINUTE, -10 * MINUTE, 10 * MINUTE, 50 * MINUTE, 90 * MINUTE])
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    cache.delete_many([interruption.COUNTER, signs.CLOCKS, signs.WORKERS])
    yield
    cache.delete_many([interruption.COUNTER, signs.CLOCKS, signs.WORKERS])


def elsewhere(wrong):
    """On a machine whose clock is wrong by that much."""
    return time_machine.travel(timezone.now() + wrong, tick=True)


@WRONG
def test_what_is_due_leaves_at_once_and_says_when_it_did(mailserver, cai, wrong):
    interruption.beat(now=timezone.now())
    released(cai)

    with elsewhere(wrong):
        assert deliver.drain(EMAIL).counts == {"sent": 1}

    message = Message.objects.get()
    assert abs(timezone.now() - message.sent_at) < MINUTE
    assert message.sent_at >= message.created_at


@WRONG
def test_what_is_due_later_waits(mailserver, cai, wrong):
    released(cai)
    Message.objects.update(not_before=timezone.now() + 5 * MINUTE)

    with elsewhere(wrong):
        assert deliver.drain(EMAIL).counts == {}

    assert Message.objects.get().state == MessageState.QUEUED


@WRONG
@pytest.mark.parametrize(("left", "state"), [(5 * MINUTE, "sent"), (-5 * MINUTE, "missed")])
def test_nothing_is_too_late_before_it_is_nor_leaves_when_it_is(mailserver, cai, wrong, left, state):
    released(cai)
    Notice.objects.update(expires_at=timezone.now() + left)

    with elsewhere(wrong):
        deliver.drain(EMAIL)

    assert Message.objects.get().state == state


@WRONG
def test_what_may_have_left_is_not_tried_again_too_soon_by_another_machine(scripted, cai, settings, wrong):
    settings.EMAIL_TIMEOUT = 1
    scripted.on("content", Act(hang=True, take=True), times=1)
    released(cai)
    with elsewhere(wrong):
        deliver.drain(EMAIL)
    interruption.beat(now=timezone.now())

    for between in (timedelta(0), -wrong):
        with elsewhere(between):
            deliver.drain(EMAIL)

    message = Message.objects.get()
    assert message.state == MessageState.DEFERRED
    assert abs(message.not_before - timezone.now() - deliver.WAIT_WHEN_UNKNOWN) < MINUTE
    assert len(scripted.mails) == 1


@WRONG
def test_a_tick_releases_what_is_due_and_nothing_else(eager, mailserver, cai, wrong):
    now = timezone.now()
    start = now + timedelta(days=14)
    milestone = factories.milestone(start=start, end=start + timedelta(hours=4))
    due = factories.approved_notice(milestone, people=[cai], now=now - MINUTE, send_at=now - MINUTE)
    later = factories.approved_notice(milestone, people=[cai], now=now - MINUTE, send_at=now + 5 * MINUTE)
    interruption.beat(now=now)

    with elsewhere(wrong):
        tasks.tick.delay()

    states = {one.pk: one.state for one in Notice.objects.all()}
    assert states == {due.pk: NoticeState.RELEASED, later.pk: NoticeState.APPROVED}
    assert not interruption.suspected(now=timezone.now())


@WRONG
def test_a_machine_with_a_wrong_clock_is_seen_by_all_others_and_so_are_its_workers(wrong):
    interruption.beat(now=timezone.now())

    with elsewhere(wrong):
        tasks.watch()

    [alert] = Alert.objects.filter(ended_at=None)
    assert alert.key.startswith(alerts.TIME)
    seen = figures.of_now(now=timezone.now())
    assert [round(one / 60) for one in seen.wrong_clocks.values()] == [wrong / MINUTE]
    assert seen.alive == 1


def test_a_machine_that_nobody_hears_of_any_more_is_forgotten():
    with elsewhere(10 * MINUTE):
        tasks.watch()

    assert figures.of_now(now=timezone.now() + 14 * MINUTE).wrong_clocks
    assert not figures.of_now(now=timezone.now() + 16 * MINUTE).wrong_clocks


@WRONG
def test_a_lease_lasts_as_long_as_ever(cai, wrong):
    released(cai)

    with elsewhere(wrong):
        [row] = outbox.claim(EMAIL, limit=1, now=timezone.now() + timedelta(hours=2))
        assert row.may_leave()

    assert outbox.sweep() == 0
