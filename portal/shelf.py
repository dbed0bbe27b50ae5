"""Public pages are rendered once and handed out many times.

A copy is kept in the memory of each process for a second and in the cache for two; then one reader's request renders
it anew while the others get the last one. Nobody tells the shelf that something changed: it looks. If the database
does not answer, the last good copy is handed out, for a day.
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

IN_MEMORY = 1.0  # seconds
FRESH = 2.0
OLDEST = 4.0  # older than this, nobody waits for somebody else to render it
LAST_GOOD = 24 * 3600
MOST_COPIES = 300


@dataclass(frozen=True)
class Copy:
    body: bytes
    packed: bytes
    etag: str
    content_type: str
    language: str
    made_at: float

    @property
    def age(self) -> float:
        return time.time() - self.made_at


class NoCopy(Exception):
    """The database does not answer, and nothing was kept."""


_memory: OrderedDict[str, tuple[float, Copy]] = OrderedDict()
_lock = Lock()


def copy(body: bytes, *, content_type: str, language: str) -> Copy:
    etag = f'W/"{hashlib.sha256(content_type.encode() + body).hexdigest()[:24]}"'
    return Copy(body, gzip.compress(body, 6, mtime=0), etag, content_type, language, time.time())


def get(key: str, make: Callable[[], Copy | None], *, instead: Sequence[str] = ()) -> Copy | None:
    """The copy under `key`, made by `make` when there is no fresh one; None when there is nothing to show. `instead`
    are the keys of what is better than nothing while the database does not answer."""
    remembered = _remembered(key)
    if remembered and remembered[0] > time.monotonic():
        return remembered[1]
    kept = _kept(key) or (remembered[1] if remembered else None)
    if kept and (kept.age < FRESH or (kept.age < OLDEST and not _is_first(key))):
        return _remember(key, kept)
    try:
        made = make()
    except (OperationalError, InterfaceError) as error:
        kept = kept or next((one for other in instead if (one := _kept(other))), None)
        if kept is None:
            raise NoCopy from error
        return kept
    return _keep(key, made)


def clear() -> None:
    """Forget what this process remembers."""
    with _lock:
        _memory.clear()


def _remembered(key: str) -> tuple[float, Copy] | None:
    with _lock:
        return _memory.get(key)


def _remember(key: str, one: Copy) -> Copy:
    with _lock:
        _memory[key] = (time.monotonic() + IN_MEMORY, one)
        _memory.move_to_end(key)
        while len(_memory) > MOST_COPIES:
            _memory.popitem(last=False)
    return one


def _kept(key: str) -> Copy | None:
    try:
        return cache.get(f"page:{key}")
    except RedisError:
        return None


def _keep(key: str, made: Copy | None) -> Copy | None:
    if made is None:
        with _lock:
            _memory.pop(key, None)
    try:
        if made is None:
            cache.delete(f"page:{key}")
        else:
            cache.set(f"page:{key}", made, timeout=LAST_GOOD)
        cache.delete(f"rendering:{key}")
    except RedisError:
        pass  # each process renders for itself then
    return made and _remember(key, made)


def _is_first(key: str) -> bool:
    """Whether this request is the one that renders."""
    try:
        return cache.add(f"rendering:{key}", 1, timeout=int(OLDEST))
    except RedisError:
        return True
