"""What the environment and a file .env say, before anything is started with it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from commsplan import environment
from commsplan.embedded import given, ports
from commsplan.embedded.places import CHECKOUT
from commsplan.embedded.supervisor import Supervisor
from notices import tasks
from tests.embedded.conftest import bare_environment
from tests.fixtures.ports import free_port

SETTINGS = {"SECRET_KEY": "k", "DATABASE_URL": "postgres://localhost/x", "REDIS_URL": "redis://localhost"}


def test_the_example_copied_to_env_sets_nothing(monkeypatch):
    before = dict(os.environ)

    environment.read(CHECKOUT / ".env.example")

    assert dict(os.environ) == before


def test_the_file_of_the_installation_does_not_reach_its_tests(tmp_path, monkeypatch):
    assert environment.file_of(tmp_path) == Path(os.devnull)

    monkeypatch.delenv("ENV_FILE")
    assert environment.file_of(tmp_path) == tmp_path / ".env"


def test_a_variable_that_is_empty_counts_as_not_set(tmp_path, monkeypatch):
    names = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "BASE_URL", "TICK_SECONDS", "ALLOWED_HOSTS")
    for name in names:
        monkeypatch.setenv(name, "")
    file = tmp_path / ".env"
    file.write_text("EMAIL_URL=smtp://relay\nBASE_URL=\n")

    environment.read(file)

    assert {name: os.environ[name] for name in names if name in os.environ} == {"EMAIL_URL": "smtp://relay"}


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("BASE_URL", "nonsense", "BASE_URL must be an address like https://commsplan.example.org, not “nonsense”."),
        ("BASE_URL", "http://", "BASE_URL must be an address like https://commsplan.example.org, not “http://”."),
        ("TICK_SECONDS", "x", "TICK_SECONDS must be a number of seconds above 0, not “x”."),
        ("TICK_SECONDS", "0", "TICK_SECONDS must be a number of seconds above 0, not “0”."),
        ("DEBUG", "maybe", "DEBUG must be true or false, not “maybe”."),
        ("CONN_MAX_AGE", "-1", "CONN_MAX_AGE must be a whole number of seconds, not “-1”."),
        ("TIME_ZONE", "Mars/Base", "TIME_ZONE must be a time zone like Europe/Berlin, not “Mars/Base”."),
        ("TIME_ZONE", "../etc", "TIME_ZONE must be a time zone like Europe/Berlin, not “../etc”."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR and CRITICAL, not “loud”."),
    ],
)
def test_a_bad_value_names_its_variable_in_one_sentence(monkeypatch, name, given, sentence):
    monkeypatch.setenv(name, given)

    with pytest.raises(ImproperlyConfigured) as raised:
        environment.check()

    assert str(raised.value) == sentence


@pytest.mark.parametrize("url", ["nonsense", "letters://x", "mysql://localhost/x", ""])
def test_a_bad_database_is_said_without_a_warning(url, recwarn):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must name a PostgreSQL database"):
        environment.database(url)

    assert not recwarn.list


def test_the_health_check_is_let_in_whatever_hosts_are_allowed():
    more = SETTINGS | {"ALLOWED_HOSTS": "comms.example.org", "DJANGO_SETTINGS_MODULE": "commsplan.settings"}
    show = "from django.conf import settings; print(*settings.ALLOWED_HOSTS)"

    said = subprocess.check_output([sys.executable, "-c", show], cwd=CHECKOUT, env=bare_environment() | more, text=True)

    assert said.split() == ["comms.example.org", "localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a..b"])
def test_a_host_that_is_not_here_is_said_so(host):
    reason = ports.refusal("PORT", host, 8000)

    assert reason == f"HOST must be an address of this machine, not “{host}”."


@pytest.mark.parametrize(
    ("url", "server"),
    [("smtp://me:secret@relay.example:2525", "relay.example:2525"), ("consolemail://", "consolemail")],
)
def test_where_mail_goes_is_said_without_the_password(url, server):
    assert given.server_of(url) == server


def test_a_port_that_only_root_may_use_is_said_so(monkeypatch):
    def denied(self, address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", denied)

    reason = ports.refusal("PORT", "127.0.0.1", 80)

    assert reason == "You may not use port 80. Choose one above 1023, for example PORT=8080."


def test_a_free_port_is_not_refused():
    assert ports.refusal("PORT", "127.0.0.1", free_port()) is None


def test_a_command_finds_the_own_environment_or_says_how_to_get_it(tmp_path):
    """Here the Python is one without packages: -S leaves them out."""
    shutil.copy(CHECKOUT / "manage.py", tmp_path)
    command = [sys.executable, "-S", str(tmp_path / "manage.py"), "check"]

    without = subprocess.run(command, env=bare_environment(), capture_output=True, text=True, check=False)
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "own: $2"\n')
    own.chmod(0o755)
    found = subprocess.run(command, env=bare_environment(), capture_output=True, text=True, check=False)

    said = "django is not installed. Run make demo or make test first: they make .venv."
    assert (without.returncode, without.stderr.strip()) == (1, said)
    assert (found.returncode, found.stdout.strip()) == (0, "own: check")


def test_in_production_the_image_is_built_once_and_the_clock_is_apart_from_the_worker():
    lines = (CHECKOUT / "docker-compose.yml").read_text().splitlines()

    queues = [
        re.search(r'-n, (\w+)@%h, -Q, "?(\w+(?:,\w+)*)', line).groups() for line in lines if ", worker, -n" in line
    ]
    assert [line.strip() for line in lines if "build:" in line] == ["build: ."]
    assert dict(queues) == {"worker": f"{tasks.BULK},{tasks.OTHERS}", "clock": "clock"}


@pytest.mark.parametrize(
    ("sample", "given", "name"),
    [(True, {}, "Northfield College"), (True, {"ORGANISATION": "Ours"}, "Ours"), (False, {}, None)],
)
def test_the_demo_has_the_name_of_its_organisation(monkeypatch, tmp_path, sample, given, name):
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path)} | given)

    Supervisor(sample=sample)

    assert os.environ.get("ORGANISATION") == name
