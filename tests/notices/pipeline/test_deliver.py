import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from notices.channels.email import Mailbox
from notices.enums import MessageState, NoticeKind
from notices.models import Message, Receipt
from notices.pipeline import approve, deliver, outbox, render
from stakeholders.enums import AddressState, Channel
from tests import factories
from tests.fixtures.mailserver import free_port
from tests.notices.pipeline.test_outbox import run_at_once

EMAIL = Channel.EMAIL
CHECKOUT = Path(__file__).parents[3]
WORDS = [{"language": "en", "level": "plain", "subject": "Mail stops", "body": "Hello {{ first_name }}."}]


@pytest.fixture(autouse=True)
def patience(settings):
    settings.EMAIL_TIMEOUT = 5


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
    receipt = message.receipts.get()
    assert (receipt.kind, receipt.detail) == ("accepted", "250 2.0.0 queued as 1")


def test_a_sent_message_renders_again_to_its_digest(mailserver, cai):
    notice = released(cai)
    deliver.drain(EMAIL)
    cai.name, notice.upgrade.name = "Cai Cooper", "Something else"
    cai.save()
    notice.upgrade.save()

    again = Mailbox().build(render.of_message(Message.objects.get()))

    assert hashlib.sha256(again).digest() == bytes(Message.objects.get().sha256)


def test_one_connection_for_a_whole_drain(mailserver, db):
    released(*people(30))

    deliver.drain(EMAIL)

    assert (len(mailserver.mails), mailserver.connections) == (30, 1)


def test_nothing_to_send_opens_no_connection(mailserver, db):
    assert str(deliver.drain(EMAIL)) == "nothing to send"
    assert mailserver.connections == 0


def test_four_workers_send_forty_messages_each_once(mailserver, transactional_db):
    everybody = people(40)
    released(*everybody)

    run_at_once(*[lambda: deliver.drain(EMAIL, seconds=20)] * 4)

    assert mailserver.copies == Counter({person.email: 1 for person in everybody})
    assert counts() == {"sent": 40}


# What the server says


def test_a_refusal_for_now_is_tried_again_later(mailserver, cai):
    notice = released(cai)
    mailserver.refuse("RCPT", "451 4.7.1 greylisted", times=1)

    before = timezone.now()
    assert deliver.drain(EMAIL).counts == {"deferred": 1}
    message = notice.messages.get()
    assert timedelta(seconds=20) < message.not_before - before < timedelta(seconds=40)
    assert message.reason == "The mail server answered 451 4.7.1 greylisted"
    assert deliver.drain(EMAIL).counts == {}

    assert drain_later(minutes=1).counts == {"sent": 1}
    assert mailserver.recipients == ["cai@example.org"]


def test_waiting_times_double_up_to_an_hour_and_differ():
    waits = [deliver.waiting_time(Message(pk=5, attempts=tries)).total_seconds() for tries in range(1, 31)]

    plain = [min(30 * 2 ** (tries - 1), 3600) for tries in range(1, 31)]
    assert all(0.75 * base <= wait < 1.25 * base for wait, base in zip(waits, plain, strict=True))
    assert 20 * 3600 < sum(waits) < 30 * 3600  # about a day
    assert len({deliver.waiting_time(Message(pk=pk, attempts=1)) for pk in range(100)}) == 100


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
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    released(*people(3))

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
    settings.EMAIL_TIMEOUT = 0.3
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
    notice.messages.filter(person=cai).update(address="cai@example.org\r\nRCPT TO:<all@example.org>")

    for minutes in range(4):
        drain_later(minutes=2 * minutes)

    assert notice.messages.get(person=cai).state == MessageState.FAILED
    assert mailserver.recipients == ["dee@example.org"]


class Surprising(Mailbox):
    def send(self, envelope, content, *, hold):
        raise ZeroDivisionError("what nobody foresaw")


class Overtaken(Mailbox):
    """Its lease runs out while it has the message in its hands."""

    def send(self, envelope, content, *, hold):
        Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        outbox.sweep(now=timezone.now())
        return super().send(envelope, content, hold=hold)


def only_message(sender):
    with closing(sender):
        return deliver.deliver(outbox.claim(EMAIL, limit=1, now=timezone.now())[0], sender, clock=timezone.now)


def test_what_nobody_foresaw_is_tried_again(cai):
    released(cai)

    assert only_message(Surprising()) == MessageState.DEFERRED

    assert Message.objects.get().reason == "ZeroDivisionError: what nobody foresaw"


def test_a_worker_that_comes_too_late_does_not_hand_the_content_over(mailserver, cai):
    released(cai)
    message = outbox.claim(EMAIL, limit=1, now=timezone.now())[0]
    message.lease_until = timezone.now()  # a long time has passed
    outbox.sweep(now=timezone.now() + timedelta(hours=1))

    with closing(Mailbox()) as sender:
        assert deliver.deliver(message, sender, clock=timezone.now) == "lost"

    assert mailserver.mails == []


def test_a_pass_as_if_it_were_next_year_holds_its_messages_by_the_real_clock(mailserver, cai, monkeypatch):
    """A worker that is killed on the way keeps nobody waiting until then."""
    released(cai)
    leases = []
    monkeypatch.setattr(deliver, "deliver", lambda message, *_, **__: leases.append(message.lease_until) or "sent")

    deliver.drain(EMAIL, now=timezone.now() + timedelta(days=1))

    assert leases[0] < timezone.now() + outbox.LEASE


def test_the_result_of_a_lost_lease_changes_nothing(mailserver, cai):
    released(cai)

    assert only_message(Overtaken()) == "lost"

    assert Message.objects.get().state == MessageState.QUEUED


def test_a_database_that_is_away_for_a_moment_does_not_make_a_copy(mailserver, transactional_db):
    released(*people(3))
    cut = []

    def answer(stage, value):
        if stage == "DATA" and not cut:
            cut.append(1)
            cut_connections()
        return

    mailserver.answer = answer
    deliver.drain(EMAIL, seconds=20)

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


def test_what_is_cancelled_during_the_send_stays_unsent(mailserver, db, monkeypatch):
    monkeypatch.setattr(deliver, "FRESH_SECONDS", 0)  # every message is judged again
    notice = released(*people(10))

    batch = outbox.claim(EMAIL, limit=10, now=timezone.now())
    drained = deliver.Drained()
    with closing(Mailbox()) as sender:
        done = deliver._deliver_while_fresh(batch, sender, drained, clock=timezone.now)
        approve.cancel(notice, by=factories.account(), reason="Wrong date.", now=timezone.now())
    deliver.drain(EMAIL)

    assert (done, len(mailserver.mails)) == (1, 1)
    assert counts() == {"sent": 1, "cancelled": 9}


def test_an_outage_overtakes_a_bulk_send(mailserver, db, monkeypatch):
    monkeypatch.setattr(deliver, "FRESH_SECONDS", 0)
    released(*people(10), kind=NoticeKind.NEWS)
    released(factories.person("Urgent", email="urgent@example.org"), kind=NoticeKind.OUTAGE)

    deliver.drain(EMAIL, seconds=20)

    assert mailserver.recipients[0] == "urgent@example.org"
    assert len(mailserver.mails) == 11


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
        outbox.sweep(now=timezone.now() + outbox.LEASE + timedelta(seconds=1))
    deliver.drain(EMAIL, seconds=60)

    assert counts() == {"sent": 300}
    assert set(mailserver.copies) == {person.email for person in everybody}
    assert len(mailserver.mails) - 300 <= kills
    assert len({mail.message_id for mail in mailserver.mails}) == 300


def wait_for(condition, worker):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        assert worker.poll() is None
        time.sleep(0.005)
