"""A file becomes a head and rows. Row numbers are those that a spreadsheet shows: the first row is 1, empty rows count,
and a cell with line breaks is still in one row."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from commsplan.lib import xlsx
from directory.importing import delimited, mapping
from directory.importing.delimited import letter
from directory.importing.refusals import Unreadable

END_OF_FILE = b"\x1a"  # MS-DOS writes it
EMPTY = "The file is empty."
EMPTY_SHEET = "The first sheet of this workbook is empty. Move the table to the front."
SAVE_AGAIN = "Save it as .xlsx or CSV."
OLE, ZIP, PDF = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"%PDF-"
PROTECTED = "EncryptedPackage".encode("utf-16-le")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
CONTROL_SENTENCE = "has a control character (such as NUL) in it. The file may be damaged: save it again."
UNSEEN = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")  # that other programs leave behind
MOST_COLUMNS = 256
TITLES = 12  # rows in which the head is looked for
MOST_ROWS = 1_048_576  # as many as a spreadsheet has
LITERAL = re.compile(r'="([^"]*)"')  # how tables keep leading zeros: ="007"


class Row(NamedTuple):
    """`faults` says by column which cells have no plain value, and why."""

    number: int
    cells: list[str]
    faults: dict[int, str]


@dataclass
class Table:
    head: list[str]
    rows: Iterator[Row]
    estimate: int | None  # how many rows there may be
    pads: bool = False  # a workbook does not keep empty cells at the end of a row


def read(content: bytes) -> Table:
    if not content.strip(b" \t\r\n\x00"):
        raise Unreadable(EMPTY)
    _refuse_others(content)
    is_workbook = content.startswith(ZIP)
    content = content if is_workbook else content.removesuffix(END_OF_FILE)
    rows = _workbook(content) if is_workbook else _text(content)
    rows = _without_titles(rows)
    head, number = _head(rows, empty=EMPTY_SHEET if is_workbook else EMPTY)
    estimate = None if is_workbook else max(content.count(b"\n"), content.count(b"\r")) - number
    return Table(head, rows, estimate, pads=is_workbook)


def _refuse_others(content: bytes) -> None:
    if content.startswith(OLE):
        if PROTECTED in content:
            raise Unreadable(f"This workbook is protected by a password. {SAVE_AGAIN[:-1]} without one.")
        raise Unreadable(f"This is an old Excel file (.xls), which is not read. {SAVE_AGAIN}")
    if content.startswith(PDF):
        raise Unreadable(f"This is a PDF, not a table. {SAVE_AGAIN}")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise Unreadable(f"This is a web page or XML, whatever its name says. Open it in Excel. {SAVE_AGAIN}")


def _workbook(content: bytes) -> Iterator[Row]:
    try:
        for number, found in enumerate(xlsx.read(content), 1):
            faults = {at: cell.sentence for at, cell in enumerate(found) if isinstance(cell, xlsx.Fault)}
            yield Row(number, ["" if isinstance(cell, xlsx.Fault) else cell for cell in found], faults)
    except xlsx.NotAWorkbook as error:
        raise Unreadable(str(error)) from error


def _text(content: bytes) -> Iterator[Row]:
    for number, cells in enumerate(delimited.read(content), 1):
        if number > MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it.")
        faults = {}
        for at, cell in enumerate(cells):
            if cell[:1] == "=":
                if literal := LITERAL.fullmatch(cell):
                    cells[at] = literal[1]
                else:
                    faults[at] = "looks like a formula. Write the value, or an apostrophe before it if it is meant so."
        yield Row(number, cells, faults)


def _head(rows: Iterator[Row], *, empty: str) -> tuple[list[str], int]:
    """A column without a name gets that of its place."""
    first = next((row for row in rows if _says_something(row)), None)
    if first is None:
        raise Unreadable(empty)
    number, cells, faults = first
    for at, sentence in faults.items():
        raise Unreadable(f"The name of the column {sentence}", row=number, column=letter(at))
    cells = _without_end(cells)
    if len(cells) > MOST_COLUMNS:
        raise Unreadable(f"The file has {len(cells):,} columns; at most {MOST_COLUMNS} are read.", row=number)
    return _each_once([_name(cell, at, number) for at, cell in enumerate(cells)], number), number


def _each_once(names: list[str], row: int) -> list[str]:
    """Two remarks are kept apart by their places; of two addresses nobody knows which one counts."""
    first: dict[str, int] = {}
    for at, name in enumerate(names):
        before = first.setdefault(name.casefold(), at)
        if before != at and mapping.guess([name]):
            both = f"“{name}” (columns {letter(before)} and {letter(at)})"
            raise Unreadable(f"Two columns are called {both}. Rename one of them.", row=row, column=letter(at))
        if before != at:
            names[at] = f"{name} (column {letter(at)})"
    return names


def _says_something(row: Row) -> bool:
    return bool(row.faults) or any(cell.strip() for cell in row.cells)


def _without_titles(rows: Iterator[Row]) -> Iterator[Row]:
    """What stands above the table is passed over when a row soon after it names columns, and the first one none."""
    first = next((row for row in rows if _says_something(row)), None)
    if first is None or _names_columns(first, least=1):
        return rows if first is None else itertools.chain([first], rows)
    start = [first, *itertools.islice(rows, TITLES)]
    head = next((at for at, row in enumerate(start) if _names_columns(row, least=2)), 0)
    return itertools.chain(start[head:], rows)


def _names_columns(row: Row, *, least: int) -> bool:
    return len(mapping.guess(row.cells)) >= least


def _name(cell: str, at: int, row: int) -> str:
    if CONTROL.search(cell):
        raise Unreadable(f"The name of the column {CONTROL_SENTENCE}", row=row, column=letter(at))
    if len(cell) > 200:
        raise Unreadable("The name of the column is longer than 200 characters.", row=row, column=letter(at))
    return tidy(cell) or f"Column {letter(at)}"


def _without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def tidy(text: str) -> str:
    """One line, no blanks around it, accents in one piece."""
    if not text.isascii():
        text = UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())
