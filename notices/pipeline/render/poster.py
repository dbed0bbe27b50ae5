"""A notice on one page of paper: the same words and facts, for everybody who walks by."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notices import translations, variants
from notices.models import Notice
from notices.pipeline.render import card, markdown
from notices.pipeline.render.desk import Desk
from notices.pipeline.render.layouts import NEWEST
from notices.pipeline.render.letter import PUBLIC, Letter
from notices.pipeline.render.release import facts_of, release_of
from notices.pipeline.render.words import CannotRender
from stakeholders.enums import ReaderLevel
from upgrades.facts import for_outsiders


@dataclass(frozen=True)
class Poster:
    title: str
    status: str
    rows: Sequence[card.Row]
    html: str
    length: int  # of the words, in characters
    url: str
    organisation: str


def of_notice(notice: Notice, *, language: str, now: datetime) -> Poster:
    """As it was approved, where it was; else as it would be now. Raises CannotRender."""
    revision = notice.approved_revision
    if revision is None:
        return of_words(notice, notice.words, facts=facts_of(notice), language=language, now=now)
    said = revision.variants.order_by("pk").values("language", "level", "subject", "body")
    release = notice.release or release_of(notice, now=now)
    return of_words(notice, list(said), facts=revision.facts, release=release, language=language, now=now)


def of_words(
    notice: Notice,
    words: Sequence[Mapping[str, Any]],
    *,
    facts: Mapping[str, Any],
    release: Mapping[str, Any] | None = None,
    language: str,
    now: datetime,
) -> Poster:
    said = _best(words, language)
    given = release_of(notice, now=now) if release is None else release
    letter = Letter(
        layout=NEWEST,
        language=said["language"],
        kind=notice.kind,
        subject=said["subject"],
        body=said["body"],
        facts=json.dumps(for_outsiders(dict(facts))),
        release=tuple((name, value) for name, value in given.items() if name != "told"),
        reader=PUBLIC,
    )
    desk = Desk(letter)
    return Poster(
        title=desk.subject,
        status=desk.status_label,
        rows=desk.rows,
        html=markdown.html(desk.tokens),
        length=len(markdown.text(desk.tokens)),
        url=desk.status_link,
        organisation=given["organisation"],
    )


def languages(words: Collection[Mapping[str, Any]]) -> list[str]:
    return sorted({one["language"] for one in words}, key=lambda language: (language != "en", language))


@dataclass
class _Said:
    language: str
    level: str
    subject: str
    body: str


def _best(words: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    texts = [
        _Said(one["language"], one["level"], one["subject"], one["body"]) for one in map(translations.plain, words)
    ]
    try:
        best = variants.best(texts, language=language, level=ReaderLevel.PLAIN)
    except ValueError as error:
        raise CannotRender("This notice has no words.") from error
    return {"language": best.language, "subject": best.subject, "body": best.body}
