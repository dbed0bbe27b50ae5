"""The whole site on one machine, started and stopped as a user and an accident would. In this order, on one folder."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import psycopg
import pytest

from commsplan.embedded.places import CHECKOUT
from tests.embedded.conftest import Site, bare_environment
from tests.fixtures.waiting import eventually

ALL = {"postgres", "valkey", "web", "worker", "clock", "beat", "catcher"}


def test_start_says_where_everything_is_and_sigterm_stops_all_of_it(site):
    said = site.start()

    assert re.search(rf"CommsPlan is ready after .* http://localhost:{site.port}/\n", said)
    assert re.search(r"Its mail is caught here: +http://localhost:\d+/\n", said)
    assert f"Make the first one at http://localhost:{site.port}/setup/" in said
    assert (site.health(), site.running().keys()) == (200, ALL)

    assert (site.end(signal.SIGTERM), site.running()) == (0, {})


def test_what_a_killed_parent_left_is_adopted_and_nothing_is_lost(site):
    site.start()
    note(site, "written before the accident")
    manage(site, "shell", "-v", "0", "-c", "from tests import factories; factories.account()", cwd=CHECKOUT)
    before = site.running()

    site.end(signal.SIGKILL)

    assert eventually(lambda: site.running().keys() == {"postgres", "valkey"})  # the others die with their parent
    assert "/setup/" not in site.start()  # there is an account now
    after = site.running()
    assert (after["postgres"], after["valkey"]) == (before["postgres"], before["valkey"])
    assert (after.keys(), notes(site)) == (ALL, ["written before the accident"])


def test_a_second_start_on_the_same_data_is_refused(site):
    second = Site(site.at.data)

    said = second.start()

    assert said.strip() == (
        f"CommsPlan already runs with the data folder {site.at.data}: "
        f"http://localhost:{site.port}/ (process {site.process.pid})"
    )
    assert second.end(signal.SIGTERM) == 1


def test_a_command_joins_the_running_servers_from_any_folder(site, tmp_path):
    before = site.running()

    said = manage(site, "shell", "-v", "0", "-c", SHOW_SETTINGS, cwd=tmp_path)

    assert said.split() == [str(site.at.sockets), f"http://localhost:{site.port}"]
    assert site.running() == before


def test_a_process_that_dies_is_started_again(site):
    before = site.running()

    os.kill(before["postgres"], signal.SIGKILL)
    os.killpg(before["worker"], signal.SIGKILL)
    os.kill(before["web"], signal.SIGKILL)  # its own workers outlive it

    assert eventually(lambda: site.running().keys() == ALL and site.running()["worker"] != before["worker"])
    assert eventually(lambda: all(site.running()[name] != before[name] for name in ("postgres", "web")))
    assert eventually(lambda: answers(site))
    assert (site.health(), notes(site)) == (200, ["written before the accident"])


def test_closing_the_terminal_stops_all_of_it(site):
    assert (site.end(signal.SIGHUP), site.running()) == (0, {})


def test_it_is_stopped_from_another_terminal(site):
    site.start()

    assert stop(site).strip() == "Stopped."
    assert (site.process.wait(timeout=180), site.running()) == (0, {})
    assert stop(site).strip() == f"Nothing runs with the data folder {site.at.data}."


def test_a_command_starts_the_servers_and_stops_them_again(site):
    said = manage(site, "shell", "-v", "0", "-c", SHOW_SETTINGS, cwd=CHECKOUT)

    assert (said.split()[0], site.running()) == (str(site.at.sockets), {})


SHOW_SETTINGS = """
from django.conf import settings
from django.db import connection
connection.ensure_connection()
print(settings.DATABASES["default"]["HOST"], settings.BASE_URL)
"""


def answers(site) -> bool:
    with suppress(OSError):
        return site.health() == 200
    return False


def stop(site) -> str:
    environment = bare_environment() | {"DATA_DIR": str(site.at.data)}
    command = [sys.executable, "-m", "commsplan.embedded", "stop"]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def manage(site, *arguments, cwd) -> str:
    environment = bare_environment() | {"DATA_DIR": str(site.at.data)}
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


def note(site, text):
    with database(site) as connection:
        connection.execute("CREATE TABLE notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(site):
    with database(site) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM notes")]


def database(site):
    return psycopg.connect(host=str(site.at.sockets), user="postgres", dbname="commsplan")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DATA_DIR": "/dev/null/here"}, "Cannot write to the data folder /dev/null/here: Not a directory."),
        ({"TICK_SECONDS": "x"}, "TICK_SECONDS must be a number of seconds above 0, not “x”."),
        ({"HOST": "192.0.2.1"}, "HOST must be an address of this machine, not “192.0.2.1”."),
        ({"PORT": "many"}, "PORT must be a number from 1 to 65535, not “many”."),
        (
            {"DATABASE_URL": "mysql://localhost/x"},
            "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name.",
        ),
        ({"DATABASE_URL": "postgres://me:secret@127.0.0.1:9/x"}, "DATABASE_URL does not lead to a database: "),
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, "REDIS_URL does not lead to a Redis or Valkey: "),
        ({"REDIS_URL": "localhost"}, "REDIS_URL must look like redis://host:6379/0 or unix:///path/to/socket."),
        ({"EMAIL_URL": "smtp://127.0.0.1:9"}, "EMAIL_URL does not lead to a mail server: 127.0.0.1:9: "),
        ({"EMAIL_URL": "letters://x"}, "EMAIL_URL must look like smtp+tls://user:password@host:587."),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(folder, given, sentence):
    wrong = Site(folder)

    said = wrong.start(**given).strip()

    assert said.startswith(sentence)
    assert ("\n" in said, "secret" in said, wrong.end(signal.SIGTERM)) == (False, False, 1)


def test_a_port_in_use_is_said_in_one_sentence(folder):
    site = Site(folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()

        said = site.start()

    assert said.strip() == (
        f"Port {site.port} is in use. Stop what uses it, or choose another, for example PORT={site.port + 1}."
    )
    assert (site.end(signal.SIGTERM), site.running()) == (1, {})
