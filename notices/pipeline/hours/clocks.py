"""Readers with one zone, one working week and one set of public holidays have one clock: there are few of them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Coalesce, Concat

from commsplan.lib import countries
from stakeholders.models import Person

CLOCK = Concat(
    F("time_zone"),
    Value("|"),
    Func(F("works_on"), Value(","), function="array_to_string", output_field=CharField()),
    Value("|"),
    Coalesce(F("site__country"), Value("")),
    Value("|"),
    Coalesce(F("site__subdivision"), Value("")),
    output_field=CharField(),
)


@dataclass(frozen=True)
class Clock:
    """`days`: of the working week, as in ISO 8601; none means that nobody knows."""

    key: str
    zone: str
    days: frozenset[int]
    country: str = ""
    subdivision: str = ""

    @classmethod
    def of(cls, key: str) -> "Clock":
        zone, days, country, subdivision = key.split("|")
        return cls(key, zone, frozenset(map(int, filter(None, days.split(",")))), country, subdivision)

    def is_working_day(self, day: date) -> bool:
        works = day.isoweekday() in self.days if self.days else day.isoweekday() < 6
        return works and not countries.public_holiday(day, country=self.country, subdivision=self.subdivision)


def clocks() -> list[Clock]:
    """Of everybody who may be told something. One query."""
    keys = Person.objects.active().order_by().annotate(clock=CLOCK).values_list("clock", flat=True).distinct()
    return [Clock.of(key) for key in sorted(keys)]
