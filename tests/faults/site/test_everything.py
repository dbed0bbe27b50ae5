"""All at once: a mail server that does what it likes, and everything of ours that dies."""

import time
from collections import Counter

import pytest

from notices.models.outbox import DOUBT
from tests.faults.site.promises import announce, settled
from tests.faults.site.running import PATIENCE

PEOPLE = 2_000
SECONDS = 40


@pytest.fixture
def goes_on(site):
    """However much is refused."""
    site.sql("UPDATE notices_outlet SET stop_after = 0 WHERE channel = 'email'")
    yield
    site.sql("UPDATE notices_outlet SET stop_after = 25 WHERE channel = 'email'")


def accidents(site, dice) -> Counter[str]:
    """How often what died, and was started again."""
    ways = {
        "worker": lambda: site.kill("worker"),
        "clock": lambda: site.kill("clock"),
        "connections": site.cut_connections,
        "broker": site.flush_broker,
        "PostgreSQL": site.crash_database,
    }
    happened, until = Counter[str](), time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(4 * dice.random())
        name = dice.choice(list(ways))
        ways[name]()
        happened[name] += 1
        site.stores_again()
        site.start_again()
        site.time_passes()
    return happened


@pytest.mark.long
def test_whatever_happens_each_gets_one_or_the_state_says_why_not(site, goes_on, dice, results):
    """A copy is what the server took without a word, or what was on its way when something died."""
    site.receiver.server.misbehaves(str(dice.random()), often=0.06)
    sending = announce(site, PEOPLE)
    happened = accidents(site, dice)
    meanwhile = sum(recipient in sending.addresses for recipient, _ in site.arrived())
    site.receiver.server.good()
    settled(site, sending, hurried=True, seconds=2 * PATIENCE)

    mails = [one for one in site.arrived() if one[0] in sending.addresses]
    arrived = {recipient for recipient, _ in mails}
    rows = {address: (state, reason) for address, state, reason in site.sql(ENDED, sending.notice)}
    assert rows.keys() == set(sending.addresses)
    assert not {one for one, (state, _) in rows.items() if state == "sent"} - arrived
    unsure = {one: rows[one] for one in arrived if rows[one][0] != "sent"}
    assert not [row for row in unsure.values() if DOUBT not in row[1]], "It arrived, and its state denies that."
    assert len(set(mails)) == len(arrived), "A copy had another Message-ID."
    states = Counter(state for state, _ in rows.values())
    copies = len(mails) - len(arrived)
    results(**happened, **states, arrived_meanwhile=meanwhile, copies=copies, unsure=len(unsure))


ENDED = "SELECT address, state, reason FROM notices_message WHERE notice_id = %s"
