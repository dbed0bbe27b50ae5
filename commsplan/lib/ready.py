"""Whether this process can do its work now: each thing that it needs, and how long that took to find out.

What is said is for everybody, so it names no host, no version and no path.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache as kept
from time import perf_counter

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from redis.exceptions import RedisError

SHEET = "dist/app.css"


class NotReady(Exception):
    """With a sentence for everybody."""


@dataclass(frozen=True)
class Check:
    name: str
    said: str  # empty if all is well
    milliseconds: float

    @property
    def is_well(self) -> bool:
        return not self.said


def checks() -> Iterator[Check]:
    for name, check in CHECKS.items():
        began = perf_counter()
        said = _of(check)
        yield Check(name, said, round((perf_counter() - began) * 1000, 1))


def _of(check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as error:
        return str(error)
    except DatabaseError:
        return "The database does not answer."
    except (RedisError, OSError):
        return "The queue does not answer."
    return ""


def database() -> None:
    _ask("SELECT 1")


def writing() -> None:
    rows = _ask("SELECT current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery()")
    if rows[0][0]:
        raise NotReady("The database is read-only.")


def migrations() -> None:
    applied = set(_ask("SELECT app, name FROM django_migrations"))
    if waiting := _newest() - applied:
        apps = "1 app waits" if len(waiting) == 1 else f"{len(waiting)} apps wait"
        raise NotReady(f"{apps} for a migration of the database.")


@kept
def _newest() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def queue() -> None:
    cache.get("ready")


def static() -> None:
    try:
        name = staticfiles_storage.stored_name(SHEET) if hasattr(staticfiles_storage, "stored_name") else SHEET
    except ValueError as error:
        raise NotReady("The style sheet was not collected.") from error
    if not (staticfiles_storage.exists(name) or (settings.WHITENOISE_USE_FINDERS and finders.find(SHEET))):
        raise NotReady("The style sheet is missing.")


def _ask(question: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


CHECKS: dict[str, Callable[[], None]] = {
    "database": database,
    "writing": writing,
    "migrations": migrations,
    "queue": queue,
    "static": static,
}
