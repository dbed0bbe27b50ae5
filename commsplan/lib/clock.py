"""What the database's clock says. What workers on several machines agree on is measured by it."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


def of_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def ahead() -> timedelta:
    """How far this machine's clock is ahead of the database's; behind it: below zero. What the way there and back may
    have taken is in its favour."""
    asked_at = timezone.now()
    there = of_database()
    answered_at = timezone.now()
    if asked_at <= there <= answered_at:
        return timedelta(0)
    return asked_at - there if asked_at > there else answered_at - there
