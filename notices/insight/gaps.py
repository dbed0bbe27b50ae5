"""Placeholders that print nothing, and those that do not exist, made visible in the preview. What is sent never has
such marks: the words are marked before they are rendered, for the eyes of who writes them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from notices.pipeline.render import Problem

BLOCK = re.compile(r"\{\{([^{]*?)\}\}")
MARK = re.compile("⟦([^⟦⟧]{1,200})⟧")
STYLE = "background:#fce5e3;color:#a82222;font-weight:700;padding:0 0.2em;border:1px dashed #a82222;border-radius:3px"


def marked(words: Sequence[Mapping[str, Any]], problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The words with a mark instead of each placeholder that has a problem."""
    found = list(problems)
    return [{**one, **{part: _marked(one, part, found) for part in ("subject", "body")}} for one in words]


def shown(html: str) -> str:
    """The marks of rendered words as readers of the preview see them."""
    return MARK.sub(rf'<mark style="{STYLE}" title="Prints nothing">\1</mark>', html)


def as_text(text: str) -> str:
    """Of plain text, as HTML."""
    return MARK.sub(r"<mark>\1</mark>", escape(text))


def is_in(text: str) -> bool:
    return MARK.search(text) is not None


def _marked(one: Mapping[str, Any], part: str, problems: Sequence[Problem]) -> str:
    source: str = one[part]
    version = one["language"], one.get("level", "plain"), part
    places = {
        _index(source, problem) for problem in problems if (problem.language, problem.level, problem.field) == version
    }

    def put(block: re.Match[str]) -> str:
        is_wrong = any(block.start() <= place < block.end() for place in places)
        return f"⟦{block[1].partition('|')[0].strip() or '…'}⟧" if is_wrong else block[0]

    return BLOCK.sub(put, source)


def _index(source: str, problem: Problem) -> int:
    lines = source.split("\n")
    return sum(len(line) + 1 for line in lines[: problem.line - 1]) + problem.column - 1
