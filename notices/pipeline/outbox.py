"""The outbox: rows are the queue. Filled, claimed and recorded by set-based SQL, each in a transaction of its own.

    approved notice --fill--> QUEUED --claim--> SENDING --record--> SENT, DEFERRED, FAILED, BOUNCED
                                 ^                 |
                                 +----- sweep -----+  the lease ran out: nobody knows whether the message left

A claim is a lease, numbered by `attempts`: whoever comes back too late changes nothing.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import JSONObject

from engagement.enums import EngagementState
from feedback import inviting
from feedback.models import Invitation
from notices import variants
from notices.channels import SENDERS
from notices.enums import PUT_RIGHT, TOPIC_OF, MessageState, NoticeKind, NoticeState, ReceiptKind
from notices.models import Message, Notice, Revision
from notices.pipeline import approve, audience, fate, latecomers, ledger, render, schedule, when
from notices.pipeline.approve import NotAllowed
from notices.pipeline.ledger import Differences
from stakeholders import insiders
from stakeholders.enums import AddressState, Channel, ReaderLevel
from stakeholders.models import Person
from upgrades.enums import Phase, Status

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)  # how long the messages of a killed worker wait
LEFT = "no longer active"
KNOWS = "knows it already"  # by the time it goes out
MOST_ATTEMPTS = 30  # about a day with the waiting times of deliver
URGENT = (
    NoticeKind.OUTAGE,
    NoticeKind.CANCELLED,
    NoticeKind.POSTPONED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.STARTED,
    NoticeKind.FINAL,
    NoticeKind.MEETING_CHANGED,
    NoticeKind.MEETING_OFF,
)
UNHURRIED = (NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER, NoticeKind.FOLLOW_UP, NoticeKind.NEWS)


# Filling


def fill_due(*, now: datetime) -> int:
    """Releases what is approved and due. One notice that fails stops no other: it says why, and is tried again."""
    return sum(_fill_safely(notice, now=now) for notice in Notice.objects.due(now).order_by("send_at", "pk"))


def _fill_safely(notice: Notice, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            return fill(notice, now=now) if _is_due(approve.lock(notice), now=now) else 0
    except NotAllowed as error:
        return _not_released(notice, str(error))
    except Exception as error:
        log.exception("notice not filled: notice=%s", notice.pk)
        return _not_released(notice, f"It could not be released: {error}")


def _not_released(notice: Notice, reason: str) -> int:
    Notice.objects.filter(pk=notice.pk, state=NoticeState.APPROVED).update(reason=reason[:300])
    return 0


def _is_due(row: Notice, *, now: datetime) -> bool:
    """Somebody may have given it another time since it was found, or opened the decision again that it waits for."""
    return row.send_at is not None and row.send_at <= now and not fate.undecided(row)


@transaction.atomic
def fill(notice: Notice, *, now: datetime, at_once: bool = False) -> int:
    """Makes the messages of an approved notice, whatever its time, and releases it. Returns how many messages.
    `at_once`: somebody said so, whatever the hour at each reader's.

    All in one transaction behind the lock of the notice, so ten fills at once release it once. Nothing happens to a
    notice whose facts are no longer what was approved; approve.refresh() deals with it.
    """
    row = approve.lock(notice)
    revision = row.approved_revision
    if row.state != NoticeState.APPROVED or row.is_paused or not revision or not approve.is_approved_as_it_is(row):
        return 0
    if row.survey and (obstacle := inviting.obstacle(row.survey, at=now)):
        raise NotAllowed(obstacle)
    if obstacle := approve.outgrown(row, now=now):
        raise NotAllowed(obstacle)
    released: dict[str, Any] = {
        "state": NoticeState.RELEASED,
        "released_at": now,
        "reason": "",
        "release": render.release_of(row, now=now),
    }
    revision.notice = row
    told = ledger.differences(revision, now=now)
    released["release"] |= {"told": told.rows} if told.rows else {}
    Notice.objects.filter(pk=row.pk).update(**released)
    channels = [channel for channel in revision.channels if channel in SENDERS]
    walls = _nights(row, now=now) if not (at_once or row.said_at) else {}
    walls |= _walls(row)
    count = sum(_fill_channel(revision, channel, told, walls, now=now) for channel in channels)
    _follow_the_register(row)
    log.info("notice filled: notice=%s messages=%s", row.pk, count)
    return count


FILL = """
INSERT INTO notices_message (notice_id, variant_id, person_id, channel, state, reason, address, "values", priority,
                             not_before, created_at, attempts)
SELECT %s, chosen.variant, chosen.id, %s, CASE why.reason WHEN '' THEN 'queued' ELSE 'skipped' END, why.reason,
       chosen.address, chosen.personal || jsonb_strip_nulls(jsonb_build_object('told', told.key)), %s,
       GREATEST(%s, COALESCE(wall.moment, %s)), %s, 0
FROM ({people}) AS chosen (id, reason, address, variant, personal)
LEFT JOIN unnest(%s::text[], %s::timestamptz[]) AS wall (zone, moment) ON wall.zone = chosen.personal ->> 'zone'
LEFT JOIN unnest(%s::bigint[], %s::text[]) AS told (person, key) ON told.person = chosen.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN chosen.reason = '' AND told.key IS NULL THEN %s ELSE chosen.reason END) AS why (reason)
ON CONFLICT (notice_id, person_id, channel) DO NOTHING
"""


def _fill_channel(
    revision: Revision, channel: str, told: Differences, walls: Mapping[str, datetime], *, now: datetime
) -> int:
    notice = revision.notice
    today = audience.day_at(notice.upgrade, now)
    people = audience.recipients(revision, channel=channel, on=today).order_by("pk")
    if notice.survey:
        inviting.invite(notice.survey, people.filter(Q(skip_reason="")))
    chosen = people.annotate(variant=_variant(revision), personal=_personal(notice))
    rows = chosen.values_list("pk", "skip_reason", "email", "variant", "personal")
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    idle = KNOWS if notice.kind in PUT_RIGHT else ""
    settled: list[Any] = [notice.pk, channel, priority_of(notice), now, walls.get("", now), now]
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(people=sql), [*settled, *params, *_joined(walls), *_joined(told.of_person), idle])
        return cursor.rowcount


def _joined(pairs: Mapping[Any, Any]) -> tuple[list[Any], list[Any]]:
    return list(pairs), list(pairs.values())


def _walls(notice: Notice) -> dict[str, datetime]:
    """By zone when it is the hour of the notice there; under "" for zones that nobody knows. Empty: at once."""
    day, hour, place = notice.local_on, notice.local_at, notice.upgrade.time_zone
    if day is None or hour is None:
        return {}
    moments = {zone: when.local_moment(day, hour, zone, place=place) for zone in _zones()}
    return moments | {"": when.local_moment(day, hour, place)}


def _nights(notice: Notice, *, now: datetime) -> dict[str, datetime]:
    """What puts right and is not urgent goes out in hours of work at the place; where it is night then, in the morning.
    By zone; nobody planned it, so nobody could see to that."""
    if notice.kind not in PUT_RIGHT or notice.is_urgent:
        return {}
    place = notice.upgrade.time_zone
    return {zone: moment for zone in _zones() if (moment := when.after_the_night(now, zone, place=place)) > now}


def _zones() -> list[str]:
    return list(Person.objects.active().order_by().values_list("time_zone", flat=True).distinct())


MERGED = """
UPDATE notices_message message SET person_id = person.merged_into_id
FROM stakeholders_person person
WHERE message.notice_id = %(notice)s AND person.id = message.person_id AND person.merged_into_id IS NOT NULL
  AND message.id = (
      SELECT other.id FROM notices_message other JOIN stakeholders_person whose ON whose.id = other.person_id
      WHERE other.notice_id = message.notice_id AND other.channel = message.channel
        AND person.merged_into_id IN (whose.id, whose.merged_into_id)
      ORDER BY whose.merged_into_id NULLS FIRST, other.id LIMIT 1)
"""
GONE = """
UPDATE notices_message message SET state = 'skipped', reason = %(reason)s, address = '', "values" = '{}'
FROM stakeholders_person person
WHERE message.notice_id = %(notice)s AND person.id = message.person_id
  AND (person.erased_at IS NOT NULL OR person.merged_into_id IS NOT NULL)
"""


def _follow_the_register(notice: Notice) -> None:
    """Whoever merges or erases somebody holds that person. The check of the keys waits for them, keeps later ones
    waiting for us, and only then one sees what happened since the fill began."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(MERGED, {"notice": notice.pk})
        cursor.execute(GONE, {"notice": notice.pk, "reason": LEFT})


def _variant(revision: Revision) -> Case:
    """The rule of notices.variants, for every language and level there is."""
    texts = list(revision.variants.order_by("pk"))

    def pick(language: str, level: str) -> Value:
        return Value(variants.best(texts, language=language, level=level).pk)

    languages = sorted({text.language for text in texts})
    exact = [
        When(language=language, reader_level=level, then=pick(language, level))
        for language in languages
        for level in ReaderLevel.values
    ]
    others = [When(reader_level=level, then=pick("", level)) for level in ReaderLevel.values]
    return Case(*exact, *others, default=pick("", ReaderLevel.PLAIN), output_field=BigIntegerField())


def _personal(notice: Notice) -> JSONObject:
    invitation = Invitation.objects.filter(survey=notice.survey_id, person=OuterRef("pk")).values("pk")
    return JSONObject(
        name="name",
        zone="time_zone",
        invite="wants_invitations",
        is_list="is_list",
        language="language",
        level="reader_level",
        outside=~insiders.inside(),
        invitation=Subquery(invitation) if notice.survey_id else Value(None, output_field=BigIntegerField()),
    )


def priority_of(notice: Notice) -> int:
    if notice.is_urgent or notice.kind in URGENT:
        return 0
    return 20 if notice.kind in UNHURRIED else 10


# Claiming

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
            _mine(message).update(state=MessageState.MISSED, reason=reason, lease_until=None)
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


# What a worker holds in its hands


def hold(message: Message, *, now: datetime) -> bool:
    """Makes the lease last from now on. False: it is somebody else's message by now."""
    until = now + LEASE
    if not _mine(message).update(lease_until=until):
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


SENT = """
WITH recorded AS (
    UPDATE notices_message
    SET state = 'sent', sent_at = %(now)s, sha256 = %(digest)s, lease_until = NULL, reason = ''
    WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s RETURNING id)
INSERT INTO notices_receipt (message_id, kind, event, detail, at)
SELECT id, %(kind)s, '', %(detail)s, %(now)s FROM recorded
ON CONFLICT (message_id, kind, event) DO UPDATE SET detail = excluded.detail, at = excluded.at
"""


def record_sent(message: Message, *, digest: bytes, detail: str, now: datetime) -> bool:
    """In one round trip, with the answer of the next hop. False: the lease ran out, and it goes out once more."""
    params: dict[str, Any] = {"id": message.pk, "attempts": message.attempts, "now": now, "digest": digest}
    with connection.cursor() as cursor:
        cursor.execute(SENT, params | {"detail": detail[:500], "kind": ReceiptKind.ACCEPTED})
        return cursor.rowcount == 1


def record_later(message: Message, *, until: datetime, reason: str) -> bool:
    values = {"state": MessageState.DEFERRED, "not_before": until, "reason": reason[:300], "lease_until": None}
    return bool(_mine(message).update(**values))


def record_failed(message: Message, *, reason: str) -> bool:
    return bool(_mine(message).update(state=MessageState.FAILED, reason=reason[:300], lease_until=None))


def _mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, state=MessageState.SENDING, attempts=message.attempts)


def sweep(*, now: datetime) -> int:
    """A worker died with these in its hands. Nobody knows if they left, so they leave again under the same Message-ID.

    One that never comes back is set aside, lest it kill one worker after the other.
    """
    stuck = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now)
    lost = stuck.filter(attempts__gte=MOST_ATTEMPTS)
    failed = lost.update(state=MessageState.FAILED, reason="No worker came back from it.", lease_until=None)
    return failed + stuck.update(state=MessageState.QUEUED, lease_until=None)


# A person's word


@transaction.atomic
def send_now(notice: Notice, *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> int:
    """Before its time, or although it was missed. Returns how many messages. `hold`: the clock makes them when that has
    passed, and until then one can recall it.

    A missed notice goes out as it is now. Where that was never approved, it takes somebody who may approve it.
    """
    row = approve.lock(notice)
    if row.state not in (NoticeState.APPROVED, NoticeState.MISSED):
        raise NotAllowed(f"Only what is scheduled or was missed can be sent now. It is {_state(row)}.")
    if decision := fate.undecided(row):
        raise NotAllowed(f"It waits for “{decision}”. Tick that off first, or change what the step waits for.")
    if row.state == NoticeState.MISSED and not approve.is_approved_as_it_is(row):
        approve.reapprove(row, by=by, now=now)
    elif not approve.is_approved_as_it_is(row):
        raise NotAllowed("The plan has just changed. Please look at the new version in a moment.")
    values = {"state": NoticeState.APPROVED, "send_at": now + hold, "paused_at": None, "pause_reason": "", "reason": ""}
    values |= {"local_on": None, "local_at": None}  # now is now, wherever somebody is
    values |= {"said_at": now if hold else None}
    Notice.objects.filter(pk=row.pk).update(**values)
    count = 0 if hold else fill(row, now=now, at_once=True)
    notice.refresh_from_db()
    return count


def pause(notice: Notice, *, by, now: datetime, reason: str = "") -> None:
    """Nothing more of it goes out until somebody resumes it: not what waits in the outbox, not what is scheduled."""
    running = Notice.objects.filter(pk=notice.pk, state__in=[NoticeState.APPROVED, NoticeState.RELEASED])
    reason = reason or f"Paused by {by}."
    if not running.filter(paused_at=None).update(paused_at=now, pause_reason=reason[:300]):
        notice.refresh_from_db()
        raise NotAllowed("It is paused already." if notice.is_paused else f"It is {_state(notice)}.")
    notice.refresh_from_db()


def resume(notice: Notice, *, by, now: datetime) -> None:
    if not Notice.objects.filter(pk=notice.pk, paused_at__isnull=False).update(paused_at=None, pause_reason=""):
        raise NotAllowed("It is not paused.")
    notice.refresh_from_db()


def retry_failed(notice: Notice, *, by, now: datetime) -> int:
    """From the first attempt. Bounced addresses are not tried: somebody has to correct them."""
    if not Notice.objects.filter(pk=notice.pk, state=NoticeState.RELEASED).exists():
        raise NotAllowed("Only what was released can be tried again.")
    failed = Message.objects.filter(notice=notice, state=MessageState.FAILED)
    return failed.update(state=MessageState.QUEUED, attempts=0, not_before=now, reason="")


def _state(notice: Notice) -> str:
    return notice.get_state_display().lower()
