"""What is said of outlets: in their log, and on every page while something is stopped."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from notices.models import DomainTrouble, Outlet, OutletLog, Standstill

log = logging.getLogger(__name__)
MOST_DOMAINS = 3  # that every page names
HALTED = "outlets:halted"
REMEMBERED = 120  # seconds


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
