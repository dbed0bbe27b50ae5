"""The connections of an outlet, shared out among all workers that send over it."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from notices.models import DomainLimit, Outlet
from notices.pipeline.limits.locking import lock

SEATED = timedelta(seconds=12)  # those of a dead worker are free before its messages are

OTHERS = """
WITH gone AS (
    DELETE FROM notices_seat WHERE outlet_id = %(outlet)s AND domain = %(domain)s AND holder <> %(holder)s
        AND (until <= %(now)s OR until > %(impossible)s))
SELECT holder, count FROM notices_seat WHERE outlet_id = %(outlet)s AND domain = %(domain)s
    AND holder <> %(holder)s AND until > %(now)s AND until <= %(impossible)s
"""
TAKE = """
INSERT INTO notices_seat (outlet_id, domain, holder, count, until)
VALUES (%(outlet)s, %(domain)s, %(holder)s, %(count)s, %(until)s)
ON CONFLICT (outlet_id, domain, holder) DO UPDATE SET count = excluded.count, until = excluded.until
"""
LEAVE = "DELETE FROM notices_seat WHERE outlet_id = %s AND holder = %s"


def take_seats(
    outlet: Outlet,
    *,
    holder: str,
    opened: int = 0,
    domain: str = "",
    total: int | None = None,
    now: datetime | None = None,
) -> int:
    """How many connections `holder` may keep open for the next SEATED; ask again before that. 0: all are in use, and it
    gets its share as soon as another worker asks again.

    A worker alone has all of them. With others, each has an equal part, and whoever has more gives it back when it asks
    next: before it opens anything, or with fewer than it had. `opened`: so many it has in use, and keeps until then.
    `domain`: of its `total` instead.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        now = lock(outlet.pk, f"seats {domain}", now)
        total = outlet.connections if total is None else total
        params: dict[str, Any] = {"outlet": outlet.pk, "domain": domain, "holder": holder, "now": now}
        cursor.execute(OTHERS, params | {"impossible": now + 2 * SEATED})
        others = dict(cursor.fetchall())
        count = max(0, min(_share(total, holder, [*others, holder]), total - sum(others.values())))
        cursor.execute(TAKE, params | {"count": max(count, opened), "until": now + SEATED})
    return count


def _share(total: int, holder: str, workers: list[str]) -> int:
    """What cannot be divided goes to the first ones; with more workers than connections, some wait."""
    part, rest = divmod(total, len(workers))
    return part + (sorted(workers).index(holder) < rest)


class DomainSeats:
    """How many messages one worker may have under way to each domain that takes only so many at the same time.

    `most` is what it goes by. Who has to give some back puts no more from then on, and says so when it asks next: until
    then others count what it had, and after that what is still on its way. A thread that claims takes, and the one that
    sends keeps.
    """

    def __init__(self, outlet: Outlet, holder: str) -> None:
        self.outlet, self.holder = outlet, holder
        self.most: dict[str, int] = {}
        self.under_way: Counter[str] = Counter()  # by domain; whoever sends counts here
        self._totals: dict[str, int] = {}

    def take(self, limit: DomainLimit, *, now: datetime | None = None) -> int | None:
        """None: any number."""
        if limit.connections is None:
            self.most.pop(limit.domain, None)
            return None
        self._totals[limit.domain] = limit.connections
        return self._take(limit.domain, now=now)

    def keep(self, *, now: datetime | None = None) -> None:
        """Of what is still under way; the rest others may have after a while."""
        for domain in [one for one in list(self.most) if self.under_way[one]]:
            self._take(domain, now=now)

    def forget(self, limited: Collection[str]) -> None:
        """Domains that have no limit any more."""
        for domain in [one for one in list(self.most) if one not in limited]:
            self.most.pop(domain, None)

    def _take(self, domain: str, *, now: datetime | None) -> int:
        opened = max(self.most.get(domain, 0), self.under_way[domain])
        total = self._totals[domain]
        count = take_seats(self.outlet, holder=self.holder, opened=opened, domain=domain, total=total, now=now)
        self.most[domain] = count
        return count


def leave_seats(outlet: Outlet, *, holder: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [outlet.pk, holder])
