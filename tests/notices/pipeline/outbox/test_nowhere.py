"""Messages for a channel that nobody has set up."""

from datetime import timedelta

import pytest

from notices.enums import MessageState
from notices.pipeline import outbox
from notices.pipeline.outbox import nowhere
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=16)


def waiting(channel=Channel.SMS):
    person = factories.person()
    factories.address(person, channel, "+491701")
    return factories.released_notice(people=[person], channels=[channel])


def state(notice):
    return notice.messages.get().state


def test_they_end_after_a_while_with_the_reason():
    notice = waiting()

    assert nowhere.end(now=NOW + timedelta(minutes=14)) == 0
    assert nowhere.end(now=LATER) == 1

    message = notice.messages.get()
    assert message.state == MessageState.FAILED
    assert message.reason == "Text message is not set up. Set it up and try again, or tell them another way."


def test_those_of_a_channel_that_is_set_up_wait_however_long():
    factories.outlet(Channel.SMS)
    notice = waiting()

    assert nowhere.end(now=NOW + timedelta(days=1)) == 0
    assert state(notice) == MessageState.QUEUED


def test_what_is_paused_waits_for_whoever_paused_it(ben):
    notice = waiting()
    outbox.pause(notice, by=ben, now=NOW)

    assert nowhere.end(now=LATER) == 0
    assert state(notice) == MessageState.QUEUED

    outbox.resume(notice, by=ben, now=LATER)
    assert nowhere.end(now=LATER) == 1


def test_who_sets_it_up_can_try_them_again(ben):
    notice = waiting()
    nowhere.end(now=LATER)
    factories.outlet(Channel.SMS)

    outbox.retry_failed(notice, by=ben, now=LATER)

    assert nowhere.end(now=LATER + timedelta(days=1)) == 0
    assert state(notice) == MessageState.QUEUED
