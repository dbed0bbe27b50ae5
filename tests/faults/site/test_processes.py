"""Processes die or stand still in the middle of a send."""

import time

import pytest

from tests.faults.site.promises import announce, kept, settled, under_way
from tests.faults.site.running import CONNECTIONS, TICK_SECONDS, until

SLOW = 0.005


def test_workers_killed_at_random_lose_nobody_and_copy_at_most_what_was_on_its_way(site, dice, rounds, results):
    site.receiver.server.slow(SLOW)
    people, kills = 150 + 150 * rounds, 2 + 2 * rounds
    sending, before = announce(site, people), 0

    for kill in range(1, kills + 1):
        under_way(
            site, sending, min(max(kill * people // (kills + 2), before + 1), people)
        )  # who was started has begun
        time.sleep(dice.random() * 0.05)  # not always right after a mail has arrived
        if dice.random() < 0.6:
            site.kill_one("worker", dice)
        else:
            site.kill("worker")
            site.leases_end()
            site.run("worker")
        before = sum(recipient in sending.addresses for recipient, _ in site.arrived())

    assert settled(site, sending) == {"sent": people}
    results(kills=kills, sent=people, copies=kept(site, sending, copies=kills * CONNECTIONS).copies)


def test_web_beat_clock_and_broker_killed_at_once_cost_a_moment(site, results):
    for name in ("web", "beat", "clock", "valkey"):
        site.kill(name)
    sending = announce(site, 40)

    site.stores_again()
    site.start_again()

    assert settled(site, sending) == {"sent": 40}
    assert until(lambda: site.page("/healthz")[0] == 200)
    results(sent=40, copies=kept(site, sending).copies)


def test_a_flushed_broker_costs_a_tick(site, dice, rounds, results):
    site.receiver.server.slow(SLOW)
    sending = announce(site, 150)

    for flush in range(2 * rounds):
        under_way(site, sending, 1 + flush * 150 // (2 * rounds + 1))
        time.sleep(dice.random() * 0.1)
        site.flush_broker()

    assert settled(site, sending) == {"sent": 150}
    results(flushes=2 * rounds, copies=kept(site, sending).copies)


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.long)])
def test_a_broker_that_comes_back_finds_every_process_waiting(site, seconds, results):
    site.receiver.server.slow(SLOW)
    before, sending = site.pids(), announce(site, 100)
    under_way(site, sending, 10)

    site.stop_broker()
    later = announce(site, 20)
    time.sleep(seconds)
    site.stores_again()
    came_back = time.monotonic()

    assert settled(site, sending) == {"sent": 100}
    assert settled(site, later) == {"sent": 20}
    late = time.monotonic() - came_back
    assert site.pids() == before
    copies = kept(site, sending).copies + kept(site, later).copies
    results(seconds_away=seconds, seconds_until_all_was_sent=round(late, 1), copies=copies)


def test_two_beats_two_clocks_and_three_workers_send_each_once(site, results):
    site.receiver.server.slow(SLOW)
    for name, like in [("beat-2", "beat"), ("clock-2", "clock"), ("worker-2", "worker"), ("worker-3", "worker")]:
        site.run(name, like)
    sendings = [announce(site, 60) for _ in range(3)]

    assert [settled(site, one) for one in sendings] == [{"sent": 60}] * 3
    results(sent=180, copies=sum(kept(site, one).copies for one in sendings))


@pytest.mark.long
def test_a_worker_that_stood_still_longer_than_its_lease_sends_nothing_twice(site, results):
    site.receiver.server.slow(SLOW)
    sending = announce(site, 200)
    under_way(site, sending, 20)

    site.freeze("worker")
    site.run("worker-2", "worker")
    assert settled(site, sending) == {"sent": 200}
    site.thaw("worker")
    again = announce(site, 20)

    assert settled(site, again) == {"sent": 20}
    assert until(lambda: site.sql("SELECT count(*) FROM notices_seat WHERE until > now()") == [(0,)])
    results(copies=kept(site, sending, copies=CONNECTIONS).copies, seconds=f"tick {TICK_SECONDS}")
