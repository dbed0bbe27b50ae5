"""Who has had their share of the week, over all upgrades together."""

from datetime import datetime, timedelta

from notices.enums import LIVE, OPEN, MessageState

OVER_THE_CAP = "had their share of the week, and waits for the digest"
WEEK = timedelta(days=7)
LONGEST_ON_THE_WAY = timedelta(days=30)  # what was released longer ago has arrived, or never will

# The live notices of one window count as one, and so does one notice over several channels. A room or a list is many.
OVER = """
SELECT message.person_id
FROM notices_message message
JOIN notices_notice notice ON notice.id = message.notice_id
JOIN stakeholders_person person ON person.id = message.person_id
WHERE message.notice_id IN (SELECT id FROM notices_notice WHERE released_at > %s AND id <> %s)
  AND (message.state = %s AND message.sent_at > %s OR message.state = ANY(%s))
  AND NOT person.is_list
GROUP BY message.person_id
HAVING count(DISTINCT CASE WHEN notice.kind = ANY(%s) AND notice.milestone_id IS NOT NULL
                           THEN -notice.milestone_id ELSE notice.id END) >= %s
"""


def over_the_cap(*, notice: int, most: int, now: datetime) -> tuple[str, list[object]]:
    """A query for their keys, with its values. What is on its way to them counts; what this notice says does not."""
    return OVER, [
        now - LONGEST_ON_THE_WAY,
        notice,
        MessageState.SENT.value,
        now - WEEK,
        [state.value for state in OPEN],
        [kind.value for kind in LIVE],
        most,
    ]
