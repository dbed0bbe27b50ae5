"""Workers take what is ready, the most urgent first, for as long as a lease runs.

A claim is numbered by `attempts`: whoever comes back too late changes nothing. Leases run on the clock of the database,
so workers on several machines need not agree what time it is.

What a worker had in hand when it died may have killed it. It is a suspect (`losses`): at first it leaves with a few
others like it, then all alone, so in the end only what really kills is set aside.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any

from django.db import connection, transaction

from commsplan.lib import clock
from engagement.enums import EngagementState
from notices.enums import PUT_RIGHT, TOPIC_OF, MessageState
from notices.models import Message, Notice, Variant
from notices.pipeline import audience, latecomers, ledger, schedule
from notices.pipeline.outbox.recording import MOST_ATTEMPTS, Attempt, missed, record
from stakeholders.enums import AddressState, Channel
from upgrades.enums import Phase, Status

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)  # how long the messages of a killed worker wait
UNSENT = [MessageState.QUEUED, MessageState.DEFERRED]
MARGIN = timedelta(seconds=3)  # so long before its end nobody relies on it any more
FEW = 10  # suspects that leave together
ALONE = 2  # so often lost, a message is in nobody's hands together with another one
MOST_LOSSES = ALONE + 3
LEFT = "no longer active"
SUSPECTED = "A worker died while it had this in hand. It is tried again by itself."
DEADLY = "Set aside: each worker that tried to send it died, three times with nothing else in hand."
NEVER_BACK = "No worker came back from it."

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
            (6, message.channel = 'email' AND person.email_state = %(bounced)s AND person.email = message.address,
                'skipped', %(why_bounced)s),
            (7, message.channel = 'email' AND person.email_state = %(complained)s AND person.email = message.address,
                'skipped', %(why_complained)s),
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
                'skipped', %(why_refused)s::jsonb ->> message.channel),
            (12, message.channel <> 'email' AND NOT EXISTS (SELECT 1 FROM stakeholders_address own
                WHERE own.person_id = person.id AND own.channel = message.channel),
                'skipped', %(why_no_address)s::jsonb ->> message.channel),
            (13, message.channel <> 'email' AND EXISTS (SELECT 1 FROM stakeholders_address own
                WHERE own.person_id = person.id AND own.channel = message.channel AND own.state = %(bounced)s
                  AND own.address = message.address), 'skipped', %(why_bounced)s),
            (14, message.channel <> 'email' AND EXISTS (SELECT 1 FROM stakeholders_address own
                WHERE own.person_id = person.id AND own.channel = message.channel AND own.state = %(complained)s
                  AND own.address = message.address), 'skipped', %(why_unwanted)s)
        ) AS rule (number, holds, state, reason)
        WHERE rule.holds ORDER BY rule.number LIMIT 1
"""
TAKE = """
judged AS (
    SELECT message.id, obstacle.state, obstacle.reason
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
        reason = COALESCE(judged.reason, ''),
        attempts = message.attempts + CASE WHEN judged.state IS NULL THEN 1 ELSE 0 END,
        lease_until = CASE WHEN judged.state IS NULL THEN clock_timestamp() + %(lease)s END
    FROM judged WHERE message.id = judged.id
    RETURNING message.id, message.state, message.attempts, message.person_id, message.address, message."values",
              message.notice_id, message.variant_id, message.priority, message.not_before, message.losses
)
SELECT * FROM taken ORDER BY priority, not_before, id
""".replace("{obstacle}", OBSTACLE.format(at="%(now)s"))
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
        SELECT id, notice_id, person_id, channel, address FROM notices_message
        WHERE channel = %(channel)s AND state IN ('queued', 'deferred') AND notice_id = waiting.notice_id
          AND not_before <= %(now)s AND losses = 0
        ORDER BY not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS ready
    LIMIT %(limit)s
),
{take}
""".replace("{take}", TAKE)
CLAIM_SUSPECTS = """
WITH picked AS MATERIALIZED (
    SELECT message.id, message.notice_id, message.person_id, message.channel, message.address
    FROM notices_message message JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE message.channel = %(channel)s AND message.state IN ('queued', 'deferred')
      AND message.losses BETWEEN %(least)s AND %(most)s AND message.losses > 0 AND message.priority <= %(up_to)s
      AND message.not_before <= %(now)s AND notice.paused_at IS NULL
    ORDER BY message.losses, message.priority, message.not_before, message.id
    LIMIT %(limit)s FOR UPDATE OF message SKIP LOCKED
),
{take}
""".replace("{take}", TAKE)
CLAIM_CONSTANTS = {
    "up_to": 32_767,
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
    "why_unwanted": audience.UNWANTED,
    "why_no_address": json.dumps({channel: audience.no_address(channel) for channel in Channel.values}),
    "topics": json.dumps(TOPIC_OF),
    "why_refused": json.dumps({channel: audience.refused(channel) for channel in Channel.values}),
    "why_declined": json.dumps({kind: audience.opted_out(topic) for kind, topic in TOPIC_OF.items()}),
}


def waiting(channels: Iterable[str]) -> list[str]:
    """Those over which anything waits, now or for later. One step in the index for each."""
    open_ = Message.objects.filter(state__in=UNSENT)
    return [channel for channel in channels if open_.filter(channel=channel).exists()]


def in_hand(channel: str) -> int:
    """Of workers, alive or dead."""
    return Message.objects.filter(channel=channel, state=MessageState.SENDING).count()


def seconds() -> float:
    """On a clock that nobody sets, and that goes on while this process or the whole machine is suspended."""
    return clock_gettime(CLOCK_BOOTTIME)


@dataclass(slots=True)
class Claimed:
    """One message in the hands of a worker, and what its letter is made from. `held_until`: on the clock of
    `seconds`; nothing of it may leave later, because then it may be somebody else's."""

    pk: int
    attempts: int
    person_id: int
    address: str
    values: dict[str, Any]
    priority: int
    notice: Notice
    variant: Variant | None
    held_until: float
    losses: int = 0
    secret: bytes | memoryview | None = None  # encrypted: what lets into the room at the address
    others: tuple["Claimed", ...] = ()  # of the same person, in the same mail

    @property
    def all(self) -> tuple["Claimed", ...]:
        return (self, *self.others)

    def may_leave(self) -> bool:
        return seconds() < self.held_until


def claim(channel: str, *, limit: int, now: datetime, urgent: bool = False) -> list[Claimed]:
    """Takes up to `limit` messages that are ready, the most urgent first, and commits before anybody uses the network.

    What became pointless since the fill is not taken: it ends here, with the reason. Notices that are paused are never
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
    return {"up_to": 0} if urgent else {}


def has_suspects(channel: str, *, now: datetime) -> bool:
    """Costs one step in an index that is empty as long as nothing dies."""
    suspects = Message.objects.filter(channel=channel, state__in=UNSENT, losses__gt=0, not_before__lte=now)
    return suspects.filter(notice__paused_at=None).exists()


def _first_that_still_hold(channel: str, *, now: datetime, **values: Any) -> list[Claimed]:
    """There may be a hundred thousand before them that end here."""
    held_until = safely_held()
    while rows := take(channel, now=now, **values):
        claimed = with_letters((row for row in rows if row[1] == MessageState.SENDING), held_until=held_until)
        if claimed := still_so(claimed, now=now):
            return claimed
        held_until = safely_held()
    return []


def take(channel: str, *, query: str = CLAIM, **values: Any) -> list[tuple]:
    params = {**CLAIM_CONSTANTS, "channel": channel, "lease": LEASE, **values}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def safely_held() -> float:
    return seconds() + (LEASE - MARGIN).total_seconds()


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
WHERE message.id = ANY(%(keys)s) AND (obstacle.state IS NOT NULL OR notice.paused_at IS NOT NULL)
""".replace("{obstacle}", OBSTACLE.format(at="%(now)s"))


def hold(messages: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
    """Makes their leases last from now on. Returns those that are somebody else's by now.

    What was cancelled or paused meanwhile, or became pointless, stays ours, but may not leave any more.
    """
    everything = [one for message in messages for one in message.all]
    held_until, constants = safely_held(), dict[str, Any](CLAIM_CONSTANTS)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [LEASE.total_seconds(), *_keys(everything)])
        ours = {key for (key,) in cursor.fetchall()}
        cursor.execute(HELD_UP, {**constants, "keys": list(ours), "now": now})
        free = ours - {key for (key,) in cursor.fetchall()}
    for message in messages:
        may_leave = all(one.pk in free for one in message.all)
        for one in message.all:
            one.held_until = held_until if may_leave else 0
    return [message for message in everything if message.pk not in ours]


GIVE_BACK = """
UPDATE notices_message SET state = 'queued', attempts = attempts - 1, lease_until = NULL, reason = %s
WHERE state = 'sending' AND (id, attempts) IN (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))
"""


def give_back(messages: Sequence[Claimed], *, reason: str = "") -> int:
    """Untouched, so this was no attempt. Returns how many were still ours."""
    messages = [one for message in messages for one in message.all]
    if not messages:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [reason[:300], *_keys(messages)])
        return cursor.rowcount


def _keys(messages: Sequence[Attempt]) -> list[list[int]]:
    return [[message.pk for message in messages], [message.attempts for message in messages]]


@dataclass
class _Clock:
    """How far the clock of the database is ahead of the one that nobody sets, and when that last changed."""

    ahead: float | None = None
    set_at: float = -LEASE.total_seconds()


_clock = _Clock()


def _clock_was_set() -> bool:
    """Less than a lease ago."""
    asked_at = seconds()
    ahead = clock.of_database().timestamp() - asked_at
    inexact = MARGIN.total_seconds() + seconds() - asked_at
    if _clock.ahead is not None and abs(ahead - _clock.ahead) > inexact:
        log.warning("clock of the database was set: seconds=%.1f", ahead - _clock.ahead)
        _clock.set_at = seconds()
    _clock.ahead = ahead
    return seconds() - _clock.set_at < LEASE.total_seconds()


SWEEP = """
UPDATE notices_message SET losses = losses + 1, lease_until = NULL,
    state = CASE WHEN losses + 1 >= %(most_losses)s OR attempts >= %(most_attempts)s THEN 'failed' ELSE 'queued' END,
    reason = CASE WHEN losses + 1 >= %(most_losses)s THEN %(deadly)s
                  WHEN attempts >= %(most_attempts)s THEN %(never_back)s
                  WHEN losses + 1 >= %(alone)s THEN %(suspected)s ELSE '' END
WHERE state = 'sending'
  AND (lease_until < clock_timestamp() OR lease_until > clock_timestamp() + 2 * make_interval(secs => %(lease)s))
RETURNING id, notice_id, state, losses
"""


def sweep() -> int:
    """A worker died with these in its hands. Nobody knows if they left, so they leave again under the same Message-ID.

    One that kills worker after worker, or never comes back, is set aside. Whoever lives prolongs its leases on the new
    time before they are judged by it.
    """
    if _clock_was_set():
        return 0
    params: dict[str, Any] = {"most_losses": MOST_LOSSES, "most_attempts": MOST_ATTEMPTS, "alone": ALONE}
    params |= {"lease": LEASE.total_seconds(), "deadly": DEADLY, "never_back": NEVER_BACK, "suspected": SUSPECTED}
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, params)
        swept = cursor.fetchall()
    for key, notice, state, losses in swept:
        if state == MessageState.FAILED:
            log.error("message set aside: message=%s notice=%s losses=%s", key, notice, losses)
    return len(swept)
