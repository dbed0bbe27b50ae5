"""Files written byte by byte, and the way of a file through all stages."""

import io
import zipfile

from openpyxl import Workbook

from directory.importing import applying, previewing, uploading
from tests.factories import NOW


def take_in(content, *, by=None, name="people.csv", now=NOW):
    if isinstance(content, str):
        content = content.encode()
    return uploading.take_in(io.BytesIO(content), name=name, by=by, now=now)


def preview(content, *, mapping=None, creates_groups=False, **options):
    import_ = take_in(content, **options)
    previewing.ask(import_, mapping=mapping or import_.mapping, creates_groups=creates_groups, now=NOW)
    return previewing.preview(import_)


def bring_in(content, *, by=None, **options):
    return apply(preview(content, by=by, **options), by=by)


def apply(import_, *, by=None, skips_wrong=False):
    applying.ask(import_, skips_wrong=skips_wrong, now=NOW)
    return applying.apply(import_, by=by, now=NOW)


def said(import_):
    """What is wrong: (row, column, sentence)."""
    rows = import_.rows.order_by("number")
    return [(row.number, one["column"], one["sentence"]) for row in rows for one in row.problems]


def outcomes(import_):
    return list(import_.rows.order_by("number").values_list("number", "outcome"))


def changes(import_):
    return [row.changes for row in import_.rows.order_by("number")]


def workbook(*rows, change=None) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The archive with one part exchanged or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            if one.filename != name:
                new.writestr(one, old.read(one))
        new.writestr(name, part)
    return made.getvalue()
