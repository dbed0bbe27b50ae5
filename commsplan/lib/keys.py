"""Ids and numbers that come in an address or a form and that no form field has checked."""

LONGEST = 18  # digits of what fits into a bigint


def number(text: str | None, *, default: int = 0) -> int:
    """A whole number from 0 on; `default` for everything else, however long or strange."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else default
