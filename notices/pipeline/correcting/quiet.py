"""Upgrades of which somebody was told otherwise than it is now, and nobody believes it any more: they were put right.

Old letters go on differing from the plan until their windows are over. That nobody is wrong is remembered under a
fingerprint of all that it depends on: the plan, the thresholds, what was told, each message and who was there, and the
register of people. Any of them different is another fingerprint, so there is nothing to forget in time. With the same
fingerprint time only makes wrong beliefs harmless, never the reverse: what held once holds later, too.

Not remembered: an upgrade with letters on their way, and one where a service or a site was added, which is wrong for
some people alone. Without the cache everything is looked at.
"""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from notices.enums import OPEN, MessageState
from notices.pipeline.ledger import Plan
from notices.pipeline.ledger.drift import OF_SOME
from stakeholders.models import Person
from upgrades.facts import Facts
from upgrades.materiality import RULES

log = logging.getLogger(__name__)

KEPT = 3600  # seconds
LETTERS = """
SELECT notice.upgrade_id, message.state, count(*),
       sum(timestamp_hash_extended(message.sent_at AT TIME ZONE 'UTC', message.id)), max(message.sent_at)
FROM notices_notice notice JOIN notices_message message ON message.notice_id = notice.id
WHERE notice.upgrade_id = ANY(%(upgrades)s) AND notice.released_at IS NOT NULL AND message.state = ANY(%(states)s)
GROUP BY notice.upgrade_id, message.state
ORDER BY notice.upgrade_id, message.state
"""
CONVERSATIONS = """
SELECT engagement.upgrade_id, '', count(*), sum(hashint8extended(participant.id, telling.id)), max(telling.at)
FROM engagement_telling telling
JOIN engagement_engagement engagement ON engagement.id = telling.engagement_id
JOIN engagement_participant participant ON participant.engagement_id = engagement.id AND participant.attended
WHERE engagement.upgrade_id = ANY(%(upgrades)s) AND telling.voided_at IS NULL
GROUP BY engagement.upgrade_id
ORDER BY engagement.upgrade_id
"""

Told = Mapping[int, Iterable[Facts]]


def fingerprints(plans: Iterable[Plan], told: Told, *, now: datetime) -> dict[int, str]:
    """By upgrade, of those where it can be remembered. Three queries."""
    plans = [plan for plan in plans if not _added_for_some(plan, told[plan.upgrade.pk])]
    if not plans:
        return {}
    register = _register()
    tellings = _tellings([plan.upgrade.pk for plan in plans])
    found = {}
    for plan in plans:
        key = plan.upgrade.pk
        if _all_arrived(tellings[key], now=now):
            found[key] = _digest([key, _of_plan(plan), list(told[key]), tellings[key], register])
    return found


def known(fingerprints: Mapping[int, str], *, now: datetime) -> set[int]:
    """The upgrades of which it is known that nobody is wrong."""
    keys = {_key(one): upgrade for upgrade, one in fingerprints.items()}
    try:
        found = cache.get_many(keys) if keys else {}
    except RedisError:
        log.exception("not known where nobody is wrong")
        return set()
    return {keys[key] for key, since in found.items() if since <= now}


def same(plan: Plan, other: Plan) -> bool:
    """It may have been changed between the fingerprint and the answer, and may be changed back."""
    return _of_plan(plan) == _of_plan(other)


def remember(fingerprint: str, *, now: datetime) -> None:
    try:
        cache.set(_key(fingerprint), now, timeout=KEPT)
    except RedisError:
        log.exception("not noted that nobody is wrong")


def _key(fingerprint: str) -> str:
    return f"nobody-wrong:{fingerprint}"


def _added_for_some(plan: Plan, told: Iterable[Facts]) -> bool:
    return any(
        {*(plan.facts.get(fact) or ())} - {*(value or ())}
        for facts in told
        for fact, value in facts.items()
        if fact.partition(".")[2] in OF_SOME
    )


def _tellings(upgrades: list[int]) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = defaultdict(list)
    states = [MessageState.SENT.value, *(state.value for state in OPEN)]
    with connection.cursor() as cursor:
        for query in (LETTERS, CONVERSATIONS):
            cursor.execute(query, {"upgrades": upgrades, "states": states})
            for upgrade, *row in cursor.fetchall():
                found[upgrade].append(tuple(row))
    return found


def _all_arrived(rows: Iterable[tuple], *, now: datetime) -> bool:
    return all(state in (MessageState.SENT, "") and last <= now for state, _, _, last in rows)


def _register() -> Any:
    """People come, go, are merged and come back: each leaves an entry in their history."""
    events = Person.pgh_event_model.objects.order_by("-pgh_id")  # type: ignore[attr-defined]
    return events.values_list("pgh_id", "pgh_created_at").first()


def _of_plan(plan: Plan) -> list[Any]:
    facts = {key: value for key, value in plan.facts.items() if key.partition(".")[2] in RULES}
    return [facts, plan.upgrade.time_zone, asdict(plan.thresholds)] + [
        [key, one.status] for key, one in plan.milestones.items()
    ]


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
