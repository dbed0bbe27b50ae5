import os
import shutil
import signal
import tempfile
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from tests.embedded.conftest import Site
from tests.embedded.test_site import manage
from tests.fixtures.mailserver import mailserver
from tests.fixtures.waiting import eventually

__all__ = ["mailserver"]

RELEASE = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from tests import factories
now = timezone.now()
words = [{"language": "en", "level": "plain", "subject": "Mail stops", "body": "Hello."}]
with transaction.atomic():  # the clock sees all of it at once: a draft whose time has come would be missed
    milestone = factories.milestone(start=now + timedelta(days=14), end=now + timedelta(days=15))
    people = [factories.person() for _ in range(20)]
    factories.released_notice(milestone, people=people, now=now, words=words)
"""


@pytest.fixture
def own_site():
    made = Site(Path(tempfile.mkdtemp(prefix=f"commsplan-clock-{os.getuid()}-", dir="/tmp")))
    yield made
    if pid := made.running().get("worker"):
        os.killpg(pid, signal.SIGKILL)  # it would wait for the mail server
    made.remove()
    shutil.rmtree(made.at.data, ignore_errors=True)


def test_the_clock_goes_on_while_a_mail_server_keeps_every_worker_waiting(own_site, mailserver):
    asked = Counter()

    def hang_after_the_dot(stage, value):
        asked[stage] += 1
        return "hang" if stage == "DATA" else None

    mailserver.answer = hang_after_the_dot
    address = f"smtp://{mailserver.host}:{mailserver.port}"
    own_site.start(EMAIL_URL=address, TICK_SECONDS="1")
    manage(own_site, "shell", "-v", "0", "-c", RELEASE, cwd=own_site.at.data)
    assert eventually(lambda: asked["DATA"] >= 2)  # both processes are waiting now
    before = ticks(own_site)

    assert eventually(lambda: ticks(own_site) >= before + 5)
    assert asked["DATA"] <= 4  # one for each connection of the outlet


def ticks(site) -> int:
    with psycopg.connect(host=str(site.at.sockets), user="postgres", dbname="commsplan") as connection:
        return (connection.execute("SELECT number FROM notices_heartbeat").fetchone() or [0])[0]
