"""How often something may be tried: a fixed window in the cache. Without the cache nobody is held up."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError


def allows(purpose: str, who: str, *, limit: int, seconds: int) -> bool:
    """Counts this try; False from the one after `limit` in a window. `who` is kept only as a digest."""
    key = f"limit:{purpose}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= limit
    except ValueError:  # the window ended between the two
        return True
    except RedisError:
        return True


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy (BEHIND_PROXY) the last address in the list is the one it saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")


class Patient:
    """The cache, for a library that counts tries with it: where there is none, everybody is let in."""

    def add(self, *args: Any, **options: Any) -> Any:
        return _asked(True, cache.add, *args, **options)

    def get(self, key: str, default: Any = None) -> Any:
        return _asked(default, cache.get, key, default)

    def set(self, *args: Any, **options: Any) -> Any:
        return _asked(None, cache.set, *args, **options)

    def delete(self, *args: Any, **options: Any) -> Any:
        return _asked(False, cache.delete, *args, **options)


def _asked(otherwise: Any, ask: Callable[..., Any], *args: Any, **options: Any) -> Any:
    try:
        return ask(*args, **options)
    except RedisError:
        return otherwise
