"""One mail taken apart for reading."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

BASE = '<base target="_blank">'  # links leave the frame


@dataclass(frozen=True)
class Part:
    number: int
    content_type: str
    name: str
    content: bytes
    content_id: str


class Letter:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self._message: EmailMessage = message_from_bytes(source, policy=policy.default)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, _one_line(value)) for name, value in self._message.raw_items()]

    @cached_property
    def parts(self) -> list[Part]:
        leaves = [part for part in self._message.walk() if not part.is_multipart()]
        return [
            Part(
                number,
                part.get_content_type(),
                _name(part, number),
                _payload(part),
                (part["Content-ID"] or "").strip("<> "),
            )
            for number, part in enumerate(leaves)
        ]

    @cached_property
    def html(self) -> str:
        return self._text_of("html")

    @cached_property
    def text(self) -> str:
        return self._text_of("plain")

    @property
    def calendars(self) -> list[Part]:
        return [part for part in self.parts if part.content_type == "text/calendar"]

    def html_for_frame(self, address: str) -> str:
        """Links open outside the frame, and pictures that came along are found."""
        html = re.sub(
            r"(?i)\bcid:([^\"'\s>)]+)",
            lambda found: next(
                (f"{address}/part/{part.number}" for part in self.parts if part.content_id == found[1]), ""
            ),
            self.html,
        )
        placed, count = re.subn(r"(?i)<head[^>]*>", lambda found: found[0] + BASE, html, count=1)
        return (
            placed
            if count
            else re.sub(r"(?i)^(\s*<!doctype[^>]*>)?", lambda found: (found[0] or "") + BASE, html, count=1)
        )

    def _text_of(self, subtype: str) -> str:
        part = next(
            (
                part
                for part in self._message.walk()
                if part.get_content_type() == f"text/{subtype}" and not part.is_attachment()
            ),
            None,
        )
        return _text(part) if part is not None else ""


def _text(part: EmailMessage) -> str:
    content = _payload(part)
    try:
        return content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _payload(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name(part: EmailMessage, number: int) -> str:
    try:
        name = part.get_filename()
    except (LookupError, ValueError):
        name = None
    return name or f"part-{number}.{part.get_content_subtype()}"


def _one_line(value: object) -> str:
    return re.sub(r"\r?\n[ \t]*", " ", str(value).encode("utf-8", "replace").decode())
