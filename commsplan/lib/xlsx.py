"""Workbooks (.xlsx), read with care and written row by row. Formulas are neither run nor believed: openpyxl and
defusedxml read the file, and an archive that unpacks to more than it should is refused before either sees it."""

import io
import itertools
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from django.http import FileResponse
from openpyxl import DEFUSEDXML, Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from commsplan.lib import csv

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS, MOST_COLUMNS = 1_048_576, 256
MOST_PARTS = 1000
UNPACKED = 20  # times the size of the file; the XML of a table packs to about a tenth
AT_LEAST = 128 << 20
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

if not DEFUSEDXML:
    raise ImportError("defusedxml is missing: without it a workbook's XML is not safe to read.")
warnings.filterwarnings("ignore", module=r"openpyxl\.")  # of styles and dates that nobody looks at


class NotAWorkbook(ValueError):
    """The text is a sentence for whoever brought the file."""


@dataclass(frozen=True)
class Fault:
    """In place of a cell that has no plain value."""

    sentence: str


Cell = str | Fault


def read(content: bytes) -> Iterator[list[Cell]]:
    """The rows of the first sheet, empty ones too, up to the last cell that is not empty."""
    check_size(content)
    try:
        yield from _rows(content)
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


def _rows(content: bytes) -> Iterator[list[Cell]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        if not book.worksheets:
            raise NotAWorkbook("This workbook has no sheet with a table.")
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not to be trusted
        width = _width(sheet)
        for number, cells in enumerate(sheet.iter_rows(max_col=width), 1):
            if number > MOST_ROWS:
                raise NotAWorkbook(f"This workbook has more than {MOST_ROWS:,} rows.")
            yield _until_last([_plain(cell) for cell in cells])
    finally:
        book.close()


def _width(sheet: Any) -> int:
    """A little more than the first row that says something: enough to notice cells beyond the head."""
    for cells in itertools.islice(sheet.iter_rows(max_col=MOST_COLUMNS), 1000):
        if row := _until_last([_plain(cell) for cell in cells]):
            return len(row) + 10
    return 1


def _until_last(row: list[Cell]) -> list[Cell]:
    while row and row[-1] == "":
        row.pop()
    return row


def _plain(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    kind = cell.data_type
    if kind in ("s", "inlineStr"):
        return _unescaped(value) if "_x" in value else value
    if kind == "f":
        return Fault("is a formula. Copy the column and paste it as values, then save.")
    if kind == "e":
        return Fault(f"is an error of the spreadsheet ({value}).")
    return _written(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value.replace(microsecond=0))
    if isinstance(value, time):
        return value.isoformat("seconds") if value.second else f"{value:%H:%M}"
    return str(value) if not isinstance(value, date) else value.isoformat()


def _unescaped(value: str) -> str:
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
        value = ESCAPED.sub(r"_x005F\g<0>", value)
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
