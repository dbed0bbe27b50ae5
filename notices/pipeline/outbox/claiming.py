"""Workers take what is ready, the most urgent first, for as long as a lease runs.

A claim is numbered by `attempts`: whoever comes back too late changes nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from engagement.enums import EngagementState
from notices.enums import PUT_RIGHT, TOPIC_OF, MessageState
from notices.models import Message
from notices.pipeline import audience, latecomers, ledger, schedule
from notices.pipeline.outbox.recording import MOST_ATTEMPTS, mine
from stakeholders.enums import AddressState, Channel
from upgrades.enums import Phase, Status

LEASE = timedelta(seconds=20)  # how long the messages of a killed worker wait
LEFT = "no longer active"

# What keeps a message back that could go out `at` a moment. The simulation asks the same.
OBSTACLE = """
        SELECT rule.state, rule.reason FROM (VALUES
            (1, notice.state = 'cancelled', 'cancelled', notice.reason),
            (2, upgrade.phase = %(upgrade_cancelled)s AND notice.kind <> ALL(%(still_true)s),
                'skipped', 'the upgrade was cancelled'),
            (3, milestone.status = %(milestone_cancelled)s AND notice.kind <> ALL(%(still_true)s),
                'skipped', 'the milestone was cancelled'),
            (4, notice.expires_at <= {at} OR (notice.expires_at IS NULL AND notice.kind = ANY(%(before_window)s)
                AND COALESCE(milestone."end", milestone.start) <= {at}), 'missed', 'too late to be useful'),
            (5, person.archived_at IS NOT NULL, 'skipped', %(why_left)s),
            (6, person.email_state = %(bounced)s AND person.email = message.address, 'skipped', %(why_bounced)s),
            (7, person.email_state = %(complained)s AND person.email = message.address, 'skipped', %(why_complained)s),
            (8, EXISTS (SELECT 1 FROM stakeholders_optout declined WHERE declined.person_id = person.id
                AND declined.topic = %(topics)s::jsonb ->> notice.kind), 'skipped',
                %(why_declined)s::jsonb ->> notice.kind),
            (9, engagement.state = %(called_off)s AND notice.kind = ANY(%(asks_to_come)s),
                'skipped', 'it was called off'),
            (10, engagement.id IS NOT NULL AND notice.kind = ANY(%(asks_to_come)s)
                AND NOT EXISTS (SELECT 1 FROM engagement_participant invited WHERE invited.person_id = person.id
                    AND invited.engagement_id = engagement.id AND invited.is_invited),
                'skipped', 'no longer invited'),
            (11, message.channel = ANY(person.refused_channels) AND %(topics)s::jsonb ->> notice.kind IS NOT NULL,
                'skipped', %(why_refused)s::jsonb ->> message.channel)
        ) AS rule (number, holds, state, reason)
        WHERE rule.holds ORDER BY rule.number LIMIT 1
"""
CLAIM = """
WITH RECURSIVE front (notice_id, priority, not_before) AS (
    (SELECT notice_id, priority, not_before FROM notices_message
     WHERE channel = %(channel)s AND state IN ('queued', 'deferred')
     ORDER BY notice_id, not_before LIMIT 1)
    UNION ALL
    SELECT following.* FROM front CROSS JOIN LATERAL (
        SELECT notice_id, priority, not_before FROM notices_message
        WHERE channel = %(channel)s AND state IN ('queued', 'deferred') AND notice_id > front.notice_id
        ORDER BY notice_id, not_before LIMIT 1) AS following
),
waiting AS (
    SELECT front.notice_id FROM front JOIN notices_notice ON notices_notice.id = front.notice_id
    WHERE notices_notice.paused_at IS NULL AND front.not_before <= %(now)s
    ORDER BY front.priority, front.not_before, front.notice_id
),
picked AS MATERIALIZED (
    SELECT ready.id FROM waiting CROSS JOIN LATERAL (
        SELECT id FROM notices_message
        WHERE channel = %(channel)s AND state IN ('queued', 'deferred') AND notice_id = waiting.notice_id
          AND not_before <= %(now)s
        ORDER BY not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS ready
    LIMIT %(limit)s
),
judged AS (
    SELECT message.id, obstacle.state, obstacle.reason
    FROM picked
    JOIN notices_message message ON message.id = picked.id
    JOIN notices_notice notice ON notice.id = message.notice_id
    JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
    JOIN stakeholders_person person ON person.id = message.person_id
    LEFT JOIN upgrades_milestone milestone ON milestone.id = notice.milestone_id
    LEFT JOIN engagement_engagement engagement ON engagement.id = notice.engagement_id
    LEFT JOIN LATERAL ({obstacle}) AS obstacle ON true
)
UPDATE notices_message message SET
    state = COALESCE(judged.state, 'sending'),
    reason = COALESCE(judged.reason, ''),
    attempts = message.attempts + CASE WHEN judged.state IS NULL THEN 1 ELSE 0 END,
    lease_until = CASE WHEN judged.state IS NULL THEN %(lease_until)s END
FROM judged WHERE message.id = judged.id
RETURNING message.*
""".replace("{obstacle}", OBSTACLE.format(at="%(now)s"))
CLAIM_CONSTANTS = {
    "upgrade_cancelled": Phase.CANCELLED,
    "milestone_cancelled": Status.CANCELLED,
    "still_true": list(map(str, schedule.TRUE_THOUGH_CANCELLED)),
    "before_window": list(map(str, schedule.BEFORE_THE_WINDOW)),
    "called_off": EngagementState.CANCELLED,
    "asks_to_come": list(map(str, schedule.COMES)),
    "bounced": AddressState.BOUNCED,
    "why_left": LEFT,
    "why_bounced": audience.BOUNCED,
    "complained": AddressState.COMPLAINED,
    "why_complained": audience.COMPLAINED,
    "topics": json.dumps(TOPIC_OF),
    "why_refused": json.dumps({channel: audience.refused(channel) for channel in Channel.values}),
    "why_declined": json.dumps({kind: audience.opted_out(topic) for kind, topic in TOPIC_OF.items()}),
}


def claim(channel: str, *, limit: int, now: datetime, held_from: datetime | None = None) -> list[Message]:
    """Takes up to `limit` messages that are ready, the most urgent first, and commits before anybody uses the network.

    What became pointless since the fill is not taken: it ends here, with the reason. Notices that are paused are never
    looked into: `front` jumps along the index from notice to notice, so 100,000 paused messages cost one step.

    `held_from`: where the lease begins, if `now` is not the time on the clock.
    """
    lease_until = (held_from or now) + LEASE
    while rows := _take(channel, limit=limit, now=now, lease_until=lease_until):
        claimed = [message for message in rows if message.state == MessageState.SENDING]
        prefetch_related_objects(claimed, *NEEDED_TO_RENDER)
        if claimed := _still_so(claimed, now=now):
            return sorted(claimed, key=lambda message: (message.priority, message.not_before, message.pk))
    return []


NEEDED_TO_RENDER = ("notice", "variant__revision")


def _still_so(claimed: Sequence[Message], *, now: datetime) -> list[Message]:
    """The plan may have changed since the clock looked last: what would tell the old value ends here."""
    stale = ledger.outdated({letter for message in claimed if (letter := _letter_of(message))}, now=now)
    for message in claimed:
        if changed := stale.get(_letter_of(message) or (0, "")):
            reason = latecomers.reason(message.notice, changed)
            mine(message).update(state=MessageState.MISSED, reason=reason, lease_until=None)
    return [message for message in claimed if _letter_of(message) not in stale]


def _letter_of(message: Message) -> tuple[int, str] | None:
    """Its revision, and which differences it names where each reader's letter names others."""
    if message.variant is None:
        return None
    return message.variant.revision_id, message.values.get("told", "") if message.notice.kind in PUT_RIGHT else ""


def _take(channel: str, *, limit: int, now: datetime, lease_until: datetime) -> list[Message]:
    params = {"channel": channel, "limit": limit, "now": now, "lease_until": lease_until, **CLAIM_CONSTANTS}
    with transaction.atomic(durable=True):
        return list(Message.objects.raw(CLAIM, params))


def hold(message: Message, *, now: datetime) -> bool:
    """Makes the lease last from now on. False: it is somebody else's message by now."""
    until = now + LEASE
    if not mine(message).update(lease_until=until):
        return False
    message.lease_until = until
    return True


GIVE_BACK = """
UPDATE notices_message SET state = 'queued', attempts = attempts - 1, lease_until = NULL, reason = %s
WHERE state = 'sending' AND (id, attempts) IN (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))
"""


def give_back(messages: Sequence[Message], *, reason: str = "") -> None:
    """Untouched, so this was no attempt."""
    keys = [[message.pk for message in messages], [message.attempts for message in messages]]
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [reason[:300], *keys])


def sweep(*, now: datetime) -> int:
    """A worker died with these in its hands. Nobody knows if they left, so they leave again under the same Message-ID.

    One that never comes back is set aside, lest it kill one worker after the other.
    """
    stuck = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now)
    lost = stuck.filter(attempts__gte=MOST_ATTEMPTS)
    failed = lost.update(state=MessageState.FAILED, reason="No worker came back from it.", lease_until=None)
    return failed + stuck.update(state=MessageState.QUEUED, lease_until=None)
