import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from notices.channels import KINDS
from notices.channels.base import Accepted, ChannelError, Later, NotOurs
from notices.channels.one_by_one import OneByOne
from notices.enums import MessageState, NoticeKind
from notices.models import Message, Outlet, Receipt, Seat
from notices.pipeline import approve, deliver, outbox, outlets, render
from notices.pipeline.deliver import draining, judging, pace, sending, supply
from notices.pipeline.outbox import lease
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from tests.fixtures.ports import port_of_nobody
from tests.notices.pipeline.test_outbox import run_at_once

EMAIL = Channel.EMAIL
CHECKOUT = Path(__file__).parents[3]
WORDS = [{"language": "en", "level": "plain", "subject": "Mail stops", "body": "Hello {{ first_name }}."}]


@pytest.fixture(autouse=True)
def patience(settings):
    settings.EMAIL_TIMEOUT = 30


def released(*people, **fields):
    """About a window in two weeks from the real now: delivery has a clock of its own."""
    now = timezone.now()
    start = now + timedelta(days=14)
    milestone = factories.milestone(start=start, end=start + timedelta(hours=4))
    return factories.released_notice(milestone, people=people, now=now, **{"words": WORDS, **fields})


def people(count):
    return [factories.person() for _ in range(count)]


def counts():
    return Counter(Message.objects.values_list("state", flat=True))


def drain_later(**later):
    return deliver.drain(EMAIL, now=timezone.now() + timedelta(**later))


def test_cai_gets_it_and_we_keep_the_proof(mailserver, cai):
    notice = released(cai)

    drained = deliver.drain(EMAIL)

    mail = mailserver.mails[0]
    message = notice.messages.get()
    assert drained.counts == {"sent": 1}
    assert (mail.recipient, mail.sender.split("@")[1]) == ("cai@example.org", notice.release["bounce_domain"])
    assert (message.state, message.attempts, message.lease_until) == (MessageState.SENT, 1, None)
    assert bytes(message.sha256) == hashlib.sha256(mail.content).digest()
    assert message.answer == "250 2.0.0 queued as 1"


def test_a_sent_message_renders_again_to_its_digest(mailserver, cai):
    notice = released(cai)
    deliver.drain(EMAIL)
    cai.name, notice.upgrade.name = "Cai Cooper", "Something else"
    cai.save()
    notice.upgrade.save()

    again = KINDS[EMAIL].build(render.of_message(Message.objects.get()))

    assert hashlib.sha256(again).digest() == bytes(Message.objects.get().sha256)


def test_no_more_connections_than_the_outlet_allows(mailserver, db):
    Outlet.objects.filter(pk=outlets.of(EMAIL).pk).update(connections=2)
    released(*people(30))

    deliver.drain(EMAIL)

    assert len(mailserver.mails) == 30
    assert mailserver.connections <= 2


def test_nothing_to_send_opens_no_connection(mailserver, db):
    assert str(deliver.drain(EMAIL)) == "nothing to send"
    assert mailserver.connections == 0


def test_four_workers_send_forty_messages_each_once(mailserver, transactional_db):
    everybody = people(40)
    released(*everybody)

    run_at_once(*[lambda: deliver.drain(EMAIL, seconds=60)] * 4)

    assert mailserver.copies == Counter({person.email: 1 for person in everybody})
    assert counts() == {"sent": 40}


# What the server says


def test_a_refusal_for_now_is_tried_again_later(mailserver, cai):
    notice = released(cai)
    mailserver.refuse("RCPT", "451 4.3.0 busy", times=1)

    before = timezone.now()
    assert deliver.drain(EMAIL).counts == {"deferred": 1}
    message = notice.messages.get()
    assert before + timedelta(seconds=20) < message.not_before < timezone.now() + timedelta(seconds=40)
    assert message.reason == "The mail server answered 451 4.3.0 busy"
    assert deliver.drain(EMAIL).counts == {}

    assert drain_later(minutes=1).counts == {"sent": 1}
    assert mailserver.recipients == ["cai@example.org"]


def test_waiting_times_double_up_to_an_hour_and_differ():
    waits = [deliver.waiting_time(Message(pk=5, attempts=tries)).total_seconds() for tries in range(1, 31)]

    plain = [min(30 * 2 ** (tries - 1), 3600) for tries in range(1, 31)]
    assert all(0.75 * base <= wait < 1.25 * base for wait, base in zip(waits, plain, strict=True))
    assert 20 * 3600 < sum(waits) < 30 * 3600  # about a day
    assert len({deliver.waiting_time(Message(pk=pk, attempts=1)) for pk in range(100)}) == 100


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [
        ("451 4.7.1 Greylisted, please try again later", 225, 375),
        ("454 4.7.0 Throttled, too many messages", 45, 75),
        ("451 4.3.0 Local error", 22, 38),
    ],
)
def test_each_refusal_has_a_waiting_time_of_its_own(mailserver, cai, answer, first, last):
    notice = released(cai)
    mailserver.refuse("RCPT", answer, times=1)
    before = timezone.now()

    deliver.drain(EMAIL)

    again = notice.messages.get().not_before
    assert before + timedelta(seconds=first) < again < timezone.now() + timedelta(seconds=last)


def test_the_wish_of_the_other_side_is_granted_up_to_a_limit():
    attempt = Message(pk=5, attempts=1)

    def wait(**fields):
        return judging.refused(attempt, ChannelError("no", permanent=False, **fields), now=NOW).until - NOW

    assert wait(wait=200) == timedelta(seconds=200)
    assert wait(wait=10**9) == timedelta(hours=6)
    assert wait(wait=1, unknown=True) == deliver.WAIT_WHEN_UNKNOWN


def test_a_server_that_finds_us_too_fast_is_left_alone_for_a_moment(db, monkeypatch):
    """All of them: what would be refused next is not even tried."""
    released(*people(20))
    post = Fake(monkeypatch, [ChannelError("454 slow down", permanent=False, later=Later.THROTTLED, wait=60)])

    drained = deliver.drain(EMAIL, seconds=3)

    assert drained.counts == {"deferred": 1}
    assert (drained.more, 0 < drained.wait <= pace.URGENT_SECONDS, len(post.taken)) == (True, True, 1)
    assert counts() == {"deferred": 1, "queued": 19}


def test_what_is_urgent_asks_within_seconds_whether_the_server_still_finds_us_too_fast(db, monkeypatch):
    released(*people(20))
    post = Fake(monkeypatch, [ChannelError("454 slow down", permanent=False, later=Later.THROTTLED, wait=60)])
    deliver.drain(EMAIL, seconds=1.5)
    urgent = released(*people(3), is_urgent=True)

    deliver.drain(EMAIL, seconds=4.5)

    assert len(post.taken) == 4
    assert set(urgent.messages.values_list("state", flat=True)) == {MessageState.SENT}
    assert counts() == {"sent": 3, "deferred": 1, "queued": 19}


def test_one_that_is_urgent_is_enough_to_ask(db, monkeypatch):
    released(*people(5), is_urgent=True)
    slow = ChannelError("454 slow down", permanent=False, later=Later.THROTTLED, wait=60)
    post = Fake(monkeypatch, [slow] * 10)
    deliver.drain(EMAIL, seconds=1.5)

    deliver.drain(EMAIL, seconds=4.5)

    assert 2 <= len(post.taken) <= 4
    waits = Message.objects.filter(state="deferred")
    assert len(waits) == len(post.taken)


def test_a_server_with_too_many_connections_gets_fewer(db, monkeypatch):
    released(*people(20))
    post = Fake(monkeypatch, [ChannelError("421 too many", permanent=False, later=Later.CONNECTIONS)])

    deliver.drain(EMAIL)

    assert [access.connections for access in post.accesses] == [8, 4]
    assert counts() == {"deferred": 1, "sent": 19}


def test_too_many_refused_for_good_in_a_row_stop_the_outlet(db, monkeypatch):
    released(*[factories.person(email=f"p{number}@{number % 4}.example") for number in range(40)])
    post = Fake(monkeypatch, [ChannelError("554 blocked", permanent=True)] * 40)

    drained = deliver.drain(EMAIL)

    assert len(post.taken) == 25
    assert counts() == {"failed": 25, "queued": 15}
    assert "554 blocked" in outlets.of(EMAIL).stop_reason
    assert "is stopped" in drained.trouble
    assert deliver.drain(EMAIL).counts == {}


def test_after_a_day_of_trying_it_has_failed(mailserver, cai):
    released(cai)
    Message.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    mailserver.refuse("RCPT", "451 later")

    deliver.drain(EMAIL)

    message = Message.objects.get()
    assert (message.state, message.reason) == (
        MessageState.FAILED,
        "Given up after 30 tries. The mail server answered 451 later",
    )


def test_a_refusal_for_good_is_a_failure_and_stops_nobody_else(mailserver, cai, dee):
    notice = released(cai, dee)
    mailserver.refuse("DATA", "554 5.7.1 looks like spam", to="cai@example.org")

    deliver.drain(EMAIL)

    assert dict(notice.messages.values_list("person__name", "state")) == {"Cai Carter": "failed", "Dee Dorn": "sent"}
    cai.refresh_from_db()
    assert cai.email_state == AddressState.WORKING


def test_an_address_that_does_not_exist_has_bounced(mailserver, cai):
    notice = released(cai)
    mailserver.refuse("RCPT", "550 5.1.1 no such user")

    assert deliver.drain(EMAIL).counts == {"bounced": 1}

    cai.refresh_from_db()
    message = notice.messages.get()
    assert (cai.email_state, message.state) == (AddressState.BOUNCED, MessageState.BOUNCED)
    assert Receipt.objects.get().detail == "The mail server answered 550 5.1.1 no such user"


def test_the_fault_of_the_server_is_nobodys_attempt(settings, db):
    released(*people(3))

    with port_of_nobody() as settings.EMAIL_PORT:
        settings.EMAIL_HOST = "127.0.0.1"
        drained = deliver.drain(EMAIL)

    assert "cannot be reached" in drained.trouble
    assert drained.counts == {}
    rows = Message.objects.values_list("state", "attempts", "lease_until")
    assert list(rows) == [(MessageState.QUEUED, 0, None)] * 3
    assert "cannot be reached" in Message.objects.first().reason


def test_a_server_that_takes_five_mails_per_connection_gets_all_of_them(mailserver, db):
    released(*people(30))
    mailserver.answer = closing_after(5)

    for minutes in range(5):
        drain_later(minutes=minutes)

    assert counts() == {"sent": 30}
    assert max(mailserver.copies.values()) == 1


def closing_after(limit):
    taken = [0]

    def answer(stage, value):
        if stage == "MAIL":
            taken[0] += 1
            if taken[0] % (limit + 1) == 0:
                return "421 4.7.0 enough for now"
        return None

    return answer


@pytest.mark.parametrize("trouble", ["451 4.3.0 later", "454 4.7.0 throttled", "421 4.7.0 busy", "drop"])
def test_under_ordinary_trouble_everybody_gets_it_once(mailserver, db, trouble):
    released(*people(30))
    dice = random.Random(7)
    mailserver.answer = lambda stage, value: trouble if stage == "RCPT" and dice.random() < 0.3 else None

    for minutes in range(0, 60, 5):
        drain_later(minutes=minutes)

    assert counts() == {"sent": 30}
    assert set(mailserver.copies.values()) == {1}


def test_lost_last_replies_lose_nobody_and_every_copy_is_recognisable(mailserver, db):
    released(*people(20))
    dice = random.Random(7)
    mailserver.answer = lambda stage, value: "drop after" if stage == "DATA" and dice.random() < 0.3 else None

    for quarter in range(12):
        drain_later(minutes=16 * quarter)

    assert counts() == {"sent": 20}
    ids = {(mail.recipient, mail.message_id) for mail in mailserver.mails}
    assert len(ids) == len(mailserver.copies) == 20


def test_a_hang_after_the_final_dot_is_not_a_quick_copy(mailserver, cai, settings):
    settings.EMAIL_TIMEOUT = 1.5
    notice = released(cai)
    mailserver.refuse("DATA", "hang", times=1)

    before = timezone.now()
    assert deliver.drain(EMAIL).counts == {"deferred": 1}

    assert notice.messages.get().not_before - before >= deliver.WAIT_WHEN_UNKNOWN
    assert drain_later(minutes=16).counts == {"sent": 1}


# What goes wrong here


def test_what_cannot_be_written_is_set_aside_after_three_tries(mailserver, cai, dee):
    notice = released(cai, dee)
    poisoned = notice.messages.get(person=cai)
    Message.objects.filter(pk=poisoned.pk).update(values={"name": ["not", "a", "name"]})

    for minutes in range(4):
        drain_later(minutes=2 * minutes)

    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.attempts) == (MessageState.FAILED, 3)
    assert poisoned.reason.startswith("It could not be written: ")
    assert mailserver.recipients == ["dee@example.org"]


def test_an_address_with_a_line_break_reaches_nobody(mailserver, cai, dee):
    notice = released(cai, dee)
    Person.objects.filter(pk=cai.pk).update(email="cai@example.org\r\nRCPT TO:<all@example.org>")

    for minutes in range(4):
        drain_later(minutes=2 * minutes)

    assert notice.messages.get(person=cai).state == MessageState.FAILED
    assert mailserver.recipients == ["dee@example.org"]


class Fake:
    """A post that answers what it is told, then accepts. One at a time."""

    def __init__(self, monkeypatch, outcomes=(), *, before=lambda: None):
        self.outcomes, self.before = list(outcomes), before
        self.taken, self.accesses, self.waiting = [], [], []
        monkeypatch.setitem(KINDS, EMAIL, replace(KINDS[EMAIL], open=self.open))

    def open(self, access):
        self.accesses.append(access)
        return self

    def room(self):
        return 1 - len(self.waiting)

    def put(self, parcel):
        self.waiting.append(parcel)

    def collect(self, seconds):
        self.before()
        parcel = self.waiting.pop()
        if not parcel.may_leave():
            return [(parcel, NotOurs())]
        self.taken.append(parcel)
        outcome = self.outcomes.pop(0) if self.outcomes else Accepted("250 ok")
        if isinstance(outcome, BaseException) and not isinstance(outcome, ChannelError):
            self.waiting.append(parcel)
            raise outcome
        return [(parcel, outcome)]

    def abandon(self, meanwhile=len):
        left, self.waiting = self.waiting, []
        return [(parcel, None) for parcel in left]

    def close(self):
        pass


def test_a_worker_that_slept_longer_than_its_lease_hands_nothing_over(cai, monkeypatch):
    released(cai)
    later = outbox.seconds() + 60
    post = Fake(monkeypatch, before=lambda: monkeypatch.setattr(lease, "seconds", lambda: later))

    assert deliver.drain(EMAIL, seconds=0.5).counts == {"lost": 1}

    assert post.taken == []
    assert counts() == {"queued": 1}
    assert Message.objects.get().attempts == 0


def test_what_somebody_else_has_taken_meanwhile_stays_theirs(cai, monkeypatch):
    released(cai)

    def overtake():
        factories.leases_end()
        outbox.sweep()
        assert len(outbox.claim_suspects(EMAIL, limit=1, now=timezone.now())) == 1

    Fake(monkeypatch, [ChannelError("451 later", permanent=False)], before=overtake)

    assert deliver.drain(EMAIL).counts == {"lost": 1}

    message = Message.objects.get()
    assert (message.state, message.attempts, message.reason) == (MessageState.SENDING, 2, "")


def test_what_left_is_recorded_though_its_lease_ran_out_as_long_as_nobody_took_it(cai, monkeypatch):
    released(cai)

    def sweep():
        factories.leases_end()
        assert outbox.sweep() == 1

    Fake(monkeypatch, before=sweep)

    assert deliver.drain(EMAIL).counts == {"sent": 1}

    assert counts() == {"sent": 1}


def test_leases_are_prolonged_while_a_server_takes_its_time(cai, monkeypatch):
    released(cai)
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0)
    leases = []

    class Slow(Fake):
        def collect(self, seconds):
            leases.append(Message.objects.get().lease_until)
            return super().collect(seconds) if len(leases) == 3 else ()

    Slow(monkeypatch)

    deliver.drain(EMAIL)

    assert leases[0] < leases[1] < leases[2]
    assert counts() == {"sent": 1}


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_whoever_is_told_to_stop_gives_back_what_has_not_left(db, monkeypatch, end):
    released(*people(10))
    Fake(monkeypatch, [Accepted("250 ok"), Accepted("250 ok"), end()])

    with pytest.raises(end):
        deliver.drain(EMAIL)

    assert counts() == {"sent": 2, "queued": 8}
    assert set(Message.objects.filter(state="queued").values_list("attempts", "lease_until")) == {(0, None)}


def test_what_nobody_foresaw_is_tried_again(cai, monkeypatch):
    class Surprising:
        def send(self, parcel):
            raise ZeroDivisionError("what nobody foresaw")

        def close(self):
            pass

    released(cai)
    monkeypatch.setitem(KINDS, EMAIL, replace(KINDS[EMAIL], open=lambda access: OneByOne(Surprising)))

    assert deliver.drain(EMAIL).counts == {"deferred": 1}

    assert Message.objects.get().reason == "ZeroDivisionError: what nobody foresaw"


def test_a_pass_as_if_it_were_next_year_holds_its_messages_by_the_real_clock(cai, monkeypatch):
    """A worker that is killed on the way keeps nobody waiting until then."""
    released(cai)
    leases = []
    Fake(monkeypatch, before=lambda: leases.append(Message.objects.get().lease_until))

    deliver.drain(EMAIL, now=timezone.now() + timedelta(days=1))

    assert leases[0] < timezone.now() + outbox.LEASE


def test_a_database_that_is_away_for_a_moment_does_not_make_a_copy(mailserver, transactional_db):
    released(*people(3))
    cut = []

    def answer(stage, value):
        if stage == "DATA" and not cut:
            cut.append(1)
            cut_connections()
        return

    mailserver.answer = answer
    deliver.drain(EMAIL, seconds=60)

    assert counts() == {"sent": 3}
    assert set(mailserver.copies.values()) == {1}


def cut_connections():
    """All but the one that does it, from another process's point of view."""
    settings = connection.settings_dict
    env = os.environ | {"PGHOST": settings["HOST"], "PGUSER": settings["USER"], "PGPASSWORD": settings["PASSWORD"]}
    code = (
        "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('SELECT pg_terminate_backend(pid) FROM"
        " pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')"
    )
    target = f"dbname={settings['NAME']} port={settings['PORT'] or 5432}"
    subprocess.run([sys.executable, "-c", code, target], env=env, check=True)


def test_what_is_cancelled_during_the_send_stays_unsent(db, monkeypatch):
    monkeypatch.setattr(supply, "FRESH_SECONDS", 0)  # every message is judged again
    notice = released(*people(10))
    post = Fake(monkeypatch)

    def cancel():
        if len(post.taken) == 1:
            approve.cancel(notice, by=factories.account(), reason="Wrong date.", now=timezone.now())

    post.before = cancel
    deliver.drain(EMAIL)

    assert len(post.taken) == 2  # one was in the hands of the post
    assert counts() == {"sent": 2, "cancelled": 8}


def test_an_outage_overtakes_a_bulk_send(mailserver, db):
    released(*people(10), kind=NoticeKind.NEWS)
    released(factories.person("Urgent", email="urgent@example.org"), kind=NoticeKind.OUTAGE)

    deliver.drain(EMAIL, seconds=60)

    assert mailserver.recipients[0] == "urgent@example.org"
    assert len(mailserver.mails) == 11


def test_an_outage_that_comes_during_a_bulk_send_leaves_at_once(transactional_db, monkeypatch):
    released(*people(700), kind=NoticeKind.NEWS)
    post = Fake(monkeypatch)

    def happen():
        time.sleep(0.01)
        if len(post.taken) == 60:
            released(factories.person("Urgent", email="urgent@example.org"), kind=NoticeKind.OUTAGE)
            post.began = time.monotonic()
        if post.taken and post.taken[-1].address == "urgent@example.org":
            post.took = time.monotonic() - post.began
            post.before = lambda: None

    post.before = happen
    deliver.drain(EMAIL, seconds=60)

    assert post.took < 5  # behind all others it would take longer
    assert counts() == {"sent": 701}


def test_a_drain_stops_when_its_time_is_up_and_says_that_there_is_more(mailserver, db):
    released(*people(8))

    assert deliver.drain(EMAIL, seconds=0).more
    assert not deliver.drain(EMAIL).more
    assert counts() == {"sent": 8}


# A worker that is killed


def database_url():
    """Of the database of the tests."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{server}/{connection.settings_dict['NAME']}"


def start_worker(mailserver):
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://{mailserver.host}:{mailserver.port}",
        "PYTHONWARNINGS": "ignore",
    }
    return subprocess.Popen([sys.executable, "manage.py", "drain"], cwd=CHECKOUT, env=env, stdout=subprocess.PIPE)


def test_kill_9_in_mid_send_loses_nobody_and_copies_at_most_one_per_kill(mailserver, transactional_db):
    everybody = people(300)
    released(*everybody)
    kills = 2

    for kill in range(1, kills + 1):
        worker = start_worker(mailserver)
        wait_for(lambda kill=kill: len(mailserver.mails) >= 60 * kill, worker)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        factories.leases_end()
        outbox.sweep()
        Seat.objects.update(until=timezone.now())
    deliver.drain(EMAIL, seconds=60)

    assert counts() == {"sent": 300}
    assert set(mailserver.copies) == {person.email for person in everybody}
    assert len(mailserver.mails) - 300 <= kills * outlets.of(EMAIL).connections
    assert len({mail.message_id for mail in mailserver.mails}) == 300


def test_a_worker_by_hand_also_sends_what_another_one_died_with(mailserver, transactional_db, monkeypatch):
    """No clock runs beside it that would take it back."""
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=4))
    monkeypatch.setattr(lease, "MARGIN", timedelta(seconds=0.5))
    released(*people(6))
    outbox.claim(EMAIL, limit=3, now=timezone.now())

    call_command("drain", stdout=(said := StringIO()))

    assert said.getvalue() == "email: 6 sent\n"
    assert counts() == {"sent": 6}
    assert set(mailserver.copies.values()) == {1}


def test_a_worker_by_hand_leaves_to_others_what_they_go_on_holding(mailserver, transactional_db, monkeypatch):
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=5))
    monkeypatch.setattr(lease, "MARGIN", timedelta(seconds=0.5))
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=5))
    released(*people(3))
    [held] = outbox.claim(EMAIL, limit=1, now=timezone.now())
    monkeypatch.setattr(draining, "sleep", lambda _: (time.sleep(0.5), outbox.hold([held], now=timezone.now())))

    call_command("drain", stdout=(said := StringIO()))

    assert said.getvalue() == "email: 2 sent. Other workers have 1 in their hands.\n"
    assert counts() == {"sent": 2, "sending": 1}


def wait_for(condition, worker):
    until = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < until
        assert worker.poll() is None
        time.sleep(0.005)
