"""Whether each version of the words still says what the first one says.

A version that fell behind keeps the words of the first one that it followed last, as `follows`. One without is in step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Words = Mapping[str, Any]
PARTS = ("subject", "body")


@dataclass(frozen=True)
class Status:
    """Of one version against the first. `followed`: what the first one said when this one was last touched."""

    is_first: bool = False
    is_copy: bool = False  # begun with the words of the first, and not translated yet
    followed: Words | None = None

    @property
    def is_behind(self) -> bool:
        return self.followed is not None

    @property
    def is_up_to_date(self) -> bool:
        return not (self.is_first or self.is_copy or self.is_behind)


def of(words: Sequence[Words]) -> dict[str, Status]:
    """By version, "de-plain"."""
    return {key(one): _status(one, words[0]) for one in words}


def key(one: Words) -> str:
    return f"{one['language']}-{one.get('level', 'plain')}"


def plain(one: Words) -> dict[str, Any]:
    """Without what is only noted about them."""
    return {name: value for name, value in one.items() if name != "follows"}


def noted(old: Sequence[Words], new: Sequence[Words]) -> list[dict[str, Any]]:
    """The new words, each with what it followed last where the first one went on without it."""
    before = {key(one): one for one in old}
    is_same_first = bool(old and new) and key(old[0]) == key(new[0])
    return [_noted(before.get(key(one)), one, old, new) if is_same_first else plain(one) for one in new]


def up_to_date(words: Sequence[Words], version: str) -> list[dict[str, Any]]:
    """Somebody says that this version says what the first one says."""
    return [{**one, "follows": None} if key(one) == version else dict(one) for one in words]


def _status(one: Words, first: Words) -> Status:
    if one is first:
        return Status(is_first=True)
    if one["language"] != first["language"] and _text(one) == _text(first) and any(_text(one).values()):
        return Status(is_copy=True)
    return Status(followed=one.get("follows"))


def _noted(was: Words | None, one: Words, old: Sequence[Words], new: Sequence[Words]) -> dict[str, Any]:
    is_settled = was is None or one.get("follows", "") is None or _text(one) != _text(was)
    if is_settled or one is new[0]:
        return plain(one)
    followed = was.get("follows") or _text(old[0])  # type: ignore[union-attr]
    return plain(one) if followed == _text(new[0]) else plain(one) | {"follows": followed}


def _text(one: Words) -> dict[str, str]:
    return {part: one[part] for part in PARTS}
