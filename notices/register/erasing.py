"""Erasure on request: nothing that leads to the person is left, and what was counted stays counted.

The row stays as a shell that messages, attendances and answers point to, so that "40 of 42 sent" is still true. What
the shell and everything around it said about the person is emptied, in the history too.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
import pgtrigger
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from directory.enums import ImportState, RowOutcome
from directory.models import DirectoryRecord, Import, ImportRow
from engagement.models import Engagement, FollowUp, Nomination, Participant, Telling
from feedback.enums import QuestionKind
from feedback.models import Concern, Question, Response
from notices.enums import OPEN, MessageState, NoticeKind
from notices.models import DifferentPeople, Message, Notice, PlanStep, Receipt, Revision, Variant
from notices.register.merging import counted
from stakeholders.enums import AddressState, Channel, ReaderLevel
from stakeholders.models import Absence, Membership, OptOut, Person, Relation, working_week
from upgrades.models import Assessment, Stakeholder

NAME = "Erased person"
REMOVED = "Removed on request."
REASON = "erased on request"

EMPTY: dict[str, Any] = {
    "name": NAME,
    "email": "",
    "email_state": AddressState.WORKING,
    "phone": "",
    "external_id": "",
    "department": "",
    "job_title": "",
    "site": None,
    "time_zone": "UTC",
    "language": "en",
    "reader_level": ReaderLevel.PLAIN,
    "wants_invitations": False,
    "is_list": False,
    "account": None,
    "tags": [],
    "works_from": None,
    "works_until": None,
    "works_on": working_week(),
    "preferred_channel": "",
    "refused_channels": [],
    "own_choices": [],
}
KEPT_OF_A_PERSON = {"id", "archived_at", "merged_into", "erased_at", "created_at", "search_vector"}

# What becomes of every key that points to a person; a test compares it with the models.
HANDLED = {
    "stakeholders.Person.merged_into": "stays: a shell of a shell",
    "stakeholders.Membership.person": "removed",
    "stakeholders.OptOut.person": "removed",
    "stakeholders.Absence.person": "removed",
    "stakeholders.Absence.deputy": "emptied",
    "stakeholders.Relation.person": "removed",
    "stakeholders.Relation.to_person": "removed",
    "upgrades.Stakeholder.person": "removed",
    "engagement.Participant.person": "stays, without the remark",
    "engagement.FollowUp.person": "emptied",
    "engagement.Nomination.by": "emptied",
    "engagement.Nomination.person": "emptied, with name and address",
    "feedback.Invitation.person": "stays; answers with a name lose it and their texts",
    "feedback.Concern.person": "emptied, and the text too; a public answer stays",
    "notices.Message.person": "stays, without address and values",
    "notices.DifferentPeople.first": "removed",
    "notices.DifferentPeople.second": "removed",
    "directory.DirectoryRecord.person": "removed",
    "directory.ImportRow.person": "emptied, with everything in the row",
}

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
    (Notice, ("title", "reason", "pause_reason")),
)


class NotErasable(Exception):
    """The sentence says why not."""


@dataclass(frozen=True)
class Fate:
    """Before it is done: how many of what, and what becomes of them."""

    words: str
    number: int
    fate: str
    is_kept: bool = False


@transaction.atomic
def erase(person: Person, *, reason: str, by, now: datetime) -> None:
    """With all who were merged into this person. What waits in the outbox does not go out."""
    keys = _lock(person)
    traces = _traces(keys)
    with pghistory.context(user=by.pk, erased=person.pk, reason=_without(reason, traces)):
        _empty_messages(keys)
        _empty_letters(keys)
        _empty_concerns(keys)
        _empty_nominations(keys, traces)
        _empty_answers(keys)
        _remove_ties(keys)
        _empty_imports(keys, traces)
        _leave_audiences(keys)
        _forget_history(keys)
        Person.objects.filter(pk__in=keys, archived_at=None).update(archived_at=now)
        Person.objects.filter(pk__in=keys).update(erased_at=now, **EMPTY)
        _forget_before(now, keys)
        _take_names_out(traces)
    _clean_contexts(traces)


def _lock(person: Person) -> list[int]:
    """Messages before people, as in merging: a fill that is under way is waited for."""
    everybody = Person.objects.filter(Q(pk=person.pk) | Q(merged_into=person.pk))
    messages = Message.objects.select_for_update(of=("self",), no_key=True).filter(person__in=everybody)
    list(messages.order_by("pk").values_list("pk", flat=True))
    rows = list(everybody.select_for_update(of=("self",)).order_by("pk"))
    own = next((row for row in rows if row.pk == person.pk), None)
    if own is None or own.erased_at:
        raise NotErasable("This person was erased already.")
    if own.merged_into_id:
        raise NotErasable("This person was merged with somebody else. Erase that one: this one goes with it.")
    return [row.pk for row in rows]


# What would lead to them

BEFORE, AFTER = r"(?<!\w)", r"(?!\w)"
SIGN = re.compile(r"([^\w\s])")


@dataclass(frozen=True)
class Traces:
    """All names, addresses, phones and numbers they ever had. Only what is long enough to be theirs alone is looked for
    in texts: nobody takes "Li" out of every word."""

    emails: frozenset[str]
    exact: frozenset[str]

    @property
    def pattern(self) -> str:
        """For PostgreSQL and for Python alike."""
        words = sorted(self.emails | self.exact, key=lambda word: (-len(word), word))
        return "|".join(BEFORE + SIGN.sub(r"\\\1", word) + AFTER for word in words)


def _traces(keys: list[int]) -> Traces:
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    names: set[str] = set()
    emails: set[str] = set()
    for rows in (Person.objects.filter(pk__in=keys), events):
        for name, email, *others in rows.order_by().values_list("name", "email", "phone", "external_id").distinct():
            names |= {word.strip() for word in (name, *others) if _is_telling(word.strip())}
            emails.add(email.lower())
    messages = Message.objects.filter(person__in=keys).order_by()
    emails |= {address.lower() for address in messages.values_list("address", flat=True).distinct()}
    called = messages.values_list("values__name", flat=True).distinct()
    names |= {name.strip() for name in called if isinstance(name, str) and _is_telling(name.strip())}
    return Traces(emails=frozenset(emails - {""}), exact=frozenset(names))


def _is_telling(word: str) -> bool:
    """A first name or a short number alone may be anybody's."""
    return len(word) >= 5 and (" " in word or any(letter.isdigit() for letter in word))


def _without(text: str, traces: Traces) -> str:
    return re.sub(traces.pattern, NAME, text, flags=re.IGNORECASE) if traces.pattern else text


# Messages and what was said


def _empty_messages(keys: list[int]) -> None:
    messages = Message.objects.filter(person__in=keys)
    messages.filter(state__in=OPEN).update(state=MessageState.SKIPPED, lease_until=None)
    messages.update(address="", values={}, reason="")
    messages.filter(state=MessageState.SKIPPED).update(reason=REASON)
    receipts = Receipt.objects.filter(message__in=messages.values("pk"))
    receipts.update(detail="")
    with connection.cursor() as cursor:
        table = Receipt._meta.db_table
        cursor.execute(
            f"UPDATE {table} receipt SET event = 'erased-' || receipt.id FROM {Message._meta.db_table} message "  # noqa: S608
            "WHERE message.id = receipt.message_id AND message.person_id = ANY(%s) AND receipt.event <> ''",
            [keys],
        )


def _empty_concerns(keys: list[int]) -> None:
    """What is public is worded for everybody and stays."""
    events = Concern.pgh_event_model.objects  # type: ignore[attr-defined]
    every = list(Concern.objects.filter(person__in=keys).values_list("pk", flat=True))
    private = list(Concern.objects.filter(pk__in=every, is_public=False).values_list("pk", flat=True))
    Concern.objects.filter(pk__in=every).update(person=None, text=REMOVED)
    Concern.objects.filter(pk__in=private).exclude(answer="").update(answer=REMOVED)
    events.filter(pgh_obj__in=every).update(person=None, text=REMOVED)
    events.filter(pgh_obj__in=private).exclude(answer="").update(answer=REMOVED)
    _empty_words(Notice.objects.filter(concern__in=every))


def _empty_letters(keys: list[int]) -> None:
    """What went to nobody else was written to them alone."""
    to_others = Message.objects.filter(notice=OuterRef("pk")).exclude(person__in=keys)
    to_them = Message.objects.filter(person__in=keys).values("notice")
    letters = Notice.objects.released().filter(pk__in=to_them).exclude(Exists(to_others))
    _empty_words(letters.exclude(channels__contains=[Channel.PORTAL]))


def _empty_words(notices: QuerySet[Notice]) -> None:
    """The notice, its state and its numbers stay."""
    keys = list(notices.values_list("pk", flat=True))
    if not keys:
        return
    with pgtrigger.ignore("notices.Variant:a_variant_never_changes", "notices.Revision:a_revision_never_changes"):
        Variant.objects.filter(revision__notice__in=keys).update(subject=REMOVED, body=REMOVED)
        Revision.objects.filter(notice__in=keys).update(facts={})
    events = Notice.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    for rows in (Notice.objects.filter(pk__in=keys), events):  # events last: the first makes some
        rows.update(words=[])
        rows.filter(concern__isnull=False).update(title=NoticeKind.ANSWER.label)
    Revision.pgh_event_model.objects.filter(notice__in=keys).update(facts={})  # type: ignore[attr-defined]


def _empty_nominations(keys: list[int], traces: Traces) -> None:
    """By them: somebody said it. Of them: somebody was named."""
    events = Nomination.pgh_event_model.objects  # type: ignore[attr-defined]
    of_them = Q(person__in=keys)
    for email in traces.emails:
        of_them |= Q(email__iexact=email)
    named = list(Nomination.objects.filter(of_them).values_list("pk", flat=True))
    Nomination.objects.filter(pk__in=named).update(name=NAME, email="", why="", person=None)
    Nomination.objects.filter(by__in=keys).update(by=None)
    events.filter(of_them | Q(pgh_obj__in=named)).update(name=NAME, email="", why="", person=None)
    events.filter(by__in=keys).update(by=None)


def _empty_answers(keys: list[int]) -> None:
    """Ratings stay, because results were read; texts and the link to the invitation go. Anonymous answers lead to
    nobody and stay as they are."""
    for response in Response.objects.filter(invitation__person__in=keys).order_by("pk"):
        texts = Question.objects.filter(survey=response.survey_id, kind__in=WRITTEN).values_list("key", flat=True)
        kept = {key: value for key, value in response.answers.items() if key not in set(texts)}
        Response.objects.filter(pk=response.pk).update(answers=kept, invitation=None)


WRITTEN = [QuestionKind.TEXT, QuestionKind.REFERRAL]


def _remove_ties(keys: list[int]) -> None:
    for model in (Membership, OptOut, Absence, DirectoryRecord):
        model._default_manager.filter(person__in=keys).delete()
    Absence.objects.filter(deputy__in=keys).update(deputy=None)
    Relation.objects.filter(Q(person__in=keys) | Q(to_person__in=keys)).delete()
    DifferentPeople.objects.filter(Q(first__in=keys) | Q(second__in=keys)).delete()
    FollowUp.objects.filter(person__in=keys).update(person=None)
    Participant.objects.filter(person__in=keys).update(remark="")
    stakes = list(Stakeholder.objects.filter(person__in=keys).values_list("pk", flat=True))
    Stakeholder.objects.filter(pk__in=stakes).delete()
    Assessment.pgh_event_model.objects.filter(stakeholder__in=stakes).delete()  # type: ignore[attr-defined]


# Files that brought them in


def _empty_imports(keys: list[int], traces: Traces) -> None:
    """Rows about them are emptied. A file that is not applied yet and holds them, or may do so, is thrown away."""
    found = _rows_about(keys, traces)
    rows = ImportRow.objects.filter(pk__in=found)
    holding = {*rows.values_list("of", flat=True).distinct(), *_files_that_say(traces)}
    done = (ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDONE)
    unused = Import.objects.filter(pk__in=holding).exclude(state__in=done)
    unused.update(state=ImportState.FAILED, problem=THROWN_AWAY, worked_on_until=None)
    Import.objects.filter(pk__in=holding).exclude(state=ImportState.APPLYING).update(content=b"")
    rows.update(values={}, changes={}, kept=[], problems=[], person=None)
    rows.filter(of__in=unused.values("pk")).update(outcome=RowOutcome.SAME)


THROWN_AWAY = (
    "Somebody who is or may be in this file was erased, so the file was thrown away. Upload it again without them."
)
ROWS = """
SELECT id FROM directory_importrow
WHERE person_id = ANY(%(keys)s)
   OR (%(pattern)s <> '' AND concat_ws(' ', "values"::text, changes::text, problems::text) ~* %(pattern)s)
"""
FILES = """
SELECT DISTINCT file.id FROM directory_import file, unnest(%s::bytea[]) AS trace
WHERE length(file.content) > 0 AND position(trace IN file.content) > 0
UNION
SELECT file.id FROM directory_import file WHERE substring(file.content FOR 4) = 'PK\\003\\004'::bytea
AND NOT EXISTS (SELECT FROM directory_importrow one WHERE one.of_id = file.id)
"""
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "cp850", "utf-16-le", "utf-16-be")


def _rows_about(keys: list[int], traces: Traces) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"keys": keys, "pattern": traces.pattern})
        return [row[0] for row in cursor.fetchall()]


def _files_that_say(traces: Traces) -> list[int]:
    """Of a workbook, which is packed, only the rows that were read tell. One without rows may hold anybody."""
    words = traces.emails | traces.exact
    spelled = {word.encode(encoding, "replace") for word in words for encoding in ENCODINGS}
    with connection.cursor() as cursor:
        cursor.execute(FILES, [sorted(spelled)])
        return [row[0] for row in cursor.fetchall()]


# Audiences

LEAVE_APPROVED = """
UPDATE notices_approvedaudience SET people = (
    SELECT COALESCE(array_agg(one), '{}') FROM unnest(people) AS one WHERE one <> ALL(%(keys)s))
WHERE people && %(keys)s::bigint[]
"""
LEAVE_RULES = """
UPDATE {table} SET audience = CASE
    WHEN jsonb_array_length(remaining.people) = 0 THEN audience - 'people'
    ELSE jsonb_set(audience, '{{people}}', remaining.people) END
FROM (
    SELECT {key} AS row_key, COALESCE(jsonb_agg(one) FILTER (WHERE one <> ALL(%s::jsonb[])), '[]') AS people
    FROM {table}, jsonb_array_elements(audience -> 'people') AS one
    WHERE audience -> 'people' @> ANY(%s::jsonb[]) GROUP BY {key}
) AS remaining
WHERE {table}.{key} = remaining.row_key
"""


def _leave_audiences(keys: list[int]) -> None:
    """Approval stays: notice and revision say the same as before of everybody else."""
    tracked: tuple[Any, ...] = (Notice, PlanStep, Revision)
    tables = [(model._meta.db_table, "id") for model in tracked]
    tables += [(model.pgh_event_model._meta.db_table, "pgh_id") for model in tracked]
    people = [str(pk) for pk in keys]
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_APPROVED, {"keys": keys})
        with pgtrigger.ignore("notices.Revision:a_revision_never_changes"):
            for table, key in tables:
                cursor.execute(LEAVE_RULES.format(table=table, key=key), [people, people])


# History


def _forget_history(keys: list[int]) -> None:
    """Events about them go. Of events about something else that name them, only the name goes."""
    theirs: tuple[Any, ...] = (Membership, OptOut, Absence, Relation, Stakeholder, Participant)
    for model in theirs:
        model.pgh_event_model.objects.filter(person__in=keys).delete()
    Relation.pgh_event_model.objects.filter(to_person__in=keys).delete()  # type: ignore[attr-defined]
    Absence.pgh_event_model.objects.filter(deputy__in=keys).update(deputy=None)  # type: ignore[attr-defined]
    FollowUp.pgh_event_model.objects.filter(person__in=keys).update(person=None)  # type: ignore[attr-defined]


def _forget_before(now: datetime, keys: list[int]) -> None:
    """What is left of the history of the row is that it was erased, when, and by whom."""
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    events.filter(erased_at=None).delete()


def _take_names_out(traces: Traces) -> None:
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


def _clean_contexts(traces: Traces) -> None:
    """Of every act stays who did it and how it is undone; only their names go out of its words."""
    if not traces.pattern:
        return
    with connection.cursor() as cursor:
        cursor.execute(CLEAN_CONTEXTS, {"pattern": traces.pattern, "name": NAME})


# Before it is done


def what_happens(person: Person) -> list[Fate]:
    """One query."""
    everybody = Person.objects.filter(pk=person.pk)
    names = dict.fromkeys(related for _, related, _, _ in FATES)
    rows: Any = everybody.values(**{f"n_{name}": counted(name) for name in names})
    row = rows.get()
    return [Fate(words, row[f"n_{name}"], fate, is_kept) for words, name, fate, is_kept in FATES if row[f"n_{name}"]]


FATES = (
    (
        "Messages",
        "messages",
        "Counts, states, times and fingerprints stay. Name and address go; what waits is not sent.",
        True,
    ),
    ("Attendances and invitations to engagements", "participations", "Counted as before, without the remark.", True),
    ("Survey invitations", "invitations", "Counted as before. Answers under their name lose name and texts.", True),
    (
        "Concerns",
        "concerns",
        "Counted as before, without who asked and what they wrote. A public answer stays.",
        True,
    ),
    ("Nominations by them", "nominations", "Stay, without who nominated.", True),
    ("Nominations of them", "nominated", "Counted as before, without name and address.", True),
    ("Follow-ups and promises", "follow_ups", "Stay, without who it was for.", True),
    ("Groups", "memberships", "Removed.", False),
    ("Places in upgrades, with every assessment", "stakes", "Removed.", False),
    ("Absences", "absences", "Removed.", False),
    ("Absences in which they stand in", "stands_in", "Stay, without a deputy.", True),
    ("Relations", "relations", "Removed.", False),
    ("Relations to them", "related_from", "Removed.", False),
    ("Topics declined", "opt_outs", "Removed.", False),
    ("People merged into this one", "merged_from", "Erased too.", False),
)
