"""Processes of others that measuring needs. Each ends with us, by its pid."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from commsplan.embedded import background

CHECKOUT = Path(__file__).resolve().parents[3]
OWN_POSTFIX = CHECKOUT / ".set-up" / "postfix"  # tools/set_up.py puts it there where the machine has none
LOOPBACK = "127.0.0.1"
BACKLOG = "1000"
PATIENCE = 10.0  # seconds
COUNT = re.compile(rb"mesg=(\d+)")


class Missing(Exception):
    """A program that this machine does not have."""


def find(name: str) -> tuple[str, dict[str, str]]:
    """Where it is, and the environment that it needs. Raises Missing."""
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    if found := shutil.which(name, path=places):
        return found, dict(os.environ)
    if found := shutil.which(name, path=str(OWN_POSTFIX / "usr" / "sbin")):
        folders = [OWN_POSTFIX / "usr" / "lib" / "postfix", *(OWN_POSTFIX / "usr" / "lib").glob("*-linux-gnu*")]
        return found, os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, folders))}
    raise Missing(f"{name} is missing: install Debian's package postfix (or your system's), without configuring it.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.02)
    raise Missing(f"Nobody answers at port {port}.")


@contextmanager
def running(command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, patience: float = 20):
    """Its process, for as long as the block takes."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=CHECKOUT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=background.stop_with_parent,
        )
    try:
        yield process
    finally:
        end(process, patience)


def end(process: subprocess.Popen, patience: float) -> None:
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Sink:
    """Postfix's smtp-sink: accepts all mail, keeps none, and counts it."""

    def __init__(self, port: int, log: Path):
        self.port = port
        self.log = log

    def count(self) -> int:
        """Messages so far. It counts at the end of each; its line may be a moment late."""
        found = COUNT.findall(self.log.read_bytes()[-4000:])
        return int(found[-1]) if found else 0


@contextmanager
def sink(port: int, folder: Path) -> Iterator[Sink]:
    program, env = find("smtp-sink")
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    log = folder / f"sink-{port}.log"
    with running([program, *account, "-c", f"{LOOPBACK}:{port}", BACKLOG], log=log, env=env):
        wait_for(port)
        yield Sink(port, log)


def source(port: int, *, messages: int, size: int, sessions: int) -> float:
    """Messages per second of Postfix's smtp-source, which builds nothing and records nothing. Sessions are kept."""
    program, env = find("smtp-source")
    options = ["-d", "-s", sessions, "-l", size, "-m", messages, "-f", "a@example.org", "-t", "b@example.org"]
    began = time.perf_counter()
    subprocess.run([str(part) for part in [program, *options, f"{LOOPBACK}:{port}"]], env=env, check=True)
    return messages / (time.perf_counter() - began)
