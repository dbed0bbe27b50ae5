"""What stands in the calendar of all upgrades: windows, sends, conversations, critical days and public holidays.

Everything is loaded once for a stretch of time, whatever the view; the views (month, week, day, year) only lay it out.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Q, Value
from django.db.models.functions import Coalesce, ExtractMonth

from commsplan.lib import countries
from commsplan.lib.time import at_wall_clock
from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import NoticeState
from notices.insight import calendar_entries
from notices.insight.calendar_entries import DAY, Entry
from notices.models import Notice
from stakeholders.models import Group, Site
from upgrades import collisions, overlaps, reach
from upgrades.enums import ENDED, Status
from upgrades.models import CriticalDays, Milestone, Service, Upgrade
from upgrades.reach import NOTHING, Reach

KINDS = {
    "window": ("Windows", "flag"),
    "send": ("Notices", "send"),
    "conversation": ("Engagements", "messages"),
    "critical": ("Critical days", "calendar-exclamation"),
    "holiday": ("Public holidays", "confetti"),
}


@dataclass(frozen=True)
class Choice:
    """What the reader wants to see. Keys of rows; nothing chosen means everything."""

    kinds: frozenset[str] = frozenset(KINDS)
    service: int | None = None
    site: int | None = None
    group: int | None = None
    upgrade: int | None = None

    @property
    def things(self) -> set[tuple[str, int]]:
        wanted = {"service": self.service, "site": self.site, "group": self.group}
        return {(kind, pk) for kind, pk in wanted.items() if pk}

    def touches(self, touched: Reach) -> bool:
        return self.things <= {(thing.kind, thing.pk) for thing in touched}


@dataclass(frozen=True)
class Loaded:
    """The rows of a stretch of time, with what is in each other's way."""

    zone: str
    milestones: list[Milestone]
    critical_days: list[CriticalDays]
    notices: list[Any]
    engagements: list[Engagement]
    holidays: dict[date, str]
    warnings: Mapping[int, list[str]] = field(default_factory=dict)
    sends_by_month: Mapping[int, int] = field(default_factory=dict)
    splits_sends: bool = False

    @cached_property
    def entries(self) -> list[Entry]:
        found = [
            *(calendar_entries.of_milestone(one, self.warnings.get(one.pk, []), self.zone) for one in self.milestones),
            *(calendar_entries.of_critical_days(one, self.zone) for one in self.critical_days),
            *calendar_entries.of_notices(self.notices, self.zone, splits=self.splits_sends),
            *(calendar_entries.of_engagement(one, self.zone) for one in self.engagements),
            *(calendar_entries.of_holiday(day, name) for day, name in self.holidays.items()),
        ]
        return sorted(found, key=lambda entry: entry.order)


def load(
    choice: Choice, *, first: date, last: date, zone: str, splits_sends: bool = False, counts_sends: bool = False
) -> Loaded:
    """Both days included. Sends of a day are shown as their number when they are many, unless `splits_sends`; with
    `counts_sends` only their number by month is asked for."""
    start, end = at_wall_clock(first, time.min, zone=zone), at_wall_clock(last + DAY, time.min, zone=zone)
    milestones, felt = _milestones(choice, start, end)
    days, scopes = _critical_days(choice, start, end)
    shows_sends = "send" in choice.kinds
    return Loaded(
        zone=zone,
        milestones=milestones if "window" in choice.kinds else [],
        critical_days=days if "critical" in choice.kinds else [],
        notices=_notices(choice, start, end) if shows_sends and not counts_sends else [],
        sends_by_month=_by_month(choice, start, end, zone) if shows_sends and counts_sends else {},
        splits_sends=splits_sends,
        engagements=_engagements(choice, start, end) if "conversation" in choice.kinds else [],
        holidays=_holidays(choice, first, last) if "holiday" in choice.kinds else {},
        warnings=_warnings(milestones, days, felt, scopes),
    )


def _milestones(choice: Choice, start: datetime, end: datetime) -> tuple[list[Milestone], dict[int, Reach]]:
    found = collisions.at_that_time(start, end).exclude(status=Status.CANCELLED).exclude(upgrade__phase="cancelled")
    if choice.upgrade:
        found = found.filter(upgrade=choice.upgrade)
    rows = list(found.select_related("upgrade").order_by("start", "pk"))
    felt = reach.of_milestones(rows)
    return [one for one in rows if choice.touches(felt.get(one.pk, NOTHING))], felt


def _critical_days(choice: Choice, start: datetime, end: datetime) -> tuple[list[CriticalDays], dict[int, Reach]]:
    """Those of what was chosen, and those for everybody."""
    rows = list(CriticalDays.objects.between(start, end).order_by("start", "pk"))
    scopes = reach.of_critical_days(rows)
    return [one for one in rows if one.pk not in scopes or choice.touches(scopes[one.pk])], scopes


def _warnings(milestones, days, felt, scopes) -> dict[int, list[str]]:
    able = [one for one in milestones if collisions.disturbs(one)]
    everywhere = {**dict.fromkeys([one.pk for one in able], NOTHING), **felt}
    scopes = {**dict.fromkeys([one.pk for one in days], NOTHING), **scopes}
    found: dict[int, list[str]] = defaultdict(list)
    for hit in collisions.between(able, days, reaches=everywhere, scopes=scopes):
        found[hit.milestone.pk].append(f"falls into {'a hard freeze, ' if hit.is_hard else ''}{hit.critical_days}")
    for other in overlaps.between(able, able, reaches=everywhere):
        if other.is_hard:
            found[other.milestone.pk].append(f"overlaps {other.other} of {other.other.upgrade}")
    return found


def _of_upgrades(choice: Choice) -> Q:
    """Rows that belong to an upgrade which touches what was chosen."""
    found = Q(upgrade=choice.upgrade) if choice.upgrade else Q()
    if choice.service:
        found &= Q(upgrade__in=Upgrade.objects.filter(services=choice.service).values("pk"))
    if choice.site:
        placed = Q(services__sites=choice.site) | Q(milestones__sites=choice.site)
        found &= Q(upgrade__in=Upgrade.objects.filter(placed).values("pk"))
    if choice.group:
        found &= Q(upgrade__in=Upgrade.objects.reaching(choice.group).values("pk"))
    return found


def _sends(choice: Choice, start: datetime, end: datetime):
    dated = Notice.objects.annotate(at=Coalesce("released_at", "send_at")).filter(at__gte=start, at__lt=end)
    return dated.exclude(state=NoticeState.CANCELLED).filter(_of_upgrades(choice))


def _notices(choice: Choice, start: datetime, end: datetime) -> list[Any]:
    """Only what the calendar shows of each: a month may hold thousands."""
    fields = ("pk", "title", "at", "state", "upgrade__name", "upgrade__time_zone")
    return list(_sends(choice, start, end).order_by("at", "pk").values_list(*fields, named=True))


def _by_month(choice: Choice, start: datetime, end: datetime, zone: str) -> dict[int, int]:
    months = _sends(choice, start, end).order_by().annotate(month=ExtractMonth("at", tzinfo=ZoneInfo(zone)))
    return dict(months.values_list("month").annotate(number=Count("pk")))


def _engagements(choice: Choice, start: datetime, end: datetime) -> list[Engagement]:
    rows = Engagement.objects.filter(start__lt=end, end__gt=start).exclude(state=EngagementState.CANCELLED)
    return list(rows.filter(_of_upgrades(choice)).select_related("upgrade").order_by("start", "pk"))


def _holidays(choice: Choice, first: date, last: date) -> dict[date, str]:
    """Of the countries of the upgrades that run, and which of them."""
    running = Upgrade.objects.exclude(phase__in=ENDED).exclude(country="")
    if choice.upgrade:
        running = Upgrade.objects.filter(pk=choice.upgrade)
    places = running.order_by("country", "subdivision").values_list("country", "subdivision").distinct()
    found: dict[date, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    days = [first + number * DAY for number in range((last - first).days + 1)]
    for country, part in places:
        for day in days:
            if name := countries.public_holiday(day, country=country, subdivision=part):
                found[day][name].append("-".join(filter(None, (country, part))))
    return {
        day: "; ".join(f"{name} ({', '.join(sorted(set(where)))})" for name, where in names.items())
        for day, names in found.items()
    }


# Choices of the filters: one query for all four


def options() -> dict[str, list[tuple[str, str]]]:
    tables = {"service": Service.objects, "site": Site.objects, "group": Group.objects, "upgrade": Upgrade.objects}
    first, *others = (_named(table, number) for number, table in enumerate(tables.values()))
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in tables}
    names = list(tables)
    for place, pk, name in first.union(*others, all=True):
        found[names[place]].append((str(pk), name))
    return {name: sorted(choices, key=lambda pair: pair[1].casefold()) for name, choices in found.items()}


def _named(table, number: int):
    return table.order_by().annotate(place=Value(number, IntegerField())).values_list("place", "pk", "name")
