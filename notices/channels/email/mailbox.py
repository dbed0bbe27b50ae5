"""Mail, over one SMTP connection that is kept for as long as the sender lives.

What the server says becomes one of few things: accepted; refused for good or for now; nobody at this address; the
server as a whole does not work; or, worst, no answer after the final dot: then nobody knows.
"""

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable
from time import monotonic
from typing import cast

from django.conf import settings

from notices.channels import mime
from notices.channels.base import Accepted, ChannelDown, ChannelError, Envelope
from notices.channels.email.judging import refusal
from notices.channels.email.replies import Reply
from notices.channels.email.wire import checked, on_the_wire

COMMAND_SECONDS = 30
LOOK_UP_SECONDS = 5  # while waiting for the last reply: how often the caller hears that we still do
LONGEST_REPLY = 65_536  # bytes
PIECE = 32_768  # bytes: before each one the caller hears that we still send
WHOLE_REPLY = re.compile(rb"(?:\d{3}-[^\n]*\n)*(\d{3})(?: ([^\n]*))?\r?\n")


class Mailbox:
    """Opens the connection with the first message, and again when it was lost."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def build(self, envelope: Envelope) -> bytes:
        return mime.build(envelope)

    def send(self, envelope: Envelope, content: bytes, *, hold: Callable[[], None]) -> Accepted:
        """`hold` is called before the content leaves, and now and then while the answer is awaited. It may raise."""
        sender, recipient = checked(envelope.bounce_to), checked(envelope.address)
        self._smtp = self._smtp or connect()
        try:
            return transact(self._smtp, sender, recipient, content, hold=hold)
        except ChannelError as error:
            self._after(error)
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise ChannelError(f"The connection was lost: {error}", permanent=False, closes=True) from error
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp:
            say_goodbye(smtp)

    def _after(self, error: ChannelError) -> None:
        """The next message needs a server that expects one."""
        if error.closes or self._smtp is None:
            self._drop()
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp:
            smtp.close()


def connect() -> smtplib.SMTP:
    """Ready for the first message, encrypted and logged in as EMAIL_URL has it. Raises ChannelDown."""
    if not settings.EMAIL_HOST:
        raise ChannelDown("There is no mail server: set EMAIL_URL.")
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        smtp = _open()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise ChannelDown(f"The mail server {where} cannot be reached: {_words(error)}") from error
    try:
        _introduce(smtp)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        smtp.close()
        raise ChannelDown(f"The mail server {where} does not let us in: {_words(error)}") from error
    return smtp


def _open() -> smtplib.SMTP:
    where = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT or 0, "local_hostname": settings.BASE_HOST}
    timeout = min(COMMAND_SECONDS, settings.EMAIL_TIMEOUT)
    if settings.EMAIL_USE_SSL:
        return smtplib.SMTP_SSL(**where, timeout=timeout, context=_encryption())
    return smtplib.SMTP(**where, timeout=timeout)


def _introduce(smtp: smtplib.SMTP) -> None:
    smtp.ehlo_or_helo_if_needed()
    if settings.EMAIL_USE_TLS:
        smtp.starttls(context=_encryption())
        smtp.ehlo_or_helo_if_needed()
    if settings.EMAIL_HOST_USER and settings.EMAIL_HOST_PASSWORD:
        smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)


def _encryption() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.EMAIL_SSL_CERTFILE:
        context.load_cert_chain(settings.EMAIL_SSL_CERTFILE, settings.EMAIL_SSL_KEYFILE)
    return context


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def transact(smtp: smtplib.SMTP, sender: str, recipient: str, content: bytes, *, hold: Callable[[], None]) -> Accepted:
    recipient, options = _options(smtp, recipient, content)
    _expect("MAIL", 2, *smtp.docmd("MAIL", f"FROM:<{sender}>{options}"))
    _expect("RCPT", 2, *smtp.docmd("RCPT", f"TO:<{recipient}>"))
    _expect("DATA", 3, *smtp.docmd("DATA"))
    code, text = _hand_over(cast(socket.socket, smtp.sock), content, hold=hold)
    _expect("content", 2, code, text)
    return Accepted(f"{code} {_text(text)}")


def _options(smtp: smtplib.SMTP, recipient: str, content: bytes) -> tuple[str, str]:
    """The address as this server understands it, and what it has to know of the message."""
    local, domain = recipient.rsplit("@", 1)
    options = "" if content.isascii() or not smtp.has_extn("8bitmime") else " BODY=8BITMIME"
    smtp.command_encoding = "ascii"
    try:
        recipient = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise ChannelError(f"There is no domain {domain}.", permanent=True) from error
    if local.isascii():
        return recipient, options
    if not smtp.has_extn("smtputf8"):
        raise ChannelError("The mail server does not take addresses with such letters.", permanent=True)
    smtp.command_encoding = "utf-8"
    return recipient, f"{options} SMTPUTF8"


def _hand_over(sock: socket.socket, content: bytes, *, hold: Callable[[], None]) -> tuple[int, bytes]:
    """Without the last piece, and its final dot, it is no mail. What goes wrong then leaves the outcome unknown."""
    data = on_the_wire(content)
    try:
        for place in range(0, len(data), PIECE):
            hold()
            sock.sendall(data[place : place + PIECE])
        return _last_reply(sock, hold=hold)
    except OSError as error:
        raise _unknown(f"The connection was lost before the server confirmed: {error}") from error


def _last_reply(sock: socket.socket, *, hold: Callable[[], None]) -> tuple[int, bytes]:
    """Not through smtplib: RFC 5321 wants ten minutes of patience, and the caller wants to know that we still wait."""
    received = b""
    until = monotonic() + settings.EMAIL_TIMEOUT
    while monotonic() < until:
        if not _readable(sock, within=min(LOOK_UP_SECONDS, until - monotonic())):
            hold()
            continue
        piece = sock.recv(4096)
        if not piece:
            raise _unknown("The server hung up before it confirmed.")
        received += piece
        if reply := WHOLE_REPLY.fullmatch(received):
            return int(reply[1]), reply[2] or b""
        if len(received) > LONGEST_REPLY:
            raise _unknown("The server answered without end.")
    raise _unknown("The server did not confirm in time.")


def _readable(sock: socket.socket, *, within: float) -> bool:
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(within, 0) * 1000))


def _unknown(sentence: str) -> ChannelError:
    return ChannelError(sentence, permanent=False, unknown=True, closes=True)


def _expect(stage: str, kind: int, code: int, text: bytes) -> None:
    if code // 100 != kind:
        raise refusal(stage, Reply(code, _text(text)))


def say_goodbye(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _text(reply: bytes | str) -> str:
    text = reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
    return " ".join(text.split())
