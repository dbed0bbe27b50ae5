"""PostgreSQL and Valkey of one data folder, shared by everybody who uses it; the last one to leave stops them.

Each user holds a shared lock on one file, which the system frees when the process ends, even by `kill -9`. Starting and
leaving happen under a second, exclusive lock, one process at a time.
"""

import atexit
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commsplan.embedded import background, postgres, valkey
from commsplan.embedded.places import Places, places


def ensure(data_dir: str | os.PathLike | None = None) -> dict[str, str]:
    """Start or join both servers and say, as environment variables, where they are."""
    at = places(data_dir)
    if at.data not in _joined:
        at.prepare()
        with _one_at_a_time(at):
            _joined[at.data] = _join(at)
            _start(at)
        atexit.register(leave, at.data, os.getpid())
    return environment(at)


def restart_fallen(data_dir: str | os.PathLike | None = None) -> list[str]:
    """Start again what stopped by itself, and name it."""
    at = places(data_dir)
    fallen = [name for name in ("postgres", "valkey") if background.running(at.lock(name)) is None]
    if fallen:
        with _one_at_a_time(at):
            _start(at)
    return fallen


def addresses(data_dir: str | os.PathLike | None = None) -> dict[str, str]:
    """Where the site is reached, where its mail goes and whose it is, as noted when it last ran. Without: nowhere.

    Mail for nowhere stays in the outbox and goes out when the site runs; a mail server that happens to be on this
    machine never gets it.
    """
    nowhere = {"EMAIL_URL": "smtp://127.0.0.1:1025"}
    try:
        noted = json.loads(places(data_dir).addresses.read_text())
    except (FileNotFoundError, ValueError):
        noted = {}
    return nowhere | {name: noted[name] for name in ("BASE_URL", "EMAIL_URL", "ORGANISATION") if name in noted}


def environment(at: Places) -> dict[str, str]:
    return {"DATABASE_URL": postgres.url(at), "REDIS_URL": valkey.url(at)}


def secret_key(data_dir: str | os.PathLike | None = None) -> str:
    """Made once; sessions and the links in sent mail depend on it."""
    at = places(data_dir)
    at.prepare()
    file = at.data / "secret_key"
    with _one_at_a_time(at):
        if not file.exists():
            _write_privately(file, secrets.token_urlsafe(48))
    return file.read_text().strip()


def known_secret_key(data_dir: str | os.PathLike | None = None) -> str:
    """Empty where there is none yet, or where it is not for this user. Makes nothing."""
    try:
        return (places(data_dir).data / "secret_key").read_text().strip()
    except OSError:
        return ""


def leave(data_dir: str | os.PathLike | None = None, pid: int | None = None) -> None:
    """Stop both servers, unless somebody else still uses them. A forked child (another pid) leaves them alone."""
    at = places(data_dir)
    if at.data not in _joined or pid not in (None, os.getpid()):
        return
    descriptor = _joined.pop(at.data)
    try:
        with _one_at_a_time(at):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stop(at)
            at.forget_sockets()
    except BlockingIOError:
        pass  # others are here
    finally:
        os.close(descriptor)


def stop(at: Places) -> None:
    valkey.stop(at)
    postgres.stop(at)


def in_use(at: Places) -> bool:
    """Whether a living process uses this data folder."""
    descriptor = os.open(at.lock("users"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _start(at: Places) -> None:
    broker = valkey.launch(at)
    database = postgres.launch(at)
    valkey.wait_until_ready(at, broker)
    postgres.wait_until_ready(at, database)


def _join(at: Places) -> int:
    descriptor = os.open(at.lock("users"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


@contextmanager
def _one_at_a_time(at: Places) -> Iterator[None]:
    descriptor = os.open(at.lock("start"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_privately(file: Path, text: str) -> None:
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text + "\n")
    part.rename(file)


_joined: dict[Path, int] = {}
