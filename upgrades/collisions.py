"""Where milestones fall into critical days: the same time, and the same service, site or group. Questions only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from upgrades.enums import Freeze, Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, Milestone, MilestoneQuerySet

# A milestone is felt by its services (all of the upgrade where it names none), by those who use them, by groups that
# are stakeholders with an impact on them, and at its sites (where the services are when it names none).
SHARED = """
WITH chosen AS (SELECT id, upgrade_id FROM upgrades_milestone WHERE id = ANY(%(milestones)s)),
named AS (SELECT milestone_id, service_id FROM upgrades_milestone_services WHERE milestone_id = ANY(%(milestones)s)),
placed AS (SELECT milestone_id, site_id FROM upgrades_milestone_sites WHERE milestone_id = ANY(%(milestones)s)),
services AS (
    SELECT milestone_id, service_id FROM named
    UNION SELECT chosen.id, service_id FROM chosen JOIN upgrades_upgrade_services USING (upgrade_id)
          WHERE chosen.id NOT IN (SELECT milestone_id FROM named)
),
sites AS (
    SELECT milestone_id, site_id FROM placed
    UNION SELECT milestone_id, site_id FROM services JOIN upgrades_service_sites USING (service_id)
          WHERE milestone_id NOT IN (SELECT milestone_id FROM placed)
),
groups AS (
    SELECT milestone_id, group_id FROM services JOIN upgrades_service_users USING (service_id)
    UNION SELECT chosen.id, group_id FROM chosen JOIN upgrades_stakeholder USING (upgrade_id)
          WHERE group_id IS NOT NULL AND impact_on_them > %(no_impact)s
)
SELECT milestone_id, criticaldays_id, name
  FROM services JOIN upgrades_criticaldays_services USING (service_id)
  JOIN upgrades_service ON service_id = upgrades_service.id
 WHERE criticaldays_id = ANY(%(entries)s)
UNION ALL
SELECT milestone_id, criticaldays_id, name
  FROM sites JOIN upgrades_criticaldays_sites USING (site_id)
  JOIN stakeholders_site ON site_id = stakeholders_site.id
 WHERE criticaldays_id = ANY(%(entries)s)
UNION ALL
SELECT milestone_id, criticaldays_id, name
  FROM groups JOIN upgrades_criticaldays_groups USING (group_id)
  JOIN stakeholders_group ON group_id = stakeholders_group.id
 WHERE criticaldays_id = ANY(%(entries)s)
"""


@dataclass(frozen=True)
class Collision:
    milestone: Milestone
    critical_days: CriticalDays
    shared: tuple[str, ...]  # names of what both touch; empty when the critical days are everybody's

    @property
    def is_hard(self) -> bool:
        return self.critical_days.freeze == Freeze.HARD


def of_milestones(milestones: MilestoneQuerySet) -> list[Collision]:
    """Hard ones first, then by start."""
    found = list(_disturbing(milestones))
    if not found:
        return []
    first, last = min(one.start for one in found), max(one.last_moment for one in found)
    return _collide(found, list(CriticalDays.objects.filter(start__lte=last, end__gt=first).with_scope()))


def of_critical_days(entries: Sequence[CriticalDays]) -> list[Collision]:
    """`entries` come from `with_scope()`."""
    if not entries:
        return []
    first, last = min(one.start for one in entries), max(one.end for one in entries)
    near = Milestone.objects.annotate(over_at=Coalesce(F("end"), F("start"))).filter(start__lt=last, over_at__gte=first)
    return _collide(list(_disturbing(near)), entries)


def by_milestone(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.milestone.pk)


def by_critical_days(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.critical_days.pk)


def _grouped(collisions, key) -> dict[int, list[Collision]]:
    groups = defaultdict(list)
    for collision in collisions:
        groups[key(collision)].append(collision)
    return dict(groups)


def _disturbing(milestones: MilestoneQuerySet) -> MilestoneQuerySet:
    """What can disturb: not a decision or a step that nobody notices, and nothing that is over."""
    return (
        milestones.exclude(status__in=[Status.CANCELLED, Status.COMPLETED])
        .exclude(upgrade__phase=Phase.CANCELLED)
        .filter(Q(kind__in=[MilestoneKind.GO_LIVE, MilestoneKind.WINDOW]) | Q(impact__gt=Impact.NO_IMPACT))
        .select_related("upgrade")
        .order_by("start", "pk")
    )


def _collide(milestones: Sequence[Milestone], entries: Sequence[CriticalDays]) -> list[Collision]:
    at_once = [
        (milestone, entry)
        for milestone in milestones
        for entry in entries
        if milestone.start < entry.end and milestone.last_moment >= entry.start
    ]
    shared = _shared(at_once)
    found = [
        Collision(milestone, entry, names)
        for milestone, entry in at_once
        if (names := shared.get((milestone.pk, entry.pk), ())) or entry.is_for_everybody
    ]
    return sorted(found, key=lambda one: (not one.is_hard, one.milestone.start, one.milestone.pk, one.critical_days.pk))


def _shared(pairs: Sequence[tuple[Milestone, CriticalDays]]) -> dict[tuple[int, int], tuple[str, ...]]:
    if not pairs:
        return {}
    names = defaultdict(set)
    keys: dict[str, Any] = {
        "milestones": list({milestone.pk for milestone, _ in pairs}),
        "entries": list({entry.pk for _, entry in pairs}),
        "no_impact": Impact.NO_IMPACT.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(SHARED, keys)
        for milestone, entry, name in cursor.fetchall():
            names[milestone, entry].add(name)
    return {pair: tuple(sorted(found)) for pair, found in names.items()}
