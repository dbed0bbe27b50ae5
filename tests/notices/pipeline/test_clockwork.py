from datetime import timedelta
from io import StringIO

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices import tasks
from notices.enums import MessageState, NoticeState
from notices.models import Heartbeat, Message
from notices.pipeline import clockwork, interruption, outbox
from tests import factories
from tests.factories import NOW


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Of tests before: ticks that were counted, a last look of long ago."""
    cache.clear()
    yield
    cache.delete(interruption.COUNTER)


def test_a_turn_does_all_that_time_asks_for(cai):
    factories.approved_notice(people=[cai], send_at=NOW)
    factories.notice(send_at=NOW)

    turn = clockwork.turn(now=NOW)

    assert str(turn) == "1 missed\n1 messages made"
    assert str(clockwork.turn(now=NOW)) == "nothing to do"


def test_five_turns_do_what_one_does(cai):
    notice = factories.approved_notice(people=[cai], send_at=NOW)

    for _ in range(5):
        clockwork.turn(now=NOW)

    assert notice.messages.count() == 1


def test_a_stage_that_fails_stops_no_other(cai, monkeypatch):
    def broken(*, now):
        raise ZeroDivisionError

    monkeypatch.setitem(clockwork.STAGES, "missed", broken)
    factories.approved_notice(people=[cai], send_at=NOW)

    assert str(clockwork.turn(now=NOW)) == "1 messages made\nfailed: missed (see the log)"


def test_an_idle_turn_asks_little(db):
    """Whatever made it ask more says so first."""
    clockwork.turn(now=NOW)

    with CaptureQueriesContext(connection) as asked:
        turn = clockwork.turn(now=NOW)

    assert (str(turn), len(asked)) == ("nothing to do", 20), [query["sql"] for query in asked]


def command(name, *arguments):
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_tick_by_hand_at_another_time_sends_what_is_due_then(mailserver, cai):
    start = timezone.now() + timedelta(days=14)
    milestone = factories.milestone(start=start, end=start + timedelta(hours=4))
    send_at = start - timedelta(days=7)
    factories.approved_notice(milestone, people=[cai], send_at=send_at)

    printed = command("tick", f"--now={send_at.isoformat()}")

    assert printed == "1 messages made\nemail: 1 sent\n"
    assert mailserver.recipients == ["cai@example.org"]
    assert Heartbeat.objects.count() == 0


def test_tick_by_hand_is_a_tick(db):
    assert command("tick") == "nothing to do\nemail: nothing to send\n"
    assert Heartbeat.objects.get().number == 1


def test_tick_says_what_a_time_looks_like(db):
    with pytest.raises(CommandError, match="“tomorrow” is not a time"):
        command("tick", "--now=tomorrow")


def test_drain_by_hand_says_what_came_of_it(mailserver, cai):
    now = timezone.now()
    milestone = factories.milestone(start=now + timedelta(days=1), end=now + timedelta(days=2))
    factories.released_notice(milestone, people=[cai], now=now)

    assert command("drain") == "email: 1 sent\n"
    assert command("drain", "--channel=email") == "email: nothing to send\n"


@pytest.fixture
def eager(settings):
    """Tasks run where they are called, with what the broker would carry."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = before


def test_one_tick_task_sends_what_is_due(eager, mailserver, cai):
    now = timezone.now()
    milestone = factories.milestone(start=now + timedelta(days=1), end=now + timedelta(days=2))
    notice = factories.approved_notice(milestone, people=[cai], send_at=now, now=now)

    tasks.tick.delay(argument_of_a_newer_beat=1)

    notice.refresh_from_db()
    assert (notice.state, notice.messages.get().state) == (NoticeState.RELEASED, MessageState.SENT)


def test_nothing_relies_on_the_broker(mailserver, cai, ben):
    now = timezone.now()
    milestone = factories.milestone(start=now + timedelta(days=1), end=now + timedelta(days=2))
    notice = factories.approved_notice(milestone, people=[cai], now=now)

    outbox.send_now(notice, by=ben, now=now)

    assert Message.objects.get().state == MessageState.QUEUED
    assert command("drain") == "email: 1 sent\n"
