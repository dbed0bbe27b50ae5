"""A database that takes what we say and never answers: a server that is suspended, a proxy, a cut cable."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections
from django.db.utils import load_backend

from commsplan import environment
from commsplan.lib import answering
from notices import tasks
from notices.pipeline import clockwork, deliver, outbox
from notices.pipeline.deliver import patience
from notices.pipeline.outbox import pipelined
from tests import factories
from tests.fixtures.waiting import eventually
from tests.notices.pipeline.test_deliver import EMAIL, Fake, counts, people, released


class Swallower:
    """In front of PostgreSQL. Passes on what is said, until it is told not to."""

    def __init__(self, path):
        self._path, self.swallows = path, False
        self._open, self._socket = [], socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        with suppress(OSError):
            while True:
                here, _ = self._socket.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._path)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        with suppress(OSError):
            while said := one.recv(65_536):
                if not self.swallows:
                    other.sendall(said)
            other.shutdown(socket.SHUT_RDWR)

    def close(self):
        for one in [self._socket, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def swallower(transactional_db, monkeypatch):
    settings = connection.settings_dict
    made = Swallower(f"{settings['HOST']}/.s.PGSQL.5432")
    monkeypatch.setattr(answering, "SECONDS", 2)
    monkeypatch.setattr(answering, "STATEMENT_SECONDS", 2)
    monkeypatch.setattr(patience, "SECONDS", 6)
    monkeypatch.setattr(pipelined, "ANSWER_SECONDS", 2)
    monkeypatch.setattr(pipelined, "PATIENCE", 6)
    yield made
    made.close()


@contextmanager
def through(swallower):
    """Every thread that asks for the database now asks by way of it."""
    own, usual = connections["default"], connections.settings["default"]
    config = {**own.settings_dict, "HOST": "127.0.0.1", "PORT": swallower.port}
    config["OPTIONS"] = environment.LIVELY | {"connect_timeout": 4, "sslmode": "disable"}
    connections.settings["default"] = config
    connections["default"] = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = own, usual


def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 42")
        return cursor.fetchone()[0]


def test_a_silent_database_is_given_up_and_the_log_says_so(swallower, caplog):
    with through(swallower):
        assert patience.patiently(ask) == 42
        swallower.swallows, began = True, time.monotonic()

        with pytest.raises(OperationalError):
            patience.patiently(ask)

    assert time.monotonic() - began < 40
    assert "database does not answer" in caplog.text
    assert "database away" in caplog.text


def test_one_that_answers_again_costs_a_moment(swallower, monkeypatch):
    monkeypatch.setattr(patience, "SECONDS", 60)
    with through(swallower):
        patience.patiently(ask)
        swallower.swallows = True
        threading.Timer(3, lambda: setattr(swallower, "swallows", False)).start()

        assert patience.patiently(ask) == 42


def sent(beside):
    with beside.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notices_message WHERE state = 'sent'")
        return cursor.fetchone()[0]


def test_a_send_over_a_silent_database_ends_and_loses_nothing(swallower, monkeypatch):
    """It falls silent when some are recorded, and others are still to leave."""
    released(*people(20))
    post = Fake(monkeypatch)
    beside = connection.copy()

    def silence_in_the_middle():
        if len(post.taken) == 5:
            assert eventually(lambda: sent(beside))
            silence(swallower)

    post.before = silence_in_the_middle
    began = time.monotonic()

    with through(swallower), pytest.raises(OperationalError):
        deliver.drain(EMAIL, seconds=60)
    beside.close()

    assert time.monotonic() - began < 60
    assert 0 < counts()["sent"] < 20
    factories.leases_end()
    outbox.sweep()
    deliver.drain(EMAIL, seconds=20)
    assert counts() == {"sent": 20}


def test_a_clock_over_a_silent_database_ends(swallower, caplog, monkeypatch):
    factories.approved_notice(people=people(3), send_at=factories.NOW)
    usual = clockwork.turn
    monkeypatch.setattr(clockwork, "turn", lambda **how: (ask(), silence(swallower), usual(**how)))
    began = time.monotonic()

    with through(swallower), pytest.raises((OperationalError, InterfaceError)):
        tasks.tick()

    assert time.monotonic() - began < 60
    assert "database does not answer" in caplog.text


def silence(swallower):
    swallower.swallows = True


def test_what_takes_long_and_goes_on_talking_is_left_alone(swallower, caplog):
    """Many statements; one of almost half the time; and much to think about between two."""

    @answering.each_answered
    def work():
        for _ in range(30):
            assert ask() == 42
            time.sleep(0.08)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.8)")
        time.sleep(2.5)
        return ask()

    with through(swallower):
        assert work() == 42

    assert "does not answer" not in caplog.text


def test_a_recorder_that_finds_a_silent_database_tries_anew(swallower, monkeypatch):
    """It falls silent after the connection, before the session is set up."""
    usual = pipelined.Wire._open
    monkeypatch.setattr(
        pipelined.Wire, "_open", lambda self: (self._django.ensure_connection(), silence(swallower), usual(self))[-1]
    )
    began = time.monotonic()

    with through(swallower), pytest.raises((OperationalError, psycopg.Error)):
        pipelined.Wire()

    assert time.monotonic() - began < 40


def test_the_address_of_the_database_may_say_otherwise():
    usual = environment.database("postgres://u@db.example.org/commsplan")["OPTIONS"]
    own = environment.database("postgres://u@db.example.org/commsplan?connect_timeout=3&sslmode=require")["OPTIONS"]

    assert usual == environment.LIVELY
    assert own == environment.LIVELY | {"connect_timeout": 3, "sslmode": "require"}
