"""Workers and clock, started as in production, and what they use of the machine."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.utils import timezone

from commsplan.celery import app
from notices import tasks
from notices.models import Notice
from notices.pipeline import outbox
from stakeholders.enums import Channel
from tools.bench.sending import ground, programs

CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "commsplan"]
ALONE = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
PATIENCE = 300.0  # seconds for whatever is sent
GLANCE = 0.01


class NotSent(Exception):
    """It took too long, and what is measured would be worth nothing."""


class Workers:
    """So many processes that send."""

    def __init__(self, pid: int, processes: int):
        self.pid = pid
        self.processes = processes

    def memory(self) -> float:
        """The most that any of them held so far, in MB."""
        return max((_peak(pid) for pid in _children(self.pid)), default=0)

    def cpu(self) -> float:
        """Seconds of all of them together."""
        return sum(map(_cpu, _children(self.pid)))

    def send(self, notice: Notice) -> "Sent":
        """From due to recorded."""
        began = time.perf_counter()
        made = outbox.fill(notice, now=timezone.now())
        filled = time.perf_counter()
        self.nudge()
        wait_until_sent(notice)
        return Sent(made, filled - began, time.perf_counter() - filled)

    def nudge(self) -> None:
        """As ticks do, one after the other."""
        for _ in range(self.processes):
            tasks.nudge(Channel.EMAIL)


class Sent:
    def __init__(self, messages: int, filling: float, sending: float):
        self.messages = messages
        self.filling = filling
        self.sending = sending

    @property
    def rate(self) -> float:
        """Messages per second over the whole path."""
        return self.messages / (self.filling + self.sending)


def wait_until_sent(notice: Notice) -> None:
    """Looks at the last one first: to look for any that is open costs the database as much as sending does."""
    until, last = time.monotonic() + PATIENCE, ground.last(notice)
    while ground.is_under_way(last) or ground.is_open(notice):
        if time.monotonic() > until:
            raise NotSent(f"{notice} is not sent after {PATIENCE:.0f} s.")
        time.sleep(GLANCE)


@contextmanager
def working(processes: int, folder: Path) -> Iterator[Workers]:
    """They are warm: each has sent something."""
    app.set_current()
    work = ["worker", "-n", "worker@%h", "-Q", "celery", "--concurrency", str(processes), *ALONE]
    clock = ["worker", "-n", "clock@%h", "-Q", "clock", "--pool", "solo", *ALONE]
    beat = ["beat", "--schedule", str(folder / "beat"), "--pidfile", "", "--loglevel", "ERROR"]
    with ExitStack() as stack:
        for name, command in (("clock", clock), ("beat", beat)):
            stack.enter_context(programs.running([*CELERY, *command], log=folder / f"{name}.log"))
        worker = stack.enter_context(programs.running([*CELERY, *work], log=folder / "worker.log"))
        workers = Workers(worker.pid, processes)
        for _ in range(2):
            workers.send(ground.notice(1_000))
        yield workers


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
