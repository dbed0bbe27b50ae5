"""One connection to a checked address. It takes no proxy from the environment, and reads no endless answer."""

import http.client
import io
import select
import socket
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from notices.channels import guard
from notices.channels.http.answer import Answer

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 15.0
LARGEST_ANSWER = 262_144
FIRST_ADDRESSES = 3
AGENT = "CommsPlan"


class Line:
    def __init__(self, sock: socket.socket, key: tuple):
        self._sock = sock
        self._key = key
        self._method = ""
        self._used_at = monotonic()
        self.is_good = True

    @classmethod
    def open(cls, parts: SplitResult, until: float, encryption: ssl.SSLContext) -> "Line":
        host, port = parts.hostname or "", _port(parts)
        sock = _connect(host, port, encrypted=parts.scheme == "https", until=until)
        try:
            if parts.scheme == "https":
                sock.settimeout(_left(until))
                sock = encryption.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        return cls(sock, _key(parts))

    def leads_to(self, parts: SplitResult) -> bool:
        """And is still open: a server that hung up meanwhile would leave us in doubt about the next request."""
        is_fresh = monotonic() - self._used_at < IDLE_SECONDS
        return is_fresh and self._key == _key(parts) and not _readable(self._sock)

    def write(self, method: str, parts: SplitResult, content: bytes, headers: Mapping[str, str], until: float) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "")  # of the library only what writes a request
        connection.sock, connection.auto_open = self._sock, 0
        self._sock.settimeout(_left(until))
        self._method = method
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        all_headers = {"Host": host, "User-Agent": AGENT, "Accept-Encoding": "identity"} | dict(headers)
        connection.request(method, path, body=content, headers=all_headers)

    def read(self, until: float) -> Answer:
        with http.client.HTTPResponse(_Timed(self._sock, until), method=self._method) as response:  # type: ignore[arg-type]
            response.begin()
            body = response.read(LARGEST_ANSWER)
            self.is_good = not response.will_close and response.isclosed()
            headers = {name.lower(): value for name, value in response.getheaders()}
        self._used_at = monotonic()
        return Answer(response.status, headers, body)

    def close(self) -> None:
        self._sock.close()


class _Timed(io.RawIOBase):
    """What comes over a socket, all of it before a moment: a server that sends a byte now and then ends there, too."""

    def __init__(self, sock: socket.socket, until: float):
        self._sock, self._until = sock, until

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _connect(host: str, port: int, *, encrypted: bool, until: float) -> socket.socket:
    targets = guard.targets(host, port, encrypted=encrypted)[:FIRST_ADDRESSES]
    if settings.OUTGOING_PROXY:
        return through_proxy(targets[0].address, until)
    for target in targets:
        sock = socket.socket(target.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(CONNECT_SECONDS, _left(until)))
            sock.connect(target.address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            if target is targets[-1]:
                raise error
            continue
        return sock
    raise OSError("There is no such host")


def through_proxy(address: tuple, until: float) -> socket.socket:
    """The proxy is told the checked address, not the name: it would resolve that once more."""
    proxy = urlsplit(settings.OUTGOING_PROXY)
    sock = socket.create_connection(
        (proxy.hostname or "", proxy.port or 3128), timeout=min(CONNECT_SECONDS, _left(until))
    )
    try:
        where = f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"
        sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
        response = http.client.HTTPResponse(_Timed(sock, until), method="CONNECT")  # type: ignore[arg-type]
        response.begin()
        if response.status != 200:
            raise OSError(f"the proxy answered {response.status}")
    except BaseException:
        sock.close()
        raise
    return sock


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _key(parts: SplitResult) -> tuple:
    return parts.scheme, parts.hostname, _port(parts)
