"""How the college's mail leaves: with which limits, and what the workers counted in the last two weeks."""

from datetime import datetime, timedelta
from typing import Any

import pghistory
from django.db import connection

from notices.enums import OutletLogKind
from notices.models import DomainLimit, Outlet
from notices.operations import readings
from notices.pipeline import outlets
from sample.organisation import Organisation
from stakeholders.enums import Channel

PER_MINUTE, PER_HOUR, CONNECTIONS = 6_000, 100_000, 4
AUTHORITY = "hea.example"
COUNTED = """
INSERT INTO notices_reading (at, "values")
SELECT minute, CASE WHEN number IS NULL THEN '{}' ELSE jsonb_build_object('sent', number, 'sent:email', number) END
FROM generate_series(%s, %s, interval '1 minute') AS minute
LEFT JOIN (SELECT date_trunc('minute', sent_at) AS sent_in, count(*) AS number FROM notices_message
           WHERE sent_at >= %s GROUP BY 1) AS taken ON taken.sent_in = minute
"""


def limit(college: Organisation, *, now: datetime) -> None:
    """What the college agreed on with whoever runs its mail server, and with an authority whose server is slow."""
    ada, agreed_at, limited_at = college.account["Ada"], now - timedelta(days=70), now - timedelta(days=33)
    with pghistory.context(user=ada.pk):
        mail = Outlet.objects.create(
            channel=Channel.EMAIL, per_minute=PER_MINUTE, per_hour=PER_HOUR, connections=CONNECTIONS
        )
        DomainLimit.objects.create(outlet=mail, domain=AUTHORITY, per_minute=30, connections=1)
    changed: list[tuple[Any, datetime]] = [(Outlet, agreed_at), (DomainLimit, limited_at)]
    for model, at in changed:
        model.pgh_event_model.objects.update(pgh_created_at=at)
    agreed = f"Limits. Messages per minute: none → {PER_MINUTE}; Messages per hour: none → {PER_HOUR}"
    outlets.note(mail, OutletLogKind.CHANGED, agreed, at=agreed_at, by=ada)
    tried_at = agreed_at + timedelta(minutes=4)
    outlets.note(mail, OutletLogKind.TESTED, f"To {ada.email}: 250 2.0.0 Ok: queued", at=tried_at, by=ada)
    outlets.note(mail, OutletLogKind.CHANGED, f"New limit for {AUTHORITY}", at=limited_at, by=ada)


def count(*, now: datetime) -> None:
    """What workers would have counted of the messages that went out. Nobody looked at the queue and the clock."""
    last = readings.minute_of(now) - timedelta(minutes=1)
    first = last - readings.KEPT
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [first, last, first])
