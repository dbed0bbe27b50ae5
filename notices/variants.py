"""Which text a person reads: one rule for the preview, the simulation and what is sent."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

FALLBACK = "en"


class Text(Protocol):
    language: str
    level: str


T = TypeVar("T", bound=Text)


def best(texts: Iterable[T], *, language: str, level: str) -> T:
    """Exactly this language and level; else the language; else the level in English; else English; else the first."""

    def distance(text: T) -> tuple[bool, bool, bool]:
        own = text.language == language
        return (not own, not own and text.language != FALLBACK, text.level != level)

    return min(texts, key=distance)
