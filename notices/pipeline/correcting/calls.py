"""Somebody believes what no longer holds, and nothing we send reaches them: a person calls them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from commsplan.lib.these import these
from engagement import holding, telling
from engagement.enums import EngagementKind
from notices.models import Call, CallQuerySet
from notices.pipeline.approve import NotAllowed
from stakeholders.models import Person
from upgrades.models import Upgrade

LENGTH = timedelta(minutes=5)
KNOW = "They know it by now."
REACHABLE = "They can be written to again."
NOT_REACHED = "Not reached: "


def open(upgrade: Upgrade) -> CallQuerySet:
    """Who has to be called, the oldest first."""
    return Call.objects.open().filter(upgrade=upgrade).select_related("person", "owner").order_by("created_at", "pk")


@transaction.atomic
def done(call: Call, *, by, now: datetime, outcome: str = "", is_reached: bool = True) -> None:
    """Somebody called: a conversation is noted that told them what holds now. In vain, it takes a reason."""
    row = Call.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade", "person").get(pk=call.pk)
    if row.done_at:
        raise NotAllowed("That call is done already.")
    if not is_reached and not outcome.strip():
        raise NotAllowed("Say why it was in vain.")
    if is_reached:
        _note(row, by=by, now=now, outcome=outcome)
    said = outcome.strip() if is_reached else f"{NOT_REACHED}{outcome.strip()}"
    row.done_at, row.done_by, row.outcome = now, by, said[:300]
    row.save(update_fields=["done_at", "done_by", "outcome"])
    call.refresh_from_db()


def _note(call: Call, *, by, now: datetime, outcome: str) -> None:
    """Facts of a milestone that is gone cannot be told any more."""
    facts = [fact for fact in call.facts if fact in telling.known(call.upgrade)]
    holding.log(
        call.upgrade,
        kind=EngagementKind.CALL,
        title=f"Call: {call.person}"[:120],
        start=now - LENGTH,
        end=now,
        people=Person.objects.filter(pk=call.person.merged_into_id or call.person_id),
        notes=outcome,
        facts=facts,
        by=by,
        now=now,
    )


def keep(upgrade: Upgrade, wanted: Mapping[int, tuple[list[str], str]], *, told: Iterable[int], now: datetime) -> int:
    """Opens a call for each of these people and closes those that nobody has to make any more. `wanted`: what they have
    to hear, and why nothing reaches them; `told`: who still has something wrong, but is written to."""
    changed, told = 0, set(told)
    there = {call.person_id: call for call in Call.objects.open().filter(upgrade=upgrade).order_by("pk")}
    for person in there.keys() - wanted.keys():
        outcome = REACHABLE if person in told else KNOW
        changed += Call.objects.open().filter(pk=there[person].pk).update(done_at=now, outcome=outcome)
    for person in there.keys() & wanted.keys():
        facts, why = wanted[person]
        if there[person].facts != facts or there[person].why != why:
            changed += Call.objects.open().filter(pk=there[person].pk).update(facts=facts, why=why)
    new = [
        _call(upgrade, person, facts, why, now=now) for person, (facts, why) in wanted.items() if person not in there
    ]
    Call.objects.bulk_create(new, ignore_conflicts=True)
    return changed + len(new)


def _call(upgrade: Upgrade, person: int, facts: list[str], why: str, *, now: datetime) -> Call:
    values: dict[str, Any] = {"facts": facts, "why": why, "owner_id": upgrade.owner_id, "created_at": now}
    return Call(upgrade=upgrade, person_id=person, **values)


def in_vain(upgrade: Upgrade, people: Iterable[int]) -> dict[int, list[Call]]:
    """Calls that a person made without reaching them: nobody asks for the same again as long as the plan stays."""
    rows = Call.objects.filter(upgrade=upgrade, done_at__isnull=False, outcome__startswith=NOT_REACHED)
    rows = rows.filter(Q(person__in=these(people)) | Q(person__merged_into__in=these(people))).select_related("person")
    found: dict[int, list[Call]] = {}
    for call in rows.order_by("done_at"):
        found.setdefault(call.person.merged_into_id or call.person_id, []).append(call)
    return found
