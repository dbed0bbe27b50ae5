"""Libraries that bring their own HTTP, kept on a leash: on it they connect to checked addresses only."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

from django.conf import settings

from notices.channels import guard, http

_own = threading.local()


@dataclass
class Leash:
    """`refused`: why an address was not let through. `reached`: a connection was made, so something may have left."""

    refused: str = ""
    reached: bool = False


@contextmanager
def on_the_leash() -> Iterator[Leash]:
    _fasten()
    before, _own.leash = getattr(_own, "leash", None), Leash()
    try:
        yield _own.leash
    finally:
        _own.leash = before


@cache
def _fasten() -> None:
    from requests import sessions  # noqa: PLC0415  heavy
    from urllib3.util import connection  # noqa: PLC0415  heavy

    free = connection.create_connection

    def create_connection(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        """On the leash the name is resolved here, once, and the connection goes to a checked address."""
        leash: Leash | None = getattr(_own, "leash", None)
        if leash is None:
            return free(address, *args, **options)
        try:
            checked = guard.targets(*address, encrypted=address[1] != 80)
        except guard.NotAllowed as error:
            leash.refused = str(error)
            raise OSError(str(error)) from error
        where = checked[0].address
        if settings.OUTGOING_PROXY:
            sock = http.through_proxy(where, monotonic() + http.CONNECT_SECONDS)
        else:
            sock = free(where[:2], *args, **options)
        leash.reached = True
        return sock

    connection.create_connection = create_connection
    sessions.get_environ_proxies = _off_the_leash(sessions.get_environ_proxies, {})
    sessions.get_netrc_auth = _off_the_leash(sessions.get_netrc_auth, None)


def _off_the_leash(free: Callable, otherwise: Any) -> Callable:
    """What the environment says is not heard: a proxy would resolve the name once more."""

    def heard(*args: Any, **options: Any) -> Any:
        return free(*args, **options) if getattr(_own, "leash", None) is None else otherwise

    return heard
