"""Moving and restating milestones: the one way in which their facts change."""

from datetime import datetime
from typing import Any

from django.db import transaction

from upgrades.enums import Status
from upgrades.models import Milestone

PUBLISHED_FIELDS = ("start", "end", "status", "name")
CORRECTED = {"start", "end", "impact", "downtime", "action", "action_deadline", "services", "sites"}
EXPLAINED = CORRECTED | {*PUBLISHED_FIELDS, "effect"}
LONGEST_REASON = 300


@transaction.atomic
def change(milestone: Milestone, *, reason: str = "", **values: Any) -> list[str]:
    """Sets the given fields, also `services` and `sites`; returns the names of those that changed.

    A change that a calendar shows raises `sequence`, which never falls (RFC 5545 3.8.7.4). Waiting notices follow by
    themselves: schedule.refresh() looks at the milestone, nobody tells it. `reason` is what corrections say; one
    without any other change is said for the last change.
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
    chosen = [name for name in sorted(lists) if _set(getattr(milestone, name), values[name])]
    is_explained = _explain(row, reason.strip()[:LONGEST_REASON], {*changed, *chosen})
    milestone.change_reason = row.change_reason
    if changed or is_explained:
        row.save()
    return changed + chosen


def _explain(row: Milestone, reason: str, changed: set[str]) -> bool:
    """A correction never says the reason of an older change: what is corrected and has no reason leaves none. That it
    is confirmed, begins or ends, is no such change."""
    is_taken_back = "status" in changed and row.status in (Status.CANCELLED, Status.TENTATIVE)
    keeps = not reason and not (changed & CORRECTED or is_taken_back)
    if keeps or (changed and not changed & EXPLAINED) or row.change_reason == reason:
        return False
    row.change_reason = reason
    return True


def _set(relation, rows) -> bool:
    """True if that is another choice than before."""
    wanted = {row.pk for row in rows}
    if set(relation.values_list("pk", flat=True)) == wanted:
        return False
    relation.set(rows)
    return True


def move(milestone: Milestone, *, start: datetime, end: datetime | None, reason: str = "") -> list[str]:
    return change(milestone, start=start, end=end, reason=reason)
