"""A message that many readers share: encoded and cut once, so that a copy is made by joining bytes.

The cuts are found with marks: one message is built with a mark wherever a reader has something of their own. NUL is
in no message, because headers refuse it and both encodings of bodies have no sign for it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from notices.channels import calendar
from notices.channels.base import Envelope
from notices.channels.mime import bodies
from notices.channels.mime.bodies import SOFT_BREAK, Cut, base64, extra_bytes, quoted
from notices.channels.mime.building import head, headers, not_text
from notices.channels.mime.headers import links, mailbox, safe, words

MARK = re.compile(rb"\0([^\0]+)\0")
TO, SUBJECT, MESSAGE_ID, THREAD, LINKS = "to", "subject", "message id", "thread", "links"
NEUTRAL: dict[str, Any] = {
    "name": "",
    "address": "nobody@invalid",
    "message_id": "",
    "thread_id": "",
    "unsubscribe_mailto": "",
}


class Own(NamedTuple):
    """What one copy has of its own. None of its `values` is empty."""

    address: str
    name: str
    message_id: str
    thread_id: str
    values: dict[str, str]  # slot → text
    in_html: dict[str, str]  # the same for slots that read otherwise there
    unsubscribe_url: str = ""
    unsubscribe_mailto: str = ""
    attendee: str = ""  # the address as calendars know it
    answer_url: str = ""  # for calendars


class Stamp:
    """Copies are the same bytes that `build` makes of an envelope with the same values. Raises ChannelError.

    `pattern`: the envelope of any copy. `in_html`: the slots that read otherwise in HTML.
    """

    def __init__(
        self,
        pattern: Envelope,
        *,
        subject: Cut,
        text: Cut,
        html: Cut,
        invitations: Sequence[calendar.Invitation] = (),
        in_html: frozenset[str] = frozenset(),
    ):
        self.subject = subject
        self.text = Body(bodies.PLAIN, text)
        self.html = Body(bodies.HTML, html, in_html)
        self.own_subject = bool(subject.slots)
        self.slots = sorted({*text.slots, *(slot for slot in html.slots if slot not in in_html)})
        self.slots_in_html = sorted(in_html & set(html.slots))
        self.invitations = [Invited(one) for one in invitations]
        self.calendars = [one.to(name="", address="") for one in invitations]
        self.lines = self._lines(pattern)
        self.cut: dict[tuple[bool, bool], Statics] = {}

    def copy(self, own: Own) -> tuple[bytes, bytes]:
        """And as it travels over SMTP, or nothing where that has to be worked out."""
        try:
            return self._copy(own)
        except UnicodeEncodeError as error:
            raise not_text() from error

    @cached_property
    def size(self) -> int:
        """In memory, roughly: bytes."""
        return len(head(self.lines)) + self.text.size + self.html.size + sum(one.size for one in self.invitations)

    @cached_property
    def digest(self) -> bytes:
        """Equal for stamps that make the same copies."""
        bodies = [self.text.statics, self.text.marks, self.html.statics, self.html.marks]
        invitations = [
            (one.before, one.after, one.method, one.wants_answer)
            for one in (invited.invitation for invited in self.invitations)
        ]
        subject = [list(self.subject.statics), list(self.subject.slots)]
        return hashlib.sha256(repr([self.lines, subject, bodies, invitations]).encode()).digest()

    def _copy(self, own: Own) -> tuple[bytes, bytes]:
        values, in_html = own.values, own.in_html
        filled = {slot: quoted(values[slot]) for slot in self.slots}
        for slot in self.slots_in_html:
            filled[f"html {slot}"] = quoted(in_html[slot])
        has_dots = any(value.startswith(b".") or b"\n." in value for value in filled.values())
        filled |= self._headers(own)
        for number, invited in enumerate(self.invitations):
            filled[f"calendar {number}"] = invited.to(own)
        as_base64 = self.text.is_unusual(values), self.html.is_unusual(values | in_html)
        if as_base64[0]:
            filled["plain"] = self.text.in_base64(values)
        if as_base64[1]:
            filled["html"] = self.html.in_base64(values | in_html)
        statics = self.cut.get(as_base64) or self._cut(as_base64)
        own_pieces = [filled[mark] for mark in statics.marks]
        return statics.with_own(own_pieces), b"" if has_dots else statics.on_the_wire(own_pieces)

    def _headers(self, own: Own) -> dict[str, bytes]:
        lines = {
            TO: mailbox(own.name, own.address),
            MESSAGE_ID: safe(own.message_id),
            THREAD: safe(own.thread_id),
            LINKS: links(own.unsubscribe_url, own.unsubscribe_mailto),
        }
        if self.own_subject:
            lines[SUBJECT] = words(self.subject.fill(own.values), "Subject: ")
        return {name: line.encode("ascii") for name, line in lines.items()}

    def _lines(self, pattern: Envelope) -> dict[str, str]:
        own = {"To": TO, "Message-ID": MESSAGE_ID, "In-Reply-To": THREAD, "References": THREAD}
        if pattern.unsubscribe_url or pattern.unsubscribe_mailto:
            own["List-Unsubscribe"] = LINKS
        shared: dict[str, Any] = {"unsubscribe_url": "", "subject": "" if self.own_subject else self.subject.statics[0]}
        if self.own_subject:
            own["Subject"] = SUBJECT
        return headers(replace(pattern, **NEUTRAL, **shared)) | {name: f"\0{mark}\0" for name, mark in own.items()}

    def _cut(self, as_base64: tuple[bool, bool]) -> "Statics":
        texts = [part.marked(whole) for part, whole in zip((self.text, self.html), as_base64, strict=True)]
        calendars = [(one, b"\0calendar %d\0" % number) for number, one in enumerate(self.calendars)]
        pieces = MARK.split(head(self.lines) + bodies.body(texts, calendars))
        self.cut[as_base64] = Statics(pieces, [mark.decode() for mark in pieces[1::2]])
        return self.cut[as_base64]


class Statics:
    """What all copies share, and the marks between: what a reader has of their own stands in the middle of a line or
    after a soft break. So dots at the beginning of lines are doubled once; to look through every copy took 25 µs."""

    def __init__(self, pieces: list[bytes], marks: list[str]):
        self.marks = marks
        self.pieces = pieces
        self.travelling = [piece.replace(b"\n.", b"\n..") for piece in pieces]
        self.travelling[-1] += b".\r\n"

    def with_own(self, own: list[bytes]) -> bytes:
        return _joined(self.pieces, own)

    def on_the_wire(self, own: list[bytes]) -> bytes:
        """None of its own lines begins with a dot."""
        return _joined(self.travelling, own)


def _joined(pieces: list[bytes], own: list[bytes]) -> bytes:
    whole = pieces.copy()
    whole[1::2] = own
    return b"".join(whole)


class Body:
    """One text of a stamp. Which encoding is shorter may depend on the reader's name."""

    def __init__(self, kind: str, cut: Cut, in_html: frozenset[str] = frozenset()):
        self.kind = kind
        self.slots = cut.slots
        self.statics = [bodies.LINE_ENDS.sub("\r\n", static).encode() for static in cut.statics]
        self.extra = sum(map(extra_bytes, cut.statics))
        self.length = sum(map(len, cut.statics))
        self.marks = [f"html {slot}" if slot in in_html else slot for slot in cut.slots]

    @property
    def size(self) -> int:
        return 2 * sum(map(len, self.statics))  # as texts, and encoded

    def is_unusual(self, values: Mapping[str, str]) -> bool:
        own = [values[slot] for slot in self.slots]
        extra = self.extra + sum([extra_bytes(value) for value in own if not value.isascii()])
        return extra > 0 and bodies.is_unusual(extra, self.length + sum(map(len, own)))

    def marked(self, as_base64: bool) -> bytes:
        if as_base64:
            return bodies.part_head(self.kind, "base64") + f"\0{self.kind}\0".encode()
        pieces = [quoted(self.statics[0].decode())]
        for mark, static in zip(self.marks, self.statics[1:], strict=True):
            pieces += f"\0{mark}\0".encode(), quoted(static.decode())
        encoded = SOFT_BREAK.join([piece for piece in pieces if piece])
        return bodies.part_head(self.kind, "quoted-printable") + encoded + b"\r\n"

    def in_base64(self, values: Mapping[str, str]) -> bytes:
        pieces = [self.opening_rest]
        for slot, static in zip(self.slots, self.statics[1:], strict=True):
            pieces += values[slot].encode(), static
        return self.opening + base64(b"".join(pieces))

    @cached_property
    def opening(self) -> bytes:
        return base64(_whole_lines(self.statics[0]))

    @cached_property
    def opening_rest(self) -> bytes:
        return self.statics[0].removeprefix(_whole_lines(self.statics[0]))


class Invited:
    """A calendar file of a stamp: encoded up to where the reader comes in."""

    def __init__(self, invitation: calendar.Invitation):
        self.invitation = invitation
        shared = _whole_lines(invitation.before)
        self.opening = base64(shared)
        self.rest = invitation.before.removeprefix(shared)
        self.whole = b"" if invitation.method else base64(invitation.before + invitation.after)

    @property
    def size(self) -> int:
        return len(self.opening) + len(self.whole) + len(self.invitation.before)

    def to(self, own: Own) -> bytes:
        if self.whole:
            return self.whole
        personal = self.invitation.personal(name=own.name, address=own.attendee, url=own.answer_url)
        return self.opening + base64(self.rest + personal + self.invitation.after)


def _whole_lines(data: bytes) -> bytes:
    return data[: len(data) // bodies.WHOLE_LINE * bodies.WHOLE_LINE]
