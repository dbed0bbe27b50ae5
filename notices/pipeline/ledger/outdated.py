"""Letters on their way that would tell somebody what no longer holds."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from notices.enums import PUT_RIGHT
from notices.models import Revision
from notices.pipeline.ledger import sources
from notices.pipeline.ledger.plan import Plan
from upgrades.enums import Status
from upgrades.materiality import RULES, matters


def outdated(messages: Collection[tuple[int, str]], *, now: datetime) -> dict[tuple[int, str], list[str]]:
    """Of these, as the revision and the key of the differences that each letter names ("" for none): those that would
    tell something that is otherwise in a way that matters, and the names of what. Nine queries for an upgrade."""
    revisions = Revision.objects.filter(pk__in={revision for revision, _ in messages})
    related = "notice__step", "notice__upgrade", "notice__milestone"
    rows = revisions.select_related(*related).prefetch_related("variants", "notice__upgrade__services").order_by("pk")
    by_upgrade: dict[int, list[Revision]] = defaultdict(list)
    for one in rows:
        by_upgrade[one.notice.upgrade_id].append(one)
    found = {}
    for those in by_upgrade.values():
        plan = Plan.of(those[0].notice.upgrade, now=now)
        for one in those:
            for _, key in (pair for pair in messages if pair[0] == one.pk):
                if names := _otherwise(one, key, plan):
                    found[one.pk, key] = names
    return found


def _otherwise(revision: Revision, key: str, plan: Plan) -> list[str]:
    """Of what was so when it was written. What is off is left to the outbox, which knows what is still true then."""
    differs = int(key or 0) if revision.notice.kind in PUT_RIGHT else 0
    told = sources.told_by(revision, differs)
    names = {
        fact.partition(".")[2]
        for fact, value in told.items()
        if fact in plan.facts and revision.facts.get(fact) != plan.facts[fact] and _matters(fact, value, plan)
    }
    return [name for name in RULES if name in names]


def _matters(fact: str, told: Any, plan: Plan) -> bool:
    now = plan.facts[fact]
    if now == Status.CANCELLED:
        return False
    zone, status = plan.upgrade.time_zone, plan.status_of(fact)
    return matters(fact, told, now, zone=zone, status=status, thresholds=plan.thresholds)
