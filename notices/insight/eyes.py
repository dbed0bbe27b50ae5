"""A notice through one reader's eyes: the letter they would get now, with what has changed since they were told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime

from notices.channels.base import ChannelError, Envelope
from notices.models import Notice
from notices.pipeline import ledger, render
from stakeholders.models import Person


def through(
    notice: Notice, person: Person, *, words: Sequence[Mapping] | None = None, now: datetime
) -> tuple[Envelope | None, str]:
    """Or the sentence that says why there is nothing to see."""
    (found,) = through_each(notice, person, [words], now=now)
    return found


def through_each(
    notice: Notice, person: Person, texts: Iterable[Sequence[Mapping] | None], *, now: datetime
) -> Iterator[tuple[Envelope | None, str]]:
    """The same for several texts, one after the other."""
    told = ledger.to_reader(notice, person, now=now)
    for words in texts:
        try:
            yield render.preview(notice, person=person, words=words, told=told, now=now), ""
        except ChannelError as error:
            yield None, str(error)


def reading(person: Person, words: Mapping) -> Person:
    """The same reader, as if this were their language and level: for whoever looks at one version."""
    seen = copy(person)
    seen.language, seen.reader_level = words["language"], words["level"]
    return seen
