"""A look at the operation, once a minute, by whichever process comes first: a worker, or a web process.

figures ─► reading of this minute ─► alerts ─► mails
"""

import logging
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from commsplan.lib import clock
from notices.enums import IncomingKind
from notices.models import Incoming, Reading
from notices.operations import alerts, drift, figures, readings, signs, telling
from notices.pipeline import outlets

log = logging.getLogger(__name__)

READ_ONLY, DISK_FULL = "25006", "53100"
NOT_THERE = ("", "08", "57", "53")  # the beginnings of codes: no connection, shut down, no room for one more
LASTS = readings.MINUTE  # a database that starts again is no alarm


def look(*, now: datetime) -> bool:
    """False: somebody else has looked in this minute, or nothing can be written."""
    try:
        signs.clock_is(clock.ahead().total_seconds(), most=alerts.CLOCK_MAY_DIFFER, now=now)
        if not readings.begin(now=now):
            return False
        _can_write(now=now)
        _look(now=now)
    except DatabaseError as error:
        if not (reason := why(error)):
            raise
        _cannot_write(reason, now=now)
        return False
    return True


def _look(*, now: datetime) -> None:
    last = readings.last(before=readings.minute_of(now))
    seen = figures.of_now(now=now)
    values = _values(seen, last, now=now)
    readings.keep(values, now=now)
    counted = readings.recently(now=now, minutes=alerts.FAILED_MINUTES)
    aside = figures.set_aside(now=now)
    found = alerts.troubles(seen, reading=last, counted=counted, drift=values["drift"], set_aside=aside)
    alerts.keep(found, now=now)
    signs.remember_alarms(alerts.for_every_page(alerts.open_now()))
    outlets.remember_halted()
    signs.remember_listeners(telling.listeners())
    telling.tell(now=now)
    readings.forget(now=now)


def _values(seen: figures.Figures, last: Reading | None, *, now: datetime) -> dict:
    depth = seen.depth if seen.is_counted else exact_depth()
    return {
        "at": now.isoformat(),
        "queue": sum(depth.values()),
        "depth": {f"{state}:{channel}": number for (channel, state), number in depth.items()},
        "ages": {channel: round(age) for channel, age in seen.ages.items()},
        "lag": seen.lag,
        "late": seen.late,
        "workers": seen.alive,
        "sums": readings.sums(last, now=now),
        readings.RETURNED: _returned(last, now=now),
        **drift.carried_on(last, now=now),
    }


EXACTLY = """
SELECT channel, state, count(*) FROM notices_message WHERE state IN ('queued', 'deferred') GROUP BY channel, state
UNION ALL
SELECT channel, state, count(*) FROM notices_message WHERE state = 'sending' GROUP BY channel, state
"""


def exact_depth() -> dict[tuple[str, str], int]:
    """However many there are: once a minute, not on every page."""
    with connection.cursor() as cursor:
        cursor.execute(EXACTLY)
        return {(channel, state): number for channel, state, number in cursor.fetchall()}


def _returned(last: Reading | None, *, now: datetime) -> int:
    """Mails that came back since somebody looked last."""
    if last is None:
        return 0
    return Incoming.objects.filter(kind=IncomingKind.BOUNCE, at__gte=last.values.get("at", last.at), at__lt=now).count()


# A database that takes nothing


def _cannot_write(reason: str, *, now: datetime) -> None:
    log.error("database cannot be written to: reason=%s", reason)
    since = signs.cannot_write(reason, now=now)
    signs.remember_alarms([reason])
    if now - since >= LASTS:
        telling.tell_without_database(reason, since=since, now=now)


def why(error: DatabaseError) -> str:
    """For people; empty when the database is well, and it was our question that it did not like."""
    code = getattr(error.__cause__, "sqlstate", "") or ""
    if code == READ_ONLY:
        return alerts.READ_ONLY
    if code == DISK_FULL:
        return "The disk of the database is full: nothing can be saved, and nothing is sent."
    if isinstance(error, OperationalError | InterfaceError) and code[:2] in NOT_THERE:
        return "The database does not answer: nothing can be saved, and nothing is sent."
    return ""


def _can_write(*, now: datetime) -> None:
    reason, since = signs.can_write()
    if since is None:
        return
    log.info("database can be written to again")
    mailed_at = signs.said_today(alerts.DATABASE)
    alerts.past(database_since=since, reason=reason, mailed_at=mailed_at, now=now)
