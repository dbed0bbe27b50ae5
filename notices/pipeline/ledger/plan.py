"""What holds: the facts of an upgrade as its plan has them, by which beliefs are judged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, prefetch_related_objects

from notices.models import CorrectionRule
from upgrades import facts as upgrade_facts
from upgrades.facts import Facts
from upgrades.materiality import USUAL, Thresholds
from upgrades.models import Milestone, Upgrade


@dataclass(frozen=True)
class Plan:
    """All facts of an upgrade and its milestones, and what is needed to judge a belief by them."""

    upgrade: Upgrade
    facts: Facts
    milestones: Mapping[str, Milestone]
    thresholds: Thresholds
    now: datetime

    @classmethod
    def of(cls, upgrade: Upgrade, *, now: datetime, milestones: Iterable[Milestone] | None = None) -> "Plan":
        """`milestones` of a what-if have other values than the database."""
        rows = _milestones(upgrade.milestones.all()) if milestones is None else milestones
        return _plan(upgrade, rows, thresholds_of([upgrade.pk]).get(upgrade.pk, USUAL), now=now)

    def status_of(self, fact: str) -> str:
        return self.facts.get(f"{fact.partition('.')[0]}.status", "")


def plans_of(upgrades: Sequence[Upgrade], *, now: datetime) -> list[Plan]:
    """Of several at once, with as many queries as for one."""
    if not upgrades:
        return []
    prefetch_related_objects(upgrades, "services")
    known, milestones = {one.pk: one for one in upgrades}, defaultdict(list)
    rows = Milestone.objects.filter(upgrade__in=upgrades).prefetch_related("services", "sites")
    for one in rows.order_by("start", "pk"):
        one.upgrade = known[one.upgrade_id]
        milestones[one.upgrade_id].append(one)
    thresholds = thresholds_of([one.pk for one in upgrades])
    return [_plan(one, milestones[one.pk], thresholds.get(one.pk, USUAL), now=now) for one in upgrades]


def thresholds_of(upgrades: Iterable[int]) -> dict[int, Thresholds]:
    """Of those that have some of their own."""
    rules = CorrectionRule.objects.filter(upgrade__in=list(upgrades)).order_by("pk")
    return {one.upgrade_id: one.thresholds for one in rules}


def _milestones(rows: QuerySet[Milestone]) -> QuerySet[Milestone]:
    related = rows.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    return related.order_by("start", "pk")


def _plan(upgrade: Upgrade, milestones: Iterable[Milestone], thresholds: Thresholds, *, now: datetime) -> Plan:
    rows = list(milestones)
    found = upgrade_facts.of_upgrade(upgrade)
    for one in rows:
        found |= upgrade_facts.of_milestone(one)
    return Plan(upgrade, found, {upgrade_facts.subject(one): one for one in rows}, thresholds, now)
