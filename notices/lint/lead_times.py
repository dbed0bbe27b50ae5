"""How long before a window people have to know. One table; times are counted where the upgrade is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from notices.enums import Medium, Unit
from notices.lint.line import Line
from notices.pipeline import schedule
from upgrades.enums import Impact, MilestoneKind
from upgrades.models import Milestone


@dataclass(frozen=True)
class Lead:
    """So many days before the day of the start, at the latest."""

    number: int
    unit: Unit
    why: str

    @property
    def said(self) -> str:
        noun = "calendar" if self.unit == Unit.CALENDAR_DAYS else "business"
        return f"{self.number} {noun} day{'' if self.number == 1 else 's'}"

    def deadline(self, start: datetime, place: schedule.Place) -> datetime:
        """The end of the last day on which it is early enough."""
        return schedule.moment(start, -self.number, unit=self.unit, at=time.max, place=place)

    def latest(self, start: datetime, place: schedule.Place) -> datetime:
        """On that day at nine."""
        return schedule.moment(start, -self.number, unit=self.unit, at=time(9), place=place)

    def earliest_day(self, today: date, place: schedule.Place) -> date:
        """The first business day for which it is not too late to tell people on the next business day."""
        told = next_business_day(today, place)
        if self.unit == Unit.CALENDAR_DAYS:
            day = told + timedelta(days=self.number)
            return day if place.is_business_day(day) else next_business_day(day, place)
        for _ in range(self.number):
            told = next_business_day(told, place)
        return told


NOTHING = Lead(0, Unit.BUSINESS_DAYS, "nobody notices it")
DEGRADED = Lead(3, Unit.BUSINESS_DAYS, "something works worse")
OUTAGE = Lead(5, Unit.BUSINESS_DAYS, "something is not available")
AREA = Lead(5, Unit.BUSINESS_DAYS, "a building or area is cut off")
MAJOR = Lead(10, Unit.BUSINESS_DAYS, "a major outage, or people have to work differently afterwards")
TRAINING = Lead(30, Unit.CALENDAR_DAYS, "people have to be trained for what comes")
EXTERNAL = Lead(7, Unit.BUSINESS_DAYS, "contracts with others ask for it")
EXTERNAL_USUAL = Lead(30, Unit.CALENDAR_DAYS, "what most contracts ask for")
DESK_AHEAD = 2  # business days before the first user hears
MANAGERS_AHEAD = 1
TO_ACT = 3  # business days between hearing of it and having to have done it


def of(window: Milestone, lines: Iterable[Line]) -> Lead:
    """Of the plan's `lines`: a training in it says that people have to learn something."""
    if window.impact < Impact.DEGRADED:
        return DEGRADED if window.action else NOTHING
    is_new = window.kind == MilestoneKind.GO_LIVE
    if is_new and any(line.medium == Medium.TRAINING for line in lines):
        return TRAINING
    if window.action or (is_new and window.impact == Impact.OUTAGE and not list(window.sites.all())):
        return MAJOR
    if window.impact == Impact.OUTAGE:
        return AREA if list(window.sites.all()) else OUTAGE
    return DEGRADED


def next_business_day(day: date, place: schedule.Place) -> date:
    day += timedelta(days=1)
    while not place.is_business_day(day):
        day += timedelta(days=1)
    return day
