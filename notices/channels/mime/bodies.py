"""Bodies and their parts, encoded."""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from notices.channels.base import CalendarPart
from notices.channels.mime.headers import LINE, safe

PLAIN, HTML = "plain", "html"
MIXED, ALTERNATIVE = "=_mixed", "=_alternative"
LINE_ENDS = re.compile(r"\r\n?|\n")
SOFT_BREAK = b"=\r\n"
WHOLE_LINE = LINE // 4 * 3  # bytes that fill one line of base64
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


class Cut:
    """A text, cut where each reader has something of their own: before, between and after these slots."""

    def __init__(self, statics: list[str], slots: list[str]):
        self.statics = statics
        self.slots = slots

    def fill(self, values: Mapping[str, str]) -> Pieces:
        pieces = [self.statics[0]]
        for slot, static in zip(self.slots, self.statics[1:], strict=True):
            pieces += values[slot], static
        return Pieces.of(tuple(pieces))


# Texts


def text_part(kind: str, text: str) -> bytes:
    pieces = text.pieces if isinstance(text, Pieces) else (text,)
    if is_unusual(sum(map(extra_bytes, pieces)), len(text)):
        return part_head(kind, "base64") + base64(LINE_ENDS.sub("\r\n", text).encode())
    encoded = [_kept(piece) if len(piece) > SHORT else quoted(piece) for piece in pieces if piece]
    return part_head(kind, "quoted-printable") + SOFT_BREAK.join(encoded) + b"\r\n"


def part_head(kind: str, encoding: str) -> bytes:
    return f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'.encode()


def is_unusual(extra: int, length: int) -> bool:
    return extra * MANY_UNUSUAL > length


def extra_bytes(piece: str) -> int:
    return 0 if piece.isascii() else len(piece.encode()) - len(piece)


def quoted(piece: str) -> bytes:
    return b2a_qp(LINE_ENDS.sub("\n", piece).encode(), istext=True).replace(b"\n", b"\r\n")


_kept = lru_cache(maxsize=512)(quoted)


def base64(data: bytes) -> bytes:
    text = b2a_base64(data, newline=False)
    return b"".join([text[place : place + LINE] + b"\r\n" for place in range(0, len(text), LINE)])


# Parts


def body(texts: Sequence[bytes], calendars: Sequence[tuple[CalendarPart, bytes]]) -> bytes:
    """Of encoded texts, and of calendars with their data encoded."""
    if not calendars:
        return _multipart("alternative", ALTERNATIVE, texts)
    (first, data), *others = calendars
    alternatives = [*texts, _invitation(first, data)] if first.method else texts
    attached = [_attachment(first, data)]
    for number, (other, encoded) in enumerate(others, 2):
        attached += _further(replace(other, filename=f"{number}-{other.filename}"), encoded)
    return _multipart("mixed", MIXED, [_multipart("alternative", ALTERNATIVE, alternatives), *attached])


def _further(calendar: CalendarPart, data: bytes) -> list[bytes]:
    """An alternative holds one invitation; each further one stands beside it."""
    return [*([_invitation(calendar, data)] if calendar.method else []), _attachment(calendar, data)]


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}\r\n".encode()
    return head + b"".join(mark + part for part in parts) + f"--{boundary}--\r\n".encode()


def _attachment(calendar: CalendarPart, data: bytes) -> bytes:
    kind = "application/ics" if calendar.method else 'text/calendar; charset="utf-8"'
    head = (
        f'Content-Type: {kind}; name="{safe(calendar.filename)}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{safe(calendar.filename)}"\r\n\r\n'
    )
    return head.encode("ascii") + data


def _invitation(calendar: CalendarPart, data: bytes) -> bytes:
    kind = f'text/calendar; charset="utf-8"; method={safe(calendar.method)}'
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode("ascii") + data
