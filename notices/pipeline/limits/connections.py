"""The connections of an outlet, shared out among all workers that send over it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from notices.models import Outlet, Seat
from notices.pipeline.limits.tally import lock

SEATED = timedelta(seconds=12)  # those of a dead worker are free before its messages are

OTHERS = """
WITH gone AS (
    DELETE FROM notices_seat WHERE outlet_id = %(outlet)s AND domain = '' AND holder <> %(holder)s
        AND (until <= %(now)s OR until > %(impossible)s))
SELECT holder, count FROM notices_seat WHERE outlet_id = %(outlet)s AND domain = ''
    AND holder <> %(holder)s AND until > %(now)s AND until <= %(impossible)s
"""
TAKE = """
INSERT INTO notices_seat (outlet_id, domain, holder, count, until)
VALUES (%(outlet)s, '', %(holder)s, %(count)s, %(until)s)
ON CONFLICT (outlet_id, domain, holder) DO UPDATE SET count = excluded.count, until = excluded.until
"""
LEAVE = "DELETE FROM notices_seat WHERE outlet_id = %s AND holder = %s"


def take_seats(outlet: Outlet, *, holder: str, opened: int = 0, now: datetime | None = None) -> int:
    """How many connections `holder` may keep open for the next SEATED; ask again before that. 0: all are in use, and it
    gets its share as soon as another worker asks again.

    A worker alone has all of them. With others, each has an equal part, and whoever has more gives it back when it asks
    next: before it opens anything, or with fewer than it had. `opened`: so many it has in use, and keeps until then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        now = lock(outlet.pk, "seats ", now)
        params: dict[str, Any] = {"outlet": outlet.pk, "holder": holder, "now": now}
        cursor.execute(OTHERS, params | {"impossible": now + 2 * SEATED})
        others = dict(cursor.fetchall())
        count = max(
            0, min(_share(outlet.connections, holder, [*others, holder]), outlet.connections - sum(others.values()))
        )
        cursor.execute(TAKE, params | {"count": max(count, opened), "until": now + SEATED})
    return count


def _share(total: int, holder: str, workers: list[str]) -> int:
    """What cannot be divided goes to the first ones; with more workers than connections, some wait."""
    part, rest = divmod(total, len(workers))
    return part + (sorted(workers).index(holder) < rest)


def share_of(outlet: Outlet, total: int, *, now: datetime) -> int:
    """The part of each worker that sends over the outlet now, of what may be under way to one domain; at least one."""
    workers = Seat.objects.filter(outlet=outlet, domain="", until__gt=now, until__lte=now + 2 * SEATED).count()
    return max(1, total // max(workers, 1))


def leave_seats(outlet: Outlet, *, holder: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [outlet.pk, holder])
