"""What is done to many people at once: one transaction, one undo.

Every act is one statement and carries one id in the history (pghistory); `undo` puts back exactly what that act changed
and nobody has changed since.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pghistory
from django.db import connection, transaction
from django.db.models import F, Func, Value
from pghistory.models import Context

from commsplan.lib import history
from commsplan.lib.triggers import expect_many_rows
from stakeholders import tagging
from stakeholders.models import Group, Membership, Person, PersonQuerySet

GIVEN = ("site", "language", "reader_level")  # what can be given to many at once
REVERTED = ("tags", "site_id", "language", "reader_level", "archived_at")


@dataclass(frozen=True)
class Done:
    people: int
    act: UUID  # what undo() needs
    kept: int = 0  # left alone, because they chose it themselves


def archive(people: PersonQuerySet, *, now: datetime) -> Done:
    return _update(people.filter(archived_at=None), archived_at=now)


def restore(people: PersonQuerySet) -> Done:
    """Raises IntegrityError when an address was taken in the meantime."""
    return _update(people.archived(), archived_at=None)


def give(people: PersonQuerySet, *, name: str, value: Any) -> Done:
    """What people chose on their preference page stays."""
    if name not in GIVEN:
        raise ValueError(f"{name} cannot be given to many at once.")
    others = people.exclude(**{name: value})
    kept = others.filter(own_choices__contains=[name]).count()
    done = _update(others.exclude(own_choices__contains=[name]), **{name: value})
    return Done(people=done.people, act=done.act, kept=kept)


def tag(people: PersonQuerySet, *, word: str) -> Done:
    """Who has thirty tags already, or this one in another case, keeps what they have."""
    word = known(tagging.one(word))
    without = people.exclude(tags__contains=[word]).filter(tags__len__lt=tagging.MOST)
    return _update(without, tags=_sorted(_array("array_append", Value(word))))


def untag(people: PersonQuerySet, *, word: str) -> Done:
    return _update(people.tagged(word), tags=_array("array_remove", Value(word)))


def rename_tag(old: str, *, new: str) -> Done:
    """For everybody, archived people too. Who has both keeps one."""
    word = tagging.one(new)
    word = word if word.casefold() == old.casefold() else known(word)
    renamed = _array("array_replace", Value(old), Value(word))
    return _update(Person.objects.tagged(old), tags=_sorted(renamed))


def drop_tag(word: str) -> Done:
    return untag(Person.objects.all(), word=word)


def known(word: str) -> str:
    """The tag as it is in use, whatever its case."""
    return next((tag.name for tag in tagging.in_use(word) if tag.name.casefold() == word.casefold()), word)


@transaction.atomic
def add_to_group(people: PersonQuerySet, *, group: Group) -> Done:
    """Set-based: a hundred thousand people are one statement."""
    rows, values = people.order_by().values_list("pk").query.sql_with_params()
    table = Membership._meta.db_table
    with _act() as act, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (group_id, person_id, is_representative) "  # noqa: S608
            f"SELECT %s, chosen.id, false FROM ({rows}) AS chosen (id) ON CONFLICT DO NOTHING",
            [group.pk, *values],
        )
        done = Done(people=cursor.rowcount, act=act.id)
        _hand_over_shells()
        return done


@transaction.atomic
def remove_from_group(people: PersonQuerySet, *, group: Group) -> Done:
    with _act() as act:
        ended = Membership.objects.filter(group=group, person__in=people.order_by().values("pk"))
        return Done(people=ended.delete()[0], act=act.id)


@transaction.atomic
def undo(act: UUID) -> int:
    """How many people it concerned; 0 when there is nothing to take back. Twice is once.

    Raises IntegrityError when somebody's address was taken in the meantime; then nothing is taken back.
    """
    if not Context.objects.filter(pk=act, metadata__bulk=True).exists():
        return 0
    expect_many_rows()
    events = Membership.pgh_event_model.objects.filter(pgh_context=act)  # type: ignore[attr-defined]
    begun = list(events.filter(pgh_label="insert").order_by("pk").values_list("pgh_obj", flat=True))
    with pghistory.context(undoes=str(act)):
        came_back = history.bring_back(act, Membership)
        _hand_over_shells()
        left = Membership.objects.filter(pk__in=begun).delete()[0]
        return came_back + left + _revert(act)


HAND_OVER = """
INSERT INTO {table} (group_id, person_id, is_representative)
SELECT membership.group_id, shell.merged_into_id, bool_or(membership.is_representative)
FROM {table} membership JOIN stakeholders_person shell ON shell.id = membership.person_id
WHERE shell.merged_into_id IS NOT NULL GROUP BY 1, 2 ON CONFLICT DO NOTHING
"""


def _hand_over_shells() -> None:
    """Whoever was merged since, or while the people were being added, is in the group as the one who stays."""
    connection.check_constraints()  # waits for whoever merges one of them right now
    of_shells = Membership.objects.filter(person__merged_into__isnull=False)
    if of_shells.exists():
        with connection.cursor() as cursor:
            cursor.execute(HAND_OVER.format(table=Membership._meta.db_table))
        of_shells.delete()


REVERT = """
UPDATE stakeholders_person person SET {values}
FROM stakeholders_personevent after
CROSS JOIN LATERAL (
    SELECT * FROM stakeholders_personevent earlier
    WHERE earlier.pgh_obj_id = after.pgh_obj_id AND earlier.pgh_id < after.pgh_id
    ORDER BY earlier.pgh_id DESC LIMIT 1) AS before
WHERE after.pgh_context_id = %s AND after.pgh_label = 'update' AND person.id = after.pgh_obj_id
  AND person.merged_into_id IS NULL AND person.erased_at IS NULL AND ({changed})
"""
KEPT = "{name} = CASE WHEN person.{name} IS NOT DISTINCT FROM after.{name} THEN before.{name} ELSE person.{name} END"
CHANGED = "(after.{name} IS DISTINCT FROM before.{name} AND person.{name} IS NOT DISTINCT FROM after.{name})"


def _revert(act: UUID) -> int:
    """To what the history knew just before, where nobody changed it since. Shells stay as they are."""
    values = ", ".join(KEPT.format(name=name) for name in REVERTED)
    changed = " OR ".join(CHANGED.format(name=name) for name in REVERTED)
    with connection.cursor() as cursor:
        cursor.execute(REVERT.format(values=values, changed=changed), [act])
        return cursor.rowcount


@transaction.atomic
def _update(people: PersonQuerySet, **values: Any) -> Done:
    """Through the keys: people found through other tables are updated as well."""
    with _act() as act:
        rows = Person.objects.filter(pk__in=people.order_by().values("pk"))
        return Done(people=rows.update(**values), act=act.id)


def _act() -> pghistory.context:
    """Begins what changes many rows; inside a transaction."""
    expect_many_rows()
    return pghistory.context(bulk=True)


def _array(function: str, *arguments: Value) -> Func:
    return Func(F("tags"), *arguments, function=function, output_field=Person._meta.get_field("tags"))


def _sorted(tags: Func) -> Func:
    """As tagging.tidy() does, in the database."""
    template = 'ARRAY(SELECT DISTINCT word COLLATE "C" FROM unnest(%(expressions)s) AS word ORDER BY 1)'
    return Func(tags, template=template, output_field=tags.output_field)
