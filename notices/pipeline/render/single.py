"""One fact in a reader's language, for pages that are no letter."""

from collections.abc import Mapping
from typing import Any

from notices.pipeline.render import changes, layouts, rows
from notices.pipeline.render.known import Known


def label(fact: str, *, language: str) -> str:
    return layouts.load(layouts.NEWEST).labels(language)["fact"][rows.name_of(fact)]


def in_words(fact: str, value: Any, facts: Mapping[str, Any], *, language: str) -> str:
    """`facts`: of its upgrade, whose zone counts. Empty for what has no value."""
    return changes.in_words(fact, value, Known(facts, language, layouts.load(layouts.NEWEST).labels(language)))
