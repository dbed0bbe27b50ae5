"""Who knows which word. What is shipped (words/glossary.toml) counts until a row says something else about the word."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from notices.enums import Audible
from notices.models import Term
from notices.wording import FOLDER

LANGUAGES = dict(settings.LANGUAGES)
FILE = FOLDER / "glossary.toml"


@dataclass(frozen=True)
class Entry:
    """A word as it counts. `pk` is that of its row; None for one that is shipped."""

    word: str
    language: str = ""
    audible: str = Audible.TECHNICAL
    meaning: str = ""
    instead: str = ""
    pk: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.word.lower(), self.language

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.language, self.language)

    @property
    def is_shipped(self) -> bool:
        return self.pk is None

    def is_known(self, *, technical: bool) -> bool:
        """By every reader: of the technical ones, or of all."""
        return self.audible == Audible.EVERYBODY or (technical and self.audible == Audible.TECHNICAL)


@cache
def shipped() -> dict[tuple[str, str], Entry]:
    rows = (Entry(**row) for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["term"])
    return {entry.key: entry for entry in rows}


def entries(rows: Iterable[Term] | None = None) -> tuple[Entry, ...]:
    """By word. One query, unless the rows are given."""
    own = [_entry(row) for row in (Term.objects.order_by("pk") if rows is None else rows)]
    found = shipped() | {entry.key: entry for entry in own}
    return tuple(found[key] for key in sorted(found))


def of_language(known: Iterable[Entry], language: str) -> dict[str, Entry]:
    """By word in lower case. What is said of a word in this language goes before what is said of it in all."""
    fitting = [entry for entry in known if entry.language in ("", language)]
    return {entry.word.lower(): entry for entry in sorted(fitting, key=lambda one: (one.language, one.word))}


def _entry(row: Term) -> Entry:
    return Entry(row.word, row.language, row.audible, row.meaning, row.instead, row.pk)
