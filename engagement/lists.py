"""Reading a pasted list of people: addresses, names, "Name <address>", or the attendance table of a video call."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Lower, Trim

from engagement.inviting import standing
from stakeholders.models import Person

MOST_LINES = 5000
AROUND = r"\s<>,;:\"'()\[\]"
# It begins where a word begins: tried at every letter, a word of 400,000 letters would take minutes.
ADDRESS = re.compile(rf"(?<![^{AROUND}])[^{AROUND}@]+@[^{AROUND}]+\.[^{AROUND}]+")
NAME_HEADS = (
    "full name",
    "name (original name)",
    "name",
    "participant",
    "participants",
    "teilnehmer",
    "nom",
    "display name",
)
FIRST_HEADS, LAST_HEADS = ("first name", "firstname", "vorname", "prénom"), ("last name", "lastname", "nachname")
ADDRESS_HEADS = (
    "user email",
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "participant id (upn)",
    "upn",
    "mail",
)
END_OF_PEOPLE = re.compile(r"^\s*\d+\.\s+(in-?meeting|meeting) activities", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """What one line says about somebody."""

    line: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the list, and whom of the register it may mean. One candidate is a match."""

    text: str
    candidates: list[Person] = field(default_factory=list)

    @property
    def person(self) -> Person | None:
        return self.candidates[0] if len(self.candidates) == 1 else None


@dataclass(frozen=True)
class Reading:
    matched: list[Line]
    ambiguous: list[Line]
    unknown: list[Line]
    is_cut: bool = False  # more lines than we read at once

    @property
    def people(self) -> list[Person]:
        """Those that are certain, each once."""
        return list({line.person.pk: line.person for line in self.matched if line.person}.values())


def read(text: str, *, preferred: Set[int] = frozenset()) -> Reading:
    """By address, then by a name that only one person has. Where several have the name and one of them is `preferred`,
    it is that one. Nothing is dropped: what is not certain is ambiguous or unknown."""
    found = _once(entries(text))
    by_address, by_name = _known(found)
    lines = [_match(entry, by_address, by_name, preferred) for entry in found[:MOST_LINES]]
    return Reading(
        matched=[line for line in lines if line.person],
        ambiguous=[line for line in lines if len(line.candidates) > 1],
        unknown=[line for line in lines if not line.candidates],
        is_cut=len(found) > MOST_LINES,
    )


def _once(found: Iterable[Entry]) -> list[Entry]:
    """Who left a call and joined again stands in its table twice."""
    return list({(entry.email or _plain(entry.name)): entry for entry in found}.values())


def entries(text: str) -> list[Entry]:
    lines = [line.strip() for line in text.replace("\x00", "").replace("\ufeff", "").splitlines()]
    table = _table(lines)
    return table if table is not None else [entry for line in lines for entry in _free(line)]


def _table(lines: list[str]) -> list[Entry] | None:
    """Teams and Zoom put a summary above the table of people, and Teams its activities below: only the rows under the
    last head that names a person are people. None when there is no such head."""
    for number, line in reversed(list(enumerate(lines))):
        cells = _cells(line)
        heads = [cell.casefold().strip() for cell in cells]
        if len(cells) > 1 and _is_head(heads) and not _is_below_activities(lines, number):
            return list(_rows(lines[number + 1 :], heads, delimiter=_delimiter(line)))
    return None


def _is_head(heads: list[str]) -> bool:
    return any(head in (*NAME_HEADS, *FIRST_HEADS, *ADDRESS_HEADS) for head in heads)


def _is_below_activities(lines: list[str], number: int) -> bool:
    return any(END_OF_PEOPLE.match(line) for line in lines[:number])


def _rows(lines: list[str], heads: list[str], *, delimiter: str) -> Iterator[Entry]:
    places = [_place(heads, names) for names in (NAME_HEADS, FIRST_HEADS, LAST_HEADS, ADDRESS_HEADS)]
    for line in _until_activities(lines):
        row = _cells(line, delimiter=delimiter)
        name, first, last, email = (row[at].strip() if at is not None and at < len(row) else "" for at in places)
        found = ADDRESS.search(email)
        entry = Entry(
            line=", ".join(cell.strip() for cell in row[:4] if cell.strip()),
            name=_without_additions(name or f"{first} {last}".strip()),
            email=found.group().casefold() if found else "",
        )
        if entry.name or entry.email:
            yield entry
        elif any(cell.strip() for cell in row):
            yield Entry(line=entry.line, name=entry.line)


def _until_activities(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if END_OF_PEOPLE.match(line):
            return
        if line:
            yield line


def _place(heads: list[str], names: Iterable[str]) -> int | None:
    return next((heads.index(name) for name in names if name in heads), None)


def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def _cells(line: str, *, delimiter: str = "") -> list[str]:
    """Line by line: a quote that nobody closes ends with its own."""
    by = delimiter or _delimiter(line)
    try:
        return next(csv.reader([line], delimiter=by), [])
    except csv.Error:  # a cell of more than 131,072 characters
        return line.split(by)


def _free(line: str) -> Iterator[Entry]:
    """ "Name <address>", an address, several of them in one line, or a name; bullets and numbers before it are gone."""
    line = re.sub(r"^(?:[-*•·–]|\d+[.)])\s+", "", line).strip()
    if not line:
        return
    addresses = list(ADDRESS.finditer(line))
    if not addresses:
        for part in [line] if _is_turned(line) else re.split(r"[;\t]", line):
            if part.strip(" ,"):
                yield Entry(line=part.strip(" ,"), name=_without_additions(part))
        return
    begin = 0
    for found in addresses:
        name = line[begin : found.start()].strip(" <\t,;>\"'():[]")
        yield Entry(line=f"{name} <{found.group()}>" if name else found.group(), name=name, email=_address(found))
        begin = found.end()
    if rest := line[begin:].strip(" <\t,;>\"'():[]"):
        yield from _free(rest) if len(addresses) > 1 else ()


def _address(found: re.Match[str]) -> str:
    return found.group().removeprefix("mailto:").casefold()


def _is_turned(line: str) -> bool:
    """ "Carter, Cai"."""
    return line.count(",") == 1 and ";" not in line and "\t" not in line


def _without_additions(name: str) -> str:
    """Zoom and Teams add "(Guest)", "(Host)", "# Room" and the like."""
    name = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", name).strip(" ,;\t\"'")
    if _is_turned(name):
        last, first = (part.strip() for part in name.split(","))
        return f"{first} {last}".strip()
    return name


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _known(found: list[Entry]) -> tuple[dict[str, list[Person]], dict[str, list[Person]]]:
    """The people of the register who have one of these addresses or names: one query, and one for merged people."""
    emails = {entry.email for entry in found if entry.email}
    names = {_plain(entry.name) for entry in found if entry.name}
    spaced = Func(F("name"), Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace", output_field=CharField())
    people = Person.objects.annotate(low_email=Lower("email"), low_name=Lower(Trim(spaced))).filter(
        Q(low_email__in=emails) | Q(low_name__in=names)
    )
    people = people.filter(Q(archived_at=None) | Q(merged_into__isnull=False)).filter(erased_at=None).order_by("pk")
    stands = standing(people)
    by_address: dict[str, list[Person]] = defaultdict(list)
    by_name: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        meant = stands[person.pk]
        if meant.archived_at is None:
            _add(by_address[person.email.casefold()], meant)
            _add(by_name[_plain(person.name)], meant)
    by_address.pop("", None)
    return dict(by_address), dict(by_name)


def _add(people: list[Person], person: Person) -> None:
    if all(one.pk != person.pk for one in people):
        people.append(person)


def _match(entry: Entry, by_address, by_name, preferred: Set[int]) -> Line:
    """A known address decides, else the name: people join calls with private addresses."""
    return Line(entry.line, _narrowed(by_address.get(entry.email) or by_name.get(_plain(entry.name), []), preferred))


def _narrowed(people: list[Person], preferred: Set[int]) -> list[Person]:
    among = [person for person in people if person.pk in preferred]
    return among if len(among) == 1 else people
