"""Starts everything on one machine in the right order, keeps it running, and stops all of it."""

import fcntl
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec

import environ

from commsplan.embedded import NotStarted, background, given, ports, stores
from commsplan.embedded.places import CHECKOUT, Places, places

LOOPBACK = "127.0.0.1"
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a process that lived this long was fine
TERM, KILL = signal.SIGTERM, signal.SIGKILL


@dataclass
class Child:
    """One process that lives and dies with us."""

    name: str
    argv: list[str]
    patience: float  # how long it may take to finish its work
    pid: int = 0
    started_at: float = 0.0
    pause: float = 1.0
    due_at: float = 0.0


class Supervisor:
    def __init__(self, *, sample: bool) -> None:
        environ.Env.read_env(CHECKOUT / ".env")
        self.sample = sample
        self.host = os.environ.get("HOST") or LOOPBACK
        self.port = _port("PORT", 8000)
        self.at: Places = places()
        self.children: list[Child] = []
        self.asked_to_stop = 0
        self.catcher = ""
        self.catches_mail = "EMAIL_URL" not in os.environ
        self.embedded = not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys()
        self.address = os.environ.setdefault("BASE_URL", f"http://localhost:{self.port}").rstrip("/")

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        try:
            self._start_all()
            while not self.asked_to_stop:
                self._look_after_children()
                time.sleep(0.2)
        except Stopped:
            pass
        except NotStarted as error:
            say(f"\n{error}", to=sys.stderr)
            return 1
        finally:
            self._stop_all()
        return 0

    def _start_all(self) -> None:
        began = time.monotonic()
        self.at.prepare()
        self._be_the_only_one()
        self._clear_leftovers()
        if not ports.is_free(self.host, self.port):
            raise NotStarted(
                f"Port {self.port} is in use. Stop what uses it, or choose another, for example PORT={self.port + 1}."
            )
        self._check_given()
        if self.embedded:
            with self._step("PostgreSQL and Valkey"):
                for name, value in stores.ensure(self.at.data).items():
                    os.environ.setdefault(name, value)
        os.environ.setdefault("SECRET_KEY", stores.secret_key(self.at.data))
        if self.catches_mail:
            with self._step("Mail catcher"):
                self._start_catcher()
        self._note_addresses()
        self._command("Database up to date", "migrate", "--noinput")
        if self.sample:
            self._command("Sample organisation", "load_sample")
        with self._step("Web, worker and clock"):
            self._start_own()
        self._tell(time.monotonic() - began)

    def _check_given(self) -> None:
        checks: dict[str, Callable[[str], None]] = {
            "DATABASE_URL": given.check_database,
            "REDIS_URL": given.check_queue,
            "EMAIL_URL": given.check_mail,
        }
        for name, check in checks.items():
            if name in os.environ:
                check(os.environ[name])

    def _start_catcher(self) -> None:
        smtp, web = _catcher_port("CATCHER_SMTP_PORT", 1025), _catcher_port("CATCHER_PORT", 8025)
        catcher = ["-m", "commsplan.embedded.catcher", "--folder", str(self.at.mail)]
        self._start(Child("catcher", [*catcher, "--smtp-port", str(smtp), "--web-port", str(web)], patience=5))
        os.environ["EMAIL_URL"] = f"smtp://{LOOPBACK}:{smtp}"
        self.catcher = f"http://localhost:{web}/"
        self._wait("catcher", lambda: ports.answers(LOOPBACK, smtp) is None and ports.answers(LOOPBACK, web) is None)

    def _note_addresses(self) -> None:
        """For `manage.py`: links and mail of a command go where those of the site go."""
        addresses = {"BASE_URL": self.address, "EMAIL_URL": os.environ["EMAIL_URL"], "CATCHER": self.catcher}
        self.at.addresses.write_text(json.dumps(addresses if self.catches_mail else {"BASE_URL": self.address}))

    def _start_own(self) -> None:
        schedule = str(self.at.data / "beat-schedule")
        celery = ["-m", "celery", "-A", "commsplan"]
        quiet = ["--without-gossip", "--without-mingle"]
        web = ["--interface", "wsgi", "--host", self.host, "--port", str(self.port), "--no-ws", "--workers", "2"]
        limits = ["--blocking-threads", "4", "--log-level", "warning", "--respawn-failed-workers"]
        self._start(Child("web", ["-m", "granian", *web, *limits, "commsplan.wsgi:application"], patience=15))
        self._start(
            Child("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", *quiet], patience=120)
        )
        self._start(
            Child(
                "beat", [*celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING"], patience=10
            )
        )
        self._wait("web", self._web_answers)

    def _start(self, child: Child) -> None:
        """Celery warns about root because of pickled tasks, which are switched off."""
        child.pid = background.start(
            [sys.executable, *child.argv],
            lock=self.at.lock(child.name),
            log=self.at.log(child.name),
            cwd=CHECKOUT,
            environment=os.environ | {"DJANGO_SETTINGS_MODULE": "commsplan.settings", "PYTHONUNBUFFERED": "1"},
            dies_with_us=True,
        )
        child.started_at, child.due_at = time.monotonic(), 0.0
        if child not in self.children:
            self.children.append(child)

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        child = next(child for child in self.children if child.name == name)
        while not ready():
            self._raise_if_stopped()
            if not background.alive(child.pid) or time.monotonic() > child.started_at + 60:
                log = self.at.log(name)
                raise NotStarted(f"The {name} process did not start: {background.last_words(log)} (log: {log})")
            time.sleep(0.05)

    def _web_answers(self) -> bool:
        host = LOOPBACK if self.host == "0.0.0.0" else self.host  # noqa: S104
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _command(self, title: str, *command: str) -> None:
        log = self.at.log(command[0].replace("_", "-"))
        with self._step(title), log.open("wb") as output:
            argv = [sys.executable, "manage.py", *command]
            process = subprocess.Popen(
                argv,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=background.stop_with_parent,
            )
            while process.poll() is None:
                if self.asked_to_stop:
                    process.terminate()
                    process.wait()
                self._raise_if_stopped()
                time.sleep(0.02)
            if process.returncode:
                raise NotStarted(f"`manage.py {command[0]}` failed: {background.last_words(log)} (log: {log})")

    def _look_after_children(self) -> None:
        if self.embedded:
            for name in stores.restart_fallen(self.at.data):
                say(f"{name} stopped by itself; it runs again. Log: {self.at.log(name)}")
        for child in self.children:
            if child.due_at and time.monotonic() >= child.due_at:
                background.stop(self.at.lock(child.name), [(KILL, 5.0)])  # children that outlived it
                self._start(child)
            elif not child.due_at and not background.alive(child.pid):
                self._plan_restart(child)

    def _plan_restart(self, child: Child) -> None:
        now = time.monotonic()
        child.pause = 1.0 if now - child.started_at > STEADY else min(child.pause * 2, LONGEST_PAUSE)
        child.due_at = now + child.pause
        code, log = background.exit_code(child.pid), self.at.log(child.name)
        say(f"{child.name} stopped by itself (exit code {code}); it starts again in {child.pause:.0f} s. Log: {log}")

    def _stop_all(self) -> None:
        for name in ("web", "beat", "worker", "catcher"):
            for child in self.children:
                if child.name == name:
                    self._stop(child)
        self.children = []
        stores.leave(self.at.data)

    def _stop(self, child: Child) -> None:
        lock = self.at.lock(child.name)
        pid = background.running(lock)
        if pid is None:
            return
        if child.name == "worker" and self.asked_to_stop < 2:
            say("Finishing what is being sent. Press Ctrl-C again to stop at once.")
        background.send(pid, TERM)
        deadline = time.monotonic() + child.patience
        while background.running(lock) and self.asked_to_stop < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        background.stop(lock, [(KILL, 5.0)])

    def _clear_leftovers(self) -> None:
        """What a killed predecessor started gets a moment to end by itself."""
        for name in ("web", "beat", "worker", "catcher"):
            background.stop(self.at.lock(name), [(TERM, 10.0), (KILL, 5.0)])

    def _be_the_only_one(self) -> None:
        self._held = os.open(self.at.lock("supervisor"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            running = os.pread(self._held, 200, 0).decode().strip()
            raise NotStarted(f"CommsPlan already runs with the data folder {self.at.data}: {running}") from error
        os.ftruncate(self._held, 0)
        os.pwrite(self._held, f"{self.address}/ (process {os.getpid()})\n".encode(), 0)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        self._raise_if_stopped()
        began = time.monotonic()
        if sys.stdout.isatty():
            say(f"  … {title}", end="\r")
        yield
        say(f"  ✓ {title:<32} {time.monotonic() - began:5.1f} s")

    def _tell(self, seconds: float) -> None:
        say(f"\nCommsPlan is ready after {seconds:.1f} s:  {self.address}/")
        if self.catches_mail:
            say(f"Its mail is caught here:       {self.catcher}")
        say(f"Data and logs:                 {self.at.data}")
        if self.sample and find_spec("sample"):
            tell_logins()
        elif not self.sample:
            say(f"Without an account yet? Make the first one at {self.address}/setup/")
        say("\nPress Ctrl-C to stop.")

    def _stop_asked(self, number: int, _frame: object) -> None:
        self.asked_to_stop += 1
        if self.asked_to_stop == 1:
            say("\nStopping …")

    def _raise_if_stopped(self) -> None:
        if self.asked_to_stop:
            raise Stopped


class Stopped(Exception):
    """The user asked to stop before everything ran."""


def tell_logins() -> None:
    from sample.logins import logins  # noqa: PLC0415 (only `make demo` has a sample organisation)

    rows = logins()
    wide = max(len(role) for role, _, _ in rows)
    say("\nSign in as:")
    for role, email, password in rows:
        say(f"  {role:<{wide}}  {email:<40} {password}")


def say(text: str, *, end: str = "\n", to=None) -> None:
    with suppress(OSError, ValueError):  # the terminal may be gone
        print(text, end=end, flush=True, file=to or sys.stdout)


def _port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise NotStarted(f"{name} must be a number from 1 to 65535, not “{value}”.")
    return int(value)


def _catcher_port(name: str, default: int) -> int:
    """Given: exactly that one. Otherwise the usual one, or any that is free."""
    if not os.environ.get(name):
        return ports.preferred(LOOPBACK, default)
    port = _port(name, default)
    if not ports.is_free(LOOPBACK, port):
        raise NotStarted(f"Port {port} is in use. Choose another {name}.")
    return port
