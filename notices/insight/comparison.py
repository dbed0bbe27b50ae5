"""What changed between two texts, word by word, and between two revisions of a notice."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.conf import settings

from upgrades.fact_words import in_words, label

WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")  # with the blanks behind it, so that a changed phrase stays one piece
LANGUAGES = dict(settings.LANGUAGES)
MOST_PAIRS = 1_000_000  # of a word here and the same word there
CALM = 12  # words of unchanged text that are kept on each side of a change


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "added", "removed", or "gap" for unchanged text that is left out."""

    how: str
    text: str

    @property
    def is_added(self) -> bool:
        return self.how == "added"

    @property
    def is_removed(self) -> bool:
        return self.how == "removed"


@dataclass(frozen=True)
class Change:
    title: str
    pieces: list[Piece]


def compare(old: str, new: str) -> list[Piece]:
    """The new text with what was added and removed; one after the other gives both texts back."""
    before, after = WORD.findall(old), WORD.findall(new)
    pieces: list[Piece] = []
    for how, i1, i2, j1, j2 in _matcher(before, after).get_opcodes():
        if how == "equal":
            pieces.append(Piece("same", "".join(after[j1:j2])))
            continue
        removed, added = "".join(before[i1:i2]), "".join(after[j1:j2])
        pieces += [Piece(name, text) for name, text in (("removed", removed), ("added", added)) if text]
    return pieces


def _matcher(before: Sequence[str], after: Sequence[str]) -> SequenceMatcher:
    """Where the same few words stand everywhere, they say nothing about what belongs together, and cost minutes."""
    again = Counter(after)
    pairs = sum(number * again[word] for word, number in Counter(before).items())
    return SequenceMatcher(a=before, b=after, autojunk=pairs > MOST_PAIRS)


def shorten(pieces: Sequence[Piece]) -> list[Piece]:
    """Long unchanged stretches become a gap, so that one sees what changed."""
    short: list[Piece] = []
    for number, piece in enumerate(pieces):
        words = WORD.findall(piece.text)
        if piece.how != "same" or len(words) <= 3 * CALM:
            short.append(piece)
            continue
        head = "".join(words[:CALM]) if number else ""
        tail = "".join(words[-CALM:]) if number < len(pieces) - 1 else ""
        short += [part for part in (Piece("same", head), Piece("gap", " … "), Piece("same", tail)) if part.text]
    return short


def of_words(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Subject and body of each language and reader level that differ."""
    before, after = _by_version(old), _by_version(new)
    changes = []
    for version in [*after, *(version for version in before if version not in after)]:
        one, other = before.get(version, {}), after.get(version, {})
        for part in ("subject", "body"):
            texts = one.get(part, ""), other.get(part, "")
            if texts[0] != texts[1]:
                changes.append(Change(f"{name_of(*version)}: {part}", shorten(compare(*texts))))
    return changes


def of_facts(old: dict[str, Any], new: dict[str, Any], *, zone: str) -> list[Change]:
    changes = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name) and not name.endswith((".uid", ".sequence", ".slug")):
            said = [in_words(name, facts.get(name), zone=zone) for facts in (old, new)]
            pieces = [Piece(how, text) for how, text in zip(("removed", "added"), said, strict=True) if text]
            changes.append(Change(label(name), pieces))
    return changes


def name_of(language: str, level: str = "plain") -> str:
    words = LANGUAGES.get(language, language)
    return f"{words}, technical" if level == "technical" else words


def _by_version(words: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(each["language"], each.get("level", "plain")): each for each in words}
