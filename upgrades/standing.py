"""Where every stakeholder of an upgrade stood on a day, and the way there: one query for all assessments."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stakeholders.models import Membership
from upgrades.enums import Attitude, Quadrant
from upgrades.models import Assessment, Stakeholder, Upgrade


@dataclass(frozen=True)
class Point:
    at: datetime
    on: date  # by the calendar of the upgrade's place
    influence: int
    interest: int
    attitude: int

    @property
    def quadrant(self) -> Quadrant:
        return Quadrant.of(influence=self.influence, interest=self.interest)


@dataclass(frozen=True)
class Through:
    """Where a person would be if only what is known of a group counted."""

    group: str
    quadrant: Quadrant


@dataclass
class Standing:
    """A stakeholder on the day one looks at. `path` has all assessments, later ones too."""

    stakeholder: Stakeholder
    path: list[Point]
    last: Point | None
    through: list[Through] = field(default_factory=list)

    @property
    def pk(self) -> int:
        return self.stakeholder.pk

    def __str__(self) -> str:
        return str(self.stakeholder)

    @property
    def quadrant(self) -> Quadrant | None:
        return self.last.quadrant if self.last else None

    @property
    def is_group(self) -> bool:
        return self.stakeholder.group_id is not None

    @property
    def gap(self) -> int | None:
        """Steps from the attitude now to the one wanted; None where either is not known."""
        wanted = self.stakeholder.wanted_attitude
        return None if wanted is None or self.last is None else wanted - self.last.attitude

    @property
    def gap_words(self) -> str:
        if self.gap is None or self.stakeholder.wanted_attitude is None:
            return ""
        wanted = Attitude(self.stakeholder.wanted_attitude).label.lower()
        if not self.gap:
            return "As wanted"
        steps = "one step" if abs(self.gap) == 1 else f"{abs(self.gap)} steps"
        return f"{steps.capitalize()} {'below' if self.gap > 0 else 'above'} {wanted}"

    @property
    def steps(self) -> list[list]:
        """The path for the page's script."""
        return [[point.on.isoformat(), point.influence, point.interest, point.attitude] for point in self.path]


def of(upgrade: Upgrade, *, on: date | None = None) -> list[Standing]:
    """By name. Three queries, however many there are and however often they were assessed."""
    stakeholders = upgrade.stakeholders.select_related("person", "group").order_by("pk")
    paths = _paths(upgrade)
    found = [_standing(one, paths[one.pk], on) for one in stakeholders]
    _add_groups(found)
    return sorted(found, key=lambda one: (str(one).casefold(), one.pk))


def stops(found: list[Standing]) -> list[date]:
    """The days on which somebody was assessed."""
    return sorted({point.on for one in found for point in one.path})


def _standing(stakeholder: Stakeholder, path: list[Point], on: date | None) -> Standing:
    before = path if on is None else [point for point in path if point.on <= on]
    return Standing(stakeholder, path, before[-1] if before else None)


def _paths(upgrade: Upgrade) -> dict[int, list[Point]]:
    place = ZoneInfo(upgrade.time_zone)
    paths: dict[int, list[Point]] = defaultdict(list)
    rows = Assessment.objects.filter(stakeholder__upgrade=upgrade).order_by("at", "pk")
    for key, at, *values in rows.values_list("stakeholder", "at", "influence", "interest", "attitude"):
        paths[key].append(Point(at, at.astimezone(place).date(), *values))
    return paths


def _add_groups(found: list[Standing]) -> None:
    """What a person's own assessment beats."""
    people = {one.stakeholder.person_id: one for one in found if not one.is_group}
    groups = {one.stakeholder.group_id: one for one in found if one.is_group and one.quadrant}
    rows = Membership.objects.filter(person__in=people, group__in=groups).order_by("group__name", "pk")
    for person, group in rows.values_list("person", "group"):
        of_group = groups[group]
        if of_group.quadrant:
            people[person].through.append(Through(str(of_group), of_group.quadrant))
