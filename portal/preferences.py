"""What a person chose on the preference page: topics, language, zone, level, working hours, and when they are away."""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from stakeholders.enums import Topic
from stakeholders.models import Absence, Person

KEPT = ("language", "time_zone", "reader_level", "works_from", "works_until", "works_on")  # no import changes them
MOST_AHEAD = 20  # absences of one person


@transaction.atomic
def save(person: Person, *, declined: Collection[str], **fields) -> Person:
    """Locks the person, so that two pages open at once end with one choice and not a mixture of both, and a merge at
    the same time does not lose it. What they changed themselves becomes their own choice."""
    row = Person.objects.held(person.pk)
    if row.erased_at:
        return row
    changed = {name for name, value in fields.items() if name in KEPT and getattr(row, name) != value}
    if changed & {"works_from", "works_until"}:
        changed |= {"works_from", "works_until"}
    for name, value in fields.items():
        setattr(row, name, value)
    row.own_choices = sorted({*row.own_choices, *changed})
    row.save(update_fields=[*fields, "own_choices"])
    for topic in Topic.values:
        if topic in declined:
            row.opt_out(topic)
        else:
            row.opt_in(topic)
    return row


@transaction.atomic
def go_away(person: Person, *, start: date, end: date, address: str = "") -> None:
    """Somebody known by the address stands in. The address itself is noted in any case: so the page shows the same
    whether we know it or not, and a manager can look after one that we do not know."""
    row = Person.objects.held(person.pk)
    same = row.absences.filter(start_on=start, end_on=end, note=address)
    if row.erased_at or same.exists() or row.absences.filter(end_on__gte=start).count() >= MOST_AHEAD:
        return
    known = Person.objects.active().exclude(pk=row.pk).filter(email__iexact=address) if address else None
    Absence.objects.create(
        person=row, start_on=start, end_on=end, deputy=known.first() if known is not None else None, note=address
    )


@transaction.atomic
def come_back(person: Person, *, absence: int) -> None:
    Person.objects.held(person.pk).absences.filter(pk=absence).delete()
