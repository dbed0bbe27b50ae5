"""A worker that lives prolongs its leases, and gives back what it does not send."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from notices.pipeline.outbox import lease
from notices.pipeline.outbox.lease import Claimed
from notices.pipeline.outbox.obstacles import ADDRESS, OBSTACLE, OBSTACLE_VALUES
from notices.pipeline.outbox.recording import Attempt

HOLD = """
UPDATE notices_message SET lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE state = 'sending' AND (id, attempts) IN (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))
RETURNING id
"""
HELD_UP = """
SELECT message.id
FROM notices_message message
JOIN notices_notice notice ON notice.id = message.notice_id
JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
JOIN stakeholders_person person ON person.id = message.person_id
LEFT JOIN upgrades_milestone milestone ON milestone.id = notice.milestone_id
LEFT JOIN engagement_engagement engagement ON engagement.id = notice.engagement_id
LEFT JOIN LATERAL ({obstacle}) AS obstacle ON true
WHERE message.id = ANY(%(keys)s)
  AND (obstacle.state IS NOT NULL OR notice.paused_at IS NOT NULL OR message.address IS DISTINCT FROM {address})
""".replace("{obstacle}", OBSTACLE.format(at="%(now)s")).replace("{address}", ADDRESS)


def hold(messages: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
    """Makes their leases last from now on. Returns those that are somebody else's by now.

    What was cancelled or paused meanwhile, became pointless or has another address stays ours, but may not leave any
    more.
    """
    everything = [one for message in messages for one in message.all]
    held_until = lease.safely_held()
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [lease.LEASE.total_seconds(), *_keys(everything)])
        ours = {key for (key,) in cursor.fetchall()}
        cursor.execute(HELD_UP, {**OBSTACLE_VALUES, "keys": list(ours), "now": now})
        free = ours - {key for (key,) in cursor.fetchall()}
    for message in messages:
        may_leave = all(one.pk in free for one in message.all)
        for one in message.all:
            one.held_until = held_until if may_leave else 0
    return [message for message in everything if message.pk not in ours]


GIVE_BACK = """
UPDATE notices_message SET state = 'queued', attempts = attempts - 1, lease_until = NULL, reason = %s,
    not_before = GREATEST(not_before, %s)
WHERE state = 'sending' AND (id, attempts) IN (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))
"""


def give_back(messages: Sequence[Claimed], *, reason: str = "", behind: datetime | None = None) -> int:
    """Untouched, so this was no attempt. Returns how many were still ours. `behind`: whatever is ready by then comes
    before them."""
    messages = [one for message in messages for one in message.all]
    if not messages:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [reason[:300], behind, *_keys(messages)])
        return cursor.rowcount


def _keys(messages: Sequence[Attempt]) -> list[list[int]]:
    return [[message.pk for message in messages], [message.attempts for message in messages]]
