"""Revisions: what a notice says at one moment, for good."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from feedback import inviting
from notices.models import Notice, Revision, Variant
from notices.pipeline import render
from notices.pipeline.approve.locking import NotAllowed, lock
from stakeholders.enums import Topic

LATEST = Subquery(Revision.objects.filter(notice=OuterRef("pk")).order_by("-number").values("pk")[:1])
TEXT = ("language", "level", "subject", "body")


def freeze(notice: Notice, *, by, now: datetime) -> Revision:
    """What the notice says at this moment, for good. The last revision, when it says just that."""
    with transaction.atomic():
        return freeze_row(lock(notice), by=by, now=now)


def freeze_complete(row: Notice, *, by, now: datetime) -> Revision:
    if obstacle := incomplete(row, now=now):
        raise NotAllowed(obstacle)
    return freeze_row(row, by=by, now=now)


def incomplete(notice: Notice, *, now: datetime) -> str:
    """Why nobody can stand behind it as it is; empty when nothing is missing."""
    if notice.send_at is None and not notice.waits_for:
        return "It has no time yet. Say when it should go out: “Edit”, and there “Goes out at”."
    if not notice.channels:
        return "It has no channel yet. Say how it should reach people."
    if not notice.survey and notice.topic == Topic.SURVEY:
        return "It asks for answers, and has no survey yet. Choose the survey."
    if notice.survey and (obstacle := inviting.obstacle(notice.survey, at=max(notice.send_at or now, now))):
        return obstacle
    problems = render.check_words(
        notice.words,
        has_milestone=bool(notice.milestone_id),
        has_survey=bool(notice.survey_id),
        has_meeting=bool(notice.engagement_id),
        has_concern=bool(notice.concern_id),
    )
    return f"Its words cannot go out like this. {problems[0]}" if problems else ""


def freeze_row(row: Notice, *, by, now: datetime) -> Revision:
    latest = last_of(row)
    content = {"facts": render.facts_of(row), **to_whom(row)}
    if latest and says(latest, content, row.words):
        return latest
    number = latest.number + 1 if latest else 1
    revision = Revision.objects.create(notice=row, number=number, author=by or row.author, created_at=now, **content)
    Variant.objects.bulk_create([Variant(revision=revision, **_text(words)) for words in row.words])
    return revision


def last_of(row: Notice) -> Revision | None:
    return row.revisions.select_related("notice").order_by("-number").first()


def to_whom(row: Notice) -> dict[str, Any]:
    return {"audience": row.audience, "channels": row.channels}


def says(revision: Revision, content: dict[str, Any], words: list[dict[str, str]]) -> bool:
    if any(getattr(revision, name) != value for name, value in content.items()):
        return False
    return sorted(revision.variants.values_list(*TEXT)) == sorted(tuple(_text(text).values()) for text in words)


def _text(words: dict[str, str]) -> dict[str, str]:
    return {name: words[name] for name in TEXT}
