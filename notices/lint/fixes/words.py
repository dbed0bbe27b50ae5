"""Fixes that change the words of a notice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notices import wording
from notices.enums import NoticeState
from notices.lint.acts import NotFixable, act
from notices.lint.said.judging import LANGUAGES, Edit, mended
from notices.models import Notice
from notices.pipeline import approve
from upgrades.models import Upgrade


@act("mend_words")
def mend_words(
    upgrade: Upgrade, *, by: Any, now: datetime, notice: int, version: int, edits: Sequence[dict[str, str]]
) -> str:
    row = _notice(upgrade, notice)
    words = [dict(one) for one in row.words]
    for edit in (Edit(**one) for one in edits):
        for one in words:
            if (one["language"], one.get("level", "plain")) == (edit.language, edit.level):
                one[edit.part] = mended(one[edit.part], edit)
    return _saved(row, words, by=by, version=version, what="is changed")


@act("add_languages")
def add_languages(
    upgrade: Upgrade, *, by: Any, now: datetime, notice: int, version: int, languages: Sequence[str]
) -> str:
    """With the words that are shipped for its kind."""
    row = _notice(upgrade, notice)
    have = {one["language"] for one in row.words}
    new: list[dict[str, Any]] = [
        {**one} for one in wording.of(row.kind) if one["language"] in languages and one["language"] not in have
    ]
    named = " and ".join(LANGUAGES.get(one["language"], one["language"]) for one in new)
    return _saved(row, [*row.words, *new], by=by, version=version, what=f"speaks {named} now")


def _notice(upgrade: Upgrade, pk: int) -> Notice:
    row = Notice.objects.filter(upgrade=upgrade, pk=pk).first()
    if row is None:
        raise NotFixable("This notice is gone.")
    return row


def _saved(row: Notice, words: list, *, by: Any, version: int, what: str) -> str:
    was_approved = row.state in (NoticeState.APPROVED, NoticeState.IN_REVIEW)
    try:
        approve.save_draft(row, by=by, version=version, words=words)
    except approve.NotAllowed as error:
        raise NotFixable(str(error)) from error
    again = " It is a draft again: somebody has to approve the new words." if was_approved else ""
    return f"“{row.title}” {what}.{again}"
