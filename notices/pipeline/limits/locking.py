"""One at a time for what workers share of an outlet."""

from datetime import datetime

from django.db import connection

from commsplan.lib import clock

LOCK = 0x7A11


def lock(outlet: int, what: str, now: datetime | None) -> datetime:
    """Until the end of the transaction; then what the one before us reserved can be seen. Returns the time, which is
    the database's. `now`: for tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, f"{outlet} {what}"])
    return now or clock.of_database()
