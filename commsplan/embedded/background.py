"""A server process that outlives us, and of which there is never a second one.

The process inherits a locked file descriptor. The lock lives exactly as long as the process and its children, whatever
kills them; so a free lock proves that nobody works on the files, and a held one proves that the recorded pid is right.
"""

import ctypes
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from commsplan.embedded import NotStarted
from commsplan.embedded.places import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(
    argv: Sequence[str | Path],
    *,
    lock: Path,
    log: Path,
    cwd: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    dies_with_us: bool = False,
) -> int:
    """Start a process in a session of its own and return its pid."""
    descriptor = _take(lock, within=10)
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(part) for part in argv],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[descriptor],
                start_new_session=True,
                umask=0o077,
                preexec_fn=stop_with_parent if dies_with_us else None,
                **as_account(account),
            )
        os.pwrite(descriptor, f"{process.pid:<20}\n".encode(), 0)
    except OSError as error:
        raise NotStarted(f"{Path(argv[0]).name} could not be started: {error.strerror}.") from error
    finally:
        os.close(descriptor)
    _started[process.pid] = process
    return process.pid


def stop_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent dies, however it dies. Elsewhere the next start finds what is left."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def as_account(account: Account | None) -> dict:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def running(lock: Path) -> int | None:
    """The pid of the process that holds the lock, or None."""
    if not lock.exists():
        return None
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(descriptor, 20, 0).strip() or b"0") or None
    finally:
        os.close(descriptor)
    return None


def stop(lock: Path, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and give it its seconds, until the process and all its children are gone."""
    for number, seconds in signals:
        pid = running(lock)
        if pid is None:
            return
        send(pid, number)
        if wait_for(lambda: running(lock) is None, seconds):
            if process := _started.pop(pid, None):
                process.wait()
            return
    raise NotStarted(f"A process that uses {lock.parent} does not stop (its number is {running(lock)}).")


def send(pid: int, number: signal.Signals) -> None:
    """To the process, which tells its children; to all of them at the end, or where only its children are left."""
    with suppress(ProcessLookupError):
        if number == signal.SIGKILL or not alive(pid):
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def alive(pid: int) -> bool:
    """Our own children are reaped here; the others are asked by signal 0."""
    if process := _started.get(pid):
        return process.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def exit_code(pid: int) -> int | None:
    process = _started.get(pid)
    return process.poll() if process else None


def last_words(log: Path) -> str:
    """The last line of a log that says something went wrong, for a message to the user."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    lines = [line for line in lines if line and not line.endswith(":")]
    bad = [line for line in lines[-40:] if re.search("FATAL|PANIC|ERROR|[Ee]rror", line)]
    return (bad or lines or ["no message"])[-1][:300]


def _take(lock: Path, *, within: float) -> int:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)

    def taken() -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    if not wait_for(taken, within):
        os.close(descriptor)
        raise NotStarted(f"Another process still uses the files in {lock.parent}. Stop it and try again.")
    return descriptor


_started: dict[int, subprocess.Popen] = {}
