"""Ids and numbers that come in an address or a form and that no form field has checked."""

from collections.abc import Iterable

LONGEST = 18  # digits of what fits into a bigint


def number(text: str | None, *, default: int = 0) -> int:
    """A whole number from 0 on; `default` for everything else, however long or strange."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else default


def numbers(texts: Iterable[object]) -> set[int]:
    """Those that are ids; whatever else somebody sent is left out."""
    return {found for text in texts if (found := number(str(text)))}
