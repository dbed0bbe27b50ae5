"""The filter language of RFC 7644 3.4.2.2: text in, a tree out. The tree becomes a query (lookups) or is held against a
resource in memory (paths of a PATCH)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from directory.scim.errors import invalid_filter

LONGEST = 4000
DEEPEST = 20
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()\[\]]|[^\s()\[\]"]+)')
OPERATORS = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}


@dataclass(frozen=True)
class Compare:
    path: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Within:
    """emails[type eq "work"]: what is inside speaks of one element of the list."""

    path: str
    inner: "Node"


@dataclass(frozen=True)
class Not:
    inner: "Node"


@dataclass(frozen=True)
class Every:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Some:
    parts: tuple["Node", ...]


Node = Compare | Within | Not | Every | Some


def parse(text: str) -> Node:
    if len(text) > LONGEST:
        raise invalid_filter(f"A filter may have {LONGEST} characters.")
    return _Reader(list(_tokens(text))).read()


def _tokens(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip())
    while position < end:
        found = TOKEN.match(text, position)
        if not found:
            raise invalid_filter(f"The filter cannot be read from here on: {text[position : position + 30]}")
        yield found[1]
        position = found.end()


class _Reader:
    def __init__(self, tokens: list[str]):
        self.tokens = tokens
        self.depth = 0

    def read(self) -> Node:
        tree = self._some()
        if self.tokens:
            raise invalid_filter(f"{self.tokens[0]!r} was not expected.")
        return tree

    def _some(self) -> Node:
        parts = [self._every()]
        while self._comes("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> Node:
        parts = [self._one()]
        while self._comes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Node:
        if self._comes("not"):
            self._expect("(")
            return Not(self._until(")"))
        if self._comes("("):
            return self._until(")")
        path = self._next("an attribute")
        if not re.fullmatch(r"[A-Za-z$][\w.:$-]*", path):
            raise invalid_filter(f"{path!r} is not the name of an attribute.")
        if self._comes("["):
            return Within(path, self._until("]"))
        return self._compare(path)

    def _compare(self, path: str) -> Compare:
        operator = self._next("an operator").lower()
        if operator not in OPERATORS:
            raise invalid_filter(f"{operator!r} is not an operator.")
        if operator == "pr":
            return Compare(path, operator)
        return Compare(path, operator, self._value())

    def _value(self) -> Any:
        word = self._next("a value")
        try:
            value = json.loads(word.lower() if word.lower() in ("true", "false", "null") else word)
        except ValueError as error:
            raise invalid_filter(f"{word!r} is not a value: texts stand in double quotes.") from error
        if isinstance(value, str) and not is_clean(value):
            raise invalid_filter("A value has characters that no text may have.")
        return value

    def _until(self, closing: str) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise invalid_filter("The filter has too many brackets in brackets.")
        inner = self._some()
        self._expect(closing)
        self.depth -= 1
        return inner

    def _comes(self, word: str) -> bool:
        if self.tokens and self.tokens[0].lower() == word:
            del self.tokens[0]
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._comes(word):
            raise invalid_filter(f"{word!r} is missing.")

    def _next(self, what: str) -> str:
        if not self.tokens:
            raise invalid_filter(f"The filter ends where {what} should come.")
        return self.tokens.pop(0)


def is_clean(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half a character."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def fits(node: Node, element: Mapping[str, Any]) -> bool:
    """Whether one element of a multi-valued attribute is meant."""
    match node:
        case Every(parts):
            return all(fits(part, element) for part in parts)
        case Some(parts):
            return any(fits(part, element) for part in parts)
        case Not(inner):
            return not fits(inner, element)
        case Compare(path, operator, value):
            return _compares(operator, _stored(element, path), value)
    raise invalid_filter("Brackets in brackets mean nothing here.")


def _stored(element: Mapping[str, Any], path: str) -> Any:
    return next((value for name, value in element.items() if name.lower() == path.lower()), None)


def _compares(operator: str, stored: Any, value: Any) -> bool:
    mine, theirs = _plain(stored), _plain(value)
    match operator:
        case "pr":
            return stored not in (None, "", [], {})
        case "eq":
            return mine == theirs
        case "ne":
            return mine != theirs
        case "co":
            return theirs in mine
        case "sw":
            return mine.startswith(theirs)
        case "ew":
            return mine.endswith(theirs)
    raise invalid_filter(f"{operator!r} means nothing here.")


def _plain(value: Any) -> str:
    return "" if value is None else str(value).lower()


def given(node: Node) -> dict[str, Any]:
    """What the filter says of an element that does not exist yet: {"type": "work"} for [type eq "work"]."""
    match node:
        case Compare(path, "eq", value):
            return {path: value}
        case Every(parts):
            return {name: value for part in parts for name, value in given(part).items()}
    return {}
