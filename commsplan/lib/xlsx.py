"""Workbooks (.xlsx), read with care and written row by row. An archive that unpacks to more than it should is refused
before anything reads it."""

import io
import itertools
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from commsplan.lib import csv, sheets
from commsplan.lib.sheets import Cell, Fault, NotAWorkbook

__all__ = ["Fault", "NotAWorkbook", "check_size", "download", "read", "write"]
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PARTS = 1000
UNPACKED = 20  # times the size of the file; the XML of a table packs to about a tenth
AT_LEAST = 128 << 20
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read(content: bytes) -> Iterator[list[Cell]]:
    """The rows of the first sheet that is not hidden, empty ones too, each up to its last cell that is not empty."""
    check_size(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from sheets.rows(archive)
    except NotAWorkbook:
        raise
    except Exception as error:  # whatever a broken or hostile file makes of the reader
        raise NotAWorkbook(
            "This workbook is damaged. Open it in your spreadsheet program and save it again as .xlsx."
        ) from error


def check_size(content: bytes) -> None:
    """What the archive says and what really comes out of it are both bounded."""
    allowed = max(AT_LEAST, UNPACKED * len(content))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > allowed:
                raise NotAWorkbook("This workbook unpacks to far more than a table of people needs.")
            if any(part.flag_bits & 1 for part in parts):
                raise NotAWorkbook("This file is protected by a password. Save it again as .xlsx without one.")
            _check_kind({part.filename for part in parts})
            _unpack(archive, parts, allowed)
    except NotAWorkbook:
        raise
    except Exception as error:
        raise NotAWorkbook("This workbook is damaged: it cannot be unpacked. Save it again as .xlsx.") from error


def _check_kind(names: set[str]) -> None:
    if not any(name.endswith("workbook.xml") for name in names):
        raise NotAWorkbook("This is not an Excel workbook (.xlsx). Save it as .xlsx or CSV.")


def _unpack(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], allowed: int) -> None:
    for part in parts:
        with archive.open(part) as file:
            while piece := file.read(1 << 20):
                allowed -= len(piece)
                if allowed < 0:
                    raise NotAWorkbook("This workbook unpacks to far more than a table of people needs.")


def write(head: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> IO[bytes]:
    """A temporary file: a workbook knows its size only in the end."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in itertools.chain([head], rows):
        sheet.append([_text(sheet, csv.cell(value)) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever downloads it closes it
    book.save(file)
    file.seek(0)
    return file


def _text(sheet: Any, value: str) -> Any:
    """Text stays text, whatever it looks like."""
    value = ILLEGAL.sub("", value)
    if "_x" in value:
        value = sheets.ESCAPED.sub(r"_x005F\g<0>", value)
    if not value.startswith(("=", "#")):
        return value or None
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> FileResponse:
    file = write(head, rows, title=name.capitalize())
    response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=TYPE)
    response["Cache-Control"] = "private, no-store"
    return response
