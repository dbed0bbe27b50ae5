"""How far a worker is, in the cache. A lost cache loses the bar, not the import."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from django.core.cache import cache
from redis.exceptions import RedisError

from directory.models import Import

KEPT = 600  # seconds


class Progress(NamedTuple):
    """`total` is None while nobody knows it."""

    done: int
    total: int | None
    stage: str

    @property
    def percent(self) -> int | None:
        return min(100, 100 * self.done // self.total) if self.total else None


Report = Callable[[int, int | None, str], None]  # done, total, stage


def silent(done: int, total: int | None, stage: str) -> None:
    pass


def to_cache(import_: Import) -> Report:
    def report(done: int, total: int | None, stage: str) -> None:
        with suppress(RedisError):
            cache.set(_key(import_), (done, total, stage), timeout=KEPT)

    return report


def progress_of(import_: Import) -> Progress | None:
    try:
        found = cache.get(_key(import_))
    except RedisError:
        return None
    return Progress(*found) if found else None


def forget(import_: Import) -> None:
    """What another worker told of an earlier time."""
    with suppress(RedisError):
        cache.delete(_key(import_))


def _key(import_: Import) -> str:
    return f"import:{import_.pk}"
