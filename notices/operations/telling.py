"""Mails about alerts: when one begins, when it is over, and once a day in between. Of what was over before a mail could
leave, such as a relay that did not work, one mail tells afterwards.

They leave directly, for the outbox may be what stands still. Of several processes one tells at a time; it notes that it
has told once the mail has left, so a process that dies in between leaves it to the next.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.urls import reverse
from environ import Env

from accounts.enums import Role
from accounts.models import Account
from commsplan.lib.time import full
from notices.channels.base import ChannelError
from notices.models import Alert, Outlet
from notices.operations import alerts, signs
from notices.pipeline.outlets import trying_out
from stakeholders.enums import Channel

log = logging.getLogger(__name__)

LOCK = 730_601  # of the advisory locks, ours
AGAIN = timedelta(days=1)
FORGOTTEN = timedelta(days=1)  # the end of something that nobody could be told of for so long
SECONDS = 10  # a relay that is slow is tried again in a minute


def tell(*, now: datetime) -> int:
    """Everything that somebody has to hear, in one mail. Returns of how many alerts."""
    if not _due(now=now).exists():
        return 0
    with _alone() as is_ours:
        due = list(_due(now=now).order_by("ended_at", "since", "pk")) if is_ours else []
        if not due or not _send(_subject(due), _words(due), to=listeners(), now=now):
            return 0
        Alert.objects.filter(pk__in=[one.pk for one in due]).update(mailed_at=now)
    log.info("alerts told: alerts=%s", len(due))
    return len(due)


def _due(*, now: datetime):
    begins = Q(ended_at=None, mailed_at=None)
    lasts = Q(ended_at=None, mailed_at__lte=now - AGAIN)
    is_over = Q(ended_at__lte=now - alerts.SETTLES, ended_at__gt=now - FORGOTTEN, mailed_at__lt=F("ended_at"))
    untold = Q(ended_at__lte=now - alerts.SETTLES, ended_at__gt=now - FORGOTTEN, mailed_at=None)
    return Alert.objects.filter(begins | lasts | is_over | untold)


@contextmanager
def _alone() -> Iterator[bool]:
    """A process that dies loses its session, and the lock with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = cursor.fetchone()
    is_ours = bool(row and row[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def listeners() -> list[str]:
    if settings.ALERT_EMAILS:
        return settings.ALERT_EMAILS
    administrators = Account.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR]).order_by("pk")
    return list(administrators.values_list("email", flat=True))


def tell_without_database(reason: str, *, since: datetime, now: datetime) -> None:
    """Once a day, however many processes notice it."""
    if not signs.first_today(alerts.DATABASE, now=now):
        return
    alert = Alert(key=alerts.DATABASE, detail=reason, since=since)
    if not _send(_subject([alert]), _words([alert]), to=settings.ALERT_EMAILS or signs.listeners(), now=now):
        signs.said_today(alerts.DATABASE)


# The mail


def _subject(due: Sequence[Alert]) -> str:
    first, more = due[0], f", and {len(due) - 1} more" if len(due) > 1 else ""
    over = "Over: " if all(one.ended_at for one in due) else ""
    return f"[CommsPlan] {over}{_headline(first)}{more}"


def _headline(alert: Alert) -> str:
    return " ".join(alert.detail.split())[:100].rstrip(".")


def _words(due: Sequence[Alert]) -> str:
    parts = [_of_one(alert) for alert in due]
    parts.append(f"Figures and a chart: {settings.BASE_URL}{reverse('operations')}")
    parts.append(f"You get this because you look after CommsPlan of {settings.ORGANISATION}.")
    return "\n\n".join(parts)


def _of_one(alert: Alert) -> str:
    since = full(alert.since, zone=settings.TIME_ZONE)
    if alert.ended_at:
        return f"It is over: {alert.detail}\nIt lasted from {since} to {full(alert.ended_at, zone=settings.TIME_ZONE)}."
    return f"{alert.detail}\nSince {since}.\nWhat to do: {alerts.advice(alert.key, alert.detail)}"


def _send(subject: str, words: str, *, to: Sequence[str], now: datetime) -> bool:
    if not to:
        log.warning("alert not told: nobody is to be told")
        return False
    for way in _ways(now=now):
        try:
            way(subject, words, to)
        except Exception as error:  # whatever keeps one relay from taking it must not keep the next one
            log.warning("alert not told over this relay: reason=%s", f"{type(error).__name__}: {error}")
        else:
            return True
    return False


Way = Callable[[str, str, Sequence[str]], None]


def _ways(*, now: datetime) -> Iterator[Way]:
    """Providers that were set up, then EMAIL_URL, then EMAIL_FALLBACK_URL."""
    for outlet in _providers():
        yield partial(_over_provider, outlet, now)
    for route in _routes():
        yield partial(_over_relay, route)


def _providers() -> list[Outlet]:
    """None while the database does not answer: then who the provider is cannot be known."""
    try:
        rows = list(Outlet.objects.filter(channel=Channel.EMAIL).order_by("is_fallback"))
    except DatabaseError:
        return []
    return [one for one in rows if one.config.get("provider")]


def _over_relay(route: Mapping[str, Any], subject: str, words: str, to: Sequence[str]) -> None:
    mail = EmailMessage(subject, words, settings.DEFAULT_FROM_EMAIL, list(to), headers=HEADERS)
    mail.connection = get_connection(timeout=SECONDS, **route)
    mail.send()


def _over_provider(outlet: Outlet, now: datetime, subject: str, words: str, to: Sequence[str]) -> None:
    """Each gets their own. One who got it is enough: the others are not kept waiting for a wrong address."""
    outcomes = [
        trying_out.hand_over(outlet, address, subject=subject, text=words, now=now, seconds=SECONDS) for address in to
    ]
    refused = [one for one in outcomes if isinstance(one, ChannelError)]
    if len(refused) == len(outcomes):
        raise refused[0]


HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def _routes() -> list[dict[str, Any]]:
    """EMAIL_URL, then EMAIL_FALLBACK_URL."""
    if not (url := getattr(settings, "EMAIL_FALLBACK_URL", "")):
        return [{}]
    given = Env.email_url_config(url)
    other = {"backend": given["EMAIL_BACKEND"], "host": given["EMAIL_HOST"], "port": given["EMAIL_PORT"]}
    other |= {"username": given["EMAIL_HOST_USER"], "password": given["EMAIL_HOST_PASSWORD"]}
    return [{}, other | {"use_tls": bool(given.get("EMAIL_USE_TLS")), "use_ssl": bool(given.get("EMAIL_USE_SSL"))}]
