"""Facts: typed statements about an upgrade or a milestone that somebody can rely on.

A fact is named "<subject>.<name>", where the subject is "upgrade" or "milestone:<id>". Values are plain JSON: moments
as ISO 8601 in UTC, durations in minutes. Whatever the words of a notice say about dates and impacts comes from here.
"""

from typing import Any

from upgrades.enums import Status
from upgrades.models import Milestone, Upgrade

Facts = dict[str, Any]
INTERNAL = frozenset({"systems"})

OF_UPGRADE = (
    *("name", "slug", "objective", "why", "why_now", "risk", "benefit"),
    *("contact_name", "contact_email", "contact_phone", "time_zone"),
)


def of_upgrade(upgrade: Upgrade) -> Facts:
    return {f"upgrade.{name}": getattr(upgrade, name) for name in OF_UPGRADE} | {
        "upgrade.services": sorted(service.name for service in upgrade.services.all())
    }


def of_milestone(milestone: Milestone) -> Facts:
    """Needs `services`, `sites` and the upgrade's `services` (prefetch them for many)."""
    services = milestone.services.all() or milestone.upgrade.services.all()
    values = {
        "name": milestone.name,
        "uid": str(milestone.uid),
        "sequence": milestone.sequence,
        "start": _moment(milestone.start),
        "end": _moment(milestone.end),
        "status": str(standing_of(milestone)),
        "impact": milestone.impact,
        "downtime": milestone.downtime,
        "services": sorted(service.name for service in services),
        "sites": sorted(site.name for site in milestone.sites.all()),
        "effect": milestone.effect,
        "action": milestone.action,
        "workaround": milestone.workaround,
        "outcome": milestone.outcome,
        "action_deadline": _moment(milestone.action_deadline),
        "systems": milestone.systems,
        "change_reason": milestone.change_reason,
    }
    return {f"{subject(milestone)}.{name}": value for name, value in values.items()}


def standing_of(milestone: Milestone) -> Status:
    """What is not over when its upgrade is cancelled is cancelled with it."""
    is_off = milestone.upgrade.is_cancelled and not milestone.is_over
    return Status.CANCELLED if is_off else Status(milestone.status)


def for_outsiders(facts: Facts) -> Facts:
    """Whoever is not one of us reads no internal names."""
    return {key: value for key, value in facts.items() if key.rpartition(".")[2] not in INTERNAL}


def subject(milestone: Milestone) -> str:
    return f"milestone:{milestone.pk}"


def _moment(value) -> str | None:
    return value.isoformat() if value else None
