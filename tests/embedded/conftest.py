import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from commsplan.embedded import background, children, stores
from commsplan.embedded.places import CHECKOUT, places
from tests.fixtures.ports import free_port

KEPT = ("ENV_FILE", "PATH", "HOME", "LANG", "TMPDIR")  # none of the test settings: a user has none of them either


class Site:
    """CommsPlan as a user starts it, with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.at = places(folder)
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    def start(self, **more: str) -> str:
        """Start, and return what it says until it is ready or has ended."""
        environment = bare_environment() | {"DATA_DIR": str(self.at.data), "PORT": str(self.port)} | more
        self.process = subprocess.Popen(
            [sys.executable, "-m", "commsplan.embedded", "run"],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Press Ctrl-C" in line:
                return "".join(said)
        self.process.wait()
        return "".join(said)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=180)
        self.process.stdout.close()
        return code

    def health(self) -> int:
        with urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=60) as answer:
            return answer.status

    def running(self) -> dict[str, int]:
        names = ("postgres", "valkey", "web", "worker", "clock", "beat", "catcher")
        return {name: pid for name in names if (pid := background.running(self.at.lock(name)))}

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.process.stdout.close()
        for name in children.NAMES:
            background.stop(self.at.lock(name), [(signal.SIGTERM, 5.0), (signal.SIGKILL, 60.0)])
        stores.stop(self.at)
        self.at.forget_sockets()
        shutil.rmtree(self.at.data, ignore_errors=True)


@pytest.fixture(scope="module")
def site():
    made = Site(Path(tempfile.mkdtemp(prefix=f"commsplan-site-{os.getuid()}-", dir="/tmp")))
    yield made
    made.remove()


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix=f"commsplan-data-{os.getuid()}-", dir="/tmp"))
    yield made
    with suppress(FileNotFoundError):
        stores.leave(made)
        stores.stop(places(made))
    shutil.rmtree(made, ignore_errors=True)


def bare_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}
