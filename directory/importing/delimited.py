"""Text with a separator, as Excel and its like write it: what encoding, what separator, and where it is broken."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator

from directory.importing.refusals import Unreadable

MARKS = [  # the longer first: UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252"}
SINGLE_BYTE = ("cp1252", "mac_roman", "cp850")  # the first where nothing tells
SEPARATORS = ",;\t|"
SAYS_SEPARATOR = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
PIECE = 1 << 20
TRIED = 50  # records that are looked at to find the separator


def read(content: bytes) -> Iterator[list[str]]:
    encoding = encoding_of(content)
    if said := SAYS_SEPARATOR.fullmatch(_lines(content, encoding).readline()):
        return _records(content, encoding, said[1], skip=1)
    return _records(content, encoding, _separator(content, encoding), skip=0)


def encoding_of(content: bytes) -> str:
    for mark, name in MARKS:
        if content.startswith(mark):
            _demand(content, name)
            return name
    if guessed := _without_mark(content):
        _demand(content, guessed)
        return guessed
    at = _error(content, "utf-8")
    if at is None:
        return "utf-8"
    if not content[:at].isascii():  # it was UTF-8 so far: one broken character makes it nothing else
        _demand(content, "utf-8")
    name = _single_byte(content)
    _demand(content, name)
    return name


BESIDE_LETTERS = re.compile(rb"[A-Za-z][\x80-\xff]+|[\x80-\xff]+[A-Za-z]")
OFTEN, SOMETIMES = "äöüßéèàçêÄÖÜÉšŠžŽ", "ëîïôûùœæøåñáíóúâÈÀÇÊÆØÅÑÁ"  # in names of those who write such files
LOOKED_AT = 5000


def _single_byte(content: bytes) -> str:
    """Excel saves text for Windows, for the Macintosh and for MS-DOS, and says so nowhere. In the right one, words have
    letters that words have."""
    found = [one[0] for one in itertools.islice(BESIDE_LETTERS.finditer(content), LOOKED_AT)]
    return max(SINGLE_BYTE, key=lambda name: sum(_likely(word.decode(name, "replace")) for word in found))


def _likely(word: str) -> int:
    """A capital after a small letter and a sign in a word speak against it."""
    likes = 0
    for before, letter in zip(" " + word, word, strict=False):
        if letter in OFTEN + SOMETIMES and not (letter.isupper() and before.islower()):
            likes += 2 if letter in OFTEN else 1
        elif not letter.isascii() and (not letter.isalpha() or (letter.isupper() and before.islower())):
            likes -= 0 if letter in "\u2019\xa0" else 2
    return likes


def _without_mark(content: bytes) -> str:
    """UTF-16 that forgot to say so has a NUL in every second byte of plain letters."""
    start = content[:2000]
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 3 and zeros.count(0) > 0.6 * len(zeros):
            return name
    return ""


def _demand(content: bytes, encoding: str) -> None:
    if (at := _error(content, encoding)) is None:
        return
    row = content[:at].decode(encoding, "replace").count("\n") + 1
    name = NAMES.get(encoding, encoding.upper())
    raise Unreadable(
        f"A character cannot be read: the text is not {name} throughout. Save the file as CSV UTF-8.", row=row
    )


def _error(content: bytes, encoding: str) -> int | None:
    """Where it stops to be this encoding. Piece by piece: the text of a large file need not be in memory twice."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), PIECE):
        try:
            decoder.decode(content[start : start + PIECE], start + PIECE >= len(content))
        except UnicodeDecodeError as error:
            return min(start + error.start, len(content))
    return None


def _lines(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _separator(content: bytes, encoding: str) -> str:
    """The one that splits most rows into as many cells as the head, and into most. Titles above it are one cell."""
    return max(SEPARATORS, key=lambda one: _fit(content, encoding, one))


def _fit(content: bytes, encoding: str, separator: str) -> tuple[float, int]:
    lengths = []
    try:
        for record in csv.reader(_lines(content, encoding), delimiter=separator, skipinitialspace=True):
            if record:
                lengths.append(len(record))
            if len(lengths) == TRIED:
                break
    except csv.Error:
        pass
    head = next((length for length in lengths if length > 1), 0)
    return (lengths.count(head) / len(lengths), head) if head else (0, 0)


def _records(content: bytes, encoding: str, separator: str, *, skip: int) -> Iterator[list[str]]:
    lines = _Lines(_lines(content, encoding))
    for _ in range(skip):
        next(lines)
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    number = 0
    while True:
        number += 1
        lines.kept.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken("".join(lines.kept), separator, number) from error
        yield record


class _Lines:
    """Keeps the lines of the record that is being read, to say where it is broken."""

    def __init__(self, lines: io.TextIOWrapper):
        self.lines = lines
        self.kept: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.kept.append(line)
        return line


def _broken(record: str, separator: str, number: int) -> Unreadable:
    """Which cell, as a reader of the file counts. Nothing is looked at twice (`*+`): a record may be megabytes long."""
    mark = re.escape(separator)
    cell = re.compile(rf' *+(?:"(?:[^"]|"")*+"|[^"{mark}\r\n][^{mark}\r\n]*+)?{mark}')
    column, at = 0, 0
    while (found := cell.match(record, at)) and len(found[0]) <= csv.field_size_limit():
        column, at = column + 1, found.end()
    rest = record[at:]
    if len(rest) > csv.field_size_limit():
        sentence = "A cell is longer than any spreadsheet allows; perhaps a quotation mark is not closed."
    elif re.match(r' *+"(?:[^"]|"")*+"', rest):
        sentence = "Text follows a closing quotation mark. Write quotation marks inside a cell twice."
    else:
        sentence = "A quotation mark is opened and never closed."
    return Unreadable(sentence, row=number, column=letter(column))


def letter(at: int) -> str:
    """As a spreadsheet calls the column: 0 is A, 26 is AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name
