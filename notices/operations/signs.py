"""Signs of life, in the cache: they come every few seconds, and are worth nothing once they are old.

Without the cache nothing is known, which is no alarm by itself.
"""

import logging
import os
import socket
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CLOCKS = "signs:clocks"
WORKERS, TICK, CANNOT_WRITE, LISTENERS = "signs:workers", "signs:tick", "signs:cannot-write", "signs:listeners"
ALARMS, ALARMS_KEPT = "signs:alarms", 150  # seconds: somebody looks once a minute
MAILED = "signs:mailed"
RECENT = timedelta(seconds=150)  # without work, a process shows itself once a minute or two
KEPT = timedelta(days=1)
CLOCK_KEPT = timedelta(minutes=15)
DAY = 86_400
_mailed_here: set[str] = set()  # while there is no cache


def worked(*, now: datetime) -> None:
    """This worker has begun something. Two at once may forget one of them, until its next work."""
    known = {name: at for name, at in _get(WORKERS, {}).items() if now - at < KEPT}
    _set(WORKERS, known | {f"{socket.gethostname()}:{os.getpid()}": now})


def workers() -> dict[str, datetime]:
    """When each process began something last."""
    return _get(WORKERS, {})


def clock_is(ahead: float, *, most: float, now: datetime) -> None:
    """By how many seconds this machine's clock is ahead of the database's; kept while that is more than `most`."""
    host, known = socket.gethostname(), _get(CLOCKS, {})
    if abs(ahead) > most:
        log.warning("clock differs from the database's: host=%s seconds=%.1f", host, ahead)
        _set(CLOCKS, known | {host: (ahead, now)})
    elif host in known:
        _set(CLOCKS, {name: said for name, said in known.items() if name != host})


def wrong_clocks(*, now: datetime) -> dict[str, float]:
    """By machine, of those that have shown themselves lately."""
    return {host: ahead for host, (ahead, at) in _get(CLOCKS, {}).items() if now - at < CLOCK_KEPT}


def ticked(*, seconds: float) -> None:
    _set(TICK, seconds)


def tick_seconds() -> float | None:
    return _get(TICK, None)


def cannot_write(reason: str, *, now: datetime) -> datetime:
    """Since when."""
    since = _get(CANNOT_WRITE, {}).get("since", now)
    _set(CANNOT_WRITE, {"reason": reason, "since": since, "at": now})
    return since


def why_not_writable(*, now: datetime) -> tuple[str, datetime | None]:
    """What was wrong when something tried to write last, if that is not long ago, and since when."""
    found = _get(CANNOT_WRITE, {})
    if not found or now - found["at"] > timedelta(minutes=5):
        return "", None
    return found["reason"], found["since"]


def can_write() -> tuple[str, datetime | None]:
    """What was wrong until now, and since when; empty if nothing was."""
    found = _get(CANNOT_WRITE, {})
    if not found:
        return "", None
    _delete(CANNOT_WRITE)
    return found["reason"], found["since"]


def first_today(what: str, *, now: datetime) -> bool:
    """Whether nobody else has said this within a day. Without the cache each process says it once."""
    try:
        return bool(cache.add(f"{MAILED}:{what}", now, timeout=DAY))
    except RedisError:
        is_first = what not in _mailed_here
        _mailed_here.add(what)
        return is_first


def said_today(what: str) -> datetime | None:
    """When, and forget it."""
    at = _get(f"{MAILED}:{what}", None)
    if at:
        _delete(f"{MAILED}:{what}")
    _mailed_here.discard(what)
    return at


def listeners() -> list[str]:
    """Who was to be told when the database could still say so."""
    return _get(LISTENERS, [])


def remember_listeners(addresses: list[str]) -> None:
    _set(LISTENERS, addresses, timeout=None)


def alarms() -> list[str]:
    """What every page says to those who look after the operation. It costs no query."""
    return _get(ALARMS, [])


def remember_alarms(said: list[str]) -> None:
    _set(ALARMS, said, timeout=ALARMS_KEPT)


def _get(key: str, empty: Any) -> Any:
    try:
        return cache.get(key, empty)
    except RedisError:
        return empty


def _set(key: str, value: Any, *, timeout: int | None = DAY) -> None:
    try:
        cache.set(key, value, timeout=timeout)
    except RedisError:
        log.warning("sign of life not kept: key=%s", key)


def _delete(key: str) -> None:
    try:
        cache.delete(key)
    except RedisError:
        log.warning("sign of life not taken away: key=%s", key)
