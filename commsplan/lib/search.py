"""Prefix search on PostgreSQL's full-text index."""

import re


def prefixes(words: str) -> str:
    """What a person typed as a raw tsquery: each word must begin one of the indexed words. Empty if nothing is left."""
    parts = re.findall(r"[^\s'&|!():*<>\\]+", words.replace("\x00", ""))
    return " & ".join(f"'{part}':*" for part in parts)
