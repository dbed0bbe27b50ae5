"""Is every cell of a row what its column promises? Looks at the row alone; the register comes later."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from commsplan.lib import csv, telephone
from directory.importing import mapping as columns
from directory.importing import zones
from directory.importing.delimited import letter
from directory.importing.reading import CONTROL, CONTROL_SENTENCE, Row, Table, tidy
from stakeholders.columns import separated, text
from stakeholders.enums import ReaderLevel
from stakeholders.models import Group, Person, Site

KEYS = ("external_id", "email")
LISTS = ("tags", "groups")
TEXTS = ("external_id", "name", "phone", "department", "job_title")
TAG_LENGTH = Person._meta.get_field("tags").base_field.max_length or 0
LANGUAGES = {
    "en": "english englisch anglais eng",
    "de": "deutsch german allemand deu ger",
    "fr": "francais franzosisch french fra fre",
}
LEVELS = {
    ReaderLevel.PLAIN: "plain plainwords simple einfach einfacheworte simple motssimples normal",
    ReaderLevel.TECHNICAL: "technical technisch technique tech it",
}
TRUTH = {True: "yes y true 1 x ja j wahr oui o vrai", False: "no n false 0 nein falsch non faux"}
FAULTS = re.compile(
    r"#(?:N/A|N/V|NV|NAME\?|NOM\?|REF!|BEZUG!|VALUE!|VALEUR!|WERT!|DIV/0!|NUM!|ZAHL!|NOMBRE!|NULL!|NUL!|SPILL!|CALC!)"
)
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}")
ADDRESSES = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)?\s*(?:uhr|h)?\s*(am|pm)?", re.IGNORECASE)
SHOWN = 60  # characters of a wrong value in a sentence
MOST_MISSING = 200  # named groups: a column of nonsense names no end of them
SUGGESTIONS = 200  # worked out per kind of value: a column of nonsense must not take hours


class Wrong(ValueError):
    """The text is the sentence that the reader sees."""


class Problem(NamedTuple):
    column: str
    sentence: str
    field: str = ""  # none: it is the row that is wrong, not what one cell says
    cell: str = ""


@dataclass
class Checked:
    """`values` by field, without those that are empty. What stands in a wrong cell is there as it was written."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Nearest:
    """What somebody may have meant."""

    def __init__(self, names: Iterable[str]):
        self.names = {tidy(text(name)).lower(): name for name in names}
        self.left = SUGGESTIONS

    def find(self, word: str) -> str:
        """The canonical name, or nothing."""
        return self.names.get(word.lower(), "")

    def said(self, word: str) -> str:
        self.left -= 1
        near = difflib.get_close_matches(word.lower(), self.names, n=1, cutoff=0.7) if self.left >= 0 else []
        return f" Did you mean {self.names[near[0]]}?" if near else ""


class Checker:
    def __init__(self, table: Table, mapping: Mapping[str, str], *, creates_groups: bool, phone_code: str = ""):
        self.head, self.pads, self.creates_groups = table.head, table.pads, creates_groups
        self.needed = 1 + max(
            (table.head.index(column) for column, name in mapping.items() if name in (*KEYS, "name", *columns.PARTS)),
            default=0,
        )
        self.places = sorted((table.head.index(column), column, name) for column, name in mapping.items())
        self.sites = Nearest(Site.objects.order_by("pk").values_list("name", flat=True))
        self.groups = Nearest(Group.objects.order_by("pk").values_list("name", flat=True))
        self.zones = Nearest(zones.by_name().values())
        self.new_groups: dict[str, str] = {}
        self.missing_groups: dict[str, str] = {}
        self.readers: dict[str, Callable[[str], Any]] = {name: _text(name) for name in TEXTS}
        self.readers |= {
            "first_name": str,
            "last_name": str,
            "external_id": _number("external_id"),
            "phone": _number("phone"),
            "mobile": _mobile(phone_code),
            "email": _email,
            "site": lru_cache(self._site),
            "time_zone": lru_cache(self._zone),
            "language": lru_cache(_language),
            "reader_level": lru_cache(_level),
            "is_list": lru_cache(_truth),
            "works_from": lru_cache(_clock),
            "works_until": lru_cache(_clock),
            "tags": lru_cache(_tags),
            "groups": lru_cache(self._groups),
        }

    def check(self, row: Row) -> Checked:
        found = Checked(row.number)
        damaged = CONTROL.search("".join(row.cells)) is not None
        if problem := self._shape(row, damaged=damaged):
            found.problems.append(problem)
        for at, column, name in self.places:
            cell = row.cells[at] if at < len(row.cells) else ""
            if at in row.faults:
                found.problems.append(Problem(column, f"The cell {row.faults[at]}", name))
            elif cell and not (damaged and CONTROL.search(cell)):
                self._take(found, column, name, cell)
        _join_name(found, self.places)
        return found

    def _take(self, found: Checked, column: str, name: str, cell: str) -> None:
        plain = csv.uncell(cell).strip() if name in LISTS else tidy(csv.uncell(cell))
        if not plain:
            return
        try:
            if plain.startswith("#") and FAULTS.fullmatch(plain):
                raise Wrong(f"The cell is an error of the spreadsheet ({plain}).")
            found.values[name] = self.readers[name](plain)
        except Wrong as error:
            found.values[name] = plain[:500]
            found.problems.append(Problem(column, str(error), name, plain))

    def _shape(self, row: Row, *, damaged: bool) -> Problem | None:
        """Too few cells, too many, or one that no text has."""
        if damaged:
            at = next(at for at, cell in enumerate(row.cells) if CONTROL.search(cell))
            return Problem(self._name(at), f"The cell {CONTROL_SENTENCE}")
        if len(row.cells) < self.needed and not self.pads:  # Excel may leave out empty cells at the end of a row
            return Problem(self.head[len(row.cells)], f"The cell is missing: {self._sizes(row)}")
        extra = [at for at, cell in enumerate(row.cells) if at >= len(self.head) and cell.strip()]
        if extra:
            return Problem(self._name(extra[0]), f"The cell belongs to no column: {self._sizes(row)}")
        return None

    def _sizes(self, row: Row) -> str:
        return f"the row has {len(row.cells)}, the head {len(self.head)}. Is a quotation mark missing?"

    def _name(self, at: int) -> str:
        return self.head[at] if at < len(self.head) else letter(at)

    def _site(self, cell: str) -> str:
        if found := self.sites.find(cell):
            return found
        raise Wrong(f"There is no site {_said(cell)}.{self.sites.said(cell) or ' Make it first: imports make none.'}")

    def _zone(self, cell: str) -> str:
        if found := self.zones.find(cell.replace(" ", "_")):
            return found
        meant = zones.meant(cell)
        near = f" Did you mean {meant}?" if meant else self.zones.said(cell.replace(" ", "_"))
        raise Wrong(f"{_said(cell)} is not a time zone.{near or ' Write it like Europe/Berlin.'}")

    def _groups(self, cell: str) -> list[str]:
        names = [tidy(name) for name in separated(cell)]
        for name in names:
            self._note_if_missing(name)
        return list(dict.fromkeys(self._group(name) for name in names))

    def _note_if_missing(self, name: str) -> None:
        is_short = len(name) <= _length(Group, "name")
        if is_short and len(self.missing_groups) < MOST_MISSING and not self.groups.find(name):
            self.missing_groups.setdefault(name.lower(), name)

    def _group(self, name: str) -> str:
        if found := self.groups.find(name) or self.new_groups.get(name.lower(), ""):
            return found
        if not self.creates_groups:
            raise Wrong(f"There is no group {_said(name)}.{self.groups.said(name)}")
        _fit(name, _length(Group, "name"))
        return self.new_groups.setdefault(name.lower(), name)


def _join_name(found: Checked, places: list[tuple[int, str, str]]) -> None:
    if not any(name in columns.PARTS for _, _, name in places):
        return
    name = " ".join(found.values.pop(part) for part in columns.PARTS if part in found.values)
    if name:
        found.values["name"] = name
        try:
            _fit(name, _length(Person, "name"))
        except Wrong as error:
            column = next(column for _, column, part in places if part in columns.PARTS)
            found.problems.append(Problem(column, str(error), "name", name))


def _length(table: type, name: str) -> int:
    return table._meta.get_field(name).max_length  # type: ignore[attr-defined]


def _fit(cell: str, most: int) -> str:
    if len(cell) > most:
        raise Wrong(f"{_said(cell)} has {len(cell):,} characters; at most {most} fit.")
    return cell


def _text(name: str) -> Callable[[str], str]:
    most = _length(Person, name)
    return lambda cell: _fit(cell, most)


def _number(name: str) -> Callable[[str], str]:
    fit = _text(name)

    def read(cell: str) -> str:
        _demand_whole(cell)
        return fit(cell)

    return read


def _demand_whole(cell: str) -> None:
    if "E+" in cell and SHORTENED.fullmatch(cell):
        raise Wrong(f"{_said(cell)} is a number that the spreadsheet has shortened. Format the column as text.")


def _mobile(code: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        _demand_whole(cell)
        try:
            return telephone.number(cell, code=code)
        except telephone.NoNumber as error:
            if not code and telephone.has_no_code(cell):
                why = "has no code of a country. Say beside the columns of which country such numbers are."
            else:
                why = "is not a mobile number. Write it like +49 151 23456789."
            raise Wrong(f"{_said(cell)} {why}") from error

    return read


def _said(cell: str) -> str:
    return f"“{cell}”" if len(cell) <= SHOWN else f"“{cell[:SHOWN]}…”"


def _email(cell: str) -> str:
    _fit(cell, _length(Person, "email"))
    try:
        validate_email(cell)
    except ValidationError as error:
        raise Wrong(f"{_said(cell)} is not an e-mail address.{_addresses(cell)}") from error
    return cell


def _addresses(cell: str) -> str:
    found = list(dict.fromkeys(ADDRESSES.findall(cell)))
    if len(found) > 1:
        return " There are several in it: keep one."
    return f" Did you mean {found[0]}?" if found and found[0] != cell else " Write it like name@example.org."


def _language(cell: str) -> str:
    word, code = columns.plain(re.sub(r"\(.*\)", "", cell)), re.split(r"[-_]", cell.lower())[0]
    known = dict(settings.LANGUAGES)
    for one in known:
        if code == one or word in LANGUAGES[one].split():
            return one
    raise Wrong(f"{_said(cell)} is not a language we write in. Use {_choices(known)}.")


def _level(cell: str) -> str:
    word = columns.plain(cell)
    for level, words in LEVELS.items():
        if word in words.split():
            return level.value
    raise Wrong(f"{_said(cell)} is not a reader level. Use {_choices(ReaderLevel.values)}.")


def _choices(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"


def _truth(cell: str) -> bool:
    word = cell.lower()
    for value, words in TRUTH.items():
        if word in words.split():
            return value
    raise Wrong(f"{_said(cell)} is neither yes nor no. Use yes or no.")


def _clock(cell: str) -> str:
    try:
        hour, minute, second, half = CLOCK.fullmatch(cell).groups()  # type: ignore[union-attr]
        hours = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
        return time(hours, int(minute or 0), int(second or 0)).isoformat()
    except (AttributeError, ValueError) as error:
        raise Wrong(f"{_said(cell)} is not a time of day. Write it like 08:30.") from error


def _tags(cell: str) -> list[str]:
    return [_fit(tidy(tag), TAG_LENGTH) for tag in separated(cell)]
