"""Who was told by what, in which order. One query; people with the same history come together.

A telling is one number, so that a hundred thousand histories are sorted and grouped by the database as numbers:

    bits 35 and up    the revision of a notice, or the telling of a conversation
    bits 20 to 34     the day on which it arrived, at the place, counted from 2000
    bits  4 to 19     which differences a letter names that says something else to each reader (0: none)
    bits  0 to  3     over which channel, or in a conversation
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from notices.enums import OPEN, PUT_RIGHT, MessageState
from stakeholders.enums import Channel

TALK = "talk"
WAYS: Sequence[str] = tuple(Channel)[:15]  # the place of each in a telling
TALKS = 15
FIRST_DAY = date(2000, 1, 1)
PENDING = timedelta(days=36_500)  # what is still on its way comes after all that has arrived

TOLD = """
WITH notice AS MATERIALIZED (
    SELECT notice.id, notice.upgrade_id, notice.kind = ANY(%(put_right)s) AS differs, upgrade.time_zone
    FROM notices_notice notice JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
    WHERE notice.upgrade_id = ANY(%(upgrades)s) AND notice.released_at IS NOT NULL
),
told (person_id, at, code, upgrade_id) AS (
    SELECT message.person_id, COALESCE(message.sent_at, %(pending)s),
           (variant.revision_id << 35)
           | (((COALESCE(message.sent_at, %(now)s) AT TIME ZONE notice.time_zone)::date - {first_day})::bigint << 20)
           | (CASE WHEN notice.differs THEN COALESCE((message."values" ->> 'told')::bigint, 0) ELSE 0 END << 4)
           | (array_position(%(ways)s::text[], message.channel::text) - 1),
           notice.upgrade_id
    FROM notice
    JOIN notices_message message ON message.notice_id = notice.id
    JOIN notices_variant variant ON variant.id = message.variant_id
    WHERE (message.state = %(sent)s AND message.sent_at <= %(now)s OR message.state = ANY(%(open)s)){of_messages}
    UNION ALL
    SELECT participant.person_id, telling.at,
           (telling.id << 35)
           | (((telling.at AT TIME ZONE upgrade.time_zone)::date - {first_day})::bigint << 20) | {talks},
           engagement.upgrade_id
    FROM engagement_telling telling
    JOIN engagement_engagement engagement ON engagement.id = telling.engagement_id
    JOIN upgrades_upgrade upgrade ON upgrade.id = engagement.upgrade_id
    JOIN engagement_participant participant ON participant.engagement_id = engagement.id AND participant.attended
    WHERE engagement.upgrade_id = ANY(%(upgrades)s) AND telling.voided_at IS NULL
      AND telling.at <= %(now)s{of_participants}
)
"""
HISTORIES = """{told}
SELECT history, array_agg(person_id ORDER BY person_id) FROM (
    SELECT believer.id AS person_id, array_agg(told.code ORDER BY told.at, told.code) AS history
    FROM told
    JOIN stakeholders_person person ON person.id = told.person_id
    JOIN stakeholders_person believer ON believer.id = COALESCE(person.merged_into_id, person.id)
    WHERE believer.archived_at IS NULL
    GROUP BY believer.id
) AS of_person
GROUP BY history
"""
APART = """{told}
SELECT upgrade_id, history, array_agg(person_id ORDER BY person_id) FROM (
    SELECT told.upgrade_id, believer.id AS person_id, array_agg(told.code ORDER BY told.at, told.code) AS history
    FROM told
    JOIN stakeholders_person person ON person.id = told.person_id
    JOIN stakeholders_person believer ON believer.id = COALESCE(person.merged_into_id, person.id)
    WHERE believer.archived_at IS NULL
    GROUP BY told.upgrade_id, believer.id
) AS of_person
GROUP BY upgrade_id, history
"""
ARRIVALS = """{told}
SELECT told.code, date_trunc('minute', told.at) AS minute, array_agg(believer.id)
FROM told
JOIN stakeholders_person person ON person.id = told.person_id
JOIN stakeholders_person believer ON believer.id = COALESCE(person.merged_into_id, person.id)
WHERE believer.archived_at IS NULL
GROUP BY told.code, minute
ORDER BY minute, min(told.at), told.code
"""
OF_THESE = """
      AND {table}.person_id IN (SELECT id FROM stakeholders_person
                                WHERE id = ANY(%(people)s) OR merged_into_id = ANY(%(people)s))"""

History = tuple[int, ...]


@dataclass(frozen=True)
class Telling:
    """One telling, read from its number. `key` is that of a revision, or of what was told in a conversation."""

    key: int
    on: date
    differences: int
    by: str

    @classmethod
    def of(cls, code: int) -> "Telling":
        way = code & 15
        return cls(
            key=code >> 35,
            on=FIRST_DAY + timedelta(days=code >> 20 & 0x7FFF),
            differences=code >> 4 & 0xFFFF,
            by=TALK if way == TALKS else WAYS[way],
        )

    @property
    def is_talk(self) -> bool:
        return self.by == TALK


def of(
    upgrades: Collection[int], *, now: datetime, people: Collection[int] | None = None, on_the_way: bool = False
) -> dict[History, list[int]]:
    """By history, the oldest telling first, the keys of the people who have it: those who are still with us.

    What bounced or failed told nobody; whoever was merged hears as the one they became. `on_the_way` counts what is
    released and has not arrived yet as if it had, last. Up to `now`, as we know it today.
    """
    return {tuple(history): persons for history, persons in _rows(HISTORIES, upgrades, now, people, on_the_way)}


def apart(upgrades: Collection[int], *, now: datetime) -> dict[int, dict[History, list[int]]]:
    """The same of each upgrade by itself, in one query for all of them."""
    found: dict[int, dict[History, list[int]]] = {key: {} for key in upgrades}
    for upgrade, history, persons in _rows(APART, upgrades, now, None, False):
        found[upgrade][tuple(history)] = persons
    return found


def arrivals(upgrades: Collection[int], *, now: datetime) -> list[tuple[Telling, datetime, list[int]]]:
    """What arrived in which minute, at whom: the oldest first. For looking at how beliefs came about."""
    rows = _rows(ARRIVALS, upgrades, now, None, False)
    return [(Telling.of(code), minute, persons) for code, minute, persons in rows]


def _rows(
    query: str, upgrades: Collection[int], now: datetime, people: Collection[int] | None, on_the_way: bool
) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "upgrades": list(upgrades),
        "put_right": [str(kind) for kind in PUT_RIGHT],
        "ways": [str(way) for way in WAYS],
        "sent": MessageState.SENT.value,
        "open": [state.value for state in OPEN] if on_the_way else [],
        "now": now,
        "pending": now + PENDING,
        "people": None if people is None else list(people),
    }
    parts = {
        "of_messages": "" if people is None else OF_THESE.format(table="message"),
        "of_participants": "" if people is None else OF_THESE.format(table="participant"),
        "talks": TALKS,
        "first_day": f"DATE '{FIRST_DAY}'",
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(query.format(told=TOLD.format(**parts)), values)
        return cursor.fetchall()
