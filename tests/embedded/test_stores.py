import os
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from commsplan.embedded import NotStarted, background, stores
from commsplan.embedded.places import CHECKOUT, Places, places

USE = (
    "import sys; from commsplan.embedded import stores; stores.ensure(sys.argv[1]); print('here', flush=True); input()"
)


def test_the_database_knows_the_letters_of_all_languages(settings):
    at = settings.DATABASES["default"]

    with psycopg.connect(host=at["HOST"], user=at["USER"], dbname="postgres") as connection:
        row = connection.execute("SELECT lower('ÉÄ'), to_tsvector('simple', 'Straße') @@ 'straße'").fetchone()

    assert row == ("éä", True)


def test_the_queue_is_kept_on_disk(settings):
    broker = redis.from_url(settings.REDIS_URL)

    assert broker.config_get("appendonly", "maxmemory-policy") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
    }


def test_the_last_user_stops_the_servers_and_a_killed_one_does_not_count(folder):
    with another_user(folder) as first, another_user(folder) as second:
        pids = running(folder)

        first.kill()
        first.wait()
        stores.ensure(folder)
        second.communicate("bye\n")

    assert None not in pids
    assert running(folder) == pids
    stores.leave(folder)
    assert running(folder) == [None, None]


def test_a_second_server_on_the_same_files_is_impossible(folder, monkeypatch):
    stores.ensure(folder)
    at = places(folder)
    taken = background._take
    monkeypatch.setattr(background, "_take", lambda lock, within: taken(lock, within=0.1))

    with pytest.raises(NotStarted, match="Another process still uses the files"):
        background.start(["true"], lock=at.lock("valkey"), log=at.log("valkey"), cwd=at.data)


def test_a_killed_server_loses_nothing_that_was_committed(folder):
    stores.ensure(folder)
    with connect(folder) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    os.kill(running(folder)[0], signal.SIGKILL)

    assert background.wait_for(lambda: running(folder)[0] is None, 60)
    assert stores.restart_fallen(folder) == ["postgres"]
    with connect(folder) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_the_secret_key_stays_and_is_private(folder):
    first = stores.secret_key(folder)

    assert (stores.secret_key(folder), len(first)) == (first, 64)
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_long_or_unusual_path_gets_a_short_private_socket_folder(tmp_path):
    for name in ("long" * 30, "with space"):
        at = Places(tmp_path / name)

        assert len(str(at.sockets)) < 60
        assert " " not in str(at.sockets)


def test_a_full_disk_is_said_in_one_sentence(folder, monkeypatch):
    monkeypatch.setattr("commsplan.embedded.places.ROOM_TO_BEGIN", 1 << 60)

    with pytest.raises(NotStarted, match=rf"The disk of {folder} is full: \d+ MB are free, and \d+ MB are needed\."):
        stores.ensure(folder)


def another_user(folder) -> subprocess.Popen:
    command = [sys.executable, "-c", USE, str(folder)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def running(folder) -> list[int | None]:
    return [background.running(places(folder).lock(name)) for name in ("postgres", "valkey")]


def connect(folder):
    return psycopg.connect(host=str(places(folder).sockets), user="postgres", dbname="commsplan")
