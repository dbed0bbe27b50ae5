"""Words that tell what a sentence is about, by language. Matching is generous where it makes a rule quiet, and strict
where it makes one speak."""

import re
import tomllib
from functools import cache
from pathlib import Path

GAP = "[\ue000-\ue0ff]"  # where a value stands

ZONE = re.compile(
    r"\b(?:UTC|GMT|CES?T|MES?Z|BST|WES?T|EES?T|[ECMPA][SD]?T|IST|JST|AES?T|AEDT|NZ[SD]T|SAST|HNEC|HAEC)\b"
    r"|\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+\b|\b(?:local|your) time\b|\b[A-Z][a-z]+ time\b"
    r"|\bOrtszeit\b|\bIhrer Zeit\b|\b[A-Z]\w+er Zeit\b|\bheure (?:locale|de\b|d’|d')|\bvotre heure\b",
)

FILE = Path(__file__).with_name("cues.toml")


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _pattern(cue: str, language: str) -> re.Pattern:
    ways = _words()[cue].get(language) or _words()[cue]["en"]
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})", re.IGNORECASE)


def has(cue: str, text: str, language: str) -> bool:
    return bool(_pattern(cue, language).search(text))
