"""What bound them to groups, upgrades, other people and audiences."""

from typing import Any

import pgtrigger
from django.db import connection
from django.db.models import Q

from directory.models import DirectoryRecord
from engagement.models import FollowUp, Participant
from notices.models import DifferentPeople, Notice, PlanStep, Revision
from stakeholders.models import Absence, Address, Membership, OptOut, Relation
from upgrades.models import Assessment, Stakeholder


def remove_ties(keys: list[int]) -> None:
    for model in (Membership, OptOut, Address, Absence, DirectoryRecord):
        model._default_manager.filter(person__in=keys).delete()
    Absence.objects.filter(deputy__in=keys).update(deputy=None)
    Relation.objects.filter(Q(person__in=keys) | Q(to_person__in=keys)).delete()
    DifferentPeople.objects.filter(Q(first__in=keys) | Q(second__in=keys)).delete()
    FollowUp.objects.filter(person__in=keys).update(person=None)
    Participant.objects.filter(person__in=keys).update(remark="")
    stakes = list(Stakeholder.objects.filter(person__in=keys).values_list("pk", flat=True))
    Stakeholder.objects.filter(pk__in=stakes).delete()
    Assessment.pgh_event_model.objects.filter(stakeholder__in=stakes).delete()  # type: ignore[attr-defined]


LEAVE_APPROVED = """
UPDATE notices_approvedaudience SET people = (
    SELECT COALESCE(array_agg(one), '{}') FROM unnest(people) AS one WHERE one <> ALL(%(keys)s))
WHERE people && %(keys)s::bigint[]
"""
LEAVE_RULES = """
UPDATE {table} SET audience = CASE
    WHEN jsonb_array_length(remaining.people) = 0 THEN audience - 'people'
    ELSE jsonb_set(audience, '{{people}}', remaining.people) END
FROM (
    SELECT {key} AS row_key, COALESCE(jsonb_agg(one) FILTER (WHERE one <> ALL(%s::jsonb[])), '[]') AS people
    FROM {table}, jsonb_array_elements(audience -> 'people') AS one
    WHERE audience -> 'people' @> ANY(%s::jsonb[]) GROUP BY {key}
) AS remaining
WHERE {table}.{key} = remaining.row_key
"""


def leave_audiences(keys: list[int]) -> None:
    """Approval stays: notice and revision say the same as before of everybody else."""
    tracked: tuple[Any, ...] = (Notice, PlanStep, Revision)
    tables = [(model._meta.db_table, "id") for model in tracked]
    tables += [(model.pgh_event_model._meta.db_table, "pgh_id") for model in tracked]
    people = [str(pk) for pk in keys]
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_APPROVED, {"keys": keys})
        with pgtrigger.ignore("notices.Revision:a_revision_never_changes"):
            for table, key in tables:
                cursor.execute(LEAVE_RULES.format(table=table, key=key), [people, people])
