"""What the database's clock says. What workers on several machines agree on is measured by it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone


def of_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def now() -> datetime:
    return shared()()


def as_far_as_known() -> datetime:
    """What this machine believes, while the database does not answer."""
    try:
        return now()
    except (OperationalError, InterfaceError):
        return timezone.now()


def shared() -> Callable[[], datetime]:
    """A clock of this machine that shows what the database's does, whatever this machine believes. It asks once, so it
    is good for a piece of work, not for a day."""
    wrong = ahead()
    return lambda: timezone.now() - wrong


def ahead() -> timedelta:
    """How far this machine's clock is ahead of the database's; behind it: below zero. What the way there and back may
    have taken is in its favour."""
    asked_at = timezone.now()
    there = of_database()
    answered_at = timezone.now()
    if asked_at <= there <= answered_at:
        return timedelta(0)
    return asked_at - there if asked_at > there else answered_at - there
