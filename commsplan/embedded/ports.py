"""Finding free ports, and knowing who has taken one."""

import errno
import socket


def refusal(name: str, host: str, port: int) -> str | None:
    """Why nothing can listen there, in one sentence; None when it can. `name` is the variable that chooses the port."""
    try:
        _try(host, port)
    except (socket.gaierror, UnicodeError):
        return f"HOST must be an address of this machine, not “{host}”."
    except OSError as error:
        return _sentences(name, host, port).get(error.errno or 0, f"Port {port} cannot be used: {error.strerror}.")
    return None


def _sentences(name: str, host: str, port: int) -> dict[int, str]:
    other = f"choose another, for example {name}={port + 1}"
    return {
        errno.EADDRINUSE: f"Port {port} is in use. Stop what uses it, or {other}.",
        errno.EACCES: f"You may not use port {port}. Choose one above 1023, for example {name}={port % 1000 + 8000}.",
        errno.EADDRNOTAVAIL: f"HOST must be an address of this machine, not “{host}”.",
    }


def is_free(host: str, port: int) -> bool:
    try:
        _try(host, port)
    except OSError:
        return False
    return True


def _try(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def preferred(host: str, port: int) -> int:
    """This port, or any free one."""
    if is_free(host, port):
        return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def answers(host: str, port: int, seconds: float = 5) -> str | None:
    """None, or the reason why nobody can be reached there."""
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except OSError as error:
        return error.strerror or str(error)
    return None
