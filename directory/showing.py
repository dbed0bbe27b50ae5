"""The staged rows of an import in words: who, what would change, what stays, what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from directory.enums import RowOutcome
from directory.importing.mapping import FIELDS
from directory.models import Import, ImportRow
from stakeholders.columns import text
from stakeholders.enums import AddressState, ReaderLevel

LABELS = {
    **FIELDS,
    "archived": "In the register",
    "email_state": "State of the address",
    "mobile_state": "State of the number",
}
WORDS: dict[str, dict[Any, str]] = {
    "language": {code: str(name) for code, name in settings.LANGUAGES},
    "reader_level": dict(ReaderLevel.choices),
    "email_state": dict(AddressState.choices),
    "mobile_state": dict(AddressState.choices),
    "archived": {True: "Archived", False: "Back again"},
}
ADDED = ("groups",)  # `changes` says only what comes
KEYS = ("name", "email", "external_id")
PROBLEM_COLUMNS = ["Row", "Column", "What is wrong", "Name", "E-mail address", "External id"]


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str
    is_added: bool = False


@dataclass(frozen=True)
class Line:
    row: ImportRow
    who: str
    note: str
    facts: list[tuple[str, str]]
    changes: list[Change]
    kept: list[str]


def rows_of(import_: Import, outcome: str) -> QuerySet[ImportRow]:
    return import_.rows.filter(outcome=outcome).order_by("outcome", "number")


def line(row: ImportRow) -> Line:
    values = row.values
    keys = [said("email", values.get("email")), said("external_id", values.get("external_id"))]
    name = row.person.name if row.person else said("name", values.get("name"))
    shown = [(LABELS.get(field, field), said(field, value)) for field, value in values.items() if field not in KEYS]
    return Line(
        row=row,
        who=name or next(filter(None, keys), "Nobody"),
        note=" · ".join(filter(None, keys)),
        facts=shown if row.outcome in (RowOutcome.NEW, RowOutcome.WRONG) else [],
        changes=[change(field, *pair) for field, pair in row.changes.items()],
        kept=[LABELS.get(field, field) for field in row.kept],
    )


def change(field: str, old: Any, new: Any) -> Change:
    return Change(LABELS.get(field, field), said(field, old), said(field, new), is_added=field in ADDED)


def said(field: str, value: Any) -> str:
    if isinstance(value, bool | str) and value in WORDS.get(field, {}):
        return WORDS[field][value]
    return text(value)


def problems(import_: Import) -> Iterator[list]:
    """For the list to download: a line for each."""
    wrong = rows_of(import_, RowOutcome.WRONG).only("number", "values", "problems")
    for row in wrong.iterator(chunk_size=2000):
        keys = [said(field, row.values.get(field)) for field in KEYS]
        for problem in row.problems:
            yield [row.number, problem["column"], problem["sentence"], *keys]
