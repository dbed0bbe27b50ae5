"""From an envelope to the bytes on the wire. Deterministic: no clock, no random number, no setting.

Bodies are quoted-printable or base64, so no line is long, none starts with a dot that matters, and no boundary can
occur inside: "=_" exists in neither encoding. Header values with line breaks or control characters are refused.
"""

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from notices.channels.base import CalendarPart, ChannelError, Envelope

MIXED, ALTERNATIVE = "=_mixed", "=_alternative"
UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
PLAIN_WORDS = re.compile(r"[ -~]*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[^@\s<>]+@\[[0-9a-fA-F:.]+\]"
)
UNUSUAL = re.compile(rb"[^A-Za-z0-9!*+/ -]")  # in an encoded word
LINE_ENDS = re.compile(r"\r\n?|\n")
SOFT_BREAK = b"=\r\n"
LINE = 76
SHORT = 200  # characters: shorter pieces are personal, and not worth keeping
MANY_UNUSUAL = 6  # more than one byte in so many is outside of ASCII: base64 is shorter


class Pieces(str):
    """A text that knows the pieces it was joined from, so that what many messages share is encoded once."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, pieces: tuple[str, ...]) -> "Pieces":
        whole = cls("".join(pieces))
        whole.pieces = pieces
        return whole


def build(envelope: Envelope) -> bytes:
    """Raises ChannelError (permanent) for what cannot become a message."""
    try:
        return _head(envelope) + _body(envelope)
    except UnicodeEncodeError as error:
        raise ChannelError("The message holds characters that cannot be sent.", permanent=True) from error


def _head(envelope: Envelope) -> bytes:
    lines = {
        "From": _mailbox(*_parsed(envelope.sender)),
        "Reply-To": _mailbox(*_parsed(envelope.reply_to)) if envelope.reply_to else "",
        "To": _mailbox(envelope.name, envelope.address),
        "Subject": _words(envelope.subject, "Subject: "),
        "Date": format_datetime(envelope.date.astimezone(UTC)),
        "Message-ID": _safe(envelope.message_id),
        "In-Reply-To": _safe(envelope.thread_id),
        "References": _safe(envelope.thread_id),
        "List-Id": _safe(envelope.list_id),
        "List-Unsubscribe": _links(envelope.unsubscribe_url, envelope.unsubscribe_mailto),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if envelope.one_click else "",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Feedback-ID": _safe(envelope.feedback_id),
        "Content-Language": _safe(envelope.language),
        **{_safe(name): _safe(value) for name, value in envelope.extra.items()},
        "MIME-Version": "1.0",
    }
    return "".join([f"{name}: {value}\r\n" for name, value in lines.items() if value]).encode("ascii")


def _links(*links: str) -> str:
    return ",\r\n ".join(f"<{_safe(link)}>" for link in links if link)


def _body(envelope: Envelope) -> bytes:
    parts = [
        _part('text/plain; charset="utf-8"', envelope.text),
        _part('text/html; charset="utf-8"', envelope.html),
    ]
    if not envelope.calendars:
        return _multipart("alternative", ALTERNATIVE, parts)
    first, *others = envelope.calendars
    if first.method:
        parts.append(_invitation(first))
    attached = [_attachment(first)]
    for number, other in enumerate(others, 2):
        attached += _further(replace(other, filename=f"{number}-{other.filename}"))
    return _multipart("mixed", MIXED, [_multipart("alternative", ALTERNATIVE, parts), *attached])


def _further(calendar: CalendarPart) -> list[bytes]:
    """An alternative holds one invitation; each further one stands beside it."""
    return [*([_invitation(calendar)] if calendar.method else []), _attachment(calendar)]


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}\r\n".encode()
    return head + b"".join(mark + part for part in parts) + f"--{boundary}--\r\n".encode()


def _part(kind: str, text: str) -> bytes:
    encoding, body = _encoded(text)
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def _encoded(text: str) -> tuple[str, bytes]:
    pieces = text.pieces if isinstance(text, Pieces) else (text,)
    if sum(map(_extra_bytes, pieces)) * MANY_UNUSUAL > len(text):
        return "base64", _base64(LINE_ENDS.sub("\r\n", text).encode())
    encoded = [_quoted(piece) if len(piece) > SHORT else _quoted.__wrapped__(piece) for piece in pieces if piece]
    return "quoted-printable", SOFT_BREAK.join(encoded) + b"\r\n"


@lru_cache(maxsize=1024)
def _quoted(piece: str) -> bytes:
    return b2a_qp(LINE_ENDS.sub("\n", piece).encode(), istext=True).replace(b"\n", b"\r\n")


def _extra_bytes(piece: str) -> int:
    return 0 if piece.isascii() else len(piece.encode()) - len(piece)


@lru_cache(maxsize=256)
def _attachment(calendar: CalendarPart) -> bytes:
    kind = "application/ics" if calendar.method else 'text/calendar; charset="utf-8"'
    head = (
        f'Content-Type: {kind}; name="{_safe(calendar.filename)}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{_safe(calendar.filename)}"\r\n\r\n'
    )
    return head.encode("ascii") + _base64(calendar.data)


def _invitation(calendar: CalendarPart) -> bytes:
    kind = f'text/calendar; charset="utf-8"; method={_safe(calendar.method)}'
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode("ascii") + _base64(calendar.data)


def _base64(data: bytes) -> bytes:
    text = b2a_base64(data, newline=False)
    return b"".join([text[place : place + LINE] + b"\r\n" for place in range(0, len(text), LINE)])


# Header values


def _safe(value: str) -> str:
    if UNSAFE.search(value):
        raise ChannelError("A header holds a line break or a control character.", permanent=True)
    return value


@lru_cache(maxsize=64)
def _parsed(mailbox: str) -> tuple[str, str]:
    return parseaddr(_safe(mailbox))


def _mailbox(name: str, address: str) -> str:
    address = wire_address(_safe(address))
    if not name:
        return address
    phrase = _phrase(_safe(name))
    gap = " " if len(phrase) + len(address) < LINE - 16 else "\r\n "
    return f"{phrase}{gap}<{address}>"


def wire_address(address: str) -> str:
    """In ASCII, as SMTP without extensions wants it."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            address = f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError as error:
            raise ChannelError(f"“{address}” is not a mail address.", permanent=True) from error
    if not ADDRESS.fullmatch(address) or ".." in address or len(address) > 254:
        raise ChannelError(f"“{address}” is not a mail address.", permanent=True)
    return address


def _phrase(name: str) -> str:
    """A display name: as it is, in quotes, or encoded."""
    if not _is_plain(name):
        return _encoded_words(name)
    if ATOMS.fullmatch(name) and name == name.strip() and "=?" not in name:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(text: str, lead: str) -> str:
    """Unstructured text, folded at its spaces."""
    _safe(text)
    if not _is_plain(text) or text != text.strip() or "  " in text:
        return _encoded_words(text)
    lines, room = [""], LINE - len(lead)
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = LINE
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _is_plain(text: str) -> bool:
    return bool(PLAIN_WORDS.fullmatch(text)) and "=?" not in text and max(map(len, text.split(" "))) < LINE - 10


@lru_cache(maxsize=4096)
def _encoded_words(text: str) -> str:
    """RFC 2047, in the encoding that is shorter. A character is never cut in two."""
    data = text.encode()
    unusual = len(UNUSUAL.findall(data))
    encode, kind = (_in_q, "q") if unusual * 6 < len(data) else (_in_base64, "b")
    return "\r\n ".join(f"=?utf-8?{kind}?{encode(chunk)}?=" for chunk in _chunks(text, kind))


def _chunks(text: str, kind: str) -> list[bytes]:
    """Each is at most 60 characters long when encoded."""
    chunks, chunk, room = [], b"", 0.0
    for character in text:
        data = character.encode()
        cost = len(data) * 4 / 3 if kind == "b" else len(data) + 2 * len(UNUSUAL.findall(data))
        if room + cost > 56:
            chunks.append(chunk)
            chunk, room = b"", 0.0
        chunk, room = chunk + data, room + cost
    return [*chunks, chunk]


def _in_q(data: bytes) -> str:
    return UNUSUAL.sub(lambda found: b"=%02X" % found[0][0], data).replace(b" ", b"_").decode()


def _in_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
