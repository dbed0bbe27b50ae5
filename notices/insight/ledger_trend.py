"""How beliefs came about: expectation accuracy, people who are wrong, and debt, from the first telling to now.

Nothing of it is stored. What arrived in which minute and what the plan said when are both kept, so every step can be
worked out again: tellings are laid over one another as sets of people, and judged by the plan of each moment.

Counted is who is there today, by the audiences of today.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from operator import or_

from engagement import telling
from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.audiences.crowds import NOBODY, Crowd, Crowds, size
from notices.enums import NoticeState
from notices.insight import ledger
from notices.insight.ledger_words import of_subject, subject_of
from notices.models import Notice
from notices.pipeline.ledger import Belief, Plan, drift, histories, sources
from notices.pipeline.ledger import Telling as Told
from notices.pipeline.ledger.concerned import SAY_NO_DATE
from notices.pipeline.ledger.sources import Source
from upgrades.materiality import RULES
from upgrades.models import Milestone, Upgrade

MOST = 240  # moments at which something arrived
STEPS = [timedelta(minutes=number) for number in (1, 5, 15, 60, 240, 1440, 10_080)]
MOST_VERSIONS = 200
ZERO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Point:
    """From this moment on, until the next point. `pairs`: of people and facts that they were told."""

    at: datetime
    wrong: int
    right_pairs: int
    pairs: int
    debt: int

    @property
    def accuracy(self) -> float | None:
        return 100 * self.right_pairs / self.pairs if self.pairs else None


@dataclass(frozen=True)
class Mark:
    """A change of facts, or a telling."""

    at: datetime
    said: str
    is_change: bool
    people: int = 0


@dataclass(frozen=True)
class Trend:
    points: Sequence[Point] = ()
    marks: Sequence[Mark] = ()
    step: timedelta = STEPS[0]
    now: datetime = ZERO

    @property
    def stale_hours(self) -> float:
        """People who are wrong, times hours."""
        ends = [*(point.at for point in self.points), self.now][1:]
        return sum(
            point.wrong * (end - point.at) / timedelta(hours=1) for point, end in zip(self.points, ends, strict=True)
        )


def of(upgrade: Upgrade, *, now: datetime) -> Trend:
    arrived = histories.arrivals([upgrade.pk], now=now)
    if not arrived:
        return Trend(now=now)
    plans = versions(upgrade, since=arrived[0][1], now=now)
    walk = _Walk.of(upgrade, arrived, plans, now=now)
    return Trend(walk.points(), [*changes(plans), *said(arrived, walk.sources)], walk.step, now)


# The plan as it was


def versions(upgrade: Upgrade, *, since: datetime, now: datetime) -> list[Plan]:
    """The plan at that moment, and each time that it was changed since. `Plan.now` is when."""
    base = telling.milestones_of(upgrade)
    rows = _events(upgrade, base, now=now)
    moments = sorted({at for at, _, _ in rows if at > since})[-MOST_VERSIONS:]
    then, found = copy(upgrade), []
    milestones = {one.pk: copy(one) for one in base}
    done = 0
    for at in [since, *moments]:
        while done < len(rows) and rows[done][0] <= at:
            _, key, values = rows[done]
            _set(then if key is None else milestones.get(key), values)
            done += 1
        found.append(_frozen(then, list(milestones.values()), at))
    return [one for place, one in enumerate(found) if place == 0 or _judged(one) != _judged(found[place - 1])]


def _events(upgrade: Upgrade, milestones: Iterable[Milestone], *, now: datetime) -> list[tuple]:
    own = Upgrade.pgh_event_model.objects.filter(pgh_obj=upgrade, pgh_created_at__lte=now)  # type: ignore[attr-defined]
    theirs = Milestone.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj__in=[one.pk for one in milestones], pgh_created_at__lte=now
    )
    rows = [
        (row.pop("pgh_created_at"), None, row)
        for row in own.order_by("pgh_id").values("pgh_created_at", *ledger.REMEMBERED)
    ]
    rows += [
        (row.pop("pgh_created_at"), row.pop("pgh_obj_id"), row)
        for row in theirs.order_by("pgh_id").values("pgh_created_at", "pgh_obj_id", *telling.REMEMBERED)
    ]
    return sorted(rows, key=lambda row: row[0])


def _set(one: Upgrade | Milestone | None, values: Mapping) -> None:
    for name, value in values.items() if one else ():
        setattr(one, name, value)


def _frozen(then: Upgrade, milestones: Iterable[Milestone], at: datetime) -> Plan:
    upgrade = copy(then)
    frozen = [copy(one) for one in milestones]
    for one in frozen:
        one.upgrade = copy(one.upgrade)
        one.upgrade.phase = upgrade.phase
    return Plan.of(upgrade, now=at, milestones=sorted(frozen, key=lambda one: (one.start, one.pk)))


def _judged(plan: Plan) -> dict:
    return {key: value for key, value in plan.facts.items() if key.partition(".")[2] in RULES}


# Laying tellings over one another


@dataclass
class _Walk:
    plans: Sequence[Plan]
    arrived: Sequence[tuple[datetime, Sequence[tuple[tuple, Crowd]]]]  # by moment what told whom, the oldest first
    sources: Mapping[tuple, Source]
    crowds: Crowds
    due: Sequence[tuple[datetime, str, Crowd]]  # since when a subject is to be known, and by whom
    facts: Mapping[str, Sequence[str]]  # by subject those that anybody was told
    step: timedelta
    now: datetime
    beliefs: dict[str, dict[tuple, Crowd]] = field(default_factory=dict)
    reached: dict = field(default_factory=dict)

    @classmethod
    def of(cls, upgrade: Upgrade, rows: Sequence[tuple], plans: Sequence[Plan], *, now: datetime) -> "_Walk":
        found = {_key(one): source for one, source in sources.of_tellings({one for one, _, _ in rows}).items()}
        planned = to_be_said(plans[-1], now=now)
        known = crowds.load([one for _, _, one in planned])
        known = known.knowing(pk for _, _, people in rows for pk in people)
        step, arrived = _together([(one, at, known.mark(people)) for one, at, people in rows], now=now)
        due = [(_end(at, step, now=now), key, known.of(one)) for at, key, one in planned]
        told = {fact for source in found.values() for fact in source.facts}
        facts = {key: [fact for fact in told if subject_of(fact) == key] or [f"{key}.start"] for _, key, _ in due}
        return cls(plans, arrived, found, known, due, facts, step, now)

    def points(self) -> list[Point]:
        moments = sorted({at for at in self._moments() if self.arrived[0][0] <= at <= self.now})
        points: list[Point] = []
        arrived = 0
        for at in moments:
            while arrived < len(self.arrived) and self.arrived[arrived][0] <= at:
                for key, crowd in self.arrived[arrived][1]:
                    self._tell(key, crowd)
                arrived += 1
            point = self._point(at)
            if not points or _differ(point, points[-1]):
                points.append(point)
        return points

    def _moments(self) -> Iterable[datetime]:
        """When anything told, planned or judged can become different."""
        yield from (at for at, _ in self.arrived)
        for plan in self.plans:
            yield plan.now
            yield from (one.last_moment for one in plan.milestones.values())
        yield from (since for since, _, _ in self.due)
        yield from self._ends

    @property
    def _ends(self) -> list[datetime]:
        """What people believe to be over hurts them no more."""
        values = [
            value
            for source in self.sources.values()
            for fact, value in source.facts.items()
            if fact.endswith((".start", ".end")) and value
        ]
        return [datetime.fromisoformat(value) for value in values]

    def _tell(self, key: tuple, crowd: Crowd) -> None:
        for fact in self.sources[key].facts if key in self.sources else ():
            values = self.beliefs.setdefault(fact, {})
            for other in [other for other in values if other != key]:
                values[other] &= ~crowd
                if not values[other]:
                    del values[other]
            values[key] = values.get(key, NOBODY) | crowd

    def _point(self, at: datetime) -> Point:
        plan = self._plan(at)
        everybody, pairs, wrong_pairs, told = NOBODY, 0, 0, {}
        for fact, values in self.beliefs.items():
            if fact not in plan.facts:
                continue
            told[fact] = reduce(or_, values.values(), NOBODY)
            wrong = reduce(or_, (self._wrong(fact, key, crowd, plan) for key, crowd in values.items()), NOBODY)
            everybody |= wrong
            pairs += size(told[fact])
            wrong_pairs += size(wrong)
        return Point(at, size(everybody), pairs - wrong_pairs, pairs, wrong_pairs + self._untold(told, plan, at))

    def _plan(self, at: datetime) -> Plan:
        place = bisect_right([one.now for one in self.plans], at) - 1
        found = self.plans[max(place, 0)]
        return Plan(found.upgrade, found.facts, found.milestones, found.thresholds, at)

    def _wrong(self, fact: str, key: tuple, crowd: Crowd, plan: Plan) -> Crowd:
        source = self.sources[key]
        belief = Belief(fact, source.facts[fact], source)
        if not drift.is_wrong(belief, plan):
            return NOBODY
        wrong = drift.Wrong(belief, plan.facts[fact])
        if wrong.name in drift.OF_SOME:
            return crowd & self.crowds.mark(drift.reached(wrong, self.reached))
        return crowd

    def _untold(self, told: Mapping[str, Crowd], plan: Plan, at: datetime) -> int:
        """Pairs that are due by the plan and that nobody told, while the milestone is ahead or under way."""
        owed: dict[str, Crowd] = {}
        for since, subject, crowd in self.due:
            milestone = plan.milestones.get(subject)
            if milestone and since <= at < milestone.last_moment and not milestone.is_over:
                owed[subject] = owed.get(subject, NOBODY) | crowd
        return sum(
            size(crowd & ~told.get(fact, NOBODY)) for subject, crowd in owed.items() for fact in self.facts[subject]
        )


def _key(one: Told) -> tuple:
    """On which day and over which channel makes no difference to what was told."""
    return one.key, one.is_talk, one.differences


def _together(rows: Sequence[tuple[Told, datetime, Crowd]], *, now: datetime) -> tuple[timedelta, list]:
    """As exact as there is room: to the minute, or to the finest step with so many moments."""
    step = next((step for step in STEPS if len({(at - ZERO) // step for _, at, _ in rows}) <= MOST), STEPS[-1])
    found: dict[datetime, list] = {}
    for one, at, crowd in rows:
        end = _end(at, step, now=now)
        found.setdefault(end, []).append((_key(one), crowd))
    return step, sorted(found.items())


def _end(at: datetime, step: timedelta, *, now: datetime) -> datetime:
    """What happens within a step counts at its end, all together."""
    return min(now, ZERO + ((at - ZERO) // step + 1) * step)


def _differ(one: Point, other: Point) -> bool:
    return (one.wrong, one.right_pairs, one.pairs, one.debt) != (
        other.wrong,
        other.right_pairs,
        other.pairs,
        other.debt,
    )


def to_be_said(plan: Plan, *, now: datetime) -> list[tuple[datetime, str, Asked]]:
    """By the plan: when a notice about a milestone went out, or was to, and to whom."""
    notices = Notice.objects.filter(upgrade=plan.upgrade, milestone__isnull=False).exclude(kind__in=SAY_NO_DATE)
    alive = notices.exclude(state=NoticeState.CANCELLED).exclude(send_at=None, released_at=None)
    found = []
    for one in alive.select_related("survey").order_by("pk"):
        key = f"milestone:{one.milestone_id}"
        milestone, at = plan.milestones.get(key), one.released_at or one.send_at
        if milestone and at and at <= now and not ledger.is_off(milestone):
            found.append((at, key, Asked(one.audience, plan.upgrade, milestone, one.survey)))
    return found


# What happened when


def changes(plans: Sequence[Plan]) -> list[Mark]:
    found = []
    for before, after in pairwise(plans):
        old, new = _judged(before), _judged(after)
        names = [of_subject(after, key) for key in new if old.get(key) != new[key]]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        found.append(Mark(after.now, f"Changed: {', '.join(names[:3])}{more}", is_change=True))
    return found


def said(rows: Sequence[tuple[Told, datetime, list[int]]], found: Mapping[tuple, Source]) -> list[Mark]:
    """Each notice and conversation once, at its first arrival."""
    first: dict[tuple, datetime] = {}
    people: dict[tuple, int] = {}
    for one, at, persons in rows:
        source = found.get(_key(one))
        key = (source.notice.pk if source.notice else one.key, one.is_talk) if source else None
        if key and source:
            first.setdefault(key, at)
            people[key] = people.get(key, 0) + len(persons)
    titles = {(source.notice.pk if source.notice else key[0], key[1]): source.title for key, source in found.items()}
    return [Mark(at, titles[key], is_change=False, people=people[key]) for key, at in first.items()]
