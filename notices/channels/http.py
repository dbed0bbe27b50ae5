"""The one HTTP client of all channels.

Follows no redirect, takes no proxy from the environment, reads no endless answer, and knows whether a request that
failed may have been acted upon: up to its last byte it was not.
"""

import http.client
import io
import json
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from notices.channels import guard
from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Later, NotOurs

CONNECT_SECONDS = 10.0
SECONDS = 30.0  # for a whole exchange
IDLE_SECONDS = 15.0
LARGEST_ANSWER = 262_144
LONGEST_WAIT = 86_400.0
WORDS = 200
FIRST_ADDRESSES = 3
AGENT = "CommsPlan"
JSON = "application/json; charset=utf-8"
TIMED_OUT, TOO_EARLY, TOO_MANY, GATEWAY_TIMED_OUT = 408, 425, 429, 504


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """What it says; an empty dict where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def words(self) -> str:
        """The beginning, for people."""
        text = self.body[: 4 * WORDS].decode("utf-8", "replace")
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:WORDS]


class Unreachable(ChannelError):
    """Nothing was handed over, and this server cannot be reached now."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=False, later=Later.LOST)


@dataclass
class Client:
    """Belongs to one thread, and keeps the connection to the last server. `only_server`: all that is sent over the
    channel goes there, so while it cannot be reached, the channel is down."""

    only_server: bool = False
    seconds: float = SECONDS
    encryption: ssl.SSLContext | None = None
    _line: "_Line | None" = None

    def post(self, url: str, content: bytes, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        return self.ask("POST", url, content, headers={"Content-Type": JSON} | dict(headers or {}), **options)

    def ask(
        self,
        method: str,
        url: str,
        content: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        may_leave: Callable[[], bool] = lambda: True,
        repeatable: bool = False,
    ) -> Answer:
        """`repeatable`: the other side knows a second copy for what it is. Raises ChannelError and its kinds."""
        until = monotonic() + self.seconds
        line, parts = self._connected(url, until)
        if not may_leave():
            raise NotOurs
        try:
            line.write(method, parts, content, headers or {}, until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(f"The connection to {parts.hostname} was lost: {_said(error)}") from error
        try:
            answer = line.read(until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise _unknown(parts.hostname or "", error, repeatable=repeatable) from error
        if not line.is_good:
            self.close()
        return answer

    def close(self) -> None:
        line, self._line = self._line, None
        if line:
            line.close()

    def _connected(self, url: str, until: float) -> "tuple[_Line, SplitResult]":
        try:
            parts = guard.read(url)
            if self._line and not self._line.leads_to(parts):
                self.close()
            self._line = self._line or _Line.open(parts, until, self.encryption or _encryption())
        except guard.NotAllowed as error:
            raise self._closed(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            host = urlsplit(url).hostname
            raise self._away(f"{host} cannot be reached: {_said(error)}") from error
        return self._line, parts

    def _away(self, sentence: str) -> ChannelError:
        return ChannelDown(sentence) if self.only_server else Unreachable(sentence)

    def _closed(self, sentence: str) -> ChannelError:
        return ChannelDown(sentence) if self.only_server else ChannelError(sentence, permanent=True)


class _Line:
    """A connection to a checked address."""

    def __init__(self, sock: socket.socket, key: tuple):
        self._sock = sock
        self._key = key
        self._method = ""
        self._used_at = monotonic()
        self.is_good = True

    @classmethod
    def open(cls, parts: SplitResult, until: float, encryption: ssl.SSLContext) -> "_Line":
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


@cache
def _encryption() -> ssl.SSLContext:
    return ssl.create_default_context()


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


def _unknown(host: str, error: Exception, *, repeatable: bool) -> ChannelError:
    sentence = f"{host} did not confirm: {_said(error)}"
    later = Later.TIMED_OUT if isinstance(error, TimeoutError) else Later.LOST
    return ChannelError(sentence, permanent=False, unknown=not repeatable, later=later)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


# What an answer means


def refusal(answer: Answer, *, service: str, own_door: bool = False, repeatable: bool = False) -> ChannelError:
    """`own_door`: the address itself lets in, so being kept out is about this room alone; otherwise our key does not
    fit, and nothing can be sent to anybody."""
    status, wait = answer.status, waiting_time(answer)
    sentence = f"{service} answered {status} {answer.words}".strip()
    if status in (401, 403):
        return ChannelError(sentence, permanent=True) if own_door else ChannelDown(sentence)
    if status in (404, 410):
        return AddressRefused(sentence)
    if status == TOO_MANY:
        return ChannelError(sentence, permanent=False, later=Later.THROTTLED, wait=wait)
    if status in (TIMED_OUT, TOO_EARLY):
        return ChannelError(sentence, permanent=False, later=Later.TIMED_OUT, wait=wait)
    if status == GATEWAY_TIMED_OUT:
        return ChannelError(sentence, permanent=False, unknown=not repeatable, later=Later.TIMED_OUT, wait=wait)
    if status >= 500:
        return ChannelError(sentence, permanent=False, wait=wait)
    if 300 <= status < 400:
        return ChannelError(f"{service} sends us to another address, and we follow none.", permanent=True)
    return ChannelError(sentence, permanent=True)


def waiting_time(answer: Answer) -> float:
    """Seconds, of Retry-After: a number or a date."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text)
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0


def _seconds_until(text: str) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
