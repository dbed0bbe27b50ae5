"""The data folder is put back as it was two hours ago."""

import shutil
import subprocess
from collections import Counter

import pytest

from notices.models import Notice
from notices.pipeline import outbox
from tests.faults.site.promises import announce, kept, settled, standstill, ticks_on, under_way
from tests.faults.site.running import until

SLOW = 0.005


@pytest.fixture
def snapshot(site):
    """Made in the middle of whatever goes on; `restore()` brings it back."""
    made = Snapshot(site)
    yield made
    shutil.rmtree(made.copy, ignore_errors=True)


class Snapshot:
    def __init__(self, site):
        self.site = site
        self.files = site.at.servers / "postgres"
        self.copy = site.at.servers / "snapshot"

    def take(self) -> None:
        """Of a database whose clock last ticked two hours ago."""
        self.site.kill("clock")
        self.site.sql("UPDATE notices_heartbeat SET at = at - interval '2 hours'")
        self.site.stop_database()
        subprocess.run(["cp", "-a", self.files, self.copy], check=True)
        self.site.stores_again()
        self.site.sql("UPDATE notices_heartbeat SET at = now()")
        self.site.run("clock")

    def restore(self) -> None:
        self.site.stop_database()
        shutil.rmtree(self.files)
        self.copy.rename(self.files)
        self.site.stores_again()


@pytest.mark.parametrize("broker", ["knows better", pytest.param("is new, too", marks=pytest.mark.long)])
def test_a_restored_snapshot_sends_nothing_twice_without_a_word(site, snapshot, broker, results):
    site.receiver.server.slow(SLOW)
    sending = announce(site, 200)
    under_way(site, sending, 40)
    snapshot.take()
    due = announce(site, 20)  # unknown to the snapshot
    assert (settled(site, sending), settled(site, due)) == ({"sent": 200}, {"sent": 20})
    arrived = site.receiver.server.count()

    if broker == "is new, too":
        site.kill("clock")  # lest it counts before the old database is back
        site.flush_broker()
    snapshot.restore()
    site.start_again()

    until(lambda: paused(site, sending), what="it waits for a person")
    ticks_on(site)
    assert site.receiver.server.count() == arrived
    left = site.states(sending.notice)
    assert left["queued"] + left["sending"] > 0  # a worker may have had them in its hands when it was taken

    with site.inside():
        notice = Notice.objects.get(pk=sending.notice)
        outbox.resume(notice, by=notice.author, now=notice.paused_at)
    assert settled(site, sending) == {"sent": 200}
    results(copies_on_a_persons_word=kept(site, sending, copies=200).copies)


def paused(site, sending) -> str:
    [(reason,)] = site.sql("SELECT pause_reason FROM notices_notice WHERE id = %s", sending.notice)
    return reason


@pytest.mark.long
def test_what_became_overdue_waits_in_red(site, snapshot, results):
    site.kill("clock")
    due = announce(site, 20)
    with standstill(site):
        snapshot.take()
        until(lambda: site.states(due.notice)["queued"] == 20)
    assert settled(site, due) == {"sent": 20}

    snapshot.restore()
    site.sql("UPDATE notices_standstill SET ended_at = now(), ended_by_id = by_id WHERE ended_at IS NULL")

    [state] = until(lambda: site.sql("SELECT state FROM notices_notice WHERE id = %s AND reason <> ''", due.notice))
    assert state == ("missed",)
    ticks_on(site)
    everybody = [recipient for recipient, _ in site.arrived() if recipient in due.addresses]
    assert len(everybody) == 20
    results(state="missed", copies=0)


def test_a_snapshot_restored_under_a_running_send_sends_nothing_twice_without_a_word(site, snapshot, results):
    """Nothing is started again: workers wait for the database, and go on with the old one."""
    site.receiver.server.slow(4 * SLOW)
    sending = announce(site, 800)
    under_way(site, sending, 40)
    snapshot.take()
    under_way(site, sending, 300)

    snapshot.restore()

    until(lambda: paused(site, sending), what="it waits for a person")
    ticks_on(site)
    each = Counter(recipient for recipient, _ in site.arrived() if recipient in sending.addresses)
    assert set(each.values()) == {1}
    with site.inside():
        notice = Notice.objects.get(pk=sending.notice)
        outbox.resume(notice, by=notice.author, now=notice.paused_at)
    assert settled(site, sending) == {"sent": 800}
    results(arrived_before=len(each), copies_on_a_persons_word=kept(site, sending, copies=800).copies)
