"""What is done to many people at once: one transaction, one undo."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pghistory
from django.db import connection, transaction

from stakeholders.models import Group, Membership, Person, PersonQuerySet


@dataclass(frozen=True)
class Added:
    people: int
    act: UUID  # the history's context of this act, which is what take_back() needs


def archive(people: PersonQuerySet, *, now: datetime) -> int:
    return people.filter(archived_at=None).update(archived_at=now)


def restore(*, archived_at: datetime) -> int:
    """All who were archived in that act. Raises IntegrityError when an address was taken in the meantime."""
    return Person.objects.filter(archived_at=archived_at).update(archived_at=None)


@transaction.atomic
def add_to_group(people: PersonQuerySet, *, group: Group) -> Added:
    """Set-based: a hundred thousand people are one statement."""
    rows, values = people.order_by().values_list("pk").query.sql_with_params()
    table = Membership._meta.db_table
    with pghistory.context() as act, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (group_id, person_id, is_representative) "  # noqa: S608
            f"SELECT %s, chosen.id, false FROM ({rows}) AS chosen (id) ON CONFLICT DO NOTHING",
            [group.pk, *values],
        )
        return Added(people=cursor.rowcount, act=act.id)


def take_back(act: UUID) -> int:
    """Ends the memberships that `add_to_group` began."""
    events = Membership.pgh_event_model.objects.filter(pgh_context=act, pgh_label="insert")  # type: ignore[attr-defined]
    begun = events.values("pgh_obj")
    return Membership.objects.filter(pk__in=begun).delete()[0]
