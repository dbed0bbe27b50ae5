"""Reads the whole file and stages what each row would change. Nothing in the register is touched."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from directory.enums import ImportState
from directory.importing import leasing, reading, staging
from directory.importing.checking import Checker
from directory.importing.comparing import compare
from directory.importing.mapping import check
from directory.importing.matching import Known
from directory.importing.progress import Report, silent
from directory.importing.reading import Row, Table
from directory.importing.refusals import LostLease, Unreadable
from directory.models import Import, ImportRow

BATCH = 2000


def ask(
    import_: Import, *, mapping: Mapping[str, str], creates_groups: bool, phone_code: str = "", now: datetime
) -> None:
    """A worker shall read the file (`preview`). Also after it was looked at, with another mapping; also again, when a
    worker died. Raises MappingRefused or Refused."""
    check(mapping, head=import_.head)
    leasing.take(
        import_,
        to=ImportState.READING,
        out_of=(ImportState.UPLOADED, ImportState.READY, ImportState.FAILED),
        now=now,
        mapping=dict(mapping),
        creates_groups=creates_groups,
        phone_code=phone_code,
        counts={},
    )


def preview(import_: Import, *, progress: Report = silent) -> Import:
    """READY, or FAILED with the reason in `problem`. Twice is once; raises LostLease when somebody else took over."""
    try:
        if import_.state != ImportState.READING:
            raise LostLease("Nobody asked for this.")
        _stage(import_, progress)
    except Unreadable as error:
        _empty(import_)
        _end(import_, state=ImportState.FAILED, problem=str(error)[:500])
    return import_


def _stage(import_: Import, progress: Report) -> None:
    table = reading.read(bytes(import_.content))
    checker = Checker(table, import_.mapping, creates_groups=import_.creates_groups, phone_code=import_.phone_code)
    columns = {name: column for column, name in import_.mapping.items()}
    columns.setdefault("name", columns.get("last_name") or columns.get("first_name", ""))
    done = 0
    _empty(import_)
    for batch in _batches(_said(table)):
        checked = [checker.check(row) for row in batch]
        known = Known(checked, with_groups="groups" in columns, with_mobiles="mobile" in columns)
        rows = [compare(row, known=known, columns=columns) for row in checked]
        with transaction.atomic():
            leasing.renew(import_)
            staging.write(import_, rows)
        done += len(rows)
        progress(done, max(table.estimate, done) if table.estimate else None, "reading")
    if not done:
        raise Unreadable("The file has a head and no rows.")
    with transaction.atomic():
        leasing.renew(import_)
        staging.analyse()
        staging.mark_doubles(import_, columns=columns)
        counts = staging.count(import_, new_groups=checker.new_groups.values())
        if checker.missing_groups and not import_.creates_groups:
            counts["missing_groups"] = list(checker.missing_groups.values())
        _end(import_, state=ImportState.READY, counts=counts)


@transaction.atomic
def _empty(import_: Import) -> None:
    """Of what a worker before staged."""
    leasing.renew(import_)
    rows = ImportRow.objects.filter(of=import_)
    rows._raw_delete(rows.db)


def _said(table: Table) -> Iterator[Row]:
    """Without the rows that say nothing."""
    return (row for row in table.rows if row.faults or any(cell and not cell.isspace() for cell in row.cells))


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch


def _end(import_: Import, **fields) -> None:
    mine = Import.objects.filter(pk=import_.pk, state=import_.state, worked_on_until=import_.worked_on_until)
    if not mine.update(worked_on_until=None, **fields):
        raise LostLease("Another worker has taken over this import.")
    for name, value in {"worked_on_until": None, **fields}.items():
        setattr(import_, name, value)
