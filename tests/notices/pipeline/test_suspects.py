"""A message that kills whoever tries to send it. Real workers die of it."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.utils import timezone

from notices.enums import MessageState
from notices.models import DomainTrouble, Message, Seat
from notices.pipeline import deliver, outbox, outlets
from notices.pipeline.outbox import sweeping
from tests import factories
from tests.fixtures.scripted import Act, scripted
from tests.notices.pipeline.test_deliver import CHECKOUT, EMAIL, counts, database_url, people, released

__all__ = ["scripted"]

POISON = "poison@example.org"


def work(mailserver, when):
    """One life of a worker. How it ended."""
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://{mailserver.host}:{mailserver.port}",
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "commsplan.settings",
        "DEADLY": POISON,
        "DEADLY_WHEN": when,
    }
    argv = [sys.executable, "-m", "tests.fixtures.deadly", "drain"]
    done = subprocess.run(argv, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def lives(mailserver, when="made"):
    """Workers come and die until one of them lives. How many died."""
    deaths = 0
    while work(mailserver, when) and deaths < 20:
        deaths += 1
        factories.leases_end()
        outbox.sweep()
        Seat.objects.all().delete()
    return deaths


@pytest.mark.parametrize("when", ["made", "put"])
def test_only_what_kills_is_set_aside_and_its_neighbours_get_one_each(mailserver, transactional_db, when):
    poison = factories.person(email=POISON)
    innocent = people(50)
    released(poison, *innocent)

    deaths = lives(mailserver, when)

    assert deaths == outbox.MOST_LOSSES
    assert counts() == {"sent": 50, "failed": 1}
    assert poison.messages.get().reason == sweeping.DEADLY
    assert mailserver.copies == {person.email: 1 for person in innocent}


def test_what_was_set_aside_leaves_alone_when_somebody_tries_it_again(mailserver, transactional_db, ben):
    poison = factories.person(email=POISON)
    notice = released(poison, *people(20))
    notice.messages.filter(person=poison).update(state="failed", attempts=7, losses=outbox.MOST_LOSSES)
    outbox.retry_failed(notice, by=ben, now=timezone.now(), with_doubtful=True)

    deaths = lives(mailserver)

    assert deaths == 3
    assert poison.messages.get().reason == sweeping.DEADLY
    assert set(mailserver.copies.values()) == {1}
    assert counts() == {"sent": 20, "failed": 1}


def test_two_that_kill_take_nobody_else_along(mailserver, transactional_db):
    """In the middle of the rest: what was on its way just then may come twice, as after any death of a worker."""
    innocent = people(40)
    poison = factories.person(email=POISON)
    released(*innocent[:20], poison, *innocent[20:])
    released(poison, *people(5))

    deaths = lives(mailserver)

    assert deaths <= 2 * outbox.MOST_LOSSES
    assert counts() == {"sent": 45, "failed": 2}
    assert set(mailserver.copies) == {message.address for message in Message.objects.filter(state="sent")}
    assert len({mail.message_id for mail in mailserver.mails}) == 45


def lost(times, *messages):
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(losses=times)


def taken(limit=100):
    return len(outbox.claim_suspects(EMAIL, limit=limit, now=timezone.now()))


def test_suspects_are_claimed_a_few_at_a_time_and_then_alone(db):
    notice = released(*people(30))
    messages = list(notice.messages.order_by("pk"))
    lost(1, *messages[:15])
    lost(2, *messages[15:18])

    assert len(outbox.claim(EMAIL, limit=100, now=timezone.now())) == 12
    assert [taken() for _ in range(6)] == [10, 5, 1, 1, 1, 0]


def test_the_least_suspicious_leave_first(db):
    messages = list(released(*people(3)).messages.order_by("pk"))
    lost(4, messages[0])
    lost(2, messages[1])
    lost(3, messages[2])

    claimed = [outbox.claim_suspects(EMAIL, limit=10, now=timezone.now())[0].pk for _ in range(3)]

    assert claimed == [messages[1].pk, messages[2].pk, messages[0].pk]


def test_a_suspect_of_a_paused_notice_or_before_its_time_waits(db, ben):
    paused, later = released(*people(2)), released(*people(2))
    Message.objects.update(losses=2)
    outbox.pause(paused, by=ben, now=timezone.now())
    later.messages.update(not_before=timezone.now() + outbox.LEASE)

    assert not outbox.has_suspects(EMAIL, now=timezone.now())
    assert taken() == 0


def test_a_death_that_was_none_of_their_fault_keeps_nobody_waiting(mailserver, transactional_db):
    """A whole worker's hand is lost once or twice, and the others go on."""
    notice = released(*people(700))
    messages = list(notice.messages.order_by("pk"))
    lost(1, *messages[:300])
    lost(2, *messages[300:320])
    began = time.monotonic()

    drained = deliver.drain(EMAIL, seconds=120)

    assert drained.counts == {"sent": 700}
    assert time.monotonic() - began < 90
    assert set(mailserver.copies.values()) == {1}


def test_a_lone_suspect_is_alone(mailserver, transactional_db, monkeypatch):
    """While it is in hand, nothing else is."""
    messages = list(released(*people(40)).messages.order_by("pk"))
    lost(3, *messages[10:14])
    suspects, seen = {one.address for one in messages[10:14]}, []
    usual = deliver.contents.Mails.of

    def look(self, row):
        if row.address in suspects:
            seen.append(Message.objects.filter(state=MessageState.SENDING).count())
        return usual(self, row)

    monkeypatch.setattr(deliver.contents.Mails, "of", look)

    assert deliver.drain(EMAIL, seconds=60).counts == {"sent": 40}

    assert seen == [1, 1, 1, 1]


def test_a_digest_that_was_lost_once_leaves_as_one_mail_and_later_part_by_part(mailserver, transactional_db):
    cai = factories.person(email="cai@example.org")
    for _ in range(3):
        released(cai)
    Message.objects.update(values={"name": "Cai", "digest": True}, losses=1)
    deliver.drain(EMAIL, seconds=60)
    assert mailserver.copies == {"cai@example.org": 1}

    for _ in range(2):
        released(cai)
    Message.objects.filter(state="queued").update(values={"name": "Cai", "digest": True}, losses=2)
    deliver.drain(EMAIL, seconds=60)

    assert mailserver.copies == {"cai@example.org": 3}


def test_what_was_set_aside_says_why_in_the_log(caplog, cai):
    released(cai)
    outbox.claim(EMAIL, limit=1, now=timezone.now())
    Message.objects.update(losses=outbox.MOST_LOSSES - 1)
    factories.leases_end()

    assert outbox.sweep() == 1

    assert "message set aside" in caplog.text
    assert Message.objects.get().state == MessageState.FAILED


def test_what_is_kept_for_the_urgent_is_not_for_other_suspects(db):
    usual, urgent = released(*people(3)), released(*people(2), is_urgent=True)
    lost(1, *usual.messages.all(), *urgent.messages.all())

    claimed = outbox.claim_suspects(EMAIL, limit=10, now=timezone.now(), urgent=True)

    assert {row.notice.pk for row in claimed} == {urgent.pk}
    assert len(claimed) == 2


def test_suspects_of_a_domain_that_is_stopped_keep_the_others_no_longer_than_a_moment(mailserver, transactional_db):
    """Whoever drains next comes with the next tick of the clock."""
    behind = people(20)
    released(*[factories.person(email=f"p{number}@strict.example") for number in range(60)], *behind)
    Message.objects.update(losses=1)
    now = timezone.now()
    DomainTrouble.objects.create(outlet=outlets.of(EMAIL), domain="strict.example", errors=25, stopped_at=now)

    deliver.drain(EMAIL, seconds=60)

    assert counts() == {"deferred": 60, "sent": 20}
    assert mailserver.copies == {person.email: 1 for person in behind}


def test_suspects_that_hang_do_not_take_the_whole_time_of_a_worker(scripted, transactional_db):
    """A worker that hangs may have been killed because of that: its messages hang in the hands of the next one, too."""
    slow, others = people(30), people(5)
    released(*slow, *others)
    Message.objects.filter(person__in=slow).update(losses=1)
    for person in slow:
        scripted.on("RCPT", Act(delay=5), to=person.email)

    deliver.drain(EMAIL, seconds=4)

    assert Message.objects.filter(person__in=others, state=MessageState.SENT).count() == 5
