"""The way into a mail server: connect, say hello, encrypt, log in. It may take its time, so it runs beside the rest."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from time import monotonic

from notices.channels.base import ChannelDown, said_by
from notices.channels.email.client import Client, EncryptedClient
from notices.channels.email.relay import Relay
from notices.channels.email.replies import printable

WHAT_FAILS = (OSError, smtplib.SMTPException, UnicodeError, ValueError)

NUMBER = re.compile(r"[0-9]{1,20}")  # as many as RFC 1870 has for a size


@dataclass(frozen=True)
class Opened:
    """A socket that expects the first message, and what the server offers."""

    sock: socket.socket
    offers: frozenset[str]
    largest: int = 0  # bytes of a letter; 0: it does not say
    rest: bytes = b""  # what the server said without being asked


class Opening:
    """Connects in a thread of its own; `tell` is called when it came to an end."""

    def __init__(self, relay: Relay, tell: Callable[[], None]):
        self.deadline = monotonic() + 2 * relay.patience
        self._way = _Way(relay)
        self._tell = tell
        self._opened: Opened | None = None
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name=f"connect to {relay}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._opened = self._way.go()
            if self._way.is_given_up:
                self._opened.sock.close()
        except BaseException as error:
            self._error = error
        self._tell()

    @property
    def is_over(self) -> bool:
        return self._opened is not None or self._error is not None

    def result(self) -> Opened:
        if self._error:
            raise self._error
        if self._opened is None:
            raise AssertionError("It is not over yet.")
        return self._opened

    def give_up(self) -> None:
        """Whatever it still comes to, nobody wants it."""
        self._way.give_up()
        if self._opened:
            self._opened.sock.close()


class _Way:
    def __init__(self, relay: Relay):
        self._relay = relay
        self._smtp: Client | None = None
        self.is_given_up = False

    def go(self) -> Opened:
        try:
            smtp = self._smtp = self._client()
            self._connect(smtp)
        except WHAT_FAILS as error:
            if self._smtp:
                self._smtp.close()
            raise self._down("cannot be reached", error) from error
        try:
            self._introduce(smtp)
            return self._opened(smtp)
        except WHAT_FAILS as error:
            smtp.close()
            raise self._down("does not let us in", error) from error

    def _client(self) -> Client:
        patience = self._relay.patience
        if self._relay.tls:
            return EncryptedClient(timeout=patience, local_hostname=self._relay.hello, context=self._encryption())
        return Client(timeout=patience, local_hostname=self._relay.hello)

    def _connect(self, smtp: smtplib.SMTP) -> None:
        smtp._host = self._relay.host  # type: ignore[attr-defined]  # what a certificate is compared with
        code, text = smtp.connect(self._relay.host, self._relay.port)
        if code != 220:
            smtp.close()
            raise smtplib.SMTPConnectError(code, text)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._relay.starttls:
            smtp.starttls(context=self._encryption())
            smtp.ehlo_or_helo_if_needed()
        if self._relay.user and self._relay.password:
            smtp.login(self._relay.user, self._relay.password)

    def _encryption(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._relay.certfile:
            context.load_cert_chain(self._relay.certfile, self._relay.keyfile or None)
        return context

    def _opened(self, smtp: smtplib.SMTP) -> Opened:
        sock = smtp.sock
        if self.is_given_up or sock is None:
            raise OSError("Nobody waits for it any more.")
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = _left_over(smtp)
        smtp.sock = None
        offers = smtp.esmtp_features if smtp.does_esmtp else {}
        return Opened(sock, frozenset(offers), _number(offers.get("size", "")), rest)

    def _down(self, what: str, error: Exception) -> ChannelDown:
        return ChannelDown(f"The mail server {self._relay} {what}: {_words(error)}")

    def give_up(self) -> None:
        self.is_given_up = True
        sock = self._smtp.sock if self._smtp else None
        if sock:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _number(words: str) -> int:
    return int(words) if NUMBER.fullmatch(words) else 0


def _left_over(smtp: smtplib.SMTP) -> bytes:
    """What smtplib has read but not used."""
    file, smtp.file = smtp.file, None
    if not file:
        return b""
    try:
        return file.peek() or b""
    except OSError:
        return b""
    finally:
        file.close()


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {printable(error.smtp_error)}".strip()
    return said_by(error)
