"""How many syllables a word has.

Hyphenation patterns (pyphen) part a word where two vowels meet that belong to two syllables ("cre-ate"); what they
leave together is counted by its groups of vowels, because nobody hyphenates "a-bout".
"""

import re
from functools import cache, lru_cache

from pyphen import Pyphen

DICTIONARIES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR"}
GROUP = re.compile(r"[aeiouyäöüàâæçéèêëîïôœùûÿ]+")
GERMAN = re.compile(r"ei|ai|au|eu|äu|ie|ey|ay|aa|ee|oo|[aeiouyäöüé]")
SILENT_E = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy])le$|(?<=[^aeiouysxzcg])es$|(?<=[^aeiouytd])ed$")
HISSES_BEFORE_ES = re.compile(r"(?:ch|sh)es$")


@lru_cache(maxsize=50_000)
def syllables(word: str, language: str) -> int:
    """At least one."""
    parts = _patterns(language).inserted(word.lower(), "-").split("-")
    return max(1, sum(_groups(part, language, is_last=part is parts[-1], is_only=len(parts) == 1) for part in parts))


@cache
def _patterns(language: str) -> Pyphen:
    return Pyphen(lang=DICTIONARIES.get(language, "en_US"))


def _groups(part: str, language: str, *, is_last: bool, is_only: bool) -> int:
    if language == "de":
        return len(GERMAN.findall(part))
    groups = len(GROUP.findall(part))
    if language != "en" or not is_last or (is_only and groups == 1) or HISSES_BEFORE_ES.search(part):
        return groups
    return groups - 1 if SILENT_E.search(part) and (groups > 1 or not part.endswith("ed")) else groups
