"""The rows of a file as they were understood, written by COPY."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from directory.enums import RowOutcome
from directory.importing.checking import Problem
from directory.models import Import, ImportRow

TABLE = ImportRow._meta.db_table
COPY = f"COPY {TABLE} (of_id, number, outcome, values, changes, kept, problems, person_id) FROM STDIN"
MOST_SAID = 20  # problems of one row
ADDRESS = (  # one that is none is told once
    "CASE WHEN NOT problems @> jsonb_build_array(jsonb_build_object('column', %(column)s::text)) "
    "THEN lower(values->>'email') END"
)


@dataclass
class Staged:
    number: int
    values: dict[str, Any]
    problems: list[Problem]
    person: int | None
    changes: dict[str, list] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    outcome: RowOutcome = RowOutcome.SAME


def write(import_: Import, rows: Iterable[Staged]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            problems = [{"column": one.column, "sentence": one.sentence} for one in row.problems[:MOST_SAID]]
            lists = (_json(part) for part in (row.values, row.changes, row.kept, problems))
            copy.write_row((import_.pk, row.number, row.outcome.value, *lists, row.person))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ("{}" if isinstance(value, dict) else "[]")


def mark_doubles(import_: Import, *, columns: Mapping[str, str]) -> None:
    """Rows with the same key, or that mean the same person, are all wrong: nobody can say which of them counts."""
    if "external_id" in columns:
        _mark(import_, "values->>'external_id'", columns["external_id"], "Row %s has the same value.")
    if "email" in columns:
        _mark(import_, ADDRESS, columns["email"], "Row %s has the same value.")
    column = columns.get("external_id") or columns["email"]
    key = f"CASE WHEN outcome <> '{RowOutcome.WRONG.value}' THEN person_id::text END"
    _mark(import_, key, column, "Row %s means the same person.")


def _mark(import_: Import, key: str, column: str, sentence: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH keyed AS (SELECT id, number, {key} AS key FROM {TABLE} WHERE of_id = %(of)s),
            numbered AS (
                SELECT id, number, count(*) OVER same AS times, min(number) OVER same AS first,
                       lead(number) OVER (PARTITION BY key ORDER BY number) AS next
                FROM keyed WHERE key <> '' WINDOW same AS (PARTITION BY key)
            )
            UPDATE {TABLE} AS row SET outcome = %(wrong)s, problems = row.problems || jsonb_build_array(
                jsonb_build_object('column', %(column)s::text, 'sentence',
                    format(%(sentence)s::text, CASE numbered.number WHEN first THEN next ELSE first END)))
            FROM numbered WHERE numbered.id = row.id AND times > 1
            """,  # noqa: S608
            {
                "of": import_.pk,
                "wrong": RowOutcome.WRONG.value,
                "column": column,
                "sentence": sentence,
            },
        )


def analyse() -> None:
    """The planner knows nothing yet of rows that have just been written."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


def count(import_: Import, *, new_groups: Iterable[str]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT outcome, count(*), count(*) FILTER (WHERE kept <> '[]') FROM {TABLE} "  # noqa: S608
            "WHERE of_id = %s GROUP BY outcome",
            [import_.pk],
        )
        found = {outcome: (number, kept) for outcome, number, kept in cursor.fetchall()}
    counts: dict[str, Any] = {outcome: found.get(outcome, (0, 0))[0] for outcome in RowOutcome.values}
    kept = sum(kept for outcome, (_, kept) in found.items() if outcome != RowOutcome.WRONG)
    return counts | {"kept": kept, "new_groups": _used(import_, list(new_groups))}


def _used(import_: Import, names: list[str]) -> list[str]:
    """Those of the groups that some row without errors names."""
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT wanted.name FROM {TABLE}, LATERAL jsonb_array_elements_text(CASE "  # noqa: S608
            "WHEN outcome IN ('new', 'changed') THEN values->'groups' END) AS wanted(name) "
            "WHERE of_id = %s AND wanted.name = ANY(%s) ORDER BY 1",
            [import_.pk, names],
        )
        return [name for (name,) in cursor.fetchall()]
