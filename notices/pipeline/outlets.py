"""Over which outlet a channel leaves the house, with what, and whether at all.

    outlet = outlets.in_use(channel, now=now)        # the fallback, while the first one does not work
    if why := outlets.stopped_because(outlet): …     # claim nothing
    post = KINDS[channel].open(outlets.access(outlet))
    outlets.up(outlet, now=now)                      # once per drain in which something was accepted
    outlets.down(outlet, reason, now=now)            # ChannelDown

What is refused for good is the business of `refusing`. An outlet that does not work is left to itself for PROBE_EVERY;
then one worker tries it with its next batch. A message whose outcome is unknown keeps its waiting time whichever outlet
comes next: the change makes no copies.
"""

import logging
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from redis.exceptions import RedisError

from commsplan.lib import secrets
from notices.channels import KINDS, Limits
from notices.channels.base import Access
from notices.enums import OutletLogKind
from notices.models import DomainTrouble, Health, Outlet, OutletLog, Standstill
from stakeholders.enums import Channel

log = logging.getLogger(__name__)

DOWN_TRIES = 3
DOWN_FOR = timedelta(seconds=30)
PROBE_EVERY = timedelta(seconds=60)
MOST_DOMAINS = 3  # that every page names
HALTED = "outlets:halted"
REMEMBERED = 120  # seconds
FALLBACK = "fallback"  # in Access.config of mail: EMAIL_FALLBACK_URL instead of EMAIL_URL


class NotPossible(Exception):
    """With a sentence for whoever asked."""


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


def stopped_because(outlet: Outlet) -> str:
    """Empty while it may send."""
    if outlet.pk is None:
        return f"{outlet} is not set up."
    if outlet.is_stopped:
        return f"{outlet} is stopped: {outlet.stop_reason}"
    if outlet.is_fallback and (first := stopped_by_hand(outlet.channel)):
        return f"{first} is stopped: {first.stop_reason}"
    if standstill := Standstill.objects.filter(ended_at=None).first():
        return f"Everything that sends is stopped: {standstill.reason}"
    return ""


def stopped_by_hand(channel: str) -> Outlet | None:
    """The first one of the channel, if a person has stopped it, and the fallback with it."""
    return Outlet.objects.filter(channel=channel, is_fallback=False, stopped_by__isnull=False).first()


def up(outlet: Outlet, *, now: datetime) -> None:
    """Something was accepted. Costs one look when there was no trouble."""
    gone = list(Health.objects.filter(outlet=outlet))
    if not gone or not Health.objects.filter(outlet=outlet).delete()[0]:
        return
    if gone[0].is_replaced or _is_long(gone[0], now=now):
        note(outlet, OutletLogKind.UP, f"It had not worked since {gone[0].down_since:%Y-%m-%d %H:%M} UTC.", at=now)


@transaction.atomic
def down(outlet: Outlet, reason: str, *, now: datetime) -> None:
    """Nothing could be sent over it now. After a few times over half a minute the fallback takes over, if there is
    one."""
    values = {"down_since": now, "reason": reason[:300], "tried_at": now}
    _, is_new = Health.objects.get_or_create(outlet=outlet, defaults=values)
    if not is_new:
        Health.objects.filter(outlet=outlet).update(tries=F("tries") + 1, reason=reason[:300], tried_at=now)
    health = Health.objects.select_for_update().get(outlet=outlet)
    if health.tries < DOWN_TRIES or not _is_long(health, now=now):
        return
    if not OutletLog.objects.filter(outlet=outlet, kind=OutletLogKind.DOWN, at__gte=health.down_since).exists():
        note(outlet, OutletLogKind.DOWN, reason, at=now)
    if not health.is_replaced and not outlet.is_fallback and fallback_of(outlet.channel):
        Health.objects.filter(outlet=outlet).update(is_replaced=True)
        note(outlet, OutletLogKind.FALLBACK, reason, at=now)


def _is_long(health: Health, *, now: datetime) -> bool:
    return abs(now - health.down_since) >= DOWN_FOR


def stop(outlet: Outlet, *, by, now: datetime, reason: str) -> bool:
    """Nothing more of it is claimed; what is in a worker's hands goes out within a moment. False: it was stopped
    already."""
    stopped = Outlet.objects.filter(pk=outlet.pk, stopped_at=None)
    if not stopped.update(stopped_at=now, stopped_by=by, stop_reason=(reason.strip() or "No reason given.")[:300]):
        outlet.refresh_from_db()
        return False
    outlet.refresh_from_db()
    note(outlet, OutletLogKind.STOPPED, outlet.stop_reason, at=now, by=by)
    log.warning("outlet stopped: outlet=%s reason=%s", outlet, outlet.stop_reason)
    tell_pages()
    return True


def start(outlet: Outlet, *, by, now: datetime) -> bool:
    values = {"stopped_at": None, "stopped_by": None, "stop_reason": "", "errors_in_row": 0}
    if not Outlet.objects.filter(pk=outlet.pk, stopped_at__isnull=False).update(**values):
        return False
    outlet.refresh_from_db()
    note(outlet, OutletLogKind.STARTED, at=now, by=by)
    tell_pages()
    return True


def stop_everything(*, by, now: datetime, reason: str) -> bool:
    """False: everything stands still already."""
    reason = (reason.strip() or "No reason given.")[:300]
    try:
        with transaction.atomic():
            Standstill.objects.create(reason=reason, at=now, by=by)
    except IntegrityError:
        return False
    log.warning("everything stopped: reason=%s", reason)
    tell_pages()
    return True


def start_everything(*, by, now: datetime) -> bool:
    started = Standstill.objects.filter(ended_at=None).update(ended_at=now, ended_by=by)
    tell_pages()
    return bool(started)


def halted() -> list[str]:
    """What every page says while something is stopped, as far as it is remembered: it costs no query."""
    try:
        return cache.get(HALTED) or []
    except RedisError:
        return []


def remember_halted() -> int:
    """For the clock, and whenever something is stopped or started."""
    said = [f"Everything that sends is stopped: {one.reason}" for one in Standstill.objects.filter(ended_at=None)]
    stopped = Outlet.objects.filter(stopped_at__isnull=False).order_by("channel", "is_fallback")
    said += [f"{one} is stopped: {one.stop_reason}" for one in stopped]
    domains = DomainTrouble.objects.filter(stopped_at__isnull=False).order_by("domain", "pk")
    said += _of_domains([one.domain for one in domains[:MOST_DOMAINS]], number=domains.count())
    try:
        cache.set(HALTED, said, REMEMBERED) if said else cache.delete(HALTED)
    except RedisError:
        log.warning("the cache does not answer")
    return len(said)


def _of_domains(named: list[str], *, number: int) -> list[str]:
    if not number:
        return []
    more = f" and {number - len(named):,} more" if number > len(named) else ""
    who = "it" if number == 1 else "they"
    return [f"Mail to {', '.join(named)}{more} is stopped: {who} refused everything for a while."]


def tell_pages() -> None:
    remember_halted()
    transaction.on_commit(remember_halted)


def note(outlet: Outlet, kind: str, detail: str = "", *, at: datetime, by=None) -> OutletLog:
    return OutletLog.objects.create(outlet=outlet, kind=kind, detail=detail[:500], at=at, by=by)
