"""The ledger of an upgrade in one line, for pages that are about something else. Asks for no audiences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notices.insight.ledger_words import capital, people, percent, subject_of
from notices.pipeline import ledger
from notices.pipeline.correcting import looking
from notices.pipeline.ledger import Group, Plan
from upgrades.models import Upgrade

MOST = 10  # upgrades that are looked into on the home page


@dataclass(frozen=True)
class Short:
    """`wrong`: people; `pairs`: of people and facts that they were told."""

    told: int
    wrong: int
    right_pairs: int
    pairs: int
    names: tuple[str, ...] = ()

    @property
    def accuracy(self) -> str:
        return percent(self.right_pairs, self.pairs)

    @property
    def said_now(self) -> str:
        """ "412 people now believe something else."; empty if nobody does."""
        if not self.wrong:
            return ""
        return f"{people(self.wrong)} now {'believes' if self.wrong == 1 else 'believe'} something else."

    @property
    def said(self) -> str:
        """ "Expectations: 96 % right, 412 people wrong" """
        if not self.told:
            return "Nobody has been told anything yet"
        return f"{self.accuracy} right, {said_wrong(self.wrong)}"


def said_wrong(number: int) -> str:
    if not number:
        return "nobody wrong"
    return "1 person wrong" if number == 1 else f"{number:,} people wrong"


def of(upgrade: Upgrade, *, now: datetime) -> Short:
    found = ledger.of_upgrade(upgrade, at=now)
    if not found.groups:
        return Short(0, 0, 0, 0)
    plan = Plan.of(upgrade, now=now)
    groups = ledger.wrong_in(found, plan)
    pairs = sum(len(one.people) * sum(fact in plan.facts for fact in one.beliefs) for one in found)
    wrong_pairs = sum(len(one.people) * len(one.wrong) for one in groups)
    return Short(found.people, _people(groups), pairs - wrong_pairs, pairs, names(groups, plan))


def _people(groups: Iterable[Group]) -> int:
    return sum(len(one.people) for one in groups)


def names(groups: Iterable[Group], plan: Plan) -> tuple[str, ...]:
    """The milestones that they are wrong about, in the order of the plan."""
    wrong = {subject_of(one.fact) for group in groups for one in group.wrong}
    return tuple(one.name for key, one in plan.milestones.items() if key in wrong)


@dataclass(frozen=True)
class Misled:
    """So many people of an upgrade believe something wrong of these milestones."""

    upgrade: Upgrade
    people: int
    names: tuple[str, ...]

    @property
    def said(self) -> str:
        verb = "believes" if self.people == 1 else "believe"
        return f"{capital(people(self.people))} {verb} something old about {' and '.join(self.names[:2]) or 'it'}"


def misled(*, now: datetime) -> list[Misled]:
    """Of every upgrade where anything that was told may be otherwise now; most people first."""
    plans = [plan for plan, _ in looking.plans_to_look_at(now=now)[:MOST]]
    believed = ledger.of_upgrades([plan.upgrade.pk for plan in plans], at=now) if plans else {}
    found = []
    for plan in plans:
        groups = ledger.wrong_in(believed[plan.upgrade.pk], plan)
        found.append(Misled(plan.upgrade, _people(groups), names(groups, plan)))
    return sorted((one for one in found if one.people), key=lambda one: -one.people)
