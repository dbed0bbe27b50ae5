"""How addresses and content travel."""

import re
from collections.abc import Container

from notices.channels.base import ChannelError, Parcel

ADDRESS = re.compile(r"[^\x00-\x20\x7f<>@]+@[^\x00-\x20\x7f<>@]+")
LINE_END = re.compile(rb"\r\n|\r|\n")


def checked(address: str) -> str:
    """An address that can be put on a line of its own: no line ends, brackets, blanks or second @."""
    if not ADDRESS.fullmatch(address):
        raise ChannelError("This is not an address that mail can be sent to.", permanent=True)
    return address


def on_the_wire(content: bytes) -> bytes:
    """With CRLF alone (a line end that only one of two servers understands smuggles a second mail), dots doubled, and
    the final dot."""
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        content = LINE_END.sub(b"\r\n", content)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\n.", b"\n..") + b".\r\n"


def envelope(parcel: Parcel, offers: Container[str]) -> tuple[bytes, bytes]:
    """MAIL and RCPT as this server understands them. Raises ChannelError when it cannot be said."""
    sender, recipient = _domain_in_ascii(checked(parcel.bounce_to)), _domain_in_ascii(checked(parcel.address))
    options = f" SIZE={len(parcel.content)}" if "size" in offers else ""
    if "8bitmime" in offers and not parcel.content.isascii():
        options += " BODY=8BITMIME"
    if not (sender.isascii() and recipient.isascii()):
        if "smtputf8" not in offers:
            raise ChannelError("The mail server does not take addresses with such letters.", permanent=True)
        options += " SMTPUTF8"
    return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode()


def _domain_in_ascii(address: str) -> str:
    if address.isascii():
        return address
    local, domain = address.rsplit("@", 1)
    try:
        return f"{local}@{in_ascii(domain)}"
    except UnicodeError as error:
        raise ChannelError(f"There is no domain {domain}.", permanent=True) from error


def in_ascii(domain: str) -> str:
    return domain.encode("idna").decode()
