"""The words a notice starts with: one file per kind and language, under notices/words/.

A file begins with "subject: …", then an empty line, then the body: Liquid and Markdown, as a person would write it.
"""

from functools import cache
from pathlib import Path
from typing import TypedDict

from stakeholders.enums import ReaderLevel

FOLDER = Path(__file__).parent / "words"


class Words(TypedDict):
    language: str
    level: str
    subject: str
    body: str


@cache
def languages() -> tuple[str, ...]:
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


def of(kind: str, *, about: str = "") -> list[Words]:
    """A fresh copy for every language, English first. Empty for a kind that has no words yet.

    `about` is the key of a survey set, or what has to happen: one before a change is announced in other words than one
    after it, and a longer window in other words than progress.
    """
    in_order = sorted(languages(), key=lambda name: (name != "en", name))
    found = [_read(f"{kind}_{about}", language) or _read(kind, language) for language in in_order]
    return [words for words in found if words]


def _read(kind: str, language: str) -> Words | None:
    path = FOLDER / language / f"{kind}.md"
    if not path.exists():
        return None
    first_line, _, body = path.read_text(encoding="utf-8").partition("\n")
    subject = first_line.removeprefix("subject:").strip()
    return Words(language=language, level=ReaderLevel.PLAIN, subject=subject, body=body.strip() + "\n")
