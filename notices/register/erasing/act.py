"""The act itself: one transaction, in which everything about them goes."""

from datetime import datetime
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Q

from notices.models import Message
from notices.register.erasing.files import empty_imports
from notices.register.erasing.history import clean_contexts, forget_before, forget_history, take_names_out
from notices.register.erasing.said import (
    empty_answers,
    empty_calls,
    empty_concerns,
    empty_incoming,
    empty_letters,
    empty_messages,
    empty_nominations,
)
from notices.register.erasing.ties import leave_audiences, remove_ties
from notices.register.erasing.traces import NAME, traces_of, without
from stakeholders.enums import AddressState, ReaderLevel
from stakeholders.models import Person, working_week

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
    "stakeholders.Address.person": "removed",
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
    "notices.PassedOn.person": "stays: that somebody passed a step on, no longer who",
    "notices.Call.person": "stays without what was said; one that is open is removed",
    "notices.DifferentPeople.first": "removed",
    "notices.DifferentPeople.second": "removed",
    "directory.DirectoryRecord.person": "removed",
    "directory.ImportRow.person": "emptied, with everything in the row",
}


class NotErasable(Exception):
    """The sentence says why not."""


@transaction.atomic
def erase(person: Person, *, reason: str, by, now: datetime) -> None:
    """With all who were merged into this person. What waits in the outbox does not go out."""
    keys = _lock(person)
    traces = traces_of(keys)
    with pghistory.context(user=by.pk, erased=person.pk, reason=without(reason, traces)):
        empty_messages(keys)
        empty_incoming(keys, traces)
        empty_letters(keys)
        empty_concerns(keys)
        empty_nominations(keys, traces)
        empty_answers(keys)
        empty_calls(keys)
        remove_ties(keys)
        empty_imports(keys, traces)
        leave_audiences(keys)
        forget_history(keys)
        Person.objects.filter(pk__in=keys, archived_at=None).update(archived_at=now)
        Person.objects.filter(pk__in=keys).update(erased_at=now, **EMPTY)
        forget_before(now, keys)
        take_names_out(traces)
    clean_contexts(traces)


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
