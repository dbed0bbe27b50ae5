"""The glossary as one pattern: which of its words a text uses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from notices.enums import Audible
from notices.glossary import Entry

ENDINGS = "(?:s|es|n|en|e|ed|d|ing)?"
CAPITALS = re.compile(r"(?<![\w.@/&-])[A-Z]{2,6}s?(?![\w@/&]|[.-]\w)")
SHOUTS = re.compile(r"[A-ZÀ-ÖØ-Þ]{4,}")


@dataclass(frozen=True)
class Lexicon:
    known: frozenset[str]  # to everybody, as they are written
    entries: dict[str, Entry]  # those that not everybody knows, by their word in lower case
    pattern: re.Pattern | None
    exact: re.Pattern | None  # words in capitals

    def used_in(self, text: str) -> Iterator[tuple[str, Entry]]:
        """What stands there, and what the glossary knows about it."""
        for pattern in (self.pattern, self.exact):
            for match in pattern.finditer(text) if pattern else ():
                yield match[0], self.entries[match[1].lower()]


@lru_cache(maxsize=16)
def lexicon(entries: tuple[Entry, ...]) -> Lexicon:
    unknown = [entry for entry in entries if entry.audible != Audible.EVERYBODY]
    return Lexicon(
        known=frozenset(entry.word for entry in entries if entry.audible == Audible.EVERYBODY),
        entries={entry.word.lower(): entry for entry in unknown},
        pattern=_pattern([entry.word for entry in unknown if not entry.word.isupper()], re.IGNORECASE),
        exact=_pattern([entry.word for entry in unknown if entry.word.isupper()], re.NOFLAG),
    )


def _pattern(words: list[str], flags: re.RegexFlag) -> re.Pattern | None:
    if not words:
        return None
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    ways = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\w-])({ways}){ENDINGS}(?![\w-])", flags)


def acronyms(sentence: str) -> Iterator[str]:
    """Two to six capitals that stand for something; not a sentence that shouts, nor "NOTE:" at its beginning."""
    for match in CAPITALS.finditer(sentence):
        rest = sentence[match.end() :]
        is_call = not sentence[: match.start()].strip(' „“"«') and rest.lstrip()[:1] in (":", "!")
        beside = SHOUTS.search(sentence[max(0, match.start() - 12) : match.start()]) or SHOUTS.match(rest.lstrip())
        if not is_call and not beside:
            yield match[0]


def is_explained(word: str, text: str) -> bool:
    """ "… (VPN)" or "VPN (…)"."""
    escaped = re.escape(word)
    return bool(
        re.search(rf"\w \({escaped}\)|{escaped} \(\w|{escaped}, (?:which|that|das heißt|d\. ?h\.|c[’']est)", text)
    )
