"""The columns of a table of people, the same going out and coming in."""

import re
from collections.abc import Iterable, Iterator
from datetime import time

from django.db.models import Prefetch

from stakeholders.enums import Channel
from stakeholders.models import Address, Group, Person, PersonQuerySet

COLUMNS = (
    *("external_id", "name", "email", "phone", "mobile", "department", "job_title", "site", "time_zone", "language"),
    *("reader_level", "is_list", "works_from", "works_until", "tags", "groups"),
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no table of text may have them
ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;|\n]|$)|([^;|\n]*))([;|\n]|$)')


def rows(people: PersonQuerySet) -> Iterator[list[str]]:
    in_groups = Prefetch("groups", Group.objects.order_by("name", "pk"))
    numbers = Prefetch("addresses", Address.objects.filter(channel=Channel.SMS).order_by("pk"), to_attr="mobiles")
    found = people.select_related("site").prefetch_related(in_groups, numbers)
    return ([shown(person, name) for name in COLUMNS] for person in found.iterator(chunk_size=2000))


def shown(person: Person, name: str) -> str:
    if name == "groups":
        return joined(text(group.name) for group in person.groups.all())
    if name == "mobile":
        return next((text(one.address) for one in person.mobiles), "")  # type: ignore[attr-defined]
    return text(getattr(person, name))


def text(value: object) -> str:
    """What stands in the cell, before a spreadsheet is kept from running it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time):
        return f"{value:%H:%M}" if value == value.replace(second=0, microsecond=0) else value.isoformat()
    if isinstance(value, list):
        return joined(text(one) for one in value)
    return "" if value is None else CONTROL.sub("", str(value))


def joined(names: Iterable[str]) -> str:
    """Several names in one cell. A name that could be taken for two stands in quotation marks."""
    return "; ".join(
        '"' + name.replace('"', '""') + '"' if re.search(r'[;|\r\n]|^\s*"', name) else name for name in names
    )


def separated(cell: str) -> list[str]:
    """The names in a cell, each once, separated by ; or | or a new line."""
    found = (quoted.replace('""', '"') if quoted else plain for quoted, plain, _end in ITEM.findall(cell))
    return list(dict.fromkeys(name for name in map(str.strip, found) if name))
