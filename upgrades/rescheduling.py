"""Moving and restating milestones: the one way in which their facts change."""

from datetime import datetime

from django.db import transaction

from upgrades.models import Milestone

PUBLISHED_FIELDS = ("start", "end", "status", "name")


@transaction.atomic
def change(milestone: Milestone, **values) -> list[str]:
    """Sets the given fields; returns the names of those that changed.

    A change that a calendar shows raises `sequence`, which never falls (RFC 5545 3.8.7.4). Waiting notices follow by
    themselves: schedule.refresh() looks at the milestone, nobody tells it.
    """
    row = Milestone.objects.select_for_update(of=("self",), no_key=True).get(pk=milestone.pk)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
        setattr(milestone, name, values[name])
    if set(changed) & set(PUBLISHED_FIELDS):
        row.sequence += 1
        milestone.sequence = row.sequence
    if changed:
        row.save()
    return changed


def move(milestone: Milestone, *, start: datetime, end: datetime | None) -> list[str]:
    return change(milestone, start=start, end=end)
