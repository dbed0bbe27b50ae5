"""The cells of a workbook (.xlsx), streamed from its XML by expat: five times as fast as openpyxl, in memory that grows
with the texts of the workbook alone. Formulas are neither run nor believed. The archive was checked before (xlsx)."""

import math
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

MOST_ROWS, MOST_COLUMNS = 1_048_576, 256
MOST_TEXTS = 16_000_000
DEEPEST = 100
PIECE = 1 << 16
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
PADDED = re.compile(r"0{2,}")  # 00000 shows 42 as 00042
CERTAIN = 1e15  # spreadsheets keep fifteen digits of a number
DATES = frozenset({*range(27, 37), *range(50, 59)})  # formats of East Asia that no list names


class NotAWorkbook(ValueError):
    """The text is a sentence for whoever brought the file."""


@dataclass(frozen=True)
class Fault:
    """In place of a cell that has no plain value."""

    sentence: str


Cell = str | Fault
FORMULA = Fault("is a formula. Copy the column and paste it as values, then save.")
TOO_LONG = Fault(
    "is a number of more than 15 digits, and a spreadsheet loses the last ones. Format the column as text, and write "
    "it again."
)


def rows(archive: zipfile.ZipFile) -> Iterator[list[Cell]]:
    """Of the first sheet that is not hidden; empty rows too, each up to its last cell that is not empty."""
    book = _Book(archive)
    sheet = _Sheet(book.texts(), book.shows, epoch=book.epoch)
    number = 0
    for at, cells in sheet.rows(book.open(book.sheet)):
        while number + 1 < at:
            number += 1
            yield []
        number += 1
        yield cells


def unescaped(value: str) -> str:
    if "_x" not in value:
        return value
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def written(value: object) -> str:
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value.replace(microsecond=0))
    if isinstance(value, time):
        return value.isoformat("seconds") if value.second else f"{value:%H:%M}"
    return str(value) if not isinstance(value, date) else value.isoformat()


# -- the parts around the sheet


class _Book:
    """Where the parts are, and what they say that a sheet needs."""

    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive
        self.names = {one.filename.replace("\\", "/").lstrip("/").lower(): one for one in archive.infolist()}
        self.path = self._main()
        self.related = self._relations(self.path)
        self.epoch: Any = CALENDAR_WINDOWS_1900
        self.sheet = self._first_sheet()
        self.shows = self._formats()

    def open(self, path: str) -> Any:
        return self.archive.open(self.names[path.lower()])

    def texts(self) -> list[str]:
        path = self._of_kind("sharedStrings")
        return _Texts().read(self.open(path)) if path else []

    def _main(self) -> str:
        found = (target for kind, target in self._relations("").values() if kind == "officeDocument")
        return next((path for path in found if path.lower() in self.names), "xl/workbook.xml")

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """{id: (kind, path)} of what belongs to a part."""
        folder, name = posixpath.split(path)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, said: dict[str, str]) -> None:
            if tag == "Relationship" and said.get("TargetMode") != "External":
                target = said["Target"].replace("\\", "/")
                whole = target if target.startswith("/") else posixpath.join(folder, target)
                kind = said["Type"].rpartition("/")[2]
                found[said["Id"]] = kind, posixpath.normpath(whole).lstrip("/")

        if place.lower() in self.names:
            _parse(self.open(place), start)
        return found

    def _of_kind(self, wanted: str) -> str:
        return next((path for kind, path in self.related.values() if kind == wanted and path.lower() in self.names), "")

    def _first_sheet(self) -> str:
        found: list[tuple[bool, str]] = []

        def start(tag: str, said: dict[str, str]) -> None:
            if tag == "workbookPr" and said.get("date1904") in ("1", "true"):
                self.epoch = CALENDAR_MAC_1904
            if tag == "sheet":
                key = next((value for name, value in said.items() if name.endswith(":id")), "")
                kind, path = self.related.get(key, ("", ""))
                if kind == "worksheet" and path.lower() in self.names:
                    found.append((said.get("state", "visible") != "visible", path))

        _parse(self.open(self.path), start)
        if not found:
            raise NotAWorkbook("This workbook has no sheet with a table.")
        return min(found, key=lambda one: one[0])[1]

    def _formats(self) -> list[str]:
        """By the number of a style: how it shows numbers, where that makes a difference."""
        codes, formats = {}, []
        section = ""

        def start(tag: str, said: dict[str, str]) -> None:
            nonlocal section
            if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
                section = tag
            elif tag == "numFmt" and section != "dxfs":
                codes[int(said["numFmtId"])] = said.get("formatCode", "")
            elif tag == "xf" and section == "cellXfs":
                formats.append(int(said.get("numFmtId", 0)))

        if path := self._of_kind("styles"):
            _parse(self.open(path), start)
        return [_shown(number, codes.get(number) or BUILTIN_FORMATS.get(number, "")) for number in formats]


def _shown(number: int, code: str) -> str:
    if number in DATES and not code:
        return "yyyy-mm-dd"
    return code if PADDED.fullmatch(code) or is_date_format(code) else ""


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_) -> None:
        raise ValueError("A table defines nothing.")

    parser.StartDoctypeDeclHandler = refuse  # entities that grow, and files of ours
    return parser


def _parse(part: Any, start: Callable[[str, dict[str, str]], None]) -> None:
    """A small part, whatever the prefix of its names."""
    parser = _parser()
    parser.StartElementHandler = lambda name, said: start(name.rpartition(":")[2], said)
    while piece := part.read(PIECE):
        parser.Parse(piece)
    parser.Parse(b"", True)


class _Texts:
    """What cells share. How a word is pronounced (rPh) is no part of it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.parts: list[str] = []
        self.is_text = self.is_aside = False

    def read(self, part: Any) -> list[str]:
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        while piece := part.read(PIECE):
            parser.Parse(piece)
            if len(self.found) > MOST_TEXTS:
                raise NotAWorkbook("This workbook has far more texts than a table of people needs.")
        parser.Parse(b"", True)
        return self.found

    def _start(self, name: str, _said: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "t":
            self.is_text = not self.is_aside
        elif kind == "rPh":
            self.is_aside = True

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "si":
            self.found.append(unescaped("".join(self.parts)))
            self.parts.clear()
        elif kind == "t":
            self.is_text = False
        elif kind == "rPh":
            self.is_aside = False

    def _text(self, text: str) -> None:
        if self.is_text:
            self.parts.append(text)


# -- the sheet


class _Sheet:
    """What a sheet says of its own size is not asked for: rows and cells say where they are, or follow each other."""

    def __init__(self, texts: list[str], shows: list[str], *, epoch: datetime):
        self.texts, self.shows, self.epoch = texts, shows, epoch
        self.ready: list[tuple[int, list[Cell]]] = []
        self.columns: dict[str, int] = {}
        self.row: list[Cell] = []
        self.parts: list[str] = []
        self.number = self.at = self.depth = 0
        self.kind, self.style = "", ""
        self.is_formula = self.in_cell = self.in_text = self.is_aside = self.is_over = False

    def rows(self, part: Any) -> Iterator[tuple[int, list[Cell]]]:
        parser = _parser()
        parser.StartElementHandler = partial(self._root, parser)
        while not self.is_over and (piece := part.read(PIECE)):
            parser.Parse(piece)
            yield from self.ready
            self.ready.clear()
        if not self.is_over:
            parser.Parse(b"", True)

    def _root(self, parser: expat.XMLParserType, name: str, _said: dict[str, str]) -> None:
        """Its prefix is that of all that counts."""
        prefix = name.removesuffix("worksheet")
        self.c, self.v, self.t, self.f = prefix + "c", prefix + "v", prefix + "t", prefix + "f"
        self.r, self.aside, self.data = prefix + "row", prefix + "rPh", prefix + "sheetData"
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text

    def _start(self, name: str, said: dict[str, str]) -> None:
        """A million cells come by: the names in the order of how often they come."""
        if name == self.c:
            self._begin_cell(said)
        elif name == self.v or name == self.t:
            self.in_text = self.in_cell and not self.is_aside
        elif name == self.r:
            self._begin_row(said)
        elif name == self.f:
            self.is_formula = True
        else:
            self.is_aside = self.is_aside or name == self.aside
            self.depth += 1
            if self.depth > DEEPEST:
                raise NotAWorkbook("This workbook is nested deeper than a table of people needs.")

    def _end(self, name: str) -> None:
        if name == self.c:
            self._end_cell()
        elif name == self.v or name == self.t:
            self.in_text = False
        elif name == self.r:
            self._end_row()
        elif name != self.f:
            self.depth -= 1
            self.is_aside = self.is_aside and name != self.aside
            self.is_over = self.is_over or name == self.data

    def _text(self, text: str) -> None:
        if self.in_text:
            self.parts.append(text)

    def _begin_row(self, said: dict[str, str]) -> None:
        before = self.number
        self.number = int(said["r"]) if "r" in said else before + 1
        if self.number <= before:
            raise ValueError("A row goes back.")
        self.row, self.at = [], 0

    def _begin_cell(self, said: dict[str, str]) -> None:
        if self.in_cell:
            raise ValueError("A cell in a cell.")
        self.in_cell, self.is_formula = True, False
        self.kind, self.style = said.get("t", "n"), said.get("s", "")
        if "r" in said:
            letters = said["r"].rstrip("0123456789")
            self.at = self.columns.get(letters) or self._column(letters)
        else:
            self.at += 1
        self.parts.clear()

    def _column(self, letters: str) -> int:
        self.columns[letters] = found = column_index_from_string(letters)
        return found

    def _end_cell(self) -> None:
        self.in_cell = False
        if not (self.parts or self.is_formula) or self.at > MOST_COLUMNS:
            return
        if value := self._value("".join(self.parts)):
            self.row.extend([""] * (self.at - len(self.row)))
            self.row[self.at - 1] = value

    def _end_row(self) -> None:
        if self.number > MOST_ROWS:
            raise NotAWorkbook(f"This workbook has more than {MOST_ROWS:,} rows.")
        if self.row:
            self.ready.append((self.number, self.row))

    def _value(self, raw: str) -> Cell:
        if self.is_formula:
            return FORMULA
        match self.kind:
            case "s":
                return self.texts[int(raw)]
            case "inlineStr" | "str":
                return unescaped(raw)
            case "n":
                return self._number(raw)
            case "b":
                return "true" if raw.strip() in ("1", "true") else "false"
            case "e":
                return Fault(f"is an error of the spreadsheet ({raw}).")
            case "d":
                return written(datetime.fromisoformat(raw))
        raise ValueError(self.kind)

    def _number(self, raw: str) -> Cell:
        shown = self.shows[int(self.style)] if self.style else ""
        if not shown and raw.isdecimal() and len(raw) < 16:
            return raw
        number = float(raw.strip() or "nan")
        if math.isnan(number):
            return ""
        if abs(number) >= CERTAIN:
            return TOO_LONG
        if not shown:
            return str(int(number)) if number.is_integer() else f"{number:.15g}"
        if PADDED.fullmatch(shown):
            return f"{number:.0f}".zfill(len(shown))
        return self._moment(number, shown)

    def _moment(self, number: float, shown: str) -> str:
        try:
            return written(from_excel(number, self.epoch, timedelta=is_timedelta_format(shown)))
        except (OverflowError, ValueError):  # a spreadsheet shows ##### for it
            return f"{number:.15g}"
