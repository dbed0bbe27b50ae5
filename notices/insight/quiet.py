"""What the quiet hours mean right now: whose clock says what, and how much waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from commsplan.lib import countries
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import hours
from notices.pipeline.hours.walls import QUIET, is_quiet, next_digest
from stakeholders.enums import Weekday
from stakeholders.models import Person

MOST = 12  # clocks shown; the others are added up


@dataclass(frozen=True)
class ClockNow:
    """`at`: the wall there says so now; `next`: when what waits goes out there."""

    zone: str
    days: str
    people: int
    is_quiet: bool
    next: datetime


@dataclass(frozen=True)
class Quiet:
    clocks: Sequence[ClockNow]
    others: int  # people on clocks that are not shown
    at_night: int  # messages that wait for the end of quiet hours
    gathered: int  # messages of those who had their share


def now_is(rules: hours.Rules, *, now: datetime) -> Quiet:
    """Two queries, however many people there are."""
    active = Person.objects.active().order_by().annotate(clock=hours.CLOCK).values("clock")
    rows = list(active.annotate(people=Count("pk")).order_by("-people", "clock").values_list("clock", "people"))
    waiting = dict(
        Message.objects.filter(state=MessageState.QUEUED, reason__in=[QUIET, hours.OVER_THE_CAP], not_before__gt=now)
        .order_by()
        .values("reason")
        .annotate(number=Count("pk"))
        .values_list("reason", "number")
    )
    return Quiet(
        clocks=[_clock(hours.Clock.of(key), people, rules, now=now) for key, people in rows[:MOST]],
        others=sum(people for _, people in rows[MOST:]),
        at_night=waiting.get(QUIET, 0),
        gathered=waiting.get(hours.OVER_THE_CAP, 0),
    )


def _clock(clock: hours.Clock, people: int, rules: hours.Rules, *, now: datetime) -> ClockNow:
    return ClockNow(
        zone=clock.zone,
        days=_said(clock),
        people=people,
        is_quiet=is_quiet(now, clock, rules, place="UTC"),
        next=next_digest(now, clock, rules, place="UTC"),
    )


def _said(clock: hours.Clock) -> str:
    """ "Mon to Fri" or "Tue, Wed", with the country whose public holidays count."""
    days = sorted(clock.days) or [1, 2, 3, 4, 5]
    names = [Weekday(day).label[:3] for day in days]
    in_a_row = len(days) > 2 and days[-1] - days[0] == len(days) - 1
    said = f"{names[0]} to {names[-1]}" if in_a_row else ", ".join(names)
    where = countries.name_of(clock.country, clock.subdivision)
    return f"{said}, holidays of {where}" if where else said
