"""What pages let people choose from, however many there are."""

import re

from django.db.models import QuerySet

from commsplan.lib.picking import Source
from stakeholders.models import Group, Person

IN_BRACKETS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$")


def say_person(person: Person) -> str:
    return f"{person.name} <{person.email}>" if person.email else person.name


def people_named(words: str) -> QuerySet:
    """By the address, alone or in brackets; otherwise by the whole name."""
    bracketed = IN_BRACKETS.search(words)
    address = bracketed.group(1) if bracketed else words
    people = Person.objects.active().order_by("pk")
    return people.filter(email__iexact=address) if "@" in address else people.filter(name__iexact=words)


PEOPLE = Source(
    "pick_people",
    rows=lambda: Person.objects.order_by("pk"),
    named=people_named,
    say=say_person,
    nobody="Nobody here has this name or address.",
    several="Several people have this name. Use the e-mail address instead.",
)
GROUPS = Source(
    "pick_groups",
    rows=lambda: Group.objects.order_by("pk"),
    named=lambda words: Group.objects.filter(name__iexact=words).order_by("pk"),
    nobody="There is no group of this name.",
)
