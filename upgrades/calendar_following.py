"""Critical days that follow a calendar file: what a newer file changes is shown first, then applied at once or not at
all, and can be undone. Entries made by hand, and what is over, are never touched."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pghistory
from django.core import signing
from django.db import models, transaction

from commsplan.lib import history
from stakeholders.models import Group, Site
from upgrades.calendar_files import Entry
from upgrades.enums import Freeze
from upgrades.models import CriticalDays, ImportedCalendar, Service

SALT = "a calendar file that was looked at"
SCOPES = ("groups", "sites", "services")
COMPARED = ("name", "start", "end", "time_zone")
TABLES: dict[str, type[models.Model]] = {"groups": Group, "sites": Site, "services": Service}
CHANGED = "Somebody changed this calendar while you looked at it. Upload the file again."
GONE = "A group, site or service that you chose is no longer there. Choose again."
TAKEN = "There is already a calendar of this name. Open it and upload the newer file there, or take another name."
OLD_PREVIEW = "This preview cannot be used. Upload the file again."


class NotPossible(ValueError):
    """With a sentence. Nothing was changed."""


@dataclass(frozen=True)
class Choices:
    """For whom: keys. Nobody named means everybody."""

    groups: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    services: tuple[int, ...] = ()

    @classmethod
    def of(cls, calendar: ImportedCalendar) -> "Choices":
        return cls(*(tuple(sorted(row.pk for row in getattr(calendar, name).all())) for name in SCOPES))

    def __str__(self):
        """A query for each kind that is named."""
        chosen = [(table, keys) for name, table in TABLES.items() if (keys := getattr(self, name))]
        rows = [table._default_manager.filter(pk__in=keys).order_by("name") for table, keys in chosen]
        return ", ".join(str(row) for found in rows for row in found) or "everybody"


@dataclass(frozen=True)
class Plan:
    """A calendar as it is to be: its entries and what they share. `pk` is None for a new one."""

    pk: int | None
    name: str
    freeze: str
    time_zone: str
    choices: Choices
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Change:
    stored: CriticalDays
    entry: Entry


@dataclass(frozen=True)
class Comparison:
    new: Sequence[Entry]
    changed: Sequence[Change]
    gone: Sequence[CriticalDays]
    same: Sequence[CriticalDays]
    shared: Sequence[str]  # sentences on what changes for all of them

    @property
    def changes_nothing(self) -> bool:
        return not (self.new or self.changed or self.gone or self.shared)


def compare(plan: Plan, *, now: datetime) -> Comparison:
    """What is over is left alone, unless the file now has it in the future."""
    wanted = {(entry.uid, entry.occurs): entry for entry in plan.entries if entry.end > now}
    there = {key: row for row in _stored(plan.pk) if (key := (row.uid, row.occurs)) in wanted or row.end > now}
    both = [(row, wanted[key]) for key, row in there.items() if key in wanted]
    return Comparison(
        new=[entry for key, entry in wanted.items() if key not in there],
        changed=[Change(row, entry) for row, entry in both if _values(row) != _wanted(entry)],
        gone=[row for key, row in there.items() if key not in wanted],
        same=[row for row, entry in both if _values(row) == _wanted(entry)],
        shared=_shared(plan),
    )


def _stored(pk: int | None) -> list[CriticalDays]:
    return list(CriticalDays.objects.filter(calendar=pk).order_by("start", "pk")) if pk else []


def _values(row: CriticalDays) -> tuple:
    return tuple(getattr(row, name) for name in COMPARED)


def _wanted(entry: Entry) -> tuple:
    return entry.name, entry.start, entry.end, entry.zone


def _shared(plan: Plan) -> list[str]:
    if plan.pk is None:
        return []
    stored = ImportedCalendar.objects.get(pk=plan.pk)
    said = []
    if stored.name != plan.name:
        said.append(f"The calendar is called “{plan.name}” instead of “{stored.name}”.")
    if stored.freeze != plan.freeze:
        said.append(f"All entries say “{Freeze(plan.freeze).label}” instead of “{Freeze(stored.freeze).label}”.")
    if (before := Choices.of(stored)) != plan.choices:
        said.append(f"All entries are for {plan.choices} instead of {before}.")
    return said


# From the preview to the act: what was looked at is what is applied


def seal(plan: Plan) -> str:
    """Signed, with what was stored when it was looked at."""
    shared = [plan.pk, plan.name, plan.freeze, plan.time_zone]
    choices = [getattr(plan.choices, name) for name in SCOPES]
    entries = [
        [one.start.isoformat(), one.end.isoformat(), one.zone, one.name, one.uid, one.occurs] for one in plan.entries
    ]
    return signing.dumps([shared, choices, entries, _digest(plan.pk)], salt=SALT, compress=True)


def unseal(sealed: str) -> tuple[Plan, str]:
    """The plan, and a digest of what was stored then."""
    try:
        shared, choices, entries, seen = signing.loads(sealed, salt=SALT)
    except signing.BadSignature as error:
        raise NotPossible(OLD_PREVIEW) from error
    read = [Entry(datetime.fromisoformat(start), datetime.fromisoformat(end), *rest) for start, end, *rest in entries]
    pk, name, freeze, zone = shared
    return Plan(pk, name, freeze, zone, Choices(*map(tuple, choices)), tuple(read)), seen


def _digest(pk: int | None) -> str:
    """Of all that a preview compares with."""
    if pk is None:
        return ""
    calendar = ImportedCalendar.objects.filter(pk=pk).first()
    if calendar is None:
        return "gone"
    seen = [
        (calendar.name, calendar.freeze, Choices.of(calendar).__dict__),
        *((row.uid, row.occurs, *map(str, _values(row))) for row in _stored(pk)),
    ]
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Applied:
    calendar: ImportedCalendar
    comparison: Comparison
    act: UUID


@transaction.atomic
def apply_sealed(sealed: str, *, by, now: datetime) -> Applied:
    """What was shown, as long as it compares with the same."""
    plan, seen = unseal(sealed)
    if plan.pk and not (_held(plan.pk) and _digest(plan.pk) == seen):
        raise NotPossible(CHANGED)
    return apply(plan, by=by, now=now)


def _held(pk: int) -> ImportedCalendar | None:
    return ImportedCalendar.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()


@transaction.atomic
def apply(plan: Plan, *, by, now: datetime) -> Applied:
    """All of it or nothing."""
    with pghistory.context() as act:
        held = _held(plan.pk) if plan.pk else ImportedCalendar(entered_by=by)
        if held is None:
            raise NotPossible(CHANGED)
        compared = compare(plan, now=now)
        _write(held, plan, now=now)
        CriticalDays.objects.bulk_create([_row(entry, held, by=by) for entry in compared.new])
        _save_changed(compared.changed)
        CriticalDays.objects.filter(pk__in=[row.pk for row in compared.gone]).delete()
        _share(plan, held, now=now)
    return Applied(held, compared, act.id)


def _write(calendar: ImportedCalendar, plan: Plan, *, now: datetime) -> None:
    others = ImportedCalendar.objects.exclude(pk=plan.pk) if plan.pk else ImportedCalendar.objects.all()
    if others.filter(name__iexact=plan.name).exists():
        raise NotPossible(TAKEN)
    calendar.name, calendar.freeze, calendar.time_zone = plan.name, plan.freeze, plan.time_zone
    calendar.imported_at = now
    calendar.save()
    for name, table in TABLES.items():
        chosen = getattr(plan.choices, name)
        if table._default_manager.filter(pk__in=chosen).count() != len(chosen):
            raise NotPossible(GONE)
        getattr(calendar, name).set(chosen)


def _row(entry: Entry, calendar: ImportedCalendar, *, by) -> CriticalDays:
    return CriticalDays(
        calendar=calendar,
        uid=entry.uid,
        occurs=entry.occurs,
        name=entry.name,
        start=entry.start,
        end=entry.end,
        time_zone=entry.zone,
        freeze=calendar.freeze,
        entered_by=by,
    )


def _save_changed(changes: Iterable[Change]) -> None:
    rows = []
    for change in changes:
        row = change.stored
        row.name, row.start, row.end, row.time_zone = _wanted(change.entry)
        rows.append(row)
    CriticalDays.objects.bulk_update(rows, COMPARED, batch_size=500)


def _share(plan: Plan, calendar: ImportedCalendar, *, now: datetime) -> None:
    """What all entries to come have in common: how strict they are, and for whom. Writes only what differs."""
    rows = CriticalDays.objects.filter(calendar=calendar).upcoming(now)
    rows.exclude(freeze=plan.freeze).update(freeze=plan.freeze)
    keys = list(rows.values_list("pk", flat=True))
    for name, target in TABLES.items():
        table, column = getattr(CriticalDays, name).through, f"{target._meta.model_name}_id"
        chosen, there = getattr(plan.choices, name), table.objects.filter(criticaldays__in=keys)
        there.exclude(**{f"{column}__in": chosen}).delete()
        missing = {(key, one) for key in keys for one in chosen} - set(there.values_list("criticaldays_id", column))
        rows_made = [table(**{"criticaldays_id": key, column: one}) for key, one in sorted(missing)]
        table.objects.bulk_create(rows_made, batch_size=2_000)


# Undo


def delete(calendar: ImportedCalendar) -> UUID:
    """With its entries."""
    with transaction.atomic(), pghistory.context() as act:
        calendar.delete()
    return act.id


def touched_by(act: UUID) -> list[Any]:
    """The calendars as that act left or found them."""
    events = ImportedCalendar.pgh_event_model.objects.filter(pgh_context=act)  # type: ignore[attr-defined]
    return list(events.order_by("pgh_id"))


def undo(act: UUID) -> bool:
    """Takes back what an upload or a deletion did. Nothing happens where something of it was changed since, or where
    what it belonged to is gone."""
    if _is_newer(act):
        return False
    try:
        with transaction.atomic(), pghistory.context():  # what this changes is no part of that act
            return _undo(act)
    except NotPossible:
        return False


def _undo(act: UUID) -> bool:
    if made := _inserted(act, ImportedCalendar, key="pgh_obj_id"):
        return bool(ImportedCalendar.objects.filter(pk__in=made).delete()[0])
    for table in _choice_tables():
        table._default_manager.filter(pk__in=_inserted(act, table, key="id")).delete()
    taken = history.take_back(act, CriticalDays, ImportedCalendar)
    rows = (ImportedCalendar, CriticalDays)
    back = history.bring_back(act, *rows, *_choice_tables())
    if not back and any(history.deleted(act, table).exists() for table in rows):
        raise NotPossible(CHANGED)
    return bool(taken or back)


def _inserted(act: UUID, table: type[models.Model], *, key: str) -> list[int]:
    events = table.pgh_event_model.objects.filter(pgh_context=act, pgh_label="insert")  # type: ignore[attr-defined]
    return list(events.values_list(key, flat=True))


def _choice_tables() -> list[type[models.Model]]:
    """Those under which the history of who was chosen is kept (upgrades.models.history)."""
    through = [getattr(owner, name).through for owner in (ImportedCalendar, CriticalDays) for name in SCOPES]
    return [next(one for one in table.__subclasses__() if hasattr(one, "pgh_event_model")) for table in through]


def _is_newer(act: UUID) -> bool:
    """Whether a later act touched a calendar that this one touched. Every upload writes its moment there."""
    events = ImportedCalendar.pgh_event_model.objects  # type: ignore[attr-defined]
    own = events.filter(pgh_context=act)
    last = own.order_by("-pgh_id").first()
    if last is None:
        return True
    later = events.filter(pgh_obj_id__in=own.values("pgh_obj_id"), pgh_id__gt=last.pgh_id)
    return later.exclude(pgh_context=act).exists()
