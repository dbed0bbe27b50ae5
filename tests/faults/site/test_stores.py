"""PostgreSQL falls over, is cut off, or takes nothing."""

import subprocess
import time
from contextlib import suppress

import pytest

from tests.faults.site.promises import announce, kept, settled, under_way
from tests.faults.site.running import until

SLOW = 0.005


@pytest.mark.parametrize("how", ["restarted", "killed", "cut off"])
def test_a_database_that_comes_back_finds_every_process_waiting(site, how, dice, rounds, results):
    site.receiver.server.slow(SLOW)
    before, people = site.pids(), 100 + 100 * rounds
    sending = announce(site, people)

    for number in range(1, 1 + rounds):
        under_way(site, sending, number * people // (rounds + 2))
        time.sleep(dice.random() * 0.1)
        if how == "cut off":
            until(site.cut_connections, what="somebody is connected again")
            continue
        site.stop_database() if how == "restarted" else site.crash_database()
        time.sleep(dice.random())
        site.stores_again()

    assert settled(site, sending) == {"sent": people}
    assert until(lambda: site.page("/healthz")[0] == 200)
    assert site.pids() == before
    results(times=rounds, sent=people, copies=kept(site, sending).copies)


def test_a_database_that_only_reads_loses_nothing_says_so_and_goes_on_by_itself(site, results):
    site.receiver.server.slow(SLOW)
    before, sending = site.pids(), announce(site, 150)
    under_way(site, sending, 30)

    only_reads(site, "on")
    try:
        until(lambda: site.page("/readyz")[0] == 503, what="it says that it is not ready")
        at_rest(site)
        assert site.page("/status/")[0] == 200
    finally:
        only_reads(site, "off")

    assert settled(site, sending) == {"sent": 150}
    assert until(lambda: site.page("/readyz")[0] == 200)
    assert site.pids() == before
    results(copies=kept(site, sending).copies)


def only_reads(site, value: str) -> None:
    site.sql(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    site.sql("SELECT pg_reload_conf()")


def at_rest(site) -> None:
    """Nothing more leaves."""

    def counted():
        before = site.receiver.server.count()
        time.sleep(1)
        return site.receiver.server.count() == before

    until(counted, what="nothing leaves any more")


@pytest.fixture
def small_disk(site):
    """The outbox lies on a disk of its own; the function that comes out fills it, or makes room again."""
    place = site.at.servers / "small"
    place.mkdir()
    account = site.at.account
    options = f"size=32m,uid={account.uid},gid={account.gid},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small", place], check=True)
    [(before,)] = site.sql("SELECT reloptions FROM pg_class WHERE relname = 'notices_message'")
    try:
        site.sql(f"CREATE TABLESPACE small LOCATION '{place}'")
        site.sql("ALTER TABLE notices_message SET (fillfactor = 100)")  # so that every change needs room
        site.sql("VACUUM FULL notices_message")  # what other tests left behind is room, too
        site.sql("ALTER TABLE notices_message SET TABLESPACE small")
        yield lambda full: fill(place / "rubbish", full=full)
    finally:
        fill(place / "rubbish", full=False)
        site.sql("ALTER TABLE notices_message SET TABLESPACE pg_default")
        site.sql(f"ALTER TABLE notices_message SET ({', '.join(before)})")
        site.sql("DROP TABLESPACE small")
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def fill(rubbish, *, full: bool) -> None:
    if not full:
        rubbish.unlink(missing_ok=True)
        return
    with suppress(OSError), rubbish.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


@pytest.mark.long
@pytest.mark.root
def test_a_full_disk_loses_nothing_and_goes_on_by_itself(site, small_disk, results):
    site.receiver.server.slow(SLOW)
    before, sending = site.pids(), announce(site, 300)
    under_way(site, sending, 50)

    small_disk(full=True)
    at_rest(site)
    later = announce(site, 2_000)  # more than there is room for where messages were changed
    [(reason,)] = until(
        lambda: site.sql("SELECT reason FROM notices_notice WHERE id = %s AND reason <> ''", later.notice),
        what=lambda: f"the notice says why it does not go out: {site.states(later.notice)}",
    )
    assert "No space left on device" in reason
    assert not site.states(later.notice)
    small_disk(full=False)
    site.receiver.server.slow(0)

    assert settled(site, sending) == {"sent": 300}
    assert settled(site, later) == {"sent": 2_000}
    assert site.pids() == before
    results(copies=kept(site, sending).copies + kept(site, later).copies)
