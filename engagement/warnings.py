"""What to know before a conversation is fixed: who is away, asleep, frozen or busy then. Advice, never a refusal."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import Count, F, Q, QuerySet

from commsplan.lib import countries
from commsplan.lib.time import short_day
from engagement.models import Engagement, Participant
from stakeholders.models import Absence, Group, Membership, Person, Site
from upgrades.enums import Freeze
from upgrades.models import CriticalDays, Upgrade

NAMED = 5
ZONES = available_timezones()
USUAL_FROM, USUAL_UNTIL = time(7), time(20)  # for people whose hours nobody knows


@dataclass(frozen=True)
class Caution:
    title: str
    words: str
    icon: str
    tone: str = "warn"
    lines: list[str] = field(default_factory=list)
    deputies: int = 0  # who could be asked in addition


@dataclass(frozen=True)
class Plan:
    """A conversation that is not fixed yet. `engagement` is the one that is changed, if it exists."""

    upgrade: Upgrade
    start: datetime
    end: datetime
    zone: str
    people: QuerySet[Person]
    engagement: Engagement | None = None
    others: Sequence[tuple[datetime, datetime]] = ()  # of the same series


def of(plan: Plan) -> list[Caution]:
    """The gravest first. The number of queries does not depend on how many people are asked."""
    found = [
        *_freezes(plan),
        *_clashes(plan),
        *_away(plan),
        *_outside_hours(plan),
        *_holidays(plan),
    ]
    return sorted(found, key=lambda one: one.tone != "bad")


def of_engagement(engagement: Engagement) -> list[Caution]:
    return of(plan_of(engagement))


def plan_of(engagement: Engagement) -> Plan:
    return Plan(
        upgrade=engagement.upgrade,
        start=engagement.start,
        end=engagement.end,
        zone=engagement.time_zone,
        people=Person.objects.filter(pk__in=engagement.participants.invited().values("person")),
        engagement=engagement,
    )


def _away(plan: Plan) -> Iterable[Caution]:
    """By the calendar of the place. A deputy is named, and invited by whoever plans."""
    first, last = _days(plan)
    away = Absence.objects.filter(person__in=plan.people.order_by(), start_on__lte=last, end_on__gte=first)
    count = away.values("person").distinct().count()
    if not count:
        return
    shown = away.select_related("person", "deputy").order_by("person__name", "pk")[:NAMED]
    missing = deputies(plan).count()
    yield Caution(
        title=f"{_people(count).capitalize()} {'is' if count == 1 else 'are'} away",
        words="Invite the deputy too, or choose another day." if missing else "",
        icon="beach",
        lines=_cut([f"{one.person}: {_deputy(one)}" for one in shown], count),
        deputies=missing,
    )


def deputies(plan: Plan) -> QuerySet[Person]:
    """Who stands in for those who are away then, and is not asked yet."""
    first, last = _days(plan)
    away = Absence.objects.filter(person__in=plan.people.order_by(), start_on__lte=last, end_on__gte=first)
    standing_in = Person.objects.active().filter(pk__in=away.exclude(deputy=None).values("deputy"))
    return standing_in.exclude(pk__in=plan.people.order_by().values("pk"))


def _deputy(absence: Absence) -> str:
    until = f"until {short_day(absence.end_on)}"
    return f"{until}; {absence.deputy} stands in" if absence.deputy else f"{until}, nobody stands in"


def _days(plan: Plan) -> tuple[date, date]:
    place = ZoneInfo(plan.zone)
    return plan.start.astimezone(place).date(), (plan.end - timedelta(seconds=1)).astimezone(place).date()


def _outside_hours(plan: Plan) -> Iterable[Caution]:
    """People who share zone and hours are asked once, so a hundred thousand are a few rows."""
    kinds = plan.people.order_by().values("time_zone", "works_from", "works_until", "works_on")
    late = [row for row in kinds.annotate(number=Count("pk")) if not _works(row, plan)]
    count = sum(row["number"] for row in late)
    if not count:
        return
    by_zone: Counter[str] = Counter()
    for row in late:
        by_zone[row["time_zone"]] += row["number"]
    lines = [_there(zone, number, plan) for zone, number in by_zone.most_common(NAMED)]
    yield Caution(
        title=f"Outside the working hours of {_people(count)}",
        words="Where nobody entered hours, Monday to Friday from 07:00 to 20:00 counts.",
        icon="moon",
        lines=lines,
    )


def _works(row: Mapping[str, Any], plan: Plan) -> bool:
    place = ZoneInfo(row["time_zone"] if row["time_zone"] in ZONES else "UTC")
    start, end = plan.start.astimezone(place), plan.end.astimezone(place)
    begins, ends = row["works_from"] or USUAL_FROM, row["works_until"] or USUAL_UNTIL
    if start.isoweekday() not in (row["works_on"] or range(1, 8)):
        return False
    if begins >= ends:  # a night shift
        return start.time() >= begins or end.time() <= ends
    return start.date() == end.date() and begins <= start.time() and end.time() <= ends


def _there(zone: str, number: int, plan: Plan) -> str:
    local = plan.start.astimezone(ZoneInfo(zone if zone in ZONES else "UTC"))
    return f"{short_day(local.date())}, {local:%H:%M} in {zone.replace('_', ' ')}: {_people(number)}"


def _freezes(plan: Plan) -> Iterable[Caution]:
    """Critical days of everybody, of a group or of the site of somebody who is asked."""
    for entry in freezes(plan.people, plan.start, plan.end):
        hard = entry.freeze == Freeze.HARD
        names = sorted({*(one.name for one in entry.groups.all()), *(one.name for one in entry.sites.all())})
        yield Caution(
            title=f"{'Hard' if hard else 'Soft'} freeze: {entry.name}",
            words=f"For {', '.join(names[:NAMED]) or 'everybody'}.",
            icon="lock" if hard else "snowflake",
            tone="bad" if hard else "warn",
        )


def freezes(people: QuerySet[Person], start: datetime, end: datetime) -> list[CriticalDays]:
    chosen = people.order_by().values("pk")
    groups = Group.objects.filter(pk__in=Membership.objects.filter(person__in=chosen).values("group"))
    sites = Site.objects.filter(pk__in=people.order_by().exclude(site=None).values("site"))
    entries = CriticalDays.objects.between(start, end).with_scope()
    met = Q(pk__in=CriticalDays.groups.through.objects.filter(group__in=groups.values("pk")).values("criticaldays"))
    met |= Q(pk__in=CriticalDays.sites.through.objects.filter(site__in=sites.values("pk")).values("criticaldays"))
    met |= Q(is_for_everybody=True)
    return list(entries.filter(met).prefetch_related("groups", "sites").order_by("freeze", "start", "pk"))


def _clashes(plan: Plan) -> Iterable[Caution]:
    """Other conversations of the same people at the same time."""
    meanwhile = Engagement.objects.planned().filter(start__lt=plan.end, end__gt=plan.start)
    if plan.engagement is not None:
        meanwhile = meanwhile.exclude(pk=plan.engagement.pk)
    busy = Participant.objects.filter(engagement__in=meanwhile.values("pk"), person__in=plan.people.order_by())
    rows = busy.exclude(rsvp="no").values(title=F("engagement__title"), upgrade=F("engagement__upgrade__name"))
    for row in rows.annotate(number=Count("person", distinct=True)).order_by("-number", "title")[:NAMED]:
        yield Caution(
            title=f"Another meeting of {_people(row['number'])} at that time",
            words=f"“{row['title']}” of {row['upgrade']}.",
            icon="calendar-x",
        )


def _holidays(plan: Plan) -> Iterable[Caution]:
    place = ZoneInfo(plan.zone)
    days = [start.astimezone(place).date() for start, _ in (plan.others or [(plan.start, plan.end)])]
    named = [(day, free(plan.upgrade, day)) for day in days]
    found = [(day, name) for day, name in named if name]
    if found:
        yield Caution(
            title="On a public holiday" if len(days) == 1 else f"{len(found)} of {len(days)} on a public holiday",
            words="At the place of the upgrade.",
            icon="confetti",
            lines=[f"{short_day(day)}: {name}" for day, name in found[:NAMED]],
        )


def free(upgrade: Upgrade, day: date) -> str:
    """The public holiday at the place of the upgrade; empty on other days."""
    return countries.public_holiday(day, country=upgrade.country, subdivision=upgrade.subdivision)


def frozen_days(people: QuerySet[Person], start: datetime, end: datetime) -> list[CriticalDays]:
    """Hard freezes in a longer time, for a series that leaves them out."""
    return [entry for entry in freezes(people, start, end) if entry.freeze == Freeze.HARD]


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"


def _cut(lines: list[str], count: int) -> list[str]:
    return [*lines, f"and {count - len(lines):,} more"] if count > len(lines) else lines
