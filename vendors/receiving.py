"""What a vendor says is kept. What somebody adopted follows it: later notes move, confirm or cancel the milestone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import QuerySet, TextChoices

from accounts.models import Account
from upgrades import rescheduling
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone, Service, Upgrade
from vendors.enums import NoteImpact, NoteStatus
from vendors.models import Circuit, Maintenance
from vendors.reading import UNNUMBERED, Note

LONGEST_NAME = 120
LONGEST_DESCRIPTION = 20_000


class Outcome(TextChoices):
    NEW = "new", "new"
    CHANGED = "changed", "changed"
    SAME = "same", "nothing new"
    OUTDATED = "outdated", "older than what is known"


class NotPossible(Exception):
    """With a sentence for people."""


@dataclass(frozen=True)
class Received:
    maintenance: Maintenance
    outcome: Outcome
    moved: tuple[str, ...] = ()  # the fields of its milestone that changed


@transaction.atomic
def receive(notes: list[Note], *, now: datetime) -> list[Received]:
    """All notes of a file or none. The order of notes does not matter: an older one never overwrites a newer one. Rows
    are taken in one order, so two files at once wait for each other, and never both."""
    _know_circuits(notes)
    places = sorted(range(len(notes)), key=lambda place: (notes[place].provider, notes[place].uid, place))
    done = {place: _said_by_vendor(notes[place], now=now) for place in places}
    return [done[place] for place in range(len(notes))]


def _said_by_vendor(note: Note, *, now: datetime) -> Received:
    """The history names the vendor beside whoever read the note in."""
    with pghistory.context(vendor=note.provider):
        return _receive(note, now=now)


def _receive(note: Note, *, now: datetime) -> Received:
    identity = {"provider": note.provider, "uid": note.uid}
    row, is_new = Maintenance.objects.get_or_create(
        **identity, defaults={**_values(note), "status": note.status, "received_at": now}
    )
    if is_new:
        return Received(row, Outcome.NEW)
    row = Maintenance.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if _is_older(note, row):
        return Received(row, Outcome.OUTDATED)
    values = _values(note) | ({} if note.status == NoteStatus.NO_CHANGE else {"status": note.status})
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    before = row.circuits
    if not changed:
        return Received(row, Outcome.SAME)
    for name, value in changed.items():
        setattr(row, name, value)
    row.received_at = now
    row.save()
    return Received(row, Outcome.CHANGED, tuple(_follow(row, changed, before)))


def _values(note: Note) -> dict[str, Any]:
    return {
        "account": note.account,
        "maintenance_id": note.maintenance_id,
        "sequence": note.sequence,
        "stamp": note.stamp,
        "start": note.start,
        "end": note.end,
        "impact": note.impact.impact,
        "summary": note.summary[:300],
        "organizer": note.organizer[:300],
        "description": note.description[:LONGEST_DESCRIPTION],
        "circuits": [{"circuit_id": one.circuit_id, "impact": one.impact.value} for one in note.circuits],
    }


def _is_older(note: Note, row: Maintenance) -> bool:
    """By sequence; where a sender does not number its notes, by the time at which it wrote them."""
    if UNNUMBERED in (note.sequence, row.sequence) or note.sequence == row.sequence:
        return note.stamp < row.stamp
    return note.sequence < row.sequence


def _know_circuits(notes: list[Note]) -> None:
    named = sorted({(note.provider, one.circuit_id) for note in notes for one in note.circuits})
    rows = [Circuit(provider=provider, circuit_id=circuit_id) for provider, circuit_id in named]
    Circuit.objects.bulk_create(rows, ignore_conflicts=True)


def _follow(row: Maintenance, changed: dict[str, Any], before: list[dict[str, str]]) -> list[str]:
    """Only what the vendor changed: a window that we narrowed stays narrow while its start and end are confirmed."""
    milestone = row.milestone
    if milestone is None:
        return []
    values: dict[str, Any] = {name: changed[name] for name in ("start", "end", "impact") if name in changed}
    status = NoteStatus(row.status).status
    if "status" in changed and status:
        values["status"] = status
    if values.get("start", milestone.start) >= (values.get("end") or milestone.end or row.end):
        values |= {"start": row.start, "end": row.end}
    if more := _newly_touched(row, before):
        values["services"] = [*milestone.services.all(), *more]
    return rescheduling.change(milestone, **values)


def _newly_touched(row: Maintenance, before: list[dict[str, str]]) -> list[Service]:
    """What runs on circuits that the note names now and did not name before."""
    known = {one["circuit_id"] for one in before}
    added = [one["circuit_id"] for one in row.circuits if one["circuit_id"] not in known]
    return list(_services_of(row.provider, added).order_by("pk"))


@transaction.atomic
def adopt(maintenance: Maintenance, *, upgrade: Upgrade) -> Milestone:
    """Makes it a window of this upgrade, not shown to the public until somebody says so. Raises NotPossible."""
    row = Maintenance.objects.select_for_update(of=("self",), no_key=True).get(pk=maintenance.pk)
    if row.milestone_id:
        raise NotPossible("It is a milestone already.")
    if row.is_cancelled:
        raise NotPossible("The vendor has cancelled it.")
    milestone = Milestone.objects.create(
        upgrade=upgrade,
        name=str(row)[:LONGEST_NAME],
        kind=MilestoneKind.WINDOW,
        status=NoteStatus(row.status).status or Status.TENTATIVE,
        start=row.start,
        end=row.end,
        impact=row.impact,
        is_public=False,
    )
    milestone.services.set(services_on(row))
    row.milestone = maintenance.milestone = milestone
    row.ignored_at = row.ignored_by = None
    row.save()
    return milestone


def find(note: Note) -> Maintenance:
    """The row of a note that was received."""
    return Maintenance.objects.get(provider=note.provider, uid=note.uid)


def services_on(maintenance: Maintenance) -> QuerySet[Service]:
    """Those that run on its circuits, as far as somebody said."""
    return _services_of(maintenance.provider, [one["circuit_id"] for one in maintenance.circuits])


def _services_of(provider: str, named: list[str]) -> QuerySet[Service]:
    circuits = Circuit.objects.filter(provider=provider, circuit_id__in=named)
    return Service.objects.filter(
        pk__in=Circuit.services.through.objects.filter(circuit__in=circuits).values("service")
    )


def ignore(maintenance: Maintenance, *, by: Account, now: datetime) -> None:
    """It concerns nothing of ours. A later note does not bring it back."""
    Maintenance.objects.filter(pk=maintenance.pk, milestone=None).update(ignored_at=now, ignored_by=by)


def heed(maintenance: Maintenance) -> None:
    """Takes `ignore` back."""
    Maintenance.objects.filter(pk=maintenance.pk).update(ignored_at=None, ignored_by=None)


def circuits_of(maintenance: Maintenance) -> list[tuple[Circuit, NoteImpact]]:
    """In the order of the note, each with its own impact."""
    named = {one["circuit_id"]: NoteImpact(one["impact"]) for one in maintenance.circuits}
    known = Circuit.objects.filter(provider=maintenance.provider, circuit_id__in=named).prefetch_related("services")
    rows = {row.circuit_id: row for row in known}
    return [(rows[name], impact) for name, impact in named.items() if name in rows]


def said(received: list[Received]) -> list[str]:
    """A sentence for each note."""
    return [f"{one.maintenance}: {one.outcome.label}{_moved(one)}." for one in received]


def _moved(one: Received) -> str:
    return f"; its milestone follows ({', '.join(one.moved)})" if one.moved else ""
