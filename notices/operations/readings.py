"""One row for each minute: what the workers counted in it, and what somebody saw who looked.

Both are added by one statement each, so any number of processes may do so at once. What a killed worker has not said
yet is missing from these figures, never from the outbox.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from notices.enums import MessageState
from notices.models import Reading

KEPT = timedelta(days=14)
LATE = timedelta(minutes=1)  # until then a worker may still add to a minute that is over
COUNTED = (MessageState.SENT, MessageState.FAILED, MessageState.BOUNCED, MessageState.DEFERRED)
RETURNED = "returned"
MINUTE = timedelta(minutes=1)

ADD = """
INSERT INTO notices_reading AS minute (at, "values") VALUES (%s, %s)
ON CONFLICT (at) DO UPDATE SET "values" = minute."values" || (
    SELECT jsonb_object_agg(key, COALESCE((minute."values" ->> key)::bigint, 0) + value::bigint)
    FROM jsonb_each_text(EXCLUDED."values"))
"""
BEGIN = """
INSERT INTO notices_reading AS minute (at, "values") VALUES (%s, '{"looked": true}')
ON CONFLICT (at) DO UPDATE SET "values" = minute."values" || '{"looked": true}'
WHERE NOT jsonb_exists(minute."values", 'looked')
RETURNING id
"""
SEE = """UPDATE notices_reading SET "values" = "values" || %s WHERE at = %s"""
COURSE = """
WITH series AS (
SELECT date_bin(%s, at, %s) AS since, max(("values" ->> 'queue')::float) AS queue,
       COALESCE(sum(("values" ->> 'sent')::float), 0) / count(*) AS sent, max(("values" ->> 'lag')::float) AS lag
FROM notices_reading WHERE at >= %s
GROUP BY 1)
SELECT (SELECT array_agg(since ORDER BY since) FROM series),
       (SELECT jsonb_agg(jsonb_build_array(queue, sent, lag) ORDER BY since) FROM series),
       (SELECT jsonb_agg("values") FROM notices_reading WHERE at > %s),
       (SELECT count(*) FROM notices_incoming WHERE kind = 'bounce' AND at >= %s)
"""


@dataclass(frozen=True)
class Point:
    """`queue`: the most that waited; `sent`: per minute; `lag`: the longest that the clock was silent, in seconds.
    None: nobody looked."""

    at: datetime
    queue: float | None
    sent: float
    lag: float | None


def minute_of(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def count(channel: str, outcomes: Mapping[str, int], *, now: datetime) -> None:
    """What one drain did."""
    counts: dict[str, int] = {}
    for state in COUNTED:
        if number := outcomes.get(state, 0):
            counts |= {state.value: number, f"{state.value}:{channel}": number}
    if counts:
        add(counts, now=now)


def add(counts: Mapping[str, int], *, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, [minute_of(now), json.dumps(counts)])


def begin(*, now: datetime) -> bool:
    """Whether it is up to the caller to look in this minute: only one is told so."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [minute_of(now)])
        return cursor.fetchone() is not None


def keep(values: Mapping[str, Any], *, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SEE, [json.dumps(values), minute_of(now)])


def forget(*, now: datetime) -> int:
    return Reading.objects.filter(at__lt=now - KEPT).delete()[0]


def last(*, before: datetime) -> Reading | None:
    """The last one at which somebody looked, with what they saw."""
    return Reading.objects.filter(at__lt=before, values__has_key="queue").order_by("-at").first()


def totals(reading: Reading | None, *, now: datetime) -> dict[str, int]:
    """All that was ever counted: what the reading says of the time before, and the minutes since."""
    sums: dict[str, int] = dict(reading.values.get("sums", {})) if reading else {}
    since = reading.at - LATE if reading else now - KEPT
    return _added(sums, Reading.objects.filter(at__gte=since).order_by("at").values_list("values", flat=True))


def sums(reading: Reading | None, *, now: datetime) -> dict[str, int]:
    """The same as of a minute ago: whatever is counted later is still to come."""
    found: dict[str, int] = dict(reading.values.get("sums", {})) if reading else {}
    since = reading.at - LATE if reading else now - KEPT
    minutes = Reading.objects.filter(at__gte=since, at__lt=minute_of(now) - LATE).order_by("at")
    return _added(found, minutes.values_list("values", flat=True))


def recently(*, now: datetime, minutes: int) -> dict[str, int]:
    """What was counted in these minutes, the present one included."""
    since = minute_of(now) - minutes * MINUTE
    return _added({}, Reading.objects.filter(at__gt=since).order_by("at").values_list("values", flat=True))


def course(*, since: datetime, step: timedelta, minutes: int, now: datetime) -> tuple[list[Point], dict[str, int]]:
    """The points of a chart, and what was counted in the last minutes. What came back is counted as of now: the minute
    notes it only when somebody looks."""
    recent = minute_of(now) - minutes * MINUTE
    with connection.cursor() as cursor:
        params: list[Any] = [step, datetime(2020, 1, 1, tzinfo=UTC), since, recent, recent + MINUTE]
        cursor.execute(COURSE, params)
        moments, values, counts, returned = cursor.fetchone()
    points = [Point(at, *seen) for at, seen in zip(moments or [], json.loads(values or "[]"), strict=True)]
    return points, _added({}, json.loads(counts or "[]")) | {RETURNED: returned}


def _added(to: dict[str, int], minutes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    names = (*(state.value for state in COUNTED), RETURNED)
    for values in minutes:
        for key, number in values.items():
            if number and key.partition(":")[0] in names:
                to[key] = to.get(key, 0) + int(number)
    return to
