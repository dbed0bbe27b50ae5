"""Who is in each of many audiences, as sets that are cheap to unite, to cut and to count.

A crowd is an integer with one bit for each person: `a | b` is everybody in either, `a & b` in both, `a & ~b` in the
first alone, and `size` counts them. A hundred thousand people are 12 kB, and each of these takes microseconds.

    rules --ways.load--> ways --+
    groups, sites, people ------+--> bits --> crowd of each rule --> with deputies

The number of queries does not depend on how many audiences there are.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, partial, reduce
from itertools import chain, compress
from operator import is_not, or_
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import IntegerField, Q, Value

from notices.audiences.asked import Asked
from notices.pipeline import audience
from notices.pipeline.audience import MOST_STEPS, Audience, ways
from notices.pipeline.audience.ways import Way
from stakeholders.models import Absence, Membership, Person

Crowd = int
NOBODY: Crowd = 0
IS_THERE: Any = partial(is_not, None)
ZERO_TO_FALSE = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True)
class Crowds:
    """`people` are the keys of the persons, in the order of their bits. `groups`: active members of each group that
    one of the audiences looks at, `speakers` those of them who represent it."""

    people: tuple[int, ...]
    by_key: dict[Hashable, Crowd]
    groups: dict[int, Crowd] = field(default_factory=dict)
    speakers: dict[int, Crowd] = field(default_factory=dict)

    def of(self, asked: Asked) -> Crowd:
        return self.by_key[asked.key]

    def persons(self, crowd: Crowd) -> Iterator[int]:
        """Keys of persons, in the order of their bits."""
        return compress(self.people, _digits(crowd))

    def mark(self, people: Iterable[int]) -> Crowd:
        """Those of these persons who are in any of the audiences or groups."""
        return _crowd(_known(self._bit, people), len(self.people))

    def knowing(self, people: Iterable[int]) -> "Crowds":
        """The same, and these people have their bits, too: after all others, so that every crowd stays what it is."""
        strange = sorted({*people}.difference(self._bit))
        return replace(self, people=(*self.people, *strange)) if strange else self

    @property
    def everybody(self) -> Crowd:
        return (1 << len(self.people)) - 1

    @cached_property
    def _bit(self) -> dict[int, int]:
        return {pk: number for number, pk in enumerate(self.people)}


def size(crowd: Crowd) -> int:
    return crowd.bit_count()


def count(crowds: Iterable[Crowd], *, on: Iterable[Crowd] = ()) -> list[Crowd]:
    """In how many of these each person is: a number for everybody at once, whose binary digits are crowds, the lowest
    first. Nobody is looked at alone. `on`: what was counted before."""
    digits = list(on)
    for carry in crowds:
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
            if not carry:
                break
        if carry:
            digits.append(carry)
    return digits


def more_than(number: int, digits: list[Crowd]) -> Crowd:
    """Those who are in more crowds than that."""
    more, equal = NOBODY, -1
    for place in reversed(range(max(len(digits), number.bit_length()))):
        digit = digits[place] if place < len(digits) else NOBODY
        if number >> place & 1:
            equal &= digit
        else:
            more, equal = more | equal & digit, equal & ~digit
    return more


def load(asked: Iterable[Asked], *, groups: Iterable[int] = ()) -> Crowds:
    """Equal audiences are worked out once. `groups`: whose members shall be known too."""
    distinct = {one.key: one for one in asked}
    known = _Known.of(distinct, groups)
    days = _days({one.on for one in distinct.values() if one.on and not one.reached})
    people = tuple(sorted(known.people.union(*(day.deputies for day in days.values()))))
    return _Bits(people, known, days).crowds(distinct)


# What is read


@dataclass(frozen=True)
class _Known:
    """Keys of people, as they were read: by group all and those who represent it, by site, by filter; and who is in an
    audience that was asked for by itself. `people` are those who get a bit: nobody among them is archived."""

    ways: Mapping[Hashable, list[Way]]
    members: Mapping[int, list[int]]
    representatives: Mapping[int, list[int]]
    archived: frozenset[int]
    named: frozenset[int]
    sites: Mapping[int | None, list[int]]
    filters: Mapping[Hashable, set[int]]
    whole: Mapping[Hashable, list[int]]

    @classmethod
    def of(cls, distinct: Mapping[Hashable, Asked], groups: Iterable[int]) -> "_Known":
        found = _ways({key: one for key, one in distinct.items() if not one.reached})
        every = [way for those in found.values() for way in those]
        members, representatives = _members({pk for way in every for pk in way.groups} | {*groups})
        return cls(
            ways=found,
            members=members,
            representatives=representatives,
            archived=_archived() if members else frozenset(),
            named=_active({pk for way in every for pk in way.people}),
            sites=_sites({pk for way in every for pk in way.sites}),
            filters=_filters([one for one in distinct.values() if not one.reached]),
            whole={
                key: list(one.people.order_by().values_list("pk", flat=True))
                for key, one in distinct.items()
                if one.reached
            },
        )

    @property
    def people(self) -> set[int]:
        return set().union(*self.members.values()).difference(self.archived).union(self.named, *self.whole.values())


def _ways(distinct: Mapping[Hashable, Asked]) -> dict[Hashable, list[Way]]:
    rules = {key: Audience.from_json(one.rule) for key, one in distinct.items()}
    milestones = {key: one.milestone.pk if one.milestone else None for key, one in distinct.items()}
    register = ways.load(
        rules.values(),
        upgrades={one.upgrade.pk for one in distinct.values()},
        milestones={pk for pk in milestones.values() if pk},
    )
    return {
        key: register.ways(rules[key], upgrade=one.upgrade.pk, milestone=milestones[key])
        for key, one in distinct.items()
    }


def _members(groups: Collection[int]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Archived ones too: few are, and to leave them out here takes longer than to read all."""
    if not groups:
        return {}, {}
    rows = Membership.objects.filter(group__in=groups).order_by().values("group")
    rows = rows.annotate(
        everybody=ArrayAgg("person"), speakers=ArrayAgg("person", filter=Q(is_representative=True), default=[])
    )
    found = list(rows.values_list("group", "everybody", "speakers"))
    return {pk: everybody for pk, everybody, _ in found}, {pk: speakers for pk, _, speakers in found}


def _archived() -> frozenset[int]:
    return frozenset(Person.objects.exclude(archived_at=None).order_by().values_list("pk", flat=True))


def _active(people: Collection[int]) -> frozenset[int]:
    return frozenset(Person.objects.active().filter(pk__in=people).order_by().values_list("pk", flat=True))


def _sites(sites: Collection[int]) -> dict[int | None, list[int]]:
    """Also, under None, those whose site nobody knows."""
    if not sites:
        return {}
    there = Person.objects.active().filter(Q(site__in=sites) | Q(site=None)).order_by().values("site")
    return dict(there.annotate(people=ArrayAgg("pk")).values_list("site", "people"))


def _filters(asked: Iterable[Asked]) -> dict[Hashable, set[int]]:
    """Whom each distinct filter lets through, all of them in one query."""
    distinct = {_filter_of(one): one for one in asked if _filter_of(one)}
    queries = [
        audience.let_through(one.rule, upgrade=one.upgrade, milestone=one.milestone, survey=one.survey)
        .order_by()
        .annotate(number=Value(number, IntegerField()))
        .values_list("number", "pk")
        for number, one in enumerate(distinct.values())
    ]
    found: dict[Hashable, set[int]] = {key: set() for key in distinct}
    keys = list(distinct)
    for number, pk in queries[0].union(*queries[1:], all=True) if queries[1:] else chain(*queries):
        found[keys[number]].add(pk)
    return found


def _filter_of(one: Asked) -> Hashable:
    """None where the rule has none."""
    answers, acknowledges = bool(one.rule.get("not_answered")), bool(one.rule.get("not_acknowledged"))
    if not (answers or acknowledges):
        return None
    survey = one.survey.pk if one.survey and answers else None
    milestone = one.milestone.pk if one.milestone and acknowledges else None
    return answers, survey, acknowledges, one.upgrade.pk if acknowledges else None, milestone


# Who stands in


@dataclass(frozen=True)
class _Day:
    """Of one day: deputies of everybody who is away, by who is away; and who is away at all of those that matter."""

    named: Mapping[int, list[int]]
    away: frozenset[int]

    @property
    def deputies(self) -> set[int]:
        return set().union(*self.named.values()) - self.away

    def of(self, person: int) -> Iterator[int]:
        """Those who are there; whoever is away as well is replaced by their own deputy, for up to three steps."""
        level = {*self.named.get(person, ())}
        for _ in range(MOST_STEPS):
            yield from level - self.away
            level = {deputy for one in level for deputy in self.named.get(one, ())}


def _days(days: Collection[date]) -> dict[date, _Day]:
    """Those on which anybody stands in for anybody."""
    if not days:
        return {}
    asked = sorted(days)
    near = Absence.objects.filter(start_on__lte=asked[-1], end_on__gte=asked[0])
    matter = near.filter(Q(deputy__isnull=False) | Q(person__in=near.exclude(deputy=None).values("deputy")))
    rows = matter.order_by().values_list("person", "deputy", "deputy__archived_at", "start_on", "end_on")
    named: dict[date, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    away: dict[date, set[int]] = defaultdict(set)
    for person, deputy, left_at, start, end in rows:
        for day in asked[bisect_left(asked, start) : bisect_right(asked, end)]:
            away[day].add(person)
            if deputy and left_at is None:
                named[day][person].append(deputy)
    return {day: _Day(those, frozenset(away[day])) for day, those in named.items()}


# Bits


class _Bits:
    """The same as crowds."""

    def __init__(self, people: tuple[int, ...], known: _Known, days: Mapping[date, _Day]):
        self.people = people
        self.bit = {pk: number for number, pk in enumerate(people)}
        self.known = known
        self.days = days
        self.away = {day: self.crowd(one.named) for day, one in days.items()}
        self.members = {pk: self.crowd(those) for pk, those in known.members.items()}
        self.speakers = {pk: self.crowd(those) for pk, those in known.representatives.items()}
        self.sites = {pk: self.crowd(those) for pk, those in known.sites.items()}
        self.filters = {key: self.crowd(those) for key, those in known.filters.items()}

    def crowd(self, people: Iterable[int]) -> Crowd:
        return _crowd(_known(self.bit, people), len(self.people))

    def crowds(self, distinct: Mapping[Hashable, Asked]) -> Crowds:
        way = cache(self._way)
        found = {key: self.crowd(those) for key, those in self.known.whole.items()}
        for key, those in self.known.ways.items():
            let_through = self.filters.get(_filter_of(distinct[key]), -1)
            chosen = reduce(or_, map(way, those), NOBODY) & let_through
            asked = distinct[key]
            on = None if asked.rule.get("in_person") else asked.on
            found[key] = chosen | self._standing_in_for(chosen, on) & let_through
        return Crowds(self.people, found, self.members, self.speakers)

    def _way(self, way: Way) -> Crowd:
        members = self.speakers if way.representatives_only else self.members
        there = reduce(or_, (members.get(pk, NOBODY) for pk in way.groups), NOBODY)
        if way.sites:
            there &= reduce(or_, (self.sites.get(pk, NOBODY) for pk in (None, *way.sites)))
        return (there & ~self.crowd(way.without)) | self.crowd(way.people & self.known.named)

    def _standing_in_for(self, chosen: Crowd, on: date | None) -> Crowd:
        if on is None or on not in self.days or not (away := chosen & self.away[on]):
            return NOBODY
        day = self.days[on]
        return self.crowd(deputy for pk in compress(self.people, _digits(away)) for deputy in day.of(pk))


def _known(bit: Mapping[int, int], people: Iterable[int]) -> Iterator[int]:
    """Written for speed: it runs for every member of every group."""
    return filter(IS_THERE, map(bit.get, people))


def _crowd(bits: Iterable[int], most: int) -> Crowd:
    marks = bytearray(most // 8 + 1)
    for bit in bits:
        marks[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(marks, "little")


def _digits(crowd: Crowd) -> bytes:
    """One byte for each bit, the lowest first."""
    return f"{crowd:b}"[::-1].encode().translate(ZERO_TO_FALSE)
