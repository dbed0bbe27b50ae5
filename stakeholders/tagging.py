"""Tags: short words of one's own. A person's tags are kept sorted, each once whatever its case, so that taking a tag
away and giving it back changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection

LONGEST = 40
MOST = 30  # of one person


@dataclass(frozen=True)
class Tag:
    name: str
    size: int


def one(word: str) -> str:
    """As it is kept. Raises ValidationError."""
    clean = " ".join(word.replace("\x00", "").replace(",", " ").split())
    if not clean:
        raise ValidationError("Type the tag first.")
    if len(clean) > LONGEST:
        raise ValidationError(f"A tag has at most {LONGEST} characters: {clean[:LONGEST]}…")
    return clean


def read(words: str) -> list[str]:
    """Words with commas between them. Raises ValidationError."""
    tags = tidy(one(word) for word in words.split(",") if word.strip())
    if len(tags) > MOST:
        raise ValidationError(f"A person has at most {MOST} tags.")
    return tags


def tidy(tags: Iterable[str]) -> list[str]:
    by_key: dict[str, str] = {}
    for tag in tags:
        by_key.setdefault(tag.casefold(), tag)
    return sorted(by_key.values())


IN_USE = """
SELECT tag, count(*) FROM stakeholders_person, unnest(tags) AS tag
WHERE tags <> '{}' AND archived_at IS NULL AND tag ILIKE %s GROUP BY tag ORDER BY {order} LIMIT %s
"""


def in_use(words: str = "", *, limit: int = 1000) -> list[Tag]:
    """Those of active people, by name."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE.replace("{order}", "lower(tag), tag"), [f"%{_escaped(words)}%", limit])
        return [Tag(name, size) for name, size in cursor.fetchall()]


def suggested(words: str, *, limit: int) -> list[Tag]:
    """The most used first."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE.replace("{order}", "count(*) DESC, tag"), [f"%{_escaped(words)}%", limit])
        return [Tag(name, size) for name, size in cursor.fetchall()]


def _escaped(words: str) -> str:
    return words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
