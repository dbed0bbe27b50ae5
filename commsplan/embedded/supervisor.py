"""Starts everything on one machine in the right order, keeps it running, and stops all of it."""

import fcntl
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from commsplan import environment
from commsplan.embedded import NotStarted, background, given, ports, stores
from commsplan.embedded.children import Children, programs
from commsplan.embedded.places import CHECKOUT, places
from commsplan.embedded.saying import say, step, tell_logins

LOOPBACK = "127.0.0.1"
SAMPLE_ORGANISATION = "Northfield College"
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104
CHECKS: dict[str, Callable[[str], None]] = {
    "DATABASE_URL": given.check_database,
    "REDIS_URL": given.check_queue,
    "EMAIL_URL": given.check_mail,
}


class Stopped(Exception):
    """The user asked to stop before everything ran."""


class Supervisor:
    def __init__(self, *, sample: bool) -> None:
        environment.read(environment.file_of(CHECKOUT))
        given.check_values()
        self.sample = sample
        self.host = os.environ.get("HOST") or LOOPBACK
        self.port = _port("PORT", 8000)
        self.at = places()
        self.children = Children(self.at)
        self.times_asked_to_stop = 0
        self.catches_mail = "EMAIL_URL" not in os.environ
        self.embedded = not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys()
        self.address = os.environ.setdefault("BASE_URL", f"http://localhost:{self.port}").rstrip("/")
        self.catcher = ""
        os.environ.setdefault("LOG_FORMAT", "lines")
        if sample:
            os.environ.setdefault("ORGANISATION", SAMPLE_ORGANISATION)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        try:
            self._start()
            while not self.times_asked_to_stop:
                self._look_after()
                time.sleep(0.2)
        except Stopped:
            pass
        except NotStarted as error:
            say(str(error), to=sys.stderr)
            return 1
        finally:
            self.children.stop(in_a_hurry=lambda: self.times_asked_to_stop > 1)
            stores.leave(self.at.data)
        return 0

    def _start(self) -> None:
        began = time.monotonic()
        self.at.prepare()
        self._be_the_only_one()
        self.children.clear_leftovers()
        if reason := ports.refusal("PORT", self.host, self.port):
            raise NotStarted(reason)
        self._check_given()
        self._start_stores()
        self._start_catcher()
        self._command("Database up to date", "migrate", "--noinput")
        if self.sample:
            self._command("Sample organisation", "load_sample")
        self._start_own()
        self._tell(time.monotonic() - began)

    def _check_given(self) -> None:
        for name, check in CHECKS.items():
            if name in os.environ:
                check(os.environ[name])

    def _start_stores(self) -> None:
        if self.embedded:
            with step("PostgreSQL and Valkey"):
                found = stores.ensure(self.at.data)
            for name, value in found.items():
                os.environ.setdefault(name, value)
        if "SECRET_KEY" not in os.environ:
            os.environ["SECRET_KEY"] = stores.secret_key(self.at.data)

    def _start_catcher(self) -> None:
        addresses = {name: os.environ[name] for name in ("BASE_URL", "ORGANISATION") if name in os.environ}
        if self.catches_mail:
            smtp, web = _catcher_port("CATCHER_SMTP_PORT", 1025), _catcher_port("CATCHER_PORT", 8025)
            options = ["--folder", str(self.at.mail), "--smtp-port", str(smtp), "--web-port", str(web)]
            with step("Mail catcher"):
                self.children.start("catcher", "-m", "commsplan.embedded.catcher", *options, patience=5)
                self._wait_until("catcher", lambda: all(ports.answers(LOOPBACK, port) is None for port in (smtp, web)))
            self.catcher = f"http://localhost:{web}/"
            os.environ["EMAIL_URL"] = f"smtp://{LOOPBACK}:{smtp}"
            addresses |= {"EMAIL_URL": os.environ["EMAIL_URL"], "CATCHER": self.catcher}
        self.at.addresses.write_text(json.dumps(addresses))  # for `manage.py`

    def _start_own(self) -> None:
        with step("Web, worker and clock"):
            for name, (argv, patience) in programs(self.at, self.host, self.port).items():
                self.children.start(name, *argv, patience=patience)
            self._wait_until("web", self._web_answers)

    def _wait_until(self, name: str, ready: Callable[[], bool]) -> None:
        self.children.wait_until(name, ready, each_time=self._raise_if_stopped)

    def _web_answers(self) -> bool:
        return self._status("/healthz") == 200

    def _status(self, path: str) -> int:
        host = LOOPBACK if self.host in EVERYWHERE else self.host
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _command(self, title: str, *command: str) -> None:
        """In a session of its own, so that Ctrl-C reaches it in our order, not in the terminal's."""
        self._raise_if_stopped()
        log = self.at.log(command[0].replace("_", "-"))
        with step(title), log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=background.stop_with_parent,
            )
            while process.poll() is None and not self.times_asked_to_stop:
                time.sleep(0.02)
            if self.times_asked_to_stop:
                process.terminate()
                process.wait()
                raise Stopped
            if process.returncode:
                raise NotStarted(f"`manage.py {command[0]}` failed: {background.last_words(log)} (log: {log})")

    def _look_after(self) -> None:
        if self.embedded:
            for name in stores.restart_fallen(self.at.data):
                say(f"{name} stopped by itself; it runs again. Log: {self.at.log(name)}")
        self.children.look_after()

    def _be_the_only_one(self) -> None:
        """The descriptor stays open, and with it the lock, until this process ends."""
        held = os.open(self.at.lock("supervisor"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            running = os.pread(held, 200, 0).decode().strip()
            raise NotStarted(f"CommsPlan already runs with the data folder {self.at.data}: {running}") from error
        os.ftruncate(held, 0)
        os.pwrite(held, f"{self.address}/ (process {os.getpid()})\n".encode(), 0)

    def _tell(self, seconds: float) -> None:
        say(f"\nCommsPlan is ready after {seconds:.1f} s (setting up not counted):  {self.address}/")
        if self.catches_mail:
            say(f"Its mail is caught here:       {self.catcher}")
        else:
            say(f"Its mail leaves over:          {given.server_of(os.environ['EMAIL_URL'])}")
        say(f"Data and logs:                 {self.at.data}")
        if self.sample:
            tell_logins()
        elif self._status("/setup/") == 200:  # it is there until there is an account
            say(f"Without an account yet? Make the first one at {self.address}/setup/")
        say("\nPress Ctrl-C to stop, or run make stop in another terminal.")

    def _stop_asked(self, number: int, _frame: object) -> None:
        self.times_asked_to_stop += 1
        if self.times_asked_to_stop == 1:
            say("\nStopping …")

    def _raise_if_stopped(self) -> None:
        if self.times_asked_to_stop:
            raise Stopped


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
    if reason := ports.refusal(name, LOOPBACK, port):
        raise NotStarted(reason)
    return port
