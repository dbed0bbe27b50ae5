"""The rules of many audiences in parts, worked out for all of them together.

`audience.chosen` says in SQL who is in one audience; here the same rule becomes ways of being chosen: members of these
groups, these people. What a way looks up (services, stakeholders, sites) is read once for all rules of all upgrades.
A change to one of the two is a change to both; a test compares them over random registers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from notices.pipeline.audience.rule import Audience
from stakeholders.models import Group, Person
from upgrades.enums import Impact, Quadrant
from upgrades.models import Assessment, Milestone, Service, Stakeholder, Upgrade

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Way:
    """Active ones of these people, and active members of these groups: of the groups only those at `sites`, if there
    are any, or whose site nobody knows; only representatives, if it says so; and none of `without`."""

    people: frozenset[int] = NOBODY
    groups: frozenset[int] = NOBODY
    sites: frozenset[int] = NOBODY
    without: frozenset[int] = NOBODY
    representatives_only: bool = False


@dataclass(frozen=True)
class Stake:
    person: int | None
    group: int | None
    impact: int
    quadrant: Quadrant | None

    @property
    def is_hit(self) -> bool:
        return self.impact > Impact.NO_IMPACT


Groups = Mapping[int, Collection[int]]


@dataclass(frozen=True)
class Register:
    """What rules look up. `services` and `stakes` are by upgrade, `own_services` and `sites` by milestone, `users` by
    service; `merged` says who is whom by now."""

    services: Groups
    own_services: Groups
    users: Groups
    sites: Groups
    stakes: Mapping[int, list[Stake]]
    categories: Mapping[int, str]
    merged: Mapping[int, int]

    def ways(self, rule: Audience, *, upgrade: int, milestone: int | None) -> list[Way]:
        stakes = self.stakes.get(upgrade, [])
        found = list(self._named(rule))
        if rule.categories:
            concerned = _groups(stakes) | self._users(upgrade, milestone)
            groups = frozenset(pk for pk in concerned if self.categories.get(pk) in rule.categories)
            found.append(Way(groups=groups, representatives_only=rule.representatives_only))
        if rule.quadrants:
            found += _in_quadrants(rule, stakes)
        if rule.affected:
            found += self._affected(rule, stakes, upgrade, milestone)
        return found

    def _named(self, rule: Audience) -> Iterator[Way]:
        if rule.people:
            became = {self.merged[pk] for pk in rule.people if pk in self.merged}
            yield Way(people=frozenset(rule.people) | became)
        if rule.groups:
            yield Way(groups=frozenset(rule.groups), representatives_only=rule.representatives_only)

    def _affected(self, rule: Audience, stakes: list[Stake], upgrade: int, milestone: int | None) -> Iterator[Way]:
        hit = [stake for stake in stakes if stake.is_hit]
        groups = self._users(upgrade, milestone) | _groups(hit)
        sites = frozenset(self.sites.get(milestone, ())) if milestone else NOBODY
        yield Way(people=_people(hit))
        yield Way(groups=groups, sites=sites, representatives_only=rule.representatives_only)

    def _users(self, upgrade: int, milestone: int | None) -> frozenset[int]:
        own = self.own_services.get(milestone) if milestone else None
        services = own or self.services.get(upgrade, ())
        return frozenset(group for service in services for group in self.users.get(service, ()))


def _in_quadrants(rule: Audience, stakes: list[Stake]) -> Iterator[Way]:
    wanted = [stake for stake in stakes if stake.quadrant in rule.quadrants]
    known = _people(stake for stake in stakes if stake.quadrant)
    yield Way(people=_people(wanted))
    yield Way(groups=_groups(wanted), without=known, representatives_only=rule.representatives_only)


def _people(stakes: Iterable[Stake]) -> frozenset[int]:
    return frozenset(stake.person for stake in stakes if stake.person)


def _groups(stakes: Iterable[Stake]) -> frozenset[int]:
    return frozenset(stake.group for stake in stakes if stake.group)


def load(rules: Iterable[Audience], *, upgrades: Collection[int], milestones: Collection[int]) -> Register:
    """The same few queries for any number of rules, upgrades and milestones."""
    rules = list(rules)
    of_services = any(rule.affected or rule.categories for rule in rules)
    of_stakes = of_services or any(rule.quadrants for rule in rules)
    services = _pairs(Upgrade.services.through, "upgrade", "service", upgrades) if of_services else {}
    own = _pairs(Milestone.services.through, "milestone", "service", milestones) if of_services else {}
    used = {pk for those in (*services.values(), *own.values()) for pk in those}
    users = _pairs(Service.users.through, "service", "group", used)
    found = stakes(upgrades) if of_stakes else {}
    concerned = {pk for those in users.values() for pk in those} | {
        stake.group for those in found.values() for stake in those if stake.group
    }
    return Register(
        services=services,
        own_services=own,
        users=users,
        sites=_pairs(Milestone.sites.through, "milestone", "site", milestones) if of_services else {},
        stakes=found,
        categories=_categories(concerned) if any(rule.categories for rule in rules) else {},
        merged=_merged({pk for rule in rules for pk in rule.people}),
    )


def _pairs(through, name: str, other: str, keys: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if keys:
        for key, value in through.objects.filter(**{f"{name}__in": list(keys)}).values_list(name, other):
            found[key].append(value)
    return dict(found)


def stakes(upgrades: Collection[int]) -> dict[int, list[Stake]]:
    rows = Stakeholder.objects.filter(upgrade__in=upgrades).order_by()
    last = Assessment.objects.filter(stakeholder__upgrade__in=upgrades).order_by("stakeholder", "-at", "-pk")
    assessed = {
        pk: Quadrant.of(influence=influence, interest=interest)
        for pk, influence, interest in last.distinct("stakeholder").values_list("stakeholder", "influence", "interest")
    }
    found: dict[int, list[Stake]] = defaultdict(list)
    for pk, upgrade, person, group, impact in rows.values_list("pk", "upgrade", "person", "group", "impact_on_them"):
        found[upgrade].append(Stake(person, group, impact, assessed.get(pk)))
    return dict(found)


def _categories(groups: Collection[int]) -> dict[int, str]:
    return dict(Group.objects.filter(pk__in=groups).order_by().values_list("pk", "category"))


def _merged(people: Collection[int]) -> dict[int, int]:
    if not people:
        return {}
    rows = Person.objects.filter(pk__in=people).exclude(merged_into=None).order_by().values_list("pk", "merged_into")
    return {pk: became for pk, became in rows if became}
