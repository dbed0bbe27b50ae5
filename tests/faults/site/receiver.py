"""The mail server on the other side, in a process of its own: it counts what it took, and misbehaves when told to."""

import os
import random
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from time import monotonic

from tests.fixtures.scripted import Act, ScriptedServer, Taken

SLOWNESS = float(os.environ.get("FAULTS_SLOWNESS") or 1)
ANY_TIME = [
    Act(drop=True),
    Act(close=True),
    Act(drip=0.02),
    Act(delay=1),
    Act("421 4.3.2 Not now", close=True),
    Act(b"25"),
]
WAYS = {
    "connect": ANY_TIME,
    "EHLO": [*ANY_TIME, Act("250 scripted")],
    "MAIL": [*ANY_TIME, Act("451 4.3.0 Later"), Act("452 4.3.1 Insufficient system storage")],
    "RCPT": [*ANY_TIME, Act("450 4.2.0 Greylisted"), Act("550 5.1.1 No such user")],
    "DATA": [*ANY_TIME, Act("451 4.3.0 Later"), Act("354 go on", drip=0.02)],
    "content": [*ANY_TIME, Act(drop=True, take=True), Act(delay=60, take=True), Act("554 5.7.1 Not wanted")],
    "QUIT": ANY_TIME,
}


class Server(ScriptedServer):
    """What one may ask of it from another process."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._moments: list[tuple[str, float]] = []

    def take(self, mail: Taken) -> int:
        self._moments.append((mail.recipient, monotonic()))
        return super().take(mail)

    def moments(self) -> list[tuple[str, float]]:
        """When it took what each recipient got."""
        return list(self._moments)

    def listen(self) -> None:
        self.start()

    def address(self) -> tuple[str, int]:
        return self.host, self.port

    def count(self) -> int:
        return len(self.mails)

    def arrived(self) -> list[tuple[str, str]]:
        """Recipient and Message-ID of each mail that it took responsibility for."""
        return [(mail.recipient, mail.message_id) for mail in list(self.mails)]

    def contents(self, recipient: str) -> list[bytes]:
        return [mail.content for mail in list(self.mails) if mail.recipient == recipient]

    def come(self) -> int:
        """How many connections there have been."""
        return self.connections

    def slow(self, seconds: float) -> None:
        self.delay = seconds * SLOWNESS

    def lies(self, how: str) -> None:
        self.lie = how

    def misbehaves(self, seed: str, *, often: float) -> None:
        """In any way, at any stage, until it is told to be good."""
        dice = random.Random(seed)

        def decide(stage: str, value: str) -> Act | None:
            return dice.choice(WAYS[stage]) if stage in WAYS and dice.random() < often else None

        self.decide = decide

    def takes_connections(self, more: int) -> None:
        """Besides those on which it has been silent ever since a test told it to."""
        self.most_connections = self.open_now + more

    def good(self) -> None:
        self.calm()
        self.delay, self.most_connections = 0, 0


class _Process(BaseManager):
    """Started afresh, so it inherits nothing of the process that the tests run in."""


_Process.register("Server", Server)


class Receiver:
    """`server` is asked for everything; its mails outlive everything that happens to the site."""

    def __init__(self) -> None:
        self._process = _Process(ctx=get_context("spawn"))
        self._process.start()
        self.server = self._process.Server()  # type: ignore[attr-defined]
        self.server.listen()

    @property
    def url(self) -> str:
        host, port = self.server.address()
        return f"smtp://{host}:{port}"

    def close(self) -> None:
        self.server.stop()
        self._process.shutdown()
