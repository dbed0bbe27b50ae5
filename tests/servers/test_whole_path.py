"""From a released notice to the mailbox: what the server says becomes what the outbox shows."""

import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from notices.channels.base import AddressRefused, ChannelDown
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import deliver, outlets
from notices.pipeline.outlets import trying_out
from stakeholders.enums import Channel
from tests import factories
from tests.fixtures.scripted import Act
from tests.notices.pipeline.test_deliver import released
from tests.servers.postfix import Postfix, why_not

EMAIL = Channel.EMAIL
needs_postfix = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


def told(count):
    return released(*[factories.person() for _ in range(count)])


def states():
    return Counter(Message.objects.values_list("state", flat=True))


def drained(rounds=1, later=timedelta(), rest=0):
    """As often as the clock would do it, each time when what was put off is due. `rest`: seconds that really go by for
    a server that has a clock of its own."""
    for number in range(rounds):
        time.sleep(rest if number else 0)
        deliver.drain(EMAIL, now=timezone.now() + later * (number + 1), seconds=90)
        if not Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.DEFERRED]).exists():
            break


@pytest.fixture
def postfix(settings):
    @contextmanager
    def start(main=None, **how):
        with Postfix(main or {}, **how) as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
            yield server

    return start


def keys(server):
    """Of the messages in the mailbox, by what their Message-ID says of them."""
    return Counter(one.split(b"\n", 1)[0] for one in server.arrived.contents)


@needs_postfix
def test_everybody_gets_it_once(postfix, transactional_db):
    with postfix() as server:
        told(300)
        drained()

        assert states() == {"sent": 300}
        server.arrived.wait(300)
        assert len(keys(server)) == 300
        assert set(keys(server).values()) == {1}


@needs_postfix
def test_each_answer_becomes_its_state(postfix, transactional_db):
    main = {"smtpd_recipient_restrictions": "check_recipient_access texthash:{folder}/etc/access, permit_mynetworks"}
    people = [factories.person() for _ in range(60)]
    lines = [f"{one.email} 550 5.1.1 User unknown" for one in people[:5]]
    lines += [f"{one.email} 450 4.2.0 Greylisted" for one in people[5:10]]
    lines += [f"{one.email} 554 5.7.1 Blocked" for one in people[10:15]]
    with postfix(main, files={"access": "\n".join(lines) + "\n"}) as server:
        notice = released(*people)
        drained()

        assert notice.messages.count() == 60
        assert states() == {"sent": 45, "bounced": 5, "deferred": 5, "failed": 5}
        assert len(server.arrived.wait(45)) == 45
        assert set(Message.objects.filter(state="failed").values_list("reason", flat=True)) == {
            f"The mail server answered 554 5.7.1 <{one.email}>: Recipient address rejected: Blocked"
            for one in people[10:15]
        }


@needs_postfix
def test_a_server_that_slows_us_down_gets_everything_in_the_end(postfix, transactional_db):
    with postfix({"smtpd_client_message_rate_limit": "20", "anvil_rate_time_unit": "3s"}) as server:
        told(60)
        drained(rounds=12, later=timedelta(minutes=10), rest=3)

        assert states() == {"sent": 60}
        assert len(server.arrived.wait(60)) == 60


@needs_postfix
def test_the_test_button_says_what_the_server_said(postfix, transactional_db, settings):
    ana = factories.account()
    outlet = outlets.of(EMAIL)
    main = {"smtpd_recipient_restrictions": "check_recipient_access texthash:{folder}/etc/access, permit_mynetworks"}
    with postfix(main, files={"access": "gone@example.org 550 5.1.1 User unknown\n"}) as server:

        def answer(address):
            return trying_out.try_out(outlet, address, by=ana, now=timezone.now())

        assert "queued as" in answer("cai@example.org")
        assert len(server.arrived.wait(1)) == 1
        with pytest.raises(AddressRefused, match=r"550 5\.1\.1"):
            answer("gone@example.org")
        settings.EMAIL_USE_TLS = True
        with pytest.raises(ChannelDown, match="STARTTLS"):
            answer("cai@example.org")


# Always, with a server of our own


@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_a_greeting_that_takes_longer_than_a_turn_is_waited_for(scripted, transactional_db, stage):
    """A turn of a worker is over after a few seconds; a server that greets after more than that must get its mail."""
    scripted.on(stage, Act(delay=6))
    told(5)

    for _ in range(8):
        deliver.drain(EMAIL)
        if states() == {"sent": 5}:
            break

    assert states() == {"sent": 5}
    assert set(scripted.copies.values()) == {1}


def test_a_tarpit_that_takes_longer_than_a_turn_gets_everything(scripted, transactional_db):
    for stage in ("MAIL", "RCPT"):
        scripted.on(stage, Act(delay=2.2))
    told(3)

    for _ in range(16):
        deliver.drain(EMAIL)
        if states() == {"sent": 3}:
            break

    assert states() == {"sent": 3}
    assert set(scripted.copies.values()) == {1}


def test_a_login_that_fails_keeps_everything_and_says_why(scripted, transactional_db, settings):
    scripted.offers = ("PIPELINING", "AUTH PLAIN LOGIN")
    scripted.on("AUTH", Act("535 5.7.8 Authentication credentials invalid"))
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ana", "wrong"
    told(5)

    trouble = deliver.drain(EMAIL).trouble

    assert "does not let us in: 535 5.7.8 Authentication credentials invalid" in trouble
    assert states() == {"queued": 5}
