"""The mail server on the other side has troubles of its own, or makes them."""

from datetime import timedelta

import pytest

from tests.faults.site.promises import announce, kept, settled, under_way
from tests.faults.site.receiver import Receiver
from tests.faults.site.running import EMAIL_TIMEOUT, until
from tests.fixtures.scripted import Act

SLOW = 0.003
TROUBLES = [  # stage, what the server does, how often, and what becomes of the message
    ("RCPT", Act("450 4.2.0 Greylisted, try again in 300 seconds"), 1, "sent"),
    ("RCPT", Act("451 4.3.0 Try again later"), 2, "sent"),
    ("RCPT", Act("452 4.2.2 Mailbox full"), 2, "sent"),
    ("RCPT", Act("550 5.1.1 No such user"), 99, "bounced"),
    ("content", Act("554 5.7.1 Not wanted"), 99, "failed"),
    ("content", Act("451 4.3.2 Try again later"), 2, "sent"),
    ("content", Act("454 4.7.0 Too fast"), 1, "sent"),
    ("MAIL", Act("421 4.3.2 Shutting down", close=True), 1, "sent"),
    ("content", Act("421 4.3.2 Shutting down", close=True), 1, "sent"),
    ("RCPT", Act(drop=True), 1, "sent"),
    ("content", Act(drop=True), 1, "sent"),
    ("content", Act(drip=0.02), 1, "sent"),
    ("DATA", Act("354 go on", drip=0.02), 1, "sent"),
    ("content", Act(b"\xff\x00\x1b[31m what?\r\n"), 1, "sent"),
    ("content", Act(b"250-" + b"x" * 100_000 + b"\r\n", take=False, close=True), 1, "sent"),
]


def test_each_trouble_is_that_of_one_reader_and_holds_up_nobody_else(site, dice, results):
    """Who is in trouble is random. The server took nothing that it did not say it took."""
    server, expected = site.receiver.server, {}
    server.slow(SLOW)

    def choose(addresses):
        for address, (stage, act, times, end) in zip(dice.sample(addresses, len(TROUBLES)), TROUBLES, strict=True):
            server.on(stage, act, times=times, to="" if stage in ("MAIL", "DATA") else address)
            expected[address] = end

    sending = announce(site, 100, before=choose)
    settled(site, sending, hurried=True)

    found = dict(site.sql("SELECT address, state FROM notices_message WHERE notice_id = %s", sending.notice))
    assert found == dict.fromkeys(sending.addresses, "sent") | expected
    results(troubles=len(TROUBLES), sent=kept(site, sending).sent, copies=kept(site, sending).copies)


def test_no_answer_after_the_final_dot_is_no_quick_copy(site, dice, results):
    server, unlucky = site.receiver.server, []

    def choose(addresses):
        unlucky.append(dice.choice(addresses))
        server.on("content", Act(hang=True, take=True), times=1, to=unlucky[0])

    sending = announce(site, 60, before=choose)
    until(lambda: site.states(sending.notice) == {"sent": 59, "deferred": 1}, what="one is not known")
    [(wait,)] = site.sql(
        "SELECT not_before - now() FROM notices_message WHERE notice_id = %s AND state = 'deferred'", sending.notice
    )
    assert wait > timedelta(minutes=14)
    assert [recipient for recipient, _ in site.arrived()].count(unlucky[0]) == 1

    assert settled(site, sending, hurried=True) == {"sent": 60}
    results(seconds_of_silence=EMAIL_TIMEOUT, copies=kept(site, sending, copies=1).copies)


@pytest.mark.parametrize(
    "lie", ["drops", *(pytest.param(one, marks=pytest.mark.long) for one in ("forgets", "garbles", "doubles"))]
)
def test_a_server_that_lies_about_pipelining_gets_each_once(site, lie, results):
    site.receiver.server.lies(lie)
    sending = announce(site, 30)

    assert settled(site, sending, hurried=True) == {"sent": 30}
    results(copies=kept(site, sending).copies)
    site.kill("worker")  # it remembers such a server


def test_a_server_with_too_many_connections_gets_all_over_fewer(site, results):
    site.receiver.server.takes_connections(1)
    site.receiver.server.slow(SLOW)
    sending = announce(site, 80)

    assert settled(site, sending, hurried=True) == {"sent": 80}
    results(copies=kept(site, sending).copies)


@pytest.fixture
def fallback(site):
    """Its workers know another mail server."""
    other = Receiver()
    site.kill("worker")
    site.run("worker", EMAIL_FALLBACK_URL=other.url)
    site.receivers.append(other)
    yield other
    site.kill("worker")  # before the mails that it sent are forgotten
    site.receivers.remove(other)
    other.close()


def test_the_fallback_takes_over_in_mid_send_and_copies_nothing(site, fallback, results):
    server = site.receiver.server
    server.slow(SLOW)
    sending = announce(site, 150)
    under_way(site, sending, 30)

    server.on("connect", Act("421 4.3.2 Not today", close=True))
    server.on("MAIL", Act("421 4.3.2 Not today", close=True))
    until(lambda: site.sql("SELECT tries FROM notices_health"), what="the first one is known to be down")
    site.sql("UPDATE notices_health SET down_since = now() - interval '1 minute'")

    assert settled(site, sending, hurried=True) == {"sent": 150}
    assert fallback.server.count() > 0
    results(over_the_fallback=fallback.server.count(), copies=kept(site, sending).copies)
