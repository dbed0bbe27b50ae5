"""Who believes what of one upgrade, at one moment: sets of people by standing, never person by person.

plan (as it is, or as it was)          what holds
histories, grouped (pipeline.ledger)   what was told
audiences of its notices, and whom it affects     whom a milestone concerns
                                       ----> for each fact: right, right but tentative, wrong, never told
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_

from engagement import telling
from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.audiences.crowds import NOBODY, Crowd, Crowds, size
from notices.enums import NoticeState, Standing
from notices.insight.ledger_words import OF_THE_UPGRADE, name_of, subject_of
from notices.models import Notice
from notices.pipeline import ledger
from notices.pipeline.ledger import Believers, Group, Ledger, Plan
from notices.pipeline.ledger.concerned import SAY_NO_DATE
from upgrades.enums import Status
from upgrades.materiality import RULES
from upgrades.models import Milestone, Upgrade

REMEMBERED = ("name", "phase", "contact_name", "contact_email", "contact_phone")
NAMES = {name: place for place, name in enumerate(RULES)}


@dataclass(frozen=True)
class Tally:
    """How many people stand how. The four never overlap."""

    wrong: int = 0
    tentative: int = 0
    right: int = 0
    never: int = 0

    @property
    def told(self) -> int:
        return self.wrong + self.tentative + self.right

    @property
    def people(self) -> int:
        return self.told + self.never

    @property
    def counts(self) -> dict[Standing, int]:
        """What needs somebody first."""
        return {
            Standing.WRONG: self.wrong,
            Standing.NEVER: self.never,
            Standing.TENTATIVE: self.tentative,
            Standing.RIGHT: self.right,
        }


@dataclass(frozen=True)
class Board:
    """`told`, `wrong` and `tentative`: by fact. `concerned`: by subject ("milestone:12", "upgrade") whoever is to know
    of it, or was told of it."""

    plan: Plan
    ledger: Ledger
    groups: Sequence[Group]
    crowds: Crowds
    told: Mapping[str, Crowd]
    wrong: Mapping[str, Crowd]
    tentative: Mapping[str, Crowd]
    concerned: Mapping[str, Crowd]

    @property
    def upgrade(self) -> Upgrade:
        return self.plan.upgrade

    @cached_property
    def facts(self) -> list[str]:
        """Those that anybody was told and that still exist, in the order of the plan."""
        return sorted((fact for fact in self.told if fact in self.plan.facts), key=self.place)

    @cached_property
    def subjects(self) -> list[str]:
        return list(dict.fromkeys(subject_of(fact) for fact in self.facts))

    def place(self, fact: str) -> tuple[int, int]:
        order = [*self.plan.milestones, OF_THE_UPGRADE]
        return order.index(subject_of(fact)), NAMES.get(name_of(fact), len(NAMES))

    def facts_of(self, subject: str) -> list[str]:
        return [fact for fact in self.facts if subject_of(fact) == subject]

    @cached_property
    def told_anything(self) -> Crowd:
        return reduce(or_, self.told.values(), NOBODY)

    @cached_property
    def wrong_about_anything(self) -> Crowd:
        return reduce(or_, self.wrong.values(), NOBODY)

    @cached_property
    def everybody(self) -> Crowd:
        return reduce(or_, self.concerned.values(), NOBODY) | self.told_anything

    def standing(self, key: str) -> dict[Standing, Crowd]:
        """Of a fact, or of all facts of a subject together: whoever has one of them wrong is wrong about it."""
        if key not in self._standing:
            self._standing[key] = self._stand(self.facts_of(key) or [key], subject_of(key))
        return self._standing[key]

    @cached_property
    def _standing(self) -> dict[str, dict[Standing, Crowd]]:
        return {}

    def _stand(self, facts: Iterable[str], subject: str) -> dict[Standing, Crowd]:
        facts = list(facts)
        told = reduce(or_, (self.told.get(fact, NOBODY) for fact in facts), NOBODY)
        wrong = reduce(or_, (self.wrong.get(fact, NOBODY) for fact in facts), NOBODY)
        tentative = reduce(or_, (self.tentative.get(fact, NOBODY) for fact in facts), NOBODY) & ~wrong
        return {
            Standing.WRONG: wrong,
            Standing.NEVER: self.concerned.get(subject, NOBODY) & ~told,
            Standing.TENTATIVE: tentative,
            Standing.RIGHT: told & ~wrong & ~tentative,
        }

    def tally(self, key: str, among: Crowd) -> Tally:
        found = {one.value: size(crowd & among) for one, crowd in self.standing(key).items()}
        return Tally(**found)

    @cached_property
    def accuracy(self) -> tuple[int, int]:
        """Of all pairs of a person and a fact that they were told, how many hold; and how many there are."""
        pairs = sum(size(self.told[fact]) for fact in self.facts)
        return pairs - sum(size(crowd) for crowd in self.wrong.values()), pairs

    def history_of(self, people: Collection[int]) -> dict[int, Believers]:
        wanted = set(people)
        return {pk: group for group in self.ledger for pk in wanted.intersection(group.people)}


def board(upgrade: Upgrade, *, at: datetime, is_past: bool = False, groups: Iterable[int] = ()) -> Board:
    """`is_past`: the facts are those of then. `groups`: whose members shall be known. A fixed number of queries."""
    plan = plan_at(upgrade, at) if is_past else Plan.of(upgrade, now=at)
    found = ledger.of_upgrade(upgrade, at=at)
    rules = asked(plan)
    known = crowds.load([one for those in rules.values() for one in those], groups=groups)
    known = known.knowing(pk for group in found for pk in group.people)
    told, tentative = _told(found, plan, known)
    wrong_groups = ledger.wrong_in(found, plan)
    return Board(
        plan=plan,
        ledger=found,
        groups=wrong_groups,
        crowds=known,
        told=told,
        wrong=_wrong(wrong_groups, known),
        tentative=tentative,
        concerned=_concerned(plan, rules, known, told),
    )


def plan_at(upgrade: Upgrade, at: datetime) -> Plan:
    """What held at that moment. Services and sites are those of today."""
    events = Upgrade.pgh_event_model.objects.filter(pgh_obj=upgrade, pgh_created_at__lte=at)  # type: ignore[attr-defined]
    then = copy(upgrade)
    for event in events.order_by("-pgh_id").values(*REMEMBERED)[:1]:
        for name, value in event.items():
            setattr(then, name, value)
    milestones = telling.milestones_of(upgrade, at=at)
    for one in milestones:
        one.upgrade.phase = then.phase
    return Plan.of(then, now=at, milestones=milestones)


def asked(plan: Plan) -> dict[str, list[Asked]]:
    """By subject of a milestone the audiences of what is, was or will be said about it, and whom it affects."""
    notices = Notice.objects.filter(upgrade=plan.upgrade, milestone__isnull=False).exclude(kind__in=SAY_NO_DATE)
    alive = notices.exclude(state=NoticeState.CANCELLED).select_related("survey").order_by("pk")
    found = {key: [Asked({"affected": True}, plan.upgrade, one)] for key, one in plan.milestones.items()}
    by_key = {one.pk: key for key, one in plan.milestones.items()}
    for notice in alive:
        key = by_key[notice.milestone_id or 0]
        found[key].append(Asked(notice.audience, plan.upgrade, plan.milestones[key], notice.survey))
    return found


def _told(found: Ledger, plan: Plan, known: Crowds) -> tuple[dict[str, Crowd], dict[str, Crowd]]:
    told: dict[str, Crowd] = defaultdict(int)
    tentative: dict[str, Crowd] = defaultdict(int)
    for group in found:
        crowd = known.mark(group.people)
        for fact in group.beliefs:
            if fact in plan.facts:
                told[fact] |= crowd
                if is_tentative(group, fact):
                    tentative[fact] |= crowd
    return dict(told), dict(tentative)


def is_tentative(group: Believers, fact: str) -> bool:
    """Whether the last they heard of its milestone is that it is not sure."""
    status = group.beliefs.get(f"{subject_of(fact)}.status")
    return (status.value if status else group.beliefs[fact].status) == Status.TENTATIVE


def _wrong(groups: Iterable[Group], known: Crowds) -> dict[str, Crowd]:
    wrong: dict[str, Crowd] = defaultdict(int)
    for group in groups:
        crowd = known.mark(group.people)
        for one in group.wrong:
            wrong[one.fact] |= crowd
    return dict(wrong)


def _concerned(
    plan: Plan, rules: Mapping[str, Iterable[Asked]], known: Crowds, told: Mapping[str, Crowd]
) -> dict[str, Crowd]:
    found: dict[str, Crowd] = defaultdict(int)
    for key, those in rules.items():
        if not is_off(plan.milestones[key]):
            found[key] = reduce(or_, (known.of(one) for one in those), NOBODY)
    for fact, crowd in told.items():
        found[subject_of(fact)] |= crowd
        found[OF_THE_UPGRADE] |= crowd
    return dict(found)


def is_off(milestone: Milestone) -> bool:
    """What was called off concerns those alone who heard of it."""
    return milestone.status == Status.CANCELLED
