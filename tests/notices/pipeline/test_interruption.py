from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from notices.enums import NoticeState
from notices.models import Heartbeat, Notice
from notices.pipeline import deliver, interruption, outbox
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def fresh_counter(db):
    cache.delete(interruption.COUNTER)
    yield
    cache.delete(interruption.COUNTER)


@pytest.fixture
def going_out(cai):
    return factories.released_notice(people=[cai])


@pytest.fixture
def due(cai):
    return factories.approved_notice(people=[cai], send_at=NOW)


def reload(notice):
    return Notice.objects.get(pk=notice.pk)


def test_ordinary_ticks_hold_nothing_back(going_out, due):
    assert [interruption.beat(now=NOW + minutes * MINUTE) for minutes in range(0, 180, 30)] == [""] * 6

    assert not reload(going_out).is_paused
    assert reload(due).state == NoticeState.APPROVED
    assert Heartbeat.objects.get().number == cache.get(interruption.COUNTER) == 6


def test_after_more_than_an_hour_everything_waits_for_a_person(going_out, due, ben):
    interruption.beat(now=NOW - HOUR - MINUTE)
    assert interruption.suspected(now=NOW)

    reason = interruption.beat(now=NOW)

    assert reason == (
        "Nothing ran since Monday 2 March 2026, 06:59 UTC. Check what is still useful, then go on by hand."
    )
    assert (reload(going_out).is_paused, reload(going_out).pause_reason) == (True, reason)
    assert (reload(due).state, reload(due).reason) == (NoticeState.MISSED, reason)
    assert not interruption.suspected(now=NOW)
    assert interruption.beat(now=NOW + MINUTE) == ""
    assert outbox.claim(Channel.EMAIL, limit=5, now=NOW) == []

    outbox.resume(going_out, by=ben, now=NOW)
    outbox.send_now(due, by=ben, now=NOW)
    assert len(outbox.claim(Channel.EMAIL, limit=5, now=NOW)) == 2


def test_what_is_not_due_yet_goes_out_as_planned(cai):
    notice = factories.approved_notice(people=[cai], send_at=NOW + MINUTE)
    interruption.beat(now=NOW - 2 * HOUR)

    interruption.beat(now=NOW)

    assert outbox.fill_due(now=NOW + MINUTE) == 1
    assert not reload(notice).is_paused


def test_a_restored_copy_sends_nothing_by_itself(going_out, due):
    for minute in range(10):
        interruption.beat(now=NOW + minute * MINUTE)
    Heartbeat.objects.update(number=4, at=NOW + 3 * MINUTE)  # what the copy knows

    assert interruption.suspected(now=NOW + 10 * MINUTE)
    reason = interruption.beat(now=NOW + 10 * MINUTE)

    assert reason.startswith("The database seems to be a restored copy")
    assert reload(going_out).is_paused
    assert reload(due).state == NoticeState.MISSED
    assert interruption.beat(now=NOW + 11 * MINUTE) == ""


def test_a_flushed_redis_holds_nothing_back(going_out, due):
    interruption.beat(now=NOW)
    cache.clear()

    assert not interruption.suspected(now=NOW + MINUTE)
    assert interruption.beat(now=NOW + MINUTE) == ""
    assert cache.get(interruption.COUNTER) == 2


def test_a_redis_that_is_away_holds_nothing_back(going_out, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1"}}

    assert [interruption.beat(now=NOW + minute * MINUTE) for minute in range(2)] == ["", ""]
    assert not interruption.suspected(now=NOW + 2 * MINUTE)


def test_a_new_database_beside_an_old_redis_holds_nothing_back(going_out):
    cache.set(interruption.COUNTER, 1000, timeout=None)

    assert [interruption.beat(now=NOW + minute * MINUTE) for minute in range(2)] == ["", ""]


def test_a_clock_that_went_back_is_no_interruption(going_out):
    interruption.beat(now=NOW)

    assert interruption.beat(now=NOW - HOUR) == ""


def test_workers_wait_for_the_next_tick_after_an_interruption(going_out, monkeypatch):
    interruption.beat(now=NOW)  # long before the real now
    monkeypatch.setattr(outbox, "claim", None)

    drained = deliver.drain(Channel.EMAIL)

    assert str(drained) == "nothing to send. The clock was away: everything waits for the next tick."


def test_there_is_one_heartbeat(db):
    with pytest.raises(IntegrityError, match="there_is_one_heartbeat"), transaction.atomic():
        Heartbeat.objects.create(pk=2, at=NOW)
