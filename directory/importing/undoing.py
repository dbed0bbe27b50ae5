"""Takes an applied import back, in one transaction: what nobody has changed since is as it was before."""

from datetime import datetime
from typing import NamedTuple

import pghistory.models
from django.db import IntegrityError, models
from django.db.models import Exists, OuterRef

from accounts.models import Account
from directory.enums import ImportState, RowOutcome
from directory.importing.applying import (
    ADDRESS,
    HOURS,
    NUMBER,
    OF_PERSON,
    PERSON,
    SITE,
    TEXTS,
    one_at_a_time,
    run,
    stored,
)
from directory.importing.leasing import NOT_NOW
from directory.importing.refusals import Refused
from directory.importing.staging import TABLE
from directory.models import Import, ImportRow
from stakeholders.enums import Channel
from stakeholders.models import Group, Membership, Person

TAKEN = "This cannot be taken back: somebody else has one of the former addresses or external ids by now."
TOO_OLD = "This cannot be taken back any more: the rows of old imports are thrown away."


class Undone(NamedTuple):
    removed: int  # people who came in, and to whom nothing has happened since
    archived: int  # people who came in and are in use by now
    restored: int  # people who were changed
    left_groups: int  # memberships that ended


def undo(import_: Import, *, by: Account | None, now: datetime) -> Undone:
    """Raises Refused, and then nothing is changed."""
    try:
        with one_at_a_time(import_, by=by):
            there = Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
            _demand_applied(there)
            left = _leave_groups(there)
            numbers = _restore_numbers(there)
            restored = len(_restore(there, now=now) | numbers)
            removed, archived = _remove_new(there, now=now)
            _unmake_groups(there)
            Import.objects.filter(pk=there.pk).update(state=ImportState.UNDONE)
    except IntegrityError as error:
        raise Refused(TAKEN) from error
    import_.refresh_from_db()
    return Undone(removed, archived, restored, left)


def _demand_applied(import_: Import) -> None:
    if import_.state != ImportState.APPLIED:
        raise Refused(NOT_NOW[ImportState(import_.state)])
    if not import_.rows.exists() and any(import_.counts.get(one) for one in ("new", "changed")):
        raise Refused(TOO_OLD)


def _leave_groups(import_: Import) -> int:
    begun = Membership.pgh_event_model.objects.filter(pgh_context=import_.act, pgh_label="insert")  # type: ignore[attr-defined]
    ended = Membership.objects.filter(pk__in=begun.values("pgh_obj"))
    return ended._raw_delete(ended.db)


def _restore_numbers(import_: Import) -> set[int]:
    """Those that came go, and those that were there before are there again, unless somebody has entered another one
    since. Returns the people who were changed."""
    ours = f"r.of_id = %(of)s AND a.person_id = r.person_id AND a.channel = '{Channel.SMS}' AND a.address = {NUMBER}"
    gone = run(
        f"DELETE FROM {ADDRESS} a USING {TABLE} r "  # noqa: S608
        f"WHERE {ours} AND coalesce(r.changes->'mobile'->>0, '') = '' RETURNING r.person_id, r.outcome",
        of=import_.pk,
    )
    back = run(
        f"UPDATE {ADDRESS} a SET address = r.changes->'mobile'->>0, "  # noqa: S608
        f"state = coalesce(r.changes->'mobile_state'->>0, a.state) FROM {TABLE} r "
        f"WHERE {ours} AND r.changes->'mobile'->>0 <> '' RETURNING r.person_id, r.outcome",
        of=import_.pk,
    )
    return {person for person, outcome in gone + back if outcome == RowOutcome.CHANGED}


def _restore(import_: Import, *, now: datetime) -> set[int]:
    """Field by field: what somebody has changed since stays as they changed it."""
    run(
        f"SELECT count(*) FROM (SELECT p.id FROM {TABLE} r JOIN {PERSON} p ON p.id = r.person_id "  # noqa: S608
        "WHERE r.of_id = %(of)s ORDER BY p.id FOR UPDATE OF p) locked",
        of=import_.pk,
    )
    ours = {name: f"r.changes->'{name}'->>1 = {stored(name)}" for name in OF_PERSON}
    former = {name: f"r.changes->'{name}'->>0" for name in TEXTS}
    former |= {name: f"(r.changes->'{name}'->>0)::time" for name in HOURS}
    former |= {
        "is_list": "(r.changes->'is_list'->>0)::boolean",
        "tags": "ARRAY(SELECT jsonb_array_elements_text(r.changes->'tags'->0))",
        "site": f"(SELECT id FROM {SITE} WHERE name = r.changes->'site'->>0)",  # noqa: S608
        "archived": "%(now)s",
    }
    column = {"site": "site_id", "archived": "archived_at"}
    sets = (
        f"{column.get(name, name)} = CASE WHEN {ours[name]} THEN {former[name]} ELSE p.{column.get(name, name)} END"
        for name in OF_PERSON
    )
    found = run(
        f"UPDATE {PERSON} q SET {', '.join(sets)} FROM {TABLE} r JOIN {PERSON} p ON p.id = r.person_id "  # noqa: S608
        f"LEFT JOIN {SITE} s ON s.id = p.site_id WHERE r.of_id = %(of)s AND r.outcome = 'changed' "
        f"AND q.id = p.id AND p.merged_into_id IS NULL AND p.erased_at IS NULL AND ({' OR '.join(ours.values())}) "
        "RETURNING q.id",
        of=import_.pk,
        now=now,
    )
    return {pk for (pk,) in found}


def _remove_new(import_: Import, *, now: datetime) -> tuple[int, int]:
    """Somebody whom nothing points to vanishes; whoever was told something, say, is archived."""
    came = Person.objects.filter(pk__in=ImportRow.objects.filter(of=import_, outcome="new").values("person"))
    unused = came.filter(~pointed_at(Person, but=(ImportRow,)))
    gone = list(unused.order_by("pk").values_list("pk", flat=True))
    ImportRow.objects.filter(person__in=gone).update(person=None)
    removed = Person.objects.filter(pk__in=gone)
    removed._raw_delete(removed.db)
    return len(gone), came.active().update(archived_at=now)


def _unmake_groups(import_: Import) -> None:
    made = Group.pgh_event_model.objects.filter(pgh_context=import_.act, pgh_label="insert")  # type: ignore[attr-defined]
    groups = Group.objects.filter(~pointed_at(Group), pk__in=made.values("pgh_obj"))
    groups._raw_delete(groups.db)


def pointed_at(table: type[models.Model], *, but: tuple[type[models.Model], ...] = ()) -> models.Q:
    """Some row of another table, or of this one, refers to it. The history refers to everything and does not count."""
    found = models.Q(pk__in=[])
    for one in table._meta.get_fields(include_hidden=True):
        if not (one.auto_created and not one.concrete and (one.one_to_many or one.one_to_one)):
            continue
        other = one.related_model
        if issubclass(other, (pghistory.models.Event, *but)):  # type: ignore[arg-type]
            continue
        found |= models.Q(Exists(other._default_manager.filter(**{one.field.name: OuterRef("pk")})))  # type: ignore[union-attr]
    return found
