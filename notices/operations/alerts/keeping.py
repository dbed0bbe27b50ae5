"""One open alert for each thing, from when it was first seen to when it was over.

Looked for again and again, so a restart forgets nothing. What comes back within minutes is the same alert.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from notices.models import Alert
from notices.operations.alerts.kinds import DATABASE, DOMAIN, LONGEST_KEY, STOPPED_ITSELF, Trouble, rank

log = logging.getLogger(__name__)
SETTLES = timedelta(minutes=5)
MOST_ON_PAGES = 2


def keep(found: Sequence[Trouble], *, now: datetime) -> None:
    """Opens, goes on with and ends alerts, so that exactly these are open."""
    keys = [one.key for one in found]
    _open([Trouble(one.key[:LONGEST_KEY], one.said[:500], one.since) for one in found], now=now)
    for alert in Alert.objects.filter(ended_at=None).exclude(key__in=keys).order_by("pk"):
        if Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=now):
            log.info("alert over: key=%s", alert.key)


def _open(found: Iterable[Trouble], *, now: datetime) -> None:
    for trouble in found:
        if Alert.objects.filter(key=trouble.key, ended_at=None).update(detail=trouble.said):
            continue
        lately = Alert.objects.filter(key=trouble.key, ended_at__gt=now - SETTLES).order_by("-ended_at", "-pk")
        if not _reopened(lately.first(), trouble):
            alert = Alert(key=trouble.key, detail=trouble.said, since=trouble.since or now)
            Alert.objects.bulk_create([alert], ignore_conflicts=True)
        log.warning("alert: key=%s detail=%s", trouble.key, trouble.said)


def _reopened(alert: Alert | None, trouble: Trouble) -> bool:
    """Unless its end was told already."""
    if alert is None or (alert.mailed_at and alert.ended_at and alert.mailed_at >= alert.ended_at):
        return False
    again = Alert.objects.filter(pk=alert.pk, ended_at=alert.ended_at)
    return bool(again.update(ended_at=None, detail=trouble.said))


def past(*, database_since: datetime, reason: str, mailed_at: datetime | None, now: datetime) -> None:
    """The database could not be written to, so this is the first that it hears of it."""
    Alert.objects.create(key=DATABASE, detail=reason[:500], since=database_since, mailed_at=mailed_at, ended_at=now)


def open_now() -> list[Alert]:
    return list(Alert.objects.filter(ended_at=None).order_by("since", "pk"))


def for_every_page(rows: Sequence[Alert]) -> list[str]:
    """Those that matter most. What is stopped is said anyway."""
    wrong = [one for one in rows if one.key.partition(":")[0] != DOMAIN and STOPPED_ITSELF not in one.detail]
    said = [one.detail for one in sorted(wrong, key=lambda one: rank(one.key))]
    more = len(said) - MOST_ON_PAGES
    return [*said[:MOST_ON_PAGES], *([f"And {more} more."] if more > 0 else [])]
