"""A letter is what many readers have in common. It is laid out once; each copy only fills in its slots."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from notices.channels.calendar import Invitation
from notices.channels.mime import Pieces

PERSON, LIST, PUBLIC = "person", "list", "public"
SLOT = re.compile(r"https://zq((?:personal|preferences|unsubscribe|survey|rsvp)_link)qz\.invalid|zq(name|first_name)qz")


@dataclass(frozen=True)
class Letter:
    """Hashable, and everything a copy depends on, so that equal letters are laid out once."""

    layout: str
    language: str
    kind: str
    subject: str
    body: str
    facts: str  # JSON
    release: tuple[tuple[str, Any], ...]
    zone: str = ""  # the reader's, where it matters
    reader: str = PERSON
    invite: bool = False
    asks: bool = False  # for an acknowledgement
    survey: bool = False  # the reader is invited to one
    told: str = ""  # JSON: what changes for this reader (render.rows)
    wanted: str = ""  # the reader's language, where there are no words in it
    is_technical: bool = False


class Text:
    """A text with slots. Filling one is joining pieces."""

    def __init__(self, text: str):
        pieces = SLOT.split(text)
        self.statics = pieces[0::3]
        self.slots = [link or name for link, name in zip(pieces[1::3], pieces[2::3], strict=True)]

    def fill(self, values: Mapping[str, str]) -> Pieces:
        pieces = [self.statics[0]]
        for slot, static in zip(self.slots, self.statics[1:], strict=True):
            pieces += values[slot], static
        return Pieces.of(tuple(pieces))


@dataclass(frozen=True)
class LaidOut:
    """A letter, laid out."""

    subject: Text
    text: Text
    html: Text
    invitations: tuple[Invitation, ...]
    date: datetime
    slug: str  # of the upgrade
    unsubscribe_subject: str
    asks_to_come: bool = False  # and has a link of its own to answer

    @cached_property
    def slots(self) -> frozenset[str]:
        return frozenset(self.subject.slots + self.text.slots + self.html.slots)
