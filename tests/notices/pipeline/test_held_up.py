"""What waits behind somebody who takes their time: still ours, still wanted, and in nobody's way."""

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import ANY

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.utils import timezone

from notices.channels import KINDS
from notices.channels.base import Accepted, Access, ChannelDown
from notices.channels.one_by_one import OneByOne
from notices.enums import NoticeKind, NoticeState
from notices.models import DomainLimit, Health, Message, Notice, Outlet, Seat
from notices.pipeline import approve, deliver, limits, outbox, outlets
from notices.pipeline.deliver import draining, sending, supply
from notices.pipeline.limits import connections
from notices.pipeline.outbox import claiming, lease, sweeping
from tests import factories
from tests.fixtures.scripted import Act, scripted
from tests.fixtures.waiting import Gate, eventually
from tests.notices.pipeline.test_deliver import EMAIL, counts, people, released
from tests.notices.pipeline.test_outbox import run_at_once

__all__ = ["scripted"]


@pytest.fixture(autouse=True)
def patience(settings):
    settings.EMAIL_TIMEOUT = 60


@contextmanager
def a_worker(**how):
    def work():
        with suppress(Exception):
            deliver.drain(EMAIL, **how)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_lease_counts_from_the_claim_however_many_ended_before_it(db, monkeypatch):
    off, good = released(*people(3)), released(*people(1))
    Notice.objects.filter(pk=off.pk).update(state=NoticeState.CANCELLED, reason="Wrong date.")
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=4))
    monkeypatch.setattr(lease, "MARGIN", timedelta(seconds=1))
    take = claiming.take

    def slowly(*args, **values):
        time.sleep(1)
        return take(*args, **values)

    monkeypatch.setattr(claiming, "take", slowly)
    [row] = outbox.claim(EMAIL, limit=1, now=timezone.now())

    left = (Message.objects.get(notice=good).lease_until - timezone.now()).total_seconds()
    assert row.held_until - outbox.seconds() < left


@pytest.mark.parametrize("word", ["cancelled", "paused", "stopped"])
def test_what_waits_behind_a_slow_answer_is_not_sent_against_a_word(scripted, transactional_db, monkeypatch, word):
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0.5)
    Outlet.objects.filter(pk=outlets.of(EMAIL).pk).update(connections=1)
    notice, by = released(*people(4)), factories.account()
    scripted.on("content", Act(gate=(answer := Gate())), times=1)

    with a_worker(seconds=30):
        answer.until_reached()
        say(word, notice, by=by)
        time.sleep(2.5)  # to hear of it
        answer.open()
    deliver.drain(EMAIL, seconds=20)  # what was given back in the last moment is looked at again

    assert len(scripted.mails) == 1
    assert counts() == {"sent": 1, "cancelled" if word == "cancelled" else "queued": 3}


@pytest.mark.parametrize("word", ["cancelled", "paused", "stopped"])
def test_a_word_holds_for_what_was_claimed_before_it(scripted, transactional_db, monkeypatch, word):
    """A batch of fifty, of which a few leave each second."""
    monkeypatch.setattr(supply, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(sending, "HOLD_SECONDS", 10.0)
    Outlet.objects.filter(pk=outlets.of(EMAIL).pk).update(connections=1)
    notice, by = released(*people(50)), factories.account()
    scripted.delay = 0.3

    with a_worker(seconds=30):
        assert eventually(lambda: scripted.mails)
        say(word, notice, by=by)
        said_after = len(scripted.mails)
    deliver.drain(EMAIL, seconds=20)

    assert len(scripted.mails) <= said_after + 10
    assert counts() == {"sent": len(scripted.mails), "cancelled" if word == "cancelled" else "queued": ANY}


def say(word: str, notice: Notice, *, by) -> None:
    if word == "cancelled":
        approve.cancel(notice, by=by, reason="Wrong date.", now=timezone.now())
    elif word == "paused":
        outbox.pause(notice, by=by, now=timezone.now())
    else:
        outlets.stop_everything(by=by, reason="Wrong date.", now=timezone.now())


def test_a_call_that_takes_longer_than_a_lease_is_not_made_twice(transactional_db, monkeypatch):
    released(*people(1))
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0.5)
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=5))
    monkeypatch.setattr(lease, "MARGIN", timedelta(seconds=0.5))
    monkeypatch.setattr(connections, "SEATED", timedelta(seconds=4))
    sent, answer = [], Gate()

    class Slow:
        def send(self, parcel):
            sent.append(parcel.key)
            answer.wait()
            return Accepted("ok")

        def close(self):
            pass

    monkeypatch.setitem(KINDS, EMAIL, replace(KINDS[EMAIL], open=lambda access: OneByOne(Slow, Access())))

    def another():
        answer.until_reached()
        time.sleep(6)
        outbox.sweep()
        deliver.drain(EMAIL, seconds=3)
        answer.open()

    run_at_once(lambda: deliver.drain(EMAIL, seconds=3), another)

    assert len(sent) == 1
    assert counts() == {"sent": 1}


def test_a_call_is_not_made_twice_though_the_channel_goes_down_beside_it(transactional_db, monkeypatch):
    released(*people(2))
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0.5)
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=5))
    monkeypatch.setattr(lease, "MARGIN", timedelta(seconds=0.5))
    monkeypatch.setattr(connections, "SEATED", timedelta(seconds=4))
    sent, answer, calls = [], Gate(), count(1)

    class Slow:
        def send(self, parcel):
            if next(calls) == 1:
                answer.until_reached()
                raise ChannelDown("It has just gone.")
            sent.append(parcel.key)
            answer.wait()
            return Accepted("ok")

        def close(self):
            pass

    access = Access(connections=2)
    monkeypatch.setitem(KINDS, EMAIL, replace(KINDS[EMAIL], open=lambda _: OneByOne(Slow, access)))

    def another():
        answer.until_reached()
        time.sleep(6)
        outbox.sweep()
        answer.open()

    run_at_once(lambda: deliver.drain(EMAIL, seconds=3), another)

    assert len(sent) == 1
    assert counts() == {"sent": 1, "queued": 1}
    assert not Message.objects.filter(losses__gt=0)


def test_a_domain_that_hangs_keeps_urgent_news_from_nobody_else(scripted, transactional_db):
    DomainLimit.objects.create(outlet=outlets.of(EMAIL), domain="slow.example", connections=1)
    released(*[factories.person(email=f"s{i}@slow.example") for i in range(6)], kind=NoticeKind.NEWS)
    scripted.on("content", Act(gate=(answer := Gate())), to="@slow.example", times=1)

    with a_worker(seconds=30):
        answer.until_reached()
        released(factories.person("Urgent", email="urgent@example.org"), kind=NoticeKind.OUTAGE)
        came = eventually(lambda: "urgent@example.org" in scripted.recipients, seconds=25)
        answer.open()

    assert came


def test_a_domain_that_takes_one_at_a_time_keeps_nobody_behind_it_waiting(scripted, transactional_db, monkeypatch):
    """More of it stand at the front than a worker has in hand."""
    monkeypatch.setattr(supply, "MOST", 50)
    DomainLimit.objects.create(outlet=outlets.of(EMAIL), domain="slow.example", connections=1)
    released(*[factories.person(email=f"s{i}@slow.example") for i in range(300)], *people(100))
    scripted.on("content", Act(delay=0.7), to="@slow.example")

    deliver.drain(EMAIL, seconds=9)

    others = [one for one in scripted.recipients if not one.endswith("@slow.example")]
    assert len(others) == 100
    assert len(scripted.recipients) - len(others) >= 6  # one after the other, without a gap


def test_a_few_whose_domain_is_busy_do_not_hold_up_the_next_claim(scripted, transactional_db, monkeypatch):
    monkeypatch.setattr(supply, "FRESH_SECONDS", 60.0)  # they are not given back in time
    DomainLimit.objects.create(outlet=outlets.of(EMAIL), domain="slow.example", connections=1)
    released(*[factories.person(email=f"s{i}@slow.example") for i in range(3)])
    scripted.on("content", Act(gate=(answer := Gate())), to="@slow.example", times=1)

    with a_worker(seconds=30):
        answer.until_reached()
        released(factories.person(email="cai@example.org"))
        came = eventually(lambda: "cai@example.org" in scripted.recipients, seconds=25)
        answer.open()

    assert came


def test_a_server_that_takes_nothing_is_not_hammered_and_counts_as_down(scripted, transactional_db, monkeypatch):
    monkeypatch.setattr(draining, "CROWDED_REST", 60.0)
    scripted.on("MAIL", Act("421 4.7.0 Too many connections", close=True))
    released(*people(100))

    drained = deliver.drain(EMAIL, seconds=40)

    assert scripted.connections < 10
    assert (drained.more, drained.wait) == (True, 60.0)
    assert "421" in Health.objects.get().reason


def test_connections_in_use_are_nobody_elses_share(db):
    outlet = outlets.of(EMAIL)
    assert limits.take_seats(outlet, holder="a") == outlet.connections
    limits.take_seats(outlet, holder="b")

    assert limits.take_seats(outlet, holder="a", opened=outlet.connections) < outlet.connections
    assert limits.take_seats(outlet, holder="b") == 0
    assert sum(Seat.objects.values_list("count", flat=True)) == outlet.connections


@pytest.mark.parametrize("minutes", [5, -50])
def test_leases_outlive_a_database_whose_clock_is_set(db, monkeypatch, minutes):
    released(*people(5))
    monkeypatch.setattr(sweeping, "_clock", sweeping._Clock())
    outbox.sweep()
    rows = outbox.claim(EMAIL, limit=5, now=timezone.now())
    Message.objects.update(lease_until=F("lease_until") - timedelta(minutes=minutes))  # as it sees them afterwards
    sweeping._clock.ahead -= 60 * minutes

    assert outbox.sweep() == 0
    assert rows[0].may_leave()

    sweeping._clock.set_at -= outbox.LEASE.total_seconds()
    assert outbox.sweep() == 5


@pytest.mark.parametrize("minutes", [5, -50])
def test_workers_need_not_agree_what_time_it_is(db, minutes):
    """The clock of this machine is wrong, and so is what it says about when to send; its leases are not."""
    released(*people(5))
    wrong = timezone.now() + timedelta(minutes=minutes)

    with time_machine.travel(wrong):
        rows = outbox.claim(EMAIL, limit=5, now=max(wrong, timezone.now() + timedelta(hours=1)))
        outbox.hold(rows, now=timezone.now())

    assert outbox.sweep() == 0
    results = [outbox.sent(row, digest=b"x" * 32, answer="", now=timezone.now()) for row in rows]
    assert all(outbox.record(one) for one in results)
