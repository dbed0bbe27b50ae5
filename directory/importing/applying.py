"""All rows at once, in one transaction: what was looked at is what is written, or nothing is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pghistory
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from commsplan.lib.triggers import expect_many_rows
from directory.enums import ImportState, RowOutcome
from directory.importing import leasing
from directory.importing.progress import Report, silent
from directory.importing.refusals import Refused
from directory.importing.staging import TABLE
from directory.models import Import
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address, Group, Membership, Person, Site

PERSON, GROUP, MEMBERSHIP, SITE, ADDRESS = (
    table._meta.db_table for table in (Person, Group, Membership, Site, Address)
)
TEXTS = (
    *("external_id", "name", "email", "email_state", "phone", "department", "job_title"),
    *("time_zone", "language", "reader_level"),
)
HOURS = ("works_from", "works_until")
GROUPS_OF_ROW = (
    "LATERAL jsonb_array_elements_text(CASE WHEN r.outcome = 'new' THEN r.values->'groups' "
    "WHEN r.changes ? 'groups' THEN r.changes->'groups'->1 END) AS wanted(name)"
)
NUMBER = "(CASE r.outcome WHEN 'new' THEN r.values->>'mobile' WHEN 'changed' THEN r.changes->'mobile'->>1 END)"
MANY = 1000
LOOK_AGAIN = "Look at the changes again: the register has changed since, "
TAKEN = "Look at the changes again: somebody else has one of these addresses or external ids by now."


def ask(import_: Import, *, skips_wrong: bool, now: datetime) -> None:
    """A worker shall apply it (`apply`). Raises Refused."""
    wrong = import_.counts.get(RowOutcome.WRONG, 0)
    if wrong and not skips_wrong:
        rows = "1 row has" if wrong == 1 else f"{wrong:,} rows have"
        raise Refused(f"{rows} errors. Correct the file, or leave those rows out.")
    leasing.take(
        import_, to=ImportState.APPLYING, out_of=(ImportState.READY,), now=now, skips_wrong=skips_wrong, problem=""
    )


def apply(import_: Import, *, by: Account | None, now: datetime, progress: Report = silent) -> Import:
    """Raises Refused, and the import is READY again, when the register is not as it was looked at."""
    try:
        with one_at_a_time(import_, by=by) as act:
            _demand_turn(import_)
            _write(import_, act=act, by=by, now=now, progress=progress)
    except IntegrityError as error:
        _hand_back(import_, TAKEN)
        raise Refused(TAKEN) from error
    except Refused as refusal:
        _hand_back(import_, str(refusal))
        raise
    _analyse(import_)
    import_.refresh_from_db()
    return import_


def _analyse(import_: Import) -> None:
    """Until the database looks by itself, it plans for the register as it was before."""
    if import_.counts.get("new", 0) + import_.counts.get("changed", 0) > MANY:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {PERSON}, {MEMBERSHIP}, {GROUP}")


@contextmanager
def one_at_a_time(import_: Import, *, by: Account | None) -> Iterator[Any]:
    """A transaction with a name in the history. Imports wait for each other."""
    who = {"user": by.pk} if by else {}
    with transaction.atomic(), pghistory.context(**who, **{"import": import_.pk}) as context:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('directory.importing'))")
        expect_many_rows()
        yield context.id


def _demand_turn(import_: Import) -> None:
    there = Import.objects.select_for_update(of=("self",)).defer("content").get(pk=import_.pk)
    if (there.state, there.worked_on_until) != (ImportState.APPLYING, import_.worked_on_until):
        raise Refused(leasing.NOT_NOW.get(ImportState(there.state), "Another worker has taken over."))
    if there.counts.get(RowOutcome.WRONG) and not there.skips_wrong:
        raise Refused("There are rows with errors.")


def _hand_back(import_: Import, problem: str) -> None:
    mine = Import.objects.filter(pk=import_.pk, state=ImportState.APPLYING, worked_on_until=import_.worked_on_until)
    mine.update(state=ImportState.READY, worked_on_until=None, problem=problem[:500])
    import_.refresh_from_db(fields=["state", "worked_on_until", "problem"])


def _write(import_: Import, *, act, by: Account | None, now: datetime, progress: Report) -> None:
    steps = (_demand_as_seen, _demand_still_new, _make_groups, _insert, _update, _join_groups, _note_numbers)
    for number, step in enumerate(steps):
        progress(number, len(steps), "applying")
        step(import_)
    done = {"state": ImportState.APPLIED, "applied_at": now, "act": act, "by": by, "content": b"", "problem": ""}
    Import.objects.filter(pk=import_.pk).update(**done, worked_on_until=None)
    progress(len(steps), len(steps), "applying")


def run(sql: str, **values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def stored(name: str) -> str:
    """What the person `p` (at site `s`) has, as `changes` writes it."""
    special = {
        "site": "coalesce(s.name, '')",
        "is_list": "p.is_list::text",
        "tags": "to_jsonb(p.tags)::text",
        "archived": "(p.archived_at IS NOT NULL)::text",
        "mobile": f"coalesce(({_of_number('address')}), '')",
        "mobile_state": f"coalesce(({_of_number('state')}), '')",
        **{name: f"p.{name}::text" for name in HOURS},
    }
    return special.get(name, f"p.{name}")


def _of_number(column: str) -> str:
    return f"SELECT a.{column} FROM {ADDRESS} a WHERE a.person_id = p.id AND a.channel = '{Channel.SMS}'"  # noqa: S608


OF_PERSON = (*TEXTS, *HOURS, "site", "is_list", "tags", "archived")
COMPARED = (*OF_PERSON, "mobile", "mobile_state")
BESIDE = "'{groups,mobile,mobile_state}'::text[]"  # of `changes`: kept in other tables


def _as_seen() -> str:
    """Every change starts from what is stored, nobody left or came back, and nobody has chosen for themselves since."""
    same = (
        f"(NOT r.changes ? '{one}' OR r.changes->'{one}'->>0 IS NOT DISTINCT FROM {stored(one)})" for one in COMPARED
    )
    alive = "p.merged_into_id IS NULL AND p.erased_at IS NULL AND (p.archived_at IS NULL OR r.changes ? 'archived')"
    free = "NOT r.changes ?| p.own_choices::text[]"
    return f"p.id IS NOT NULL AND {alive} AND {free} AND {' AND '.join(same)}"


def _demand_as_seen(import_: Import) -> None:
    run(
        f"SELECT count(*) FROM (SELECT p.id FROM {TABLE} r JOIN {PERSON} p ON p.id = r.person_id "  # noqa: S608
        "WHERE r.of_id = %(of)s AND r.outcome = 'changed' ORDER BY p.id FOR NO KEY UPDATE OF p) locked",
        of=import_.pk,
    )
    other = run(
        f"SELECT r.number, coalesce(p.name, '') FROM {TABLE} r LEFT JOIN {PERSON} p ON p.id = r.person_id "  # noqa: S608
        f"LEFT JOIN {SITE} s ON s.id = p.site_id WHERE r.of_id = %(of)s AND r.outcome = 'changed' "
        f"AND ({_as_seen()}) IS NOT TRUE ORDER BY r.number LIMIT 1",
        of=import_.pk,
    )
    _refuse(other)


def _demand_still_new(import_: Import) -> None:
    there = run(
        f"SELECT r.number, p.name FROM {TABLE} r JOIN {PERSON} p ON p.external_id = r.values->>'external_id' "  # noqa: S608
        "WHERE r.of_id = %(of)s AND r.outcome = 'new' AND p.external_id <> '' UNION ALL "
        f"SELECT r.number, p.name FROM {TABLE} r JOIN {PERSON} p ON lower(p.email) = lower(r.values->>'email') "
        "WHERE r.of_id = %(of)s AND r.outcome = 'new' AND p.email <> '' AND p.archived_at IS NULL "
        "ORDER BY 1 LIMIT 1",
        of=import_.pk,
    )
    _refuse(there)


def _refuse(rows: list[tuple]) -> None:
    for number, name in rows:
        raise Refused(f"{LOOK_AGAIN}{name or 'somebody'} (row {number}) among others.")


def _make_groups(import_: Import) -> None:
    """Those that the preview announced. One that somebody made meanwhile is as good; one that is gone is not."""
    announced = import_.counts.get("new_groups", [])
    there = {name.lower() for name in Group.objects.order_by("pk").values_list("name", flat=True)}
    Group.objects.bulk_create([Group(name=name) for name in announced if name.lower() not in there])
    gone = run(
        f"SELECT min(r.number), wanted.name FROM {TABLE} r, {GROUPS_OF_ROW} "  # noqa: S608
        f"WHERE r.of_id = %(of)s AND NOT EXISTS (SELECT FROM {GROUP} g WHERE lower(g.name) = lower(wanted.name)) "
        "GROUP BY wanted.name ORDER BY 1 LIMIT 1",
        of=import_.pk,
    )
    for number, name in gone:
        raise Refused(f"{LOOK_AGAIN}the group {name} (row {number}) is gone.")


def _insert(import_: Import) -> None:
    """Keys first, so that every row knows its person."""
    run(
        f"UPDATE {TABLE} SET person_id = nextval(pg_get_serial_sequence('{PERSON}', 'id')) "  # noqa: S608
        "WHERE of_id = %(of)s AND outcome = 'new'",
        of=import_.pk,
    )
    model = Person()
    special = {
        "id": "r.person_id",
        "site_id": "s.id",
        "is_list": "coalesce((r.values->>'is_list')::boolean, false)",
        "time_zone": "coalesce(r.values->>'time_zone', s.time_zone, %(time_zone)s)",
        "tags": "ARRAY(SELECT jsonb_array_elements_text(coalesce(r.values->'tags', '[]')))",
        "created_at": "now()",
        **{name: f"(r.values->>'{name}')::time" for name in HOURS},
        **{name: f"coalesce(r.values->>'{name}', %({name})s)" for name in TEXTS if name != "time_zone"},
    }
    names = [one.attname for one in Person._meta.concrete_fields if not one.generated]
    chosen = ", ".join(special.get(name, f"%({name})s") for name in names)
    run(
        f"INSERT INTO {PERSON} ({', '.join(names)}) SELECT {chosen} FROM {TABLE} r "  # noqa: S608
        f"LEFT JOIN {SITE} s ON s.name = r.values->>'site' WHERE r.of_id = %(of)s AND r.outcome = 'new' "
        "ORDER BY r.number",
        of=import_.pk,
        **{name: getattr(model, name) for name in names},
    )


def _update(import_: Import) -> None:
    sets = {name: f"coalesce(r.changes->'{name}'->>1, p.{name})" for name in TEXTS}
    sets |= {name: f"coalesce((r.changes->'{name}'->>1)::time, p.{name})" for name in HOURS}
    sets |= {
        "site_id": f"coalesce((SELECT id FROM {SITE} WHERE name = r.changes->'site'->>1), p.site_id)",  # noqa: S608
        "is_list": "coalesce((r.changes->'is_list'->>1)::boolean, p.is_list)",
        "tags": "CASE WHEN r.changes ? 'tags' THEN ARRAY(SELECT jsonb_array_elements_text(r.changes->'tags'->1)) "
        "ELSE p.tags END",
        "archived_at": "CASE WHEN r.changes ? 'archived' THEN NULL ELSE p.archived_at END",
    }
    run(
        f"UPDATE {PERSON} p SET {', '.join(f'{name} = {value}' for name, value in sets.items())} "  # noqa: S608
        f"FROM {TABLE} r WHERE r.of_id = %(of)s AND r.outcome = 'changed' AND p.id = r.person_id "
        f"AND r.changes - {BESIDE} <> '{{}}'",
        of=import_.pk,
    )


def _join_groups(import_: Import) -> None:
    run(
        f"INSERT INTO {MEMBERSHIP} (group_id, person_id, is_representative) "  # noqa: S608
        f"SELECT g.id, r.person_id, false FROM {TABLE} r, {GROUPS_OF_ROW} "
        f"JOIN {GROUP} g ON lower(g.name) = lower(wanted.name) WHERE r.of_id = %(of)s ON CONFLICT DO NOTHING",
        of=import_.pk,
    )


def _note_numbers(import_: Import) -> None:
    """Another number is tried again, whatever became of the one before."""
    run(
        f"INSERT INTO {ADDRESS} (person_id, channel, address, state, created_at) "  # noqa: S608
        f"SELECT r.person_id, '{Channel.SMS}', {NUMBER}, '{AddressState.WORKING}', now() FROM {TABLE} r "
        f"WHERE r.of_id = %(of)s AND {NUMBER} IS NOT NULL ORDER BY r.number "
        "ON CONFLICT (person_id, channel) DO UPDATE SET address = EXCLUDED.address, state = EXCLUDED.state",
        of=import_.pk,
    )
