"""Over which outlet a channel leaves the house now, and with what.

One that does not work is left to itself for PROBE_EVERY; then one worker tries it with its next batch. A message whose
outcome is unknown keeps its waiting time whichever outlet comes next: the change makes no copies.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from commsplan.lib import secrets
from notices.channels import KINDS, Limits
from notices.channels.base import Access
from notices.models import Health, Outlet
from stakeholders.enums import Channel

PROBE_EVERY = timedelta(seconds=60)
FALLBACK = "fallback"  # in Access.config of mail: EMAIL_FALLBACK_URL instead of EMAIL_URL


def of(channel: str) -> Outlet:
    """That of the channel. Mail always has one; another channel that nobody has set up gets one that is not stored,
    and sends nothing."""
    found = Outlet.objects.filter(channel=channel, is_fallback=False).first()
    return found or (_made(channel) if channel == Channel.EMAIL else usual(channel))


def usual(channel: str, *, is_fallback: bool = False) -> Outlet:
    """Not stored: with the limits that its kind begins with."""
    return Outlet(channel=channel, is_fallback=is_fallback, **_limits(channel))


def _limits(channel: str) -> dict[str, int | None]:
    return {one.name: getattr(KINDS[channel].limits, one.name) for one in fields(Limits)}


def _made(channel: str, *, is_fallback: bool = False) -> Outlet:
    return Outlet.objects.get_or_create(channel=channel, is_fallback=is_fallback, defaults=_limits(channel))[0]


def fallback_of(channel: str) -> Outlet | None:
    if channel == Channel.EMAIL and not settings.EMAIL_FALLBACK_URL:
        return None
    found = Outlet.objects.filter(channel=channel, is_fallback=True).first()
    return found or (_made(channel, is_fallback=True) if channel == Channel.EMAIL else None)


def in_use(channel: str, *, now: datetime) -> Outlet:
    """Over which this worker sends now. While the first one is replaced, one worker a minute tries it.

    Whoever stops the first one stops the channel, so then it is that one, whatever the fallback could do. One that
    stopped itself while it was replaced stops nobody: the fallback goes on.
    """
    first = of(channel)
    if first.pk is None or first.stopped_by_id is not None:
        return first
    health = Health.objects.filter(outlet=first, is_replaced=True).first()
    fallback = fallback_of(channel) if health else None
    if health is None or fallback is None or (fallback.is_stopped and not first.is_stopped):
        return first
    return first if not first.is_stopped and _may_probe(health, now=now) else fallback


def _may_probe(health: Health, *, now: datetime) -> bool:
    """The clock may have been set back since."""
    rested = Q(tried_at__lte=now - PROBE_EVERY) | Q(tried_at__gt=now + PROBE_EVERY)
    return bool(Health.objects.filter(rested, pk=health.pk, is_replaced=True).update(tried_at=now))


def access(outlet: Outlet, *, connections: int | None = None) -> Access:
    """`connections`: this worker's share. Raises secrets.CannotDecrypt."""
    config: Mapping[str, str] = outlet.config
    if outlet.is_fallback and outlet.channel == Channel.EMAIL:
        config = {**config, FALLBACK: "yes"}
    return Access(
        config=config,
        secrets=secrets.decrypt_values(outlet.secrets),
        connections=outlet.connections if connections is None else connections,
        per_connection=outlet.per_connection or 0,
    )
