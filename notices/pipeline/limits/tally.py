"""How many may leave now, over all workers: reserved in PostgreSQL before they leave, reported when they have.

    allowance = allow(outlet, 400)
    …                                        # send up to allowance.count of them before allowance.until
    settle(allowance, ages=[0.7, 0.1])       # seconds since each was accepted; the others come back

The clock is that of the database, so workers on several machines need not agree on the time. A worker that dies has
used all that it reserved. Reports are rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction

from commsplan.lib import clock
from notices.models import DomainLimit, Outlet
from notices.pipeline.limits import windows
from notices.pipeline.limits.locking import lock
from notices.pipeline.limits.rates import DAY, windows_of
from notices.pipeline.limits.windows import Used, Window

HOLD = timedelta(seconds=30)  # a reservation that nobody reports on
FINEST = 400  # reports are rounded to this part of the shortest window,
COARSE = timedelta(seconds=0.5)  # or to this, if that is shorter
TIDY_SECONDS = 5.0


@dataclass(frozen=True)
class Allowance:
    """So many may leave, before `until`; then they count as used. `again_at`: when asking for more makes sense. With
    no limits there is nothing to reserve (`key` is empty), but what left is reported all the same, for the page.
    `later`: so many of them may leave after so many seconds only, each time."""

    outlet: int
    count: int
    domain: str = ""
    key: int | None = None
    until: datetime | None = None
    again_at: datetime | None = None
    wait: float = 0  # seconds until `again_at`
    later: Sequence[tuple[float, int]] = ()
    grain: timedelta = field(default=COARSE, repr=False)


def allow(
    outlet: Outlet, wanted: int, *, urgent: int = 0, ahead: timedelta = timedelta(0), now: datetime | None = None
) -> Allowance:
    """Reserves up to `wanted` messages. `urgent`: how many of them are, for which what is kept may be used too; a
    worker that was allowed none asks again with `urgent=wanted`, and claims what is urgent only. `ahead`: also what
    becomes free so soon, each for its moment; so what it takes to claim and to write costs nothing of the rate. `now`:
    for tests.
    """
    return _allow(outlet.pk, outlet, wanted, urgent=urgent, ahead=ahead, now=now)


def allow_domain(limit: DomainLimit, wanted: int, *, urgent: int = 0, now: datetime | None = None) -> Allowance:
    return _allow(limit.outlet_id, limit, wanted, domain=limit.domain, urgent=urgent, now=now)


def _allow(
    outlet: int,
    limited: Outlet | DomainLimit,
    wanted: int,
    *,
    domain: str = "",
    urgent: int,
    ahead: timedelta = timedelta(0),
    now: datetime | None,
) -> Allowance:
    with transaction.atomic():
        allowed = windows_of(limited, now=now or clock.of_database())
        if not allowed:
            return Allowance(outlet, wanted, domain)
        now = lock(outlet, domain, now)
        used = _used(outlet, domain, allowed, now)
        count = _room(allowed, used, wanted, urgent, now)
        later = windows.becoming_free(allowed, used, more_than=count, most=wanted, now=now, until=now + ahead)
        count += sum(number for _, number in later)
        again_at = None
        if count < wanted:
            taken = [*used, (now + HOLD, count)] if count else used
            again_at = windows.again_in_all(allowed, taken, now=now, urgent=urgent > count)
        return Allowance(
            outlet,
            count,
            domain,
            key=_reserve(outlet, domain, now + HOLD, count) if count else None,
            until=now + HOLD,
            again_at=again_at,
            wait=max(0.0, (again_at - now).total_seconds()) if again_at else 0.0,
            later=later,
            grain=min(allowed[0].length / FINEST, COARSE),
        )


def _room(allowed: Sequence[Window], used: Used, wanted: int, urgent: int, now: datetime) -> int:
    usual = windows.room_in_all(allowed, used, now=now)
    if usual >= urgent:
        return min(wanted, usual)
    return min(urgent, windows.room_in_all(allowed, used, now=now, urgent=True))


USED = "SELECT at, count FROM notices_tally WHERE outlet_id = %s AND domain = %s AND at > %s ORDER BY at"


def _used(outlet: int, domain: str, allowed: Sequence[Window], now: datetime) -> Used:
    begin = now - max(window.length for window in allowed)
    with connection.cursor() as cursor:
        cursor.execute(USED, [outlet, domain, begin])
        rows = cursor.fetchall()
    if rows and rows[-1][0] > now + 2 * HOLD:
        return _follow_the_clock(outlet, domain, rows, now)
    return rows


AHEAD = "UPDATE notices_tally SET at = %s WHERE outlet_id = %s AND domain = %s AND at > %s"


def _follow_the_clock(outlet: int, domain: str, rows: Used, now: datetime) -> Used:
    """The clock was set back. What left a moment ago is not to come: it counts as if it had left now."""
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, [now, outlet, domain, now + 2 * HOLD])
    return sorted((now if at > now + 2 * HOLD else at, count) for at, count in rows)


RESERVE = "INSERT INTO notices_tally (outlet_id, domain, at, count) VALUES (%s, %s, %s, %s) RETURNING id"


def _reserve(outlet: int, domain: str, until: datetime, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [outlet, domain, until, count])
        return cursor.fetchone()[0]


SETTLE = """
WITH clock AS (SELECT COALESCE(%(now)s::timestamptz, clock_timestamp()) AS now),
gone AS (
    DELETE FROM notices_tally WHERE id = %(key)s RETURNING id),
used AS (
    SELECT date_bin(%(grain)s, clock.now - make_interval(secs => age) - interval '1 microsecond', 'epoch') + %(grain)s
           AS at, count(*) AS count
    FROM clock CROSS JOIN unnest(%(ages)s::float8[]) AS age
    WHERE %(key)s::bigint IS NULL OR EXISTS (SELECT 1 FROM gone)
    GROUP BY 1)
INSERT INTO notices_tally (outlet_id, domain, at, count)
SELECT %(outlet)s, %(domain)s, used.at, used.count FROM used
"""


def settle(allowance: Allowance, *, ages: Sequence[float] = (), now: datetime | None = None) -> None:
    """Reports how many seconds ago each message was accepted, or that its outcome is unknown. All others come back.

    Whoever reports too late changes nothing: it counts as used at the end of the reservation.
    """
    if allowance.key is None and not ages:
        return
    params: dict[str, Any] = {"key": allowance.key, "ages": list(ages), "now": now}
    params |= {"outlet": allowance.outlet, "domain": allowance.domain, "grain": allowance.grain}
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, params)
    _tidy_now_and_then(allowance.outlet, allowance.domain, now=now)


TIDY = """
WITH clock AS (SELECT COALESCE(%(now)s::timestamptz, clock_timestamp()) AS now),
old AS (
    DELETE FROM notices_tally USING clock WHERE outlet_id = %(outlet)s AND domain = %(domain)s
        AND at <= clock.now - interval '2 seconds' RETURNING at, count),
grained AS (
    SELECT at, count, CASE WHEN at > clock.now - interval '2 minutes' THEN interval '0.5 seconds'
                           WHEN at > clock.now - interval '2 hours' THEN interval '30 seconds'
                           ELSE interval '10 minutes' END AS grain
    FROM old CROSS JOIN clock WHERE at > clock.now - %(longest)s)
INSERT INTO notices_tally (outlet_id, domain, at, count)
SELECT %(outlet)s, %(domain)s, date_bin(grain, at - interval '1 microsecond', 'epoch') + grain, sum(count)
FROM grained GROUP BY 3
"""
_tidied_at: dict[tuple[int, str], float] = {}


def _tidy_now_and_then(outlet: int, domain: str, *, now: datetime | None) -> None:
    last = _tidied_at.get((outlet, domain))
    if last is None or monotonic() - last > TIDY_SECONDS:
        _tidied_at[outlet, domain] = monotonic()
        tidy(outlet, domain, now=now)


def tidy(outlet: int, domain: str = "", *, now: datetime | None = None) -> None:
    """Coarser with age, always rounded up: the memory of a day stays below a thousand rows."""
    with transaction.atomic():
        now = lock(outlet, domain, now)
        with connection.cursor() as cursor:
            params: dict[str, Any] = {"outlet": outlet, "domain": domain, "now": now}
            cursor.execute(TIDY, params | {"longest": DAY + timedelta(minutes=20)})
