"""A file leaves while it is written."""

import threading

import pytest
from django.db import connection

from notices.proof import piping
from notices.proof.piping import pipe


def test_what_is_written_comes_out(transactional_db):
    def write(file):
        for number in range(100_000):
            file.write(b"%d\n" % number)

    assert b"".join(pipe(write)) == b"".join(b"%d\n" % number for number in range(100_000))


def test_the_writer_never_runs_far_ahead():
    written = []

    def write(file):
        for _ in range(100):
            file.write(b"x" * piping.BLOCK)
            written.append(1)

    blocks = pipe(write)
    next(blocks)

    threading.Event().wait(0.2)
    assert len(written) <= piping.BLOCKS + 3
    assert len(b"".join(blocks)) == 99 * piping.BLOCK


def test_an_error_breaks_the_download_off():
    def write(file):
        file.write(b"x" * 2 * piping.BLOCK)
        raise ValueError("The database is away.")

    blocks = pipe(write)

    with pytest.raises(ValueError, match="The database is away"):
        list(blocks)


def test_who_stops_taking_it_stops_the_writer():
    ended = threading.Event()

    def write(file):
        try:
            while True:
                file.write(b"x" * piping.BLOCK)
        finally:
            ended.set()

    blocks = pipe(write)
    next(blocks)
    blocks.close()

    assert ended.wait(5)


def test_a_download_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(piping, "PATIENCE", 1.0)
    ended = threading.Event()

    def write(file):
        try:
            while True:
                file.write(b"x" * piping.BLOCK)
        finally:
            ended.set()

    blocks = pipe(write)
    next(blocks)

    assert ended.wait(5)
    blocks.close()


def test_the_writer_closes_its_connection(transactional_db):
    backends = []

    def write(file):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
        file.write(b"x")

    list(pipe(write))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", backends)
        assert cursor.fetchone()[0] == 0
