"""The processes that live and die with the supervisor: started in order, looked after, stopped in order."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from commsplan.embedded import NotStarted, background
from commsplan.embedded.places import CHECKOUT, Places
from commsplan.embedded.saying import say

NAMES = (
    "web",
    "beat",
    "clock",
    "worker",
    "catcher",
)  # the order of stopping: first nothing new comes in, mail ends last
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a process that lived this long was fine
START_LIMIT = 60.0
TERM, KILL = signal.SIGTERM, signal.SIGKILL


def programs(at: Places, host: str, port: int) -> dict[str, tuple[list[str], float]]:
    """What CommsPlan itself consists of: the arguments of Python for each process, and its patience."""
    celery = ["-m", "celery", "-A", "commsplan"]
    alone = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    work = ["worker", "-n", "worker@%h", "-Q", "celery,others", "--concurrency", "2", *alone]
    clock = ["worker", "-n", "clock@%h", "-Q", "clock", "--pool", "solo", *alone]
    beat = ["beat", "--schedule", str(at.data / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
    where = ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"]
    size = ["--workers", "2", "--blocking-threads", "4", "--log-level", "warning", "--respawn-failed-workers"]
    return {
        "web": (["-m", "granian", *where, *size, "commsplan.wsgi:application"], 15),
        "worker": ([*celery, *work], 120),
        "clock": ([*celery, *clock], 30),
        "beat": ([*celery, *beat], 10),
    }


@dataclass
class Child:
    name: str
    argv: list[str]
    patience: float  # seconds to finish its work
    pid: int = 0
    started_at: float = 0.0
    pause: float = 1.0
    due_at: float = 0.0


class Children:
    def __init__(self, at: Places) -> None:
        self.at = at
        self.children: dict[str, Child] = {}

    def clear_leftovers(self) -> None:
        """What a killed supervisor started gets a moment to end by itself."""
        for name in NAMES:
            background.stop(self.at.lock(name), [(TERM, 10.0), (KILL, 5.0)])

    def start(self, name: str, *argv: str, patience: float) -> None:
        self.children[name] = Child(name, [sys.executable, *argv], patience)
        self._start(self.children[name])

    def wait_until(self, name: str, ready: Callable[[], bool], *, each_time: Callable[[], None]) -> None:
        child, log = self.children[name], self.at.log(name)
        while not ready():
            each_time()
            if not background.alive(child.pid) or time.monotonic() > child.started_at + START_LIMIT:
                raise NotStarted(f"The {name} process did not start: {background.last_words(log)} (log: {log})")
            time.sleep(0.05)

    def look_after(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if child.due_at and now >= child.due_at:
                background.stop(self.at.lock(child.name), [(KILL, 5.0)])  # children that outlived it
                self._start(child)
            elif not child.due_at and not background.alive(child.pid):
                self._plan_restart(child, now)

    def stop(self, *, in_a_hurry: Callable[[], bool]) -> None:
        for name in NAMES:
            if name in self.children:
                self._stop(self.children.pop(name), in_a_hurry)

    def _start(self, child: Child) -> None:
        child.pid = background.start(
            child.argv,
            lock=self.at.lock(child.name),
            log=self.at.log(child.name),
            cwd=CHECKOUT,
            environment=os.environ | {"DJANGO_SETTINGS_MODULE": "commsplan.settings", "PYTHONUNBUFFERED": "1"},
            dies_with_us=True,
        )
        child.started_at, child.due_at = time.monotonic(), 0.0

    def _plan_restart(self, child: Child, now: float) -> None:
        child.pause = 1.0 if now - child.started_at > STEADY else min(child.pause * 2, LONGEST_PAUSE)
        child.due_at = now + child.pause
        code, log = background.exit_code(child.pid), self.at.log(child.name)
        say(f"{child.name} stopped by itself (exit code {code}); it starts again in {child.pause:.0f} s. Log: {log}")

    def _stop(self, child: Child, in_a_hurry: Callable[[], bool]) -> None:
        lock = self.at.lock(child.name)
        pid = background.running(lock)
        if pid is None:
            return
        background.send(pid, TERM)
        deadline = time.monotonic() + child.patience
        told_at = time.monotonic() + 3
        while background.running(lock) and not in_a_hurry() and time.monotonic() < deadline:
            if time.monotonic() > told_at:
                say(f"The {child.name} finishes what it has begun. Press Ctrl-C again to stop at once.")
                told_at = deadline
            time.sleep(0.05)
        background.stop(lock, [(KILL, 5.0)])
