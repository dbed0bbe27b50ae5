"""What was written, or came back by an undo, while somebody was merged or erased: it counts for who stays."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from stakeholders.models import Absence, Person, Relation


def settle(rows: QuerySet) -> None:
    """Absences or relations, in the transaction in which they were saved."""
    connection.check_constraints()  # waits for whoever merges or erases somebody they point to
    for row in rows.filter(_is_of_a_shell(*ENDS[rows.model])).select_related(*ENDS[rows.model]).order_by("pk"):
        SETTLE[rows.model](row)


def _is_of_a_shell(*ends: str) -> Q:
    found = Q(pk__in=())
    for end in ends:
        found |= Q(**{f"{end}__merged_into__isnull": False}) | Q(**{f"{end}__erased_at__isnull": False})
    return found


def _absence(row: Absence) -> None:
    person, deputy = _who_stays(row.person), _who_stays(row.deputy)
    if person is None:
        row.delete()
        return
    row.person, row.deputy = person, None if deputy == person else deputy
    row.save()


def _relation(row: Relation) -> None:
    """What would tie somebody to themselves, or is noted already, is not needed."""
    person, other = _who_stays(row.person), _who_stays(row.to_person)
    same = Relation.objects.filter(person=person, tie=row.tie, to_person=other, to_group=row.to_group)
    if person is None or person == other or (other is None and row.to_group is None) or same.exists():
        row.delete()
        return
    row.person, row.to_person = person, other
    row.save()


def _who_stays(person: Person | None) -> Person | None:
    while person and person.merged_into:
        person = person.merged_into
    return None if person is None or person.erased_at else person


ENDS: dict[type, tuple[str, ...]] = {Absence: ("person", "deputy"), Relation: ("person", "to_person")}
SETTLE: dict[type, Callable[[Any], None]] = {Absence: _absence, Relation: _relation}
