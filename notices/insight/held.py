"""What is out and not with its readers yet: how many wait until when, and why."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count

from commsplan.lib import time
from notices.enums import OPEN, MessageState
from notices.insight import arrival
from notices.models import Message, Notice
from notices.pipeline import hours
from notices.pipeline.hours.walls import NIGHT, QUIET, READERS_HOUR
from notices.pipeline.schedule import when
from notices.simulation.arriving import Arrival, Wait

WHY: Mapping[str, str] = {
    QUIET: "because of quiet hours",
    hours.OVER_THE_CAP: "in a digest, because they have had their share of the week",
    READERS_HOUR: "because its hour counts where each reader is",
    NIGHT: "because it is night there",
}


def of_notice(notice: Notice, *, now: datetime) -> list[str]:
    """Three queries, however many people there are."""
    waiting = notice.messages.filter(state=MessageState.QUEUED, not_before__gt=now, reason__in=WHY).order_by()
    rows = waiting.values_list("not_before", "reason", "person__time_zone").annotate(
        people=Count("person", distinct=True)
    )
    waits: dict[tuple[datetime, str], int] = {}
    for at, why, zone, people in rows:
        key = _wall(at, zone, notice), why
        waits[key] = waits.get(key, 0) + people
    if not waits:
        return []
    everybody = notice.messages.exclude(state=MessageState.SKIPPED).values("person").distinct().count()
    said = sorted(Wait(at, why, people) for (at, why), people in waits.items())
    return arrival.still_waiting(Arrival(notice, hours.rules(), everybody, tuple(said)))


def of_message(message: Message, *, now: datetime) -> str:
    """ "Held until Tuesday 24 November 2026, 09:00 Europe/Berlin (CET) where Ana Abel is, because of quiet hours."."""
    is_held = message.state in OPEN and message.not_before > now and message.reason in WHY
    if not is_held:
        return ""
    zone = _zone(message.person.time_zone, message.notice)
    until = time.full(message.not_before, zone=zone)
    return f"Held until {until}, where {message.person} is, {WHY[message.reason]}."


def _wall(at: datetime, zone: str, notice: Notice) -> datetime:
    return at.astimezone(ZoneInfo(_zone(zone, notice))).replace(tzinfo=None)


def _zone(zone: str, notice: Notice) -> str:
    return zone if zone in when.ZONES else notice.upgrade.time_zone
