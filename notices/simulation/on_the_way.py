"""What has been released and is not with people yet: it waits for their hour, or to be tried again.

What becomes of it is asked as outbox.claim asks, about the milestones and people that the play has.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from notices.enums import OPEN
from notices.pipeline import outbox
from notices.simulation.what_if import WhatIf
from stakeholders.models import Person
from upgrades.models import Milestone

WAITING = f"""
SELECT message.notice_id, message.person_id, person.name, COALESCE({outbox.ADDRESS}, message.address) AS address,
       message.channel, reached.at,
       CASE WHEN waits.holds THEN 'queued' ELSE COALESCE(obstacle.state, 'sent') END AS state,
       CASE WHEN waits.holds THEN message.reason ELSE COALESCE(obstacle.reason, '') END AS reason,
       message."values" ? 'digest' AS is_gathered, message.reason AS held
FROM notices_message message
JOIN notices_notice notice ON notice.id = message.notice_id
JOIN upgrades_upgrade upgrade ON upgrade.id = notice.upgrade_id
JOIN (SELECT id, name, email, email_state, refused_channels,
             CASE WHEN id = ANY(%(gone)s) THEN %(now)s ELSE archived_at END AS archived_at
      FROM stakeholders_person) AS person ON person.id = message.person_id
LEFT JOIN unnest(%(milestones)s::bigint[], %(statuses)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS milestone (id, status, start, "end") ON milestone.id = notice.milestone_id
LEFT JOIN engagement_engagement engagement ON engagement.id = notice.engagement_id
CROSS JOIN LATERAL (SELECT GREATEST(message.not_before, %(now)s) AS at) AS reached
CROSS JOIN LATERAL (SELECT notice.paused_at IS NOT NULL OR reached.at > %(until)s AS holds) AS waits
LEFT JOIN LATERAL ({outbox.OBSTACLE.format(at="reached.at")}) AS obstacle ON true
WHERE message.state = ANY(%(open)s)
  AND (%(notices)s::bigint[] IS NULL OR notice.id = ANY(%(notices)s))
  AND message.channel <> ALL(%(dropped)s)
  AND (%(person)s::bigint IS NULL OR message.person_id = %(person)s)
"""  # noqa: S608  of constants
EACH = f"""
SELECT person_id, name, address, channel, state, reason, at, held, is_gathered FROM ({WAITING}) AS found
ORDER BY channel, person_id
"""  # noqa: S608
COUNTED = f"""
SELECT notice_id, channel, state, reason, at, held, is_gathered, count(*) FROM ({WAITING}) AS found
GROUP BY notice_id, channel, state, reason, at, held, is_gathered ORDER BY notice_id, channel, at, state, reason, held
"""  # noqa: S608
BY_MOMENT = f"""
SELECT notice.id, notice.kind, notice.milestone_id, notice.released_at, found.state, found.at, found.is_gathered,
       array_agg(DISTINCT found.person_id)
FROM ({WAITING}) AS found JOIN notices_notice notice ON notice.id = found.notice_id
GROUP BY notice.id, found.state, found.at, found.is_gathered
"""  # noqa: S608


@dataclass(frozen=True)
class OnTheWay:
    """`notices` are keys of those that are out; None means all of them."""

    notices: Sequence[int] | None
    milestones: Mapping[int, Milestone]
    what_if: WhatIf
    now: datetime
    until: datetime

    def counted(self) -> list[tuple]:
        """Notice, channel, state, reason, when, why then, whether in a digest, how many."""
        return list(self._rows(COUNTED, self.notices)) if self.notices else []

    def by_moment(self) -> list[tuple]:
        """Notice, kind, milestone, released, state, when, whether in a digest, and the people."""
        return self._rows(BY_MOMENT, self.notices)

    def each(self, notice: int, *, person: Person | None = None) -> Iterator[tuple]:
        """Person, name, address, channel, state, reason, when, why then, whether in a digest."""
        yield from self._rows(EACH, [notice], person=person)

    def _rows(self, sql: str, notices: Collection[int] | None, *, person: Person | None = None) -> list[tuple]:
        rows = list(self.milestones.values())
        values: dict[str, Any] = outbox.OBSTACLE_VALUES | {
            "notices": None if notices is None else list(notices),
            "open": [str(state) for state in OPEN],
            "now": self.now,
            "until": self.until,
            "gone": list(self.what_if.gone),
            "dropped": list(self.what_if.dropped),
            "person": person.pk if person else None,
            "milestones": [one.pk for one in rows],
            "statuses": [str(one.status) for one in rows],
            "starts": [one.start for one in rows],
            "ends": [one.end for one in rows],
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
