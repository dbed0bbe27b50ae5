"""The versions that the readers of a notice need: what is there, what is missing, and who reads what instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from notices import translations, variants
from notices.insight import comparison
from notices.insight.reach import Reach
from notices.models import Notice
from notices.translations import Status
from stakeholders.enums import ReaderLevel

LANGUAGES = [*comparison.LANGUAGES]
Version = tuple[str, str]  # language, level


@dataclass(frozen=True)
class Present:
    """One that is written. `others`: (whose own version is missing, how many) of those who get this one instead."""

    key: str
    name: str
    own: int
    others: Sequence[tuple[str, int]]
    status: Status
    since: Sequence[comparison.Change]

    @property
    def readers(self) -> int:
        return self.own + sum(number for _, number in self.others)


@dataclass(frozen=True)
class Missing:
    key: str
    name: str
    readers: int
    instead: str  # the version that they get
    is_foreign: bool  # in another language than theirs


@dataclass(frozen=True)
class Versions:
    present: Sequence[Present]
    missing: Sequence[Missing]

    @cached_property
    def needed(self) -> list[Missing]:
        return [one for one in self.missing if one.readers]

    @cached_property
    def foreign(self) -> list[Missing]:
        """Whose readers get another language than their own."""
        return [one for one in self.needed if one.is_foreign]

    @cached_property
    def by_key(self) -> Mapping[str, Present]:
        return {one.key: one for one in self.present}


def of(notice: Notice, reach: Reach) -> Versions:
    chosen = {version: _gets(notice.words, version) for version in reach.versions}
    return Versions([*_present(notice.words, reach, chosen)], sorted(_missing(notice.words, reach), key=_most_read))


def _present(words: Sequence[Mapping[str, Any]], reach: Reach, chosen: Mapping[Version, str]) -> Iterator[Present]:
    standing = translations.of(words)
    for one in words:
        language, level, key = one["language"], one.get("level", ReaderLevel.PLAIN), translations.key(one)
        instead = [
            (comparison.name_of(*version), reach.versions[version]) for version in chosen if chosen[version] == key
        ]
        own_name, status = comparison.name_of(language, level), standing[key]
        yield Present(
            key=key,
            name=own_name,
            own=sum(number for name, number in instead if name == own_name),
            others=[(name, number) for name, number in instead if name != own_name],
            status=status,
            since=_since(status.followed, words[0]) if status.followed else [],
        )


def _since(followed: Mapping[str, Any], first: Mapping[str, Any]) -> list[comparison.Change]:
    """What changed in the first version after this one was touched."""
    version = {name: first[name] for name in ("language", "level") if name in first}
    return comparison.of_words([{**version, **followed}], [first])


def _missing(words: Sequence[Mapping[str, Any]], reach: Reach) -> Iterator[Missing]:
    have = {translations.key(one) for one in words}
    spoken = {one["language"] for one in words}
    for language in LANGUAGES:
        for level in ReaderLevel.values:
            if f"{language}-{level}" in have:
                continue
            instead = _gets(words, (language, level))
            yield Missing(
                key=f"{language}-{level}",
                name=comparison.name_of(language, level),
                readers=reach.versions.get((language, level), 0),
                instead=comparison.name_of(*_split(instead)) if instead else "nothing",
                is_foreign=language not in spoken,
            )


def _gets(words: Sequence[Mapping[str, Any]], version: Version) -> str:
    """The same rule as for what is sent."""
    language, level = version
    return (
        translations.key(variants.best([_Text(one) for one in words], language=language, level=level).one)
        if words
        else ""
    )


class _Text:
    """A version as the rule wants to see it."""

    def __init__(self, one: Mapping[str, Any]):
        self.one = one
        self.language: str = one["language"]
        self.level: str = one.get("level", ReaderLevel.PLAIN)


def _split(key: str) -> Version:
    language, _, level = key.rpartition("-")
    return language, level


def _most_read(one: Missing) -> int:
    return -one.readers
