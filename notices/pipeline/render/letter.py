"""A letter is what many readers have in common. It is laid out once; each copy only fills in its slots."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from notices.channels.calendar import Invitation
from notices.channels.mime import Cut

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


class Text(Cut):
    """A text, cut at the marks of its slots. Filling it is joining pieces."""

    def __init__(self, text: str):
        pieces = SLOT.split(text)
        super().__init__(pieces[0::3], [link or name for link, name in zip(pieces[1::3], pieces[2::3], strict=True)])


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
