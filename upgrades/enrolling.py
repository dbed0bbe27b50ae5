"""Many people, or groups, become stakeholders of an upgrade at once: one statement, one undo."""

from dataclasses import dataclass
from uuid import UUID

import pghistory
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from upgrades.enums import Impact
from upgrades.models import Stakeholder, Upgrade

ENROL = """
INSERT INTO upgrades_stakeholder (upgrade_id, {column}, impact_on_them, note)
SELECT %s, chosen.id, %s, '' FROM ({rows}) AS chosen (id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Enrolled:
    count: int
    act: UUID  # the history's context of this act, which is what take_back() needs


def people(upgrade: Upgrade, chosen: QuerySet) -> Enrolled:
    return _enrol(upgrade, chosen, column="person_id")


def groups(upgrade: Upgrade, chosen: QuerySet) -> Enrolled:
    return _enrol(upgrade, chosen, column="group_id")


@transaction.atomic
def _enrol(upgrade: Upgrade, chosen: QuerySet, *, column: str) -> Enrolled:
    """Who is one already stays as they are."""
    with pghistory.context() as act, connection.cursor() as cursor:
        try:
            rows, values = chosen.order_by().values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            return Enrolled(0, act.id)
        cursor.execute(ENROL.format(column=column, rows=rows), [upgrade.pk, Impact.NO_IMPACT, *values])
        return Enrolled(cursor.rowcount, act.id)


def take_back(upgrade: Upgrade, act: UUID) -> int:
    """Ends what that act began. Who was assessed since, stays."""
    events = Stakeholder.pgh_event_model.objects.filter(pgh_context=act, pgh_label="insert")  # type: ignore[attr-defined]
    begun = Stakeholder.objects.filter(upgrade=upgrade, pk__in=events.values("pgh_obj"), assessments=None)
    return Stakeholder.objects.filter(pk__in=list(begun.values_list("pk", flat=True))).delete()[0]
