"""The mail server on the other side, in a process of its own: it counts what it took, and misbehaves when told to."""

import os
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from time import monotonic

from tests.fixtures.scripted import ScriptedServer, Taken

SLOWNESS = float(os.environ.get("FAULTS_SLOWNESS") or 1)


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
