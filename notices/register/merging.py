"""One person instead of two. Who goes becomes a shell: archived, with `merged_into`, so that imports by the old number
and links in old mails find the one who stays.

Nothing a person wished is lost: what either declined stays declined. Nothing they were told is lost: messages move, and
where both got the same notice over the same channel, the latest that got through stays and the other remains with the
shell as evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from directory.models import DirectoryRecord
from engagement import planning
from engagement.models import FollowUp, Nomination, Participant
from feedback.enums import Progress
from feedback.models import Concern, Invitation
from notices.models import Call, DifferentPeople, Message, PassedOn
from stakeholders.enums import AddressState
from stakeholders.models import Absence, Address, Membership, OptOut, Person, Relation
from upgrades import assessing
from upgrades.models import Stakeholder

MERGED = "merged: the same person gets it already"

# Each is chosen as a whole; the first is the name by which it is chosen.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "email": ("email", "email_state"),
    "phone": ("phone",),
    "external_id": ("external_id",),
    "department": ("department",),
    "job_title": ("job_title",),
    "site": ("site_id",),
    "time_zone": ("time_zone",),
    "language": ("language",),
    "reader_level": ("reader_level",),
    "works_from": ("works_from", "works_until", "works_on"),
    "preferred_channel": ("preferred_channel",),
    "wants_invitations": ("wants_invitations",),
    "is_list": ("is_list",),
    "account": ("account_id",),
}
IDENTITY = ("email", "external_id")  # what the other had goes to the shell, so that it still finds its person
LISTS = ("tags", "refused_channels", "own_choices")  # of both

# What becomes of every key that points to a person; a test compares it with the models.
HANDLED = {
    "stakeholders.Person.merged_into": "shells of the shell point to the one who stays",
    "stakeholders.Membership.person": "moves, each group once",
    "stakeholders.OptOut.person": "moves, each topic once",
    "stakeholders.Address.person": "moves, each channel once",
    "stakeholders.Absence.person": "moves",
    "stakeholders.Absence.deputy": "moves; nobody stands in for themselves",
    "stakeholders.Relation.person": "moves, each once",
    "stakeholders.Relation.to_person": "moves, each once",
    "upgrades.Stakeholder.person": "moves; two stakes in one upgrade become one, with the assessments of both",
    "engagement.Participant.person": "moves; two places in one engagement become one",
    "engagement.FollowUp.person": "moves",
    "engagement.Nomination.by": "moves",
    "engagement.Nomination.person": "moves",
    "feedback.Invitation.person": "moves; of two, a finished one",
    "feedback.Concern.person": "moves",
    "notices.Message.person": "moves; of two, the latest that got through",
    "notices.PassedOn.person": "moves, each step once",
    "notices.Call.person": "moves; one open call in each upgrade",
    "notices.DifferentPeople.first": "removed",
    "notices.DifferentPeople.second": "removed",
    "directory.DirectoryRecord.person": "moves; of two, each finds its own person",
    "directory.ImportRow.person": "stays: it says what that file changed",
}


class NotMergeable(Exception):
    """The sentence says why not."""


@dataclass(frozen=True)
class Moving:
    """What one who goes would hand over. `words` name it, `number` counts it."""

    words: str
    number: int


@transaction.atomic
def merge(kept: Person, gone: Person, *, theirs: Iterable[str] = (), by, now: datetime) -> None:
    """`theirs` are the names in FIELDS whose value is taken from the one who goes."""
    if kept.pk == gone.pk:
        raise NotMergeable("This is one and the same person. Choose somebody else.")
    kept, gone = _lock(kept.pk, gone.pk)
    _demand(kept, gone)
    with pghistory.context(user=by.pk):
        _become_one(kept, gone, theirs=set(theirs) & FIELDS.keys(), now=now)
        _move_ties(kept, gone)
        _move_stakes(kept, gone)
        _move_engagements(kept, gone)
        _move_invitations(kept, gone)
        _move_messages(kept, gone)
        _replace_in_approved_audiences(kept, gone)


def _lock(kept: int, gone: int) -> tuple[Person, Person]:
    """Messages before people, each in the order of their keys, as everybody else takes them. A fill that is under way
    holds the people it writes to; it is waited for, and what it wrote moves too."""
    both = (kept, gone)
    messages = Message.objects.select_for_update(of=("self",), no_key=True).filter(person__in=both)
    list(messages.order_by("pk").values_list("pk", flat=True))
    people = Person.objects.select_for_update(of=("self",)).filter(pk__in=both).order_by("pk")
    found = {person.pk: person for person in people}
    if len(found) != len(both):
        raise NotMergeable("One of the two is no longer there.")
    return found[kept], found[gone]


def _demand(kept: Person, gone: Person) -> None:
    for person in (kept, gone):
        if person.erased_at:
            raise NotMergeable("One of the two was erased.")
        if person.merged_into_id:
            raise NotMergeable(f"{person} was merged with somebody else in the meantime.")
    if kept.is_archived and not gone.is_archived:
        raise NotMergeable(f"{kept} is archived. Keep {gone}, or restore {kept} first.")


# The record


def _become_one(kept: Person, gone: Person, *, theirs: set[str], now: datetime) -> None:
    """The shell lets go of what must be unique before the other takes it."""
    mine = {name: getattr(kept, name) for names in FIELDS.values() for name in names}
    for field in theirs:
        for name in FIELDS[field]:
            setattr(kept, name, getattr(gone, name))
    left = {name: mine[name] for field in theirs & set(IDENTITY) for name in FIELDS[field]}
    for name in LISTS:
        setattr(kept, name, sorted({*getattr(kept, name), *getattr(gone, name)}))
    if kept.preferred_channel in kept.refused_channels:
        kept.preferred_channel = ""
    if kept.account_id is None and "account" not in theirs:
        kept.account_id = gone.account_id
    Person.objects.filter(pk=gone.pk).update(
        archived_at=gone.archived_at or now, merged_into=kept, account=None, external_id=""
    )
    kept.save()
    Person.objects.filter(pk=gone.pk).update(**{"external_id": gone.external_id, **left})
    Person.objects.filter(merged_into=gone).update(merged_into=kept)
    DifferentPeople.objects.filter(Q(first=gone) | Q(second=gone)).delete()


# Groups, wishes, absences, ties


def _move_ties(kept: Person, gone: Person) -> None:
    represented = gone.memberships.filter(is_representative=True).values("group")
    kept.memberships.filter(group__in=represented, is_representative=False).update(is_representative=True)
    _move(Membership.objects.filter(person=gone), kept, but=kept.memberships.values("group"), on="group")
    _move(OptOut.objects.filter(person=gone), kept, but=kept.opt_outs.values("topic"), on="topic")
    _move(Address.objects.filter(person=gone), kept, but=kept.addresses.values("channel"), on="channel")
    both = (kept.pk, gone.pk)
    Absence.objects.filter(person__in=both, deputy__in=both).update(deputy=None)
    Absence.objects.filter(person=gone).update(person=kept)
    Absence.objects.filter(deputy=gone).update(deputy=kept)
    Relation.objects.filter(person__in=both, to_person__in=both).delete()
    _move_relations(Relation.objects.filter(person=gone), kept, "person", other=("to_person", "to_group"))
    _move_relations(Relation.objects.filter(to_person=gone), kept, "to_person", other=("person",))


def _move(rows: QuerySet, kept: Person, *, but: QuerySet, on: str) -> None:
    """What the one who stays has already is not needed twice."""
    rows.filter(**{f"{on}__in": but}).delete()
    rows.update(person=kept)


def _move_relations(relations: QuerySet, kept: Person, end: str, *, other: tuple[str, ...]) -> None:
    same: dict[str, Any] = {end: kept, "tie": OuterRef("tie")}
    known = Q(pk__in=())
    for name in other:
        known |= Q(**{f"{name}__isnull": False, name: OuterRef(name)})
    relations.filter(Exists(Relation.objects.filter(known, **same))).delete()
    relations.update(**{end: kept})


# Stakes


def _move_stakes(kept: Person, gone: Person) -> None:
    theirs = {stake.upgrade_id: stake for stake in gone.stakes.order_by("pk")}
    for mine in kept.stakes.filter(upgrade__in=theirs).order_by("pk"):
        assessing.join(mine, theirs[mine.upgrade_id])
    Stakeholder.objects.filter(person=gone).update(person=kept)


# Engagements, concerns, nominations


def _move_engagements(kept: Person, gone: Person) -> None:
    theirs = {place.engagement_id: place for place in gone.participations.order_by("pk")}
    for mine in kept.participations.filter(engagement__in=theirs).order_by("pk"):
        _join(mine, theirs[mine.engagement_id])
    Participant.objects.filter(person=gone).update(person=kept)
    FollowUp.objects.filter(person=gone).update(person=kept)
    Concern.objects.filter(person=gone).update(person=kept)
    Nomination.objects.filter(by=gone).update(by=kept)
    Nomination.objects.filter(person=gone).update(person=kept)
    passed = PassedOn.objects.filter(person=gone)
    passed.exclude(step__in=PassedOn.objects.filter(person=kept).values("step")).update(person=kept)
    passed.delete()
    calls = Call.objects.filter(person=gone)
    calls.open().filter(upgrade__in=Call.objects.open().filter(person=kept).values("upgrade")).delete()
    calls.update(person=kept)
    if not DirectoryRecord.objects.filter(person=kept).exists():
        DirectoryRecord.objects.filter(person=gone).update(person=kept)


def _join(mine: Participant, other: Participant) -> None:
    """Invited if either was, there if either was; the later answer counts."""
    mine.is_invited = mine.is_invited or other.is_invited
    if other.rsvp_at is not None and (mine.rsvp_at is None or other.rsvp_at > mine.rsvp_at):
        for name in (*planning.ANSWERED, "remark"):
            setattr(mine, name, getattr(other, name))
    if mine.attended is None or (other.attended and not mine.attended):
        mine.attended, mine.seen, mine.seen_at = other.attended, other.seen, other.seen_at
    other.delete()
    mine.save()


# Surveys


def _move_invitations(kept: Person, gone: Person) -> None:
    """The one that does not win stays with the shell: its link still leads to the page of the one who stays."""
    mine = {one.survey_id: one for one in kept.invitations.order_by("pk")}
    for other in gone.invitations.filter(survey__in=mine).order_by("pk"):
        if other.progress == Progress.FINISHED and mine[other.survey_id].progress != Progress.FINISHED:
            _swap(mine[other.survey_id], other)
    Invitation.objects.filter(person=gone).exclude(survey__in=mine).update(person=kept)


def _swap(open_one: Invitation, finished: Invitation) -> None:
    """Both keep their keys, which are in links. Nobody answered the open one, so nothing hangs on it."""
    kept, gone = open_one.person_id, finished.person_id
    pk = open_one.pk
    open_one.delete()
    Invitation.objects.filter(pk=finished.pk).update(person=kept)
    Invitation.objects.bulk_create([Invitation(pk=pk, survey_id=finished.survey_id, person_id=gone)])


# Messages

# Who wins where both have one: what got through, then what is on the wire, then what waits; of equals, the latest.
# `thread` keeps the place in the reader's mail program, which is part of the bytes that were sent.
CLASHES = """
WITH ranked AS (
    SELECT id, notice_id, channel, person_id, COALESCE(sent_at, created_at) AS at,
           CASE state WHEN 'sent' THEN 3 WHEN 'sending' THEN 2 WHEN 'queued' THEN 1 WHEN 'deferred' THEN 1 ELSE 0
           END AS rank
    FROM notices_message WHERE person_id IN (%(kept)s, %(gone)s))
SELECT CASE WHEN (mine.rank, mine.at, mine.id) > (theirs.rank, theirs.at, theirs.id) THEN theirs.id ELSE mine.id END
FROM ranked mine JOIN ranked theirs USING (notice_id, channel)
WHERE mine.person_id = %(kept)s AND theirs.person_id = %(gone)s
"""
SET_ASIDE = """
UPDATE notices_message SET
    channel = '~' || channel,
    state = CASE WHEN state IN ('queued', 'deferred', 'sending') THEN 'skipped' ELSE state END,
    reason = CASE WHEN state IN ('queued', 'deferred', 'sending') THEN %(merged)s ELSE reason END,
    lease_until = NULL
WHERE id = ANY(%(lost)s::bigint[])
"""
MOVE = """
UPDATE notices_message SET
    "values" = CASE WHEN "values" ? 'thread' THEN "values"
                    ELSE "values" || jsonb_build_object('thread', person_id) END,
    person_id = CASE WHEN person_id = %(gone)s THEN %(kept)s ELSE %(gone)s END
WHERE (person_id = %(gone)s AND NOT id = ANY(%(lost)s::bigint[]))
   OR (person_id = %(kept)s AND id = ANY(%(lost)s::bigint[]))
"""
PUT_DOWN = "UPDATE notices_message SET channel = ltrim(channel, '~') WHERE id = ANY(%(lost)s::bigint[])"
READDRESS = """
UPDATE notices_message SET address = %(email)s, "values" = "values" || jsonb_build_object('name', %(name)s::text)
WHERE person_id = %(kept)s AND state IN ('queued', 'deferred') AND attempts = 0 AND %(email)s <> ''
"""


def _move_messages(kept: Person, gone: Person) -> None:
    """While they change places, those that lose have another channel: each person has one of each. What still waits
    goes to the address that was chosen; what was tried before repeats itself exactly."""
    both = {"kept": kept.pk, "gone": gone.pk}
    with connection.cursor() as cursor:
        cursor.execute(CLASHES, both)
        params: dict[str, Any] = both | {"lost": [row[0] for row in cursor.fetchall()], "merged": MERGED}
        for statement in (SET_ASIDE, MOVE, PUT_DOWN, READDRESS):
            cursor.execute(statement, params | {"email": kept.email, "name": kept.name})


REPLACE = """
UPDATE notices_approvedaudience
SET people = CASE WHEN %(kept)s = ANY(people) THEN array_remove(people, %(gone)s)
                  ELSE array_replace(people, %(gone)s, %(kept)s) END
WHERE people @> ARRAY[%(gone)s]::bigint[]
"""


def _replace_in_approved_audiences(kept: Person, gone: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REPLACE, {"kept": kept.pk, "gone": gone.pk})


# Before it is done


def default_choice(kept: Person, gone: Person, *, changed: Mapping[int, Mapping[str, datetime]]) -> set[str]:
    """The names in FIELDS whose value is better taken from the one who goes: what they chose themselves, else what is
    filled in, else what changed last."""
    return {name for name in FIELDS if _theirs_is_better(name, kept, gone, changed)}


def _theirs_is_better(name: str, kept: Person, gone: Person, changed) -> bool:
    mine, theirs = (getattr(person, FIELDS[name][0]) for person in (kept, gone))
    if mine == theirs or name == "account":
        return mine is None and theirs is not None
    chosen = [bool({name, *FIELDS[name]} & set(person.own_choices)) for person in (kept, gone)]
    if chosen[0] != chosen[1]:
        return chosen[1]
    if name == "email" and (kept.email_state == AddressState.WORKING) != (gone.email_state == AddressState.WORKING):
        return gone.email != "" and gone.email_state == AddressState.WORKING
    if (mine in BLANK) != (theirs in BLANK):
        return mine in BLANK
    if name == "name" and ("," in mine) != ("," in theirs):
        return "," in mine  # "Berg, Cai" is how lists write it
    return changed[gone.pk].get(name, gone.created_at) > changed[kept.pk].get(name, kept.created_at)


BLANK = ("", None, False, "UTC")


def last_changes(*people: Person) -> dict[int, dict[str, datetime]]:
    """When each field got the value that it has: one query for all of them."""
    names = [name for columns in FIELDS.values() for name in columns]
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=people).order_by("pgh_id")  # type: ignore[attr-defined]
    seen: dict[int, dict[str, Any]] = {person.pk: {} for person in people}
    since: dict[int, dict[str, datetime]] = {person.pk: {} for person in people}
    for event in events.values("pgh_obj_id", "pgh_created_at", *names):
        pk = event["pgh_obj_id"]
        for name, columns in FIELDS.items():
            value = [event[column] for column in columns]
            if seen[pk].get(name) != value:
                seen[pk][name], since[pk][name] = value, event["pgh_created_at"]
    return since


def what_moves(gone: Person) -> list[Moving]:
    """One query; nothing is left out, so that nobody is surprised."""
    counts = Person.objects.filter(pk=gone.pk).values_list(*(counted(related) for _, related in MOVING)).get()
    return [Moving(words, number) for (words, _), number in zip(MOVING, counts, strict=True) if number]


def counted(related: str) -> Coalesce:
    """How many rows point to a person under that name. A subquery each: joins would multiply."""
    field: Any = Person._meta.get_field(related).remote_field
    rows = field.model._default_manager.filter(**{field.name: OuterRef("pk")}).order_by()
    number = rows.values(field.name).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), 0)


MOVING = (
    ("Messages", "messages"),
    ("Groups", "memberships"),
    ("Places in upgrades", "stakes"),
    ("Survey invitations", "invitations"),
    ("Engagements", "participations"),
    ("Concerns", "concerns"),
    ("Follow-ups", "follow_ups"),
    ("Nominations made", "nominations"),
    ("Nominations of them", "nominated"),
    ("Absences", "absences"),
    ("Absences in which they stand in", "stands_in"),
    ("Relations", "relations"),
    ("Relations to them", "related_from"),
    ("Topics declined", "opt_outs"),
    ("Addresses for other channels", "addresses"),
)
