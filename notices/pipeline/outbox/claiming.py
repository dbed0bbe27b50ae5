"""Workers take what is ready, the most urgent first.

A claim is numbered by `attempts`: whoever comes back too late changes nothing.

What a worker had in hand when it died may have killed it. It is a suspect (`losses`): at first it leaves with a few
others like it, then all alone, so in the end only what really kills is set aside.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from notices.enums import PUT_RIGHT, UNSENT, MessageState, Priority
from notices.models import Message, Notice, Variant
from notices.models.outbox import WHERE_IT_MAY, WITH_DOUBT
from notices.pipeline import ledger
from notices.pipeline.outbox import latecomers, lease
from notices.pipeline.outbox.lease import Claimed
from notices.pipeline.outbox.obstacles import ADDRESS, OBSTACLE, OBSTACLE_VALUES
from notices.pipeline.outbox.recording import missed, record

FEW = 10  # suspects that leave together
ALONE = 2  # so often lost, a message is in nobody's hands together with another one
MOST_LOSSES = ALONE + 3
TAKE = """
judged AS (
    SELECT message.id, obstacle.state, obstacle.reason, {address} AS address
    FROM picked AS message
    JOIN notices_notice notice ON notice.id = message.notice_id
    JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
    JOIN stakeholders_person person ON person.id = message.person_id
    LEFT JOIN upgrades_milestone milestone ON milestone.id = notice.milestone_id
    LEFT JOIN engagement_engagement engagement ON engagement.id = notice.engagement_id
    LEFT JOIN LATERAL ({obstacle}) AS obstacle ON true
),
taken AS (
    UPDATE notices_message message SET
        state = COALESCE(judged.state, 'sending'),
        reason = COALESCE(CASE WHEN {may} THEN {doubtful} ELSE judged.reason END, ''),
        address = CASE WHEN judged.state IS NULL THEN judged.address ELSE message.address END,
        attempts = message.attempts + CASE WHEN judged.state IS NULL THEN 1 ELSE 0 END,
        lease_until = CASE WHEN judged.state IS NULL THEN clock_timestamp() + %(lease)s END
    FROM judged WHERE message.id = judged.id
    RETURNING message.id, message.state, message.attempts, message.person_id, message.address, message."values",
              message.notice_id, message.variant_id, message.priority, message.not_before, message.losses
)
SELECT * FROM taken ORDER BY priority, not_before, id
""".replace("{obstacle}", OBSTACLE.format(at="%(now)s")).replace("{address}", ADDRESS)
TAKE = TAKE.replace("{may}", WHERE_IT_MAY).replace("{doubtful}", WITH_DOUBT % "judged.reason")
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
    WHERE notices_notice.paused_at IS NULL AND front.not_before <= %(now)s AND front.priority <= %(up_to)s
    ORDER BY front.priority, front.not_before, front.notice_id
),
picked AS MATERIALIZED (
    SELECT ready.* FROM waiting CROSS JOIN LATERAL (
        SELECT id, notice_id, person_id, channel FROM notices_message
        WHERE channel = %(channel)s AND state IN ('queued', 'deferred') AND notice_id = waiting.notice_id
          AND not_before <= %(now)s AND losses = 0
        ORDER BY not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS ready
    LIMIT %(limit)s
),
{take}
""".replace("{take}", TAKE)
CLAIM_SUSPECTS = """
WITH picked AS MATERIALIZED (
    SELECT message.id, message.notice_id, message.person_id, message.channel
    FROM notices_message message JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE message.channel = %(channel)s AND message.state IN ('queued', 'deferred')
      AND message.losses BETWEEN %(least)s AND %(most)s AND message.losses > 0 AND message.priority <= %(up_to)s
      AND message.not_before <= %(now)s AND notice.paused_at IS NULL
    ORDER BY message.losses, message.priority, message.not_before, message.id
    LIMIT %(limit)s FOR UPDATE OF message SKIP LOCKED
),
{take}
""".replace("{take}", TAKE)
CLAIM_VALUES = {**OBSTACLE_VALUES, "up_to": 32_767}  # whatever its priority


def waiting(channels: Iterable[str]) -> list[str]:
    """Those over which anything waits, now or for later. One step in the index for each."""
    open_ = Message.objects.filter(state__in=UNSENT)
    return [channel for channel in channels if open_.filter(channel=channel).exists()]


def in_hand(channel: str) -> int:
    """Of workers, alive or dead."""
    return Message.objects.filter(channel=channel, state=MessageState.SENDING).count()


def claim(channel: str, *, limit: int, now: datetime, urgent: bool = False) -> list[Claimed]:
    """Takes up to `limit` messages that are ready, the most urgent first, and commits before anybody uses the network.

    What became pointless since the fill is not taken: it ends here, with the reason. The others go to the address of
    today, and their rows say so. Notices that are paused are never
    looked into: `front` jumps along the index from notice to notice, so 100,000 paused messages cost one step.

    `urgent`: nothing else.
    """
    return _first_that_still_hold(channel, limit=limit, now=now, **_up_to(urgent=urgent))


def claim_suspects(channel: str, *, limit: int, now: datetime, urgent: bool = False) -> list[Claimed]:
    """A few that were lost once; where there are none, a single one that was lost more often, the least suspicious
    first. For whoever has nothing else in hand. `urgent`: nothing else."""
    how: dict[str, Any] = {"query": CLAIM_SUSPECTS, "now": now, **_up_to(urgent=urgent)}
    few = _first_that_still_hold(channel, least=1, most=ALONE - 1, limit=min(FEW, limit), **how)
    return few or _first_that_still_hold(channel, least=ALONE, most=MOST_LOSSES, limit=1, **how)


def _up_to(*, urgent: bool) -> dict[str, Any]:
    return {"up_to": Priority.URGENT} if urgent else {}


def has_suspects(channel: str, *, now: datetime) -> bool:
    """Costs one step in an index that is empty as long as nothing dies."""
    suspects = Message.objects.filter(channel=channel, state__in=UNSENT, losses__gt=0, not_before__lte=now)
    return suspects.filter(notice__paused_at=None).exists()


def _first_that_still_hold(channel: str, *, now: datetime, **values: Any) -> list[Claimed]:
    """There may be a hundred thousand before them that end here."""
    held_until = lease.safely_held()
    while rows := take(channel, now=now, **values):
        claimed = with_letters((row for row in rows if row[1] == MessageState.SENDING), held_until=held_until)
        if claimed := still_so(claimed, now=now):
            return claimed
        held_until = lease.safely_held()
    return []


def take(channel: str, *, query: str = CLAIM, **values: Any) -> list[tuple]:
    params = {**CLAIM_VALUES, "channel": channel, "lease": lease.LEASE, **values}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def with_letters(rows: Iterable[tuple], *, held_until: float) -> list[Claimed]:
    """No object of the ORM for a message: thousands share one notice and a few variants."""
    rows = list(rows)
    notices = Notice.objects.in_bulk({row[6] for row in rows})
    variants = Variant.objects.select_related("revision").in_bulk({row[7] for row in rows if row[7]})
    return [
        Claimed(
            pk,
            attempts,
            person,
            address,
            json.loads(values),
            priority,
            notices[notice],
            variants.get(variant),
            held_until,
            losses,
        )
        for pk, _, attempts, person, address, values, notice, variant, priority, _, losses in rows
    ]


def still_so(claimed: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
    """The plan may have changed since the clock looked last: what would tell the old value ends here."""
    letters = [_letter_of(message) for message in claimed]
    stale = ledger.outdated({letter for letter in letters if letter}, now=now)
    if not stale:
        return list(claimed)
    for message, letter in zip(claimed, letters, strict=True):
        if letter in stale:
            record(missed(message, reason=latecomers.reason(message.notice, stale[letter])))
    return [message for message, letter in zip(claimed, letters, strict=True) if letter not in stale]


def _letter_of(message: Claimed) -> tuple[int, str] | None:
    """Its revision, and which differences it names where each reader's letter names others."""
    if message.variant is None:
        return None
    return message.variant.revision_id, message.values.get("told", "") if message.notice.kind in PUT_RIGHT else ""
