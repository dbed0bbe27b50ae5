"""Who and what feels a milestone, and whom critical days protect: services, sites and groups. Questions only.

A milestone is felt by its services (all of the upgrade where it names none), by those who use them, by groups that are
stakeholders with an impact on them, and at its sites (where the services are when it names none).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from upgrades.enums import Impact
from upgrades.models import CriticalDays, Milestone


class Thing(NamedTuple):
    kind: str  # "service", "site" or "group"
    pk: int
    name: str


Reach = frozenset[Thing]
NOTHING: Reach = frozenset()

# `asked` is one row for each milestone. What it names is stored, or given beside it.
FELT = """
WITH asked (key, upgrade_id) AS (SELECT * FROM unnest(%(keys)s::bigint[], %(upgrades)s::bigint[])),
named (key, service_id) AS (
    SELECT milestone_id, service_id FROM upgrades_milestone_services WHERE milestone_id = ANY(%(stored)s)
    UNION ALL SELECT 0, unnest(%(services)s::bigint[])
),
placed (key, site_id) AS (
    SELECT milestone_id, site_id FROM upgrades_milestone_sites WHERE milestone_id = ANY(%(stored)s)
    UNION ALL SELECT 0, unnest(%(sites)s::bigint[])
),
services AS (
    SELECT key, service_id FROM named
    UNION SELECT key, service_id FROM asked JOIN upgrades_upgrade_services USING (upgrade_id)
          WHERE key NOT IN (SELECT key FROM named)
),
sites AS (
    SELECT key, site_id FROM placed
    UNION SELECT key, site_id FROM services JOIN upgrades_service_sites USING (service_id)
          WHERE key NOT IN (SELECT key FROM placed)
),
groups AS (
    SELECT key, group_id FROM services JOIN upgrades_service_users USING (service_id)
    UNION SELECT key, group_id FROM asked JOIN upgrades_stakeholder USING (upgrade_id)
          WHERE group_id IS NOT NULL AND impact_on_them > %(no_impact)s
)
SELECT key, 'service', id, name FROM services JOIN upgrades_service ON id = service_id
UNION ALL SELECT key, 'site', id, name FROM sites JOIN stakeholders_site ON id = site_id
UNION ALL SELECT key, 'group', id, name FROM groups JOIN stakeholders_group ON id = group_id
"""
PROTECTED = """
SELECT criticaldays_id, 'service', upgrades_service.id, name
  FROM upgrades_criticaldays_services JOIN upgrades_service ON upgrades_service.id = service_id
 WHERE criticaldays_id = ANY(%(entries)s)
UNION ALL
SELECT criticaldays_id, 'site', stakeholders_site.id, name
  FROM upgrades_criticaldays_sites JOIN stakeholders_site ON stakeholders_site.id = site_id
 WHERE criticaldays_id = ANY(%(entries)s)
UNION ALL
SELECT criticaldays_id, 'group', stakeholders_group.id, name
  FROM upgrades_criticaldays_groups JOIN stakeholders_group ON stakeholders_group.id = group_id
 WHERE criticaldays_id = ANY(%(entries)s)
"""


def of_milestones(milestones: Iterable[Milestone]) -> dict[int, Reach]:
    """By key, of stored milestones: one query for any number."""
    keys = {milestone.pk: milestone.upgrade_id for milestone in milestones}
    return _felt(keys, stored=list(keys)) if keys else {}


def of_chosen(upgrade_id: int, *, services: Iterable[int] = (), sites: Iterable[int] = ()) -> Reach:
    """Of a milestone that names these services and sites, stored or not."""
    return _felt({0: upgrade_id}, services=list(services), sites=list(sites)).get(0, NOTHING)


def of_critical_days(entries: Sequence[CriticalDays]) -> dict[int, Reach]:
    """By key: whom they protect. Those that are for everybody protect nothing by name."""
    keys = list({entry.pk for entry in entries})
    return _by_key(_rows(PROTECTED, {"entries": keys})) if keys else {}


def named(things: Iterable[Thing]) -> tuple[str, ...]:
    return tuple(sorted({thing.name for thing in things}))


def is_hard(shared: Iterable[Thing]) -> bool:
    """Of two upgrades: the same service or site. The same group alone is only better avoided."""
    return any(thing.kind != "group" for thing in shared)


def _felt(
    keys: Mapping[int, int], *, stored: Sequence[int] = (), services: Sequence[int] = (), sites: Sequence[int] = ()
) -> dict[int, Reach]:
    values = {
        "keys": list(keys),
        "upgrades": list(keys.values()),
        "stored": list(stored),
        "services": list(services),
        "sites": list(sites),
        "no_impact": Impact.NO_IMPACT.value,
    }
    return _by_key(_rows(FELT, values))


def _by_key(rows: Iterable[tuple[int, str, int, str]]) -> dict[int, Reach]:
    found: dict[int, set[Thing]] = defaultdict(set)
    for key, kind, pk, name in rows:
        found[key].add(Thing(kind, pk, name))
    return {key: frozenset(things) for key, things in found.items()}


def _rows(sql: str, values: dict[str, Any]) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
