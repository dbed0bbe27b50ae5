"""Letters as bytes with slots, for the worker: laid out, encoded and cut once, then filled for each of its readers.

The bytes are those of mime.build(render.of_message(message)). Stamps are kept for as long as the process lives, within
a bound of memory, and found again by what they are made of; never by the ids of rows, which a restored database hands
out again.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from notices.channels.base import Envelope
from notices.channels.mime import Stamp, build
from notices.models import Notice, Variant
from notices.pipeline.render.copies import Claimed, Sheet, envelope, letter_of, own_of, reader_of
from notices.pipeline.render.desk import Desk, lay_out
from notices.pipeline.render.letter import LaidOut
from notices.pipeline.render.words import CannotRender

MOST_BYTES = 24_000_000  # of all stamps
MOST_READERS = 20_000  # kinds of readers that are remembered
MOST_SAID = 64  # notices in one language and level that are sent at the same time
OTHERWISE_IN_HTML = frozenset({"name", "first_name"})


class Stamped(NamedTuple):
    bounce_to: str
    address: str
    content: bytes
    wire: bytes = b""  # as that of a parcel


@dataclass(frozen=True)
class Said:
    """The words of a notice, and what they were made of: `release` and `facts` are compared as objects, because a
    notice that is read again gets new ones."""

    notice: Notice
    variant: Variant
    release: Any
    facts: Any
    digest: bytes


@dataclass(frozen=True)
class Ready:
    sheet: Sheet
    stamp: Stamp


class Shelf:
    """Keeps what was compiled: small keys lead to the digest of a letter, and that to its stamp. Letters that read the
    same for different readers are kept once. The oldest goes first."""

    def __init__(self, *, most_bytes: int = MOST_BYTES, most_readers: int = MOST_READERS):
        self.most_bytes = most_bytes
        self.most_readers = most_readers
        self.digests: dict[tuple, bytes] = {}
        self.ready: dict[bytes, Ready] = {}
        self.bytes = 0

    def find(self, key: tuple) -> Ready | None:
        digest = self.digests.get(key)
        return self.ready.get(digest) if digest else None

    def put(self, key: tuple, digest: bytes, ready: Ready) -> None:
        if len(self.digests) >= self.most_readers:
            self.digests.clear()
        self.digests[key] = digest
        if digest in self.ready:
            return
        self.ready[digest] = ready
        self.bytes += ready.stamp.size
        while self.bytes > self.most_bytes and len(self.ready) > 1:
            self.bytes -= self.ready.pop(next(iter(self.ready))).stamp.size


SHELF = Shelf()


class Stamps:
    """For one worker, in one thread. `of` raises ChannelError, and of that CannotRender, for what cannot be sent."""

    def __init__(self, shelf: Shelf = SHELF):
        self.shelf = shelf
        self.said: dict[tuple[int, int], Said] = {}

    def of(self, row: Claimed) -> Stamped:
        if row.variant is None:
            raise CannotRender("This message has no words.")
        key = self._digest(row.notice, row.variant), *reader_of(row.variant, row.values)
        ready = self.shelf.find(key) or self._compile(key, row)
        own = ready.sheet.own(**own_of(row))
        bounce_to = ready.sheet.bounce_to(row.pk)
        if not own.values["name"]:
            return Stamped(bounce_to, own.address, build(_envelope(row)))
        return Stamped(bounce_to, own.address, *ready.stamp.copy(own))

    def _digest(self, notice: Notice, variant: Variant) -> bytes:
        """Worked out once for each pair of objects, which are kept meanwhile so that nothing else gets their ids."""
        said = self.said.get((id(notice), id(variant)))
        if said and said.release is notice.release and said.facts is variant.revision.facts:
            return said.digest
        if len(self.said) >= MOST_SAID:
            self.said.clear()
        facts = variant.revision.facts
        said = Said(notice, variant, notice.release, facts, _digest_of(notice, variant))
        self.said[id(notice), id(variant)] = said
        return said.digest

    def _compile(self, key: tuple, row: Claimed) -> Ready:
        letter = letter_of(row)
        laid_out = Desk(letter).laid_out()
        sheet = Sheet.of(row.notice, letter, laid_out)
        pattern = envelope(row.notice, letter, laid_out, **own_of(row))
        ready = Ready(sheet, _stamp(pattern, laid_out))
        self.shelf.put(key, hashlib.sha256(repr(sheet).encode() + ready.stamp.digest).digest(), ready)
        return ready


def _stamp(pattern: Envelope, laid_out: LaidOut) -> Stamp:
    return Stamp(
        pattern,
        subject=laid_out.subject,
        text=laid_out.text,
        html=laid_out.html,
        invitations=laid_out.invitations,
        in_html=OTHERWISE_IN_HTML,
    )


def _envelope(row: Claimed) -> Envelope:
    letter = letter_of(row)
    return envelope(row.notice, letter, lay_out(letter), **own_of(row))


def _digest_of(notice: Notice, variant: Variant) -> bytes:
    of_notice = [notice.pk, notice.kind, notice.upgrade_id, notice.asks_acknowledgement, notice.survey_id is not None]
    of_words = [variant.layout, variant.language, variant.subject, variant.body, variant.revision.facts]
    return hashlib.sha256(json.dumps([of_notice, notice.release, of_words]).encode()).digest()
