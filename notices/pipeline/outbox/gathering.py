"""What waited for one reader leaves in one mail: claimed together, sent once, recorded for each.

Nothing is prepared for it. A message that waited is claimed like any other, and takes along whatever else waits for the
same reader; what another worker has taken just now leaves with that one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from notices.enums import MessageState
from notices.pipeline.outbox.claiming import ALONE, TAKE, still_so, take, with_letters
from notices.pipeline.outbox.lease import Claimed, safely_held

WAITED = "digest"  # in the values of a message
ALONG = """
WITH picked AS MATERIALIZED (
    SELECT message.id, message.notice_id, message.person_id, message.channel
    FROM notices_message message JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE message.person_id = ANY(%(people)s) AND message.channel = %(channel)s
      AND message.state IN ('queued', 'deferred') AND message.not_before <= %(now)s
      AND message."values" ? 'digest' AND message.losses <= %(losses)s AND notice.paused_at IS NULL
    ORDER BY message.id FOR UPDATE OF message SKIP LOCKED
),
{take}
""".replace("{take}", TAKE)


def gather(rows: Sequence[Claimed], *, channel: str, now: datetime) -> list[Claimed]:
    """Of these, what waited for one reader becomes one row with `others`. What has to be alone is, and what is more of
    a suspect than these does not come along."""
    waited = [row for row in rows if _is_gathered(row)]
    if not waited:
        return list(rows)
    held_until, losses = safely_held(), max(row.losses for row in waited)
    along = take(channel, query=ALONG, people=[row.person_id for row in waited], now=now, losses=losses)
    claimed = with_letters((row for row in along if row[1] == MessageState.SENDING), held_until=held_until)
    bundles = _bundled([*waited, *still_so(claimed, now=now)])
    return [*(row for row in rows if not _is_gathered(row)), *bundles]


def _is_gathered(row: Claimed) -> bool:
    return WAITED in row.values and row.losses < ALONE


def _bundled(rows: Iterable[Claimed]) -> list[Claimed]:
    of_person: dict[int, list[Claimed]] = defaultdict(list)
    for row in rows:
        of_person[row.person_id].append(row)
    for parts in of_person.values():
        parts.sort(key=order_in_digest)
        parts[0].others = tuple(parts[1:])
    return [parts[0] for parts in of_person.values()]


class Ordered(Protocol):
    """A message, in the hands of a worker or not."""

    pk: int
    attempts: int
    priority: int


def order_in_digest(message: Ordered) -> tuple[int, int, int]:
    """What was tried before comes first, so that a repeat has the Message-ID of what it repeats."""
    return -message.attempts, message.priority, message.pk
