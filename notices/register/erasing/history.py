"""What was remembered of them, and their names wherever people write freely."""

from datetime import datetime
from typing import Any

from django.db import connection, models

from engagement.models import Engagement, FollowUp, Nomination, Participant, Telling
from feedback.models import Concern, Conflict, ConflictOption, Objection
from notices.models import Call, Comment, Notice
from notices.register.erasing.traces import NAME, Traces
from stakeholders.models import Absence, Address, Membership, OptOut, Person, Relation
from upgrades.models import Stakeholder

# Where people write freely, and may have written somebody's name.
FREE_TEXTS: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (Engagement, ("title", "place", "topics", "notes", "cancel_reason")),
    (Telling, ("void_reason",)),
    (FollowUp, ("text",)),
    (Nomination, ("why",)),
    (Absence, ("note",)),
    (Participant, ("remark",)),
    (Stakeholder, ("note",)),
    (Concern, ("text", "answer", "public_wording")),
    (Objection, ("critical_name",)),
    (Conflict, ("our_position", "their_position", "root_cause", "answer", "follow_up")),
    (ConflictOption, ("text", "pros", "cons")),
    (Notice, ("title", "reason", "pause_reason")),
    (Comment, ("text",)),
    (Call, ("why", "outcome")),
)


def forget_history(keys: list[int]) -> None:
    """Events about them go. Of events about something else that name them, only the name goes."""
    theirs: tuple[Any, ...] = (Membership, OptOut, Address, Absence, Relation, Stakeholder, Participant)
    for model in theirs:
        model.pgh_event_model.objects.filter(person__in=keys).delete()
    Relation.pgh_event_model.objects.filter(to_person__in=keys).delete()  # type: ignore[attr-defined]
    Absence.pgh_event_model.objects.filter(deputy__in=keys).update(deputy=None)  # type: ignore[attr-defined]
    FollowUp.pgh_event_model.objects.filter(person__in=keys).update(person=None)  # type: ignore[attr-defined]


def forget_before(now: datetime, keys: list[int]) -> None:
    """What is left of the history of the row is that it was erased, when, and by whom."""
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    events.filter(erased_at=None).delete()


def take_names_out(traces: Traces) -> None:
    if not traces.pattern:
        return
    with connection.cursor() as cursor:
        for model, columns in FREE_TEXTS:
            for table in (model, model.pgh_event_model):  # type: ignore[attr-defined]
                _replace(cursor, table._meta.db_table, columns, traces.pattern)


def _replace(cursor, table: str, columns: tuple[str, ...], pattern: str) -> None:
    changed = ", ".join(f"{name} = regexp_replace({name}, %(pattern)s, %(name)s, 'gi')" for name in columns)
    where = " OR ".join(f"{name} ~* %(pattern)s" for name in columns)
    cursor.execute(f"UPDATE {table} SET {changed} WHERE {where}", {"pattern": pattern, "name": NAME})  # noqa: S608


CLEAN_CONTEXTS = """
UPDATE pghistory_context SET metadata = (
    SELECT jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = 'string'
        THEN to_jsonb(regexp_replace(value #>> '{}', %(pattern)s, %(name)s, 'gi')) ELSE value END)
    FROM jsonb_each(metadata))
WHERE EXISTS (SELECT FROM jsonb_each_text(metadata) WHERE value ~* %(pattern)s)
"""


def clean_contexts(traces: Traces) -> None:
    """Of every act stays who did it and how it is undone; only their names go out of its words."""
    if not traces.pattern:
        return
    with connection.cursor() as cursor:
        cursor.execute(CLEAN_CONTEXTS, {"pattern": traces.pattern, "name": NAME})
