"""Moving and restating milestones: the one way in which their facts change."""

from datetime import datetime
from typing import Any

from django.db import transaction

from upgrades.models import Milestone

PUBLISHED_FIELDS = ("start", "end", "status", "name")


@transaction.atomic
def change(milestone: Milestone, **values: Any) -> list[str]:
    """Sets the given fields, also `services` and `sites`; returns the names of those that changed.

    A change that a calendar shows raises `sequence`, which never falls (RFC 5545 3.8.7.4). Waiting notices follow by
    themselves: schedule.refresh() looks at the milestone, nobody tells it.
    """
    row = Milestone.objects.select_for_update(of=("self",), no_key=True).get(pk=milestone.pk)
    lists = {field.name for field in Milestone._meta.many_to_many} & values.keys()
    changed = [name for name in values if name not in lists and getattr(row, name) != values[name]]
    for name in values.keys() - lists:
        setattr(row, name, values[name])
        setattr(milestone, name, values[name])
    if set(changed) & set(PUBLISHED_FIELDS):
        row.sequence += 1
    milestone.sequence = row.sequence
    if changed:
        row.save()
    return changed + [name for name in sorted(lists) if _set(getattr(milestone, name), values[name])]


def _set(relation, rows) -> bool:
    """True if that is another choice than before."""
    wanted = {row.pk for row in rows}
    if set(relation.values_list("pk", flat=True)) == wanted:
        return False
    relation.set(rows)
    return True


def move(milestone: Milestone, *, start: datetime, end: datetime | None) -> list[str]:
    return change(milestone, start=start, end=end)
