"""Critical days and other upgrades in the way, and when it is night or a holiday where people are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg

from commsplan.lib import countries
from notices.audiences.crowds import NOBODY, Crowd, Crowds
from notices.lint.line import Line
from notices.lint.supposing import Supposed
from notices.pipeline import hours
from notices.pipeline.schedule.when import ZONES
from stakeholders.models import Absence, Person
from upgrades import collisions, overlaps
from upgrades.collisions import Collision
from upgrades.models import Milestone, Stakeholder, Upgrade
from upgrades.overlaps import Overlap

FIRST_HOUR, LAST_HOUR = 7, 20  # before and after it is night


@dataclass(frozen=True)
class Whereabouts:
    """People with the same clock, the same public holidays and the same days of work."""

    zone: str
    country: str
    subdivision: str
    works_on: tuple[int, ...]
    crowd: Crowd

    def rests(self, day: date) -> str:
        """Why nobody works there on that day; empty on a working day."""
        if holiday := countries.public_holiday(day, country=self.country, subdivision=self.subdivision):
            return holiday
        return "" if day.isoweekday() in self.works_on else "their free day"

    @property
    def clock(self) -> hours.Clock:
        return hours.Clock("", self.zone, frozenset(self.works_on), self.country, self.subdivision)

    def sleeps(self, local: datetime) -> bool:
        return not FIRST_HOUR <= local.hour < LAST_HOUR


@dataclass(frozen=True, kw_only=True)
class Clashes:
    """Of the windows ahead, by key. `away`: by day those who are away, and nobody stands in for them."""

    collisions: Mapping[int, Sequence[Collision]] = field(default_factory=dict)
    overlaps: Mapping[int, Sequence[Overlap]] = field(default_factory=dict)
    places: tuple[Whereabouts, ...] = ()
    away: Mapping[date, Crowd] = field(default_factory=dict)


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    *,
    supposed: Supposed,
    now: datetime,
) -> Clashes:
    ahead = [one for one in milestones if one.last_moment > now]
    zone = ZoneInfo(upgrade.time_zone)
    days = {at.astimezone(zone).date() for line in lines if not line.is_done for at in line.dues if at > now}
    return Clashes(
        collisions=collisions.by_milestone(_collisions(ahead, supposed)),
        overlaps=overlaps.by_milestone(_overlaps(upgrade, ahead, supposed)),
        places=_places(upgrade, crowds),
        away=_away(days, crowds),
    )


def _collisions(ahead: Sequence[Milestone], supposed: Supposed) -> list[Collision]:
    """Hard ones first, also where some of the days are only thought."""
    found = collisions.of_moved(ahead)
    if supposed.critical_days:
        disturbing = [one for one in ahead if collisions.disturbs(one)]
        found += collisions.between(disturbing, supposed.critical_days, scopes=supposed.scopes)
    return sorted(found, key=lambda hit: not hit.is_hard)


def _overlaps(upgrade: Upgrade, ahead: Sequence[Milestone], supposed: Supposed) -> list[Overlap]:
    """With what other upgrades do where that is only thought, too."""
    others = [one for one in supposed.milestones.values() if one.upgrade_id != upgrade.pk]
    return [hit for hit in overlaps.of_moved([*ahead, *others]) if hit.milestone.upgrade_id == upgrade.pk]


def _places(upgrade: Upgrade, crowds: Crowds) -> tuple[Whereabouts, ...]:
    """Who has no site has the public holidays of the upgrade."""
    names = ("time_zone", "site", "site__country", "site__subdivision", "works_on")
    rows = Person.objects.active().order_by().values(*names).annotate(people=ArrayAgg("pk"))
    found: dict[tuple[str, str, str, tuple[int, ...]], Crowd] = defaultdict(int)
    for row in rows:
        country, subdivision = row["site__country"], row["site__subdivision"]
        if not country:
            country, subdivision = upgrade.country, upgrade.subdivision
        zone = row["time_zone"] if row["time_zone"] in ZONES else upgrade.time_zone
        found[zone, country, subdivision, tuple(row["works_on"])] |= crowds.mark(row["people"])
    return tuple(Whereabouts(*where, crowd) for where, crowd in found.items() if crowd)


def _away(days: Iterable[date], crowds: Crowds) -> dict[date, Crowd]:
    asked = sorted(days)
    if not asked:
        return {}
    rows = Absence.objects.filter(deputy=None, start_on__lte=asked[-1], end_on__gte=asked[0]).order_by()
    spans = rows.values("start_on", "end_on").annotate(people=ArrayAgg("person"))
    found: dict[date, Crowd] = defaultdict(lambda: NOBODY)
    for start, end, people in spans.values_list("start_on", "end_on", "people"):
        those = crowds.mark(people)
        for day in asked:
            if start <= day <= end:
                found[day] |= those
    return dict(found)
