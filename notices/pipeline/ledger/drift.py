"""Who believes what no longer holds: the last told value differs from the plan's in a way that matters."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notices.pipeline.ledger import beliefs
from notices.pipeline.ledger.beliefs import Belief, Believers
from notices.pipeline.ledger.histories import TALK
from notices.pipeline.ledger.plan import Plan
from stakeholders.models import Person, Site
from upgrades import facts as upgrade_facts
from upgrades.enums import Status
from upgrades.materiality import RULES, matters
from upgrades.models import Milestone, Service, Upgrade, people_who_use

MOMENTS = ("start", "end", "action_deadline")
OF_SOME = {"services", "sites"}  # what is added concerns those who use it, or are there


@dataclass(frozen=True)
class Wrong:
    """One thing somebody believes that is `now` otherwise."""

    belief: Belief
    now: Any

    @property
    def fact(self) -> str:
        return self.belief.fact

    @property
    def name(self) -> str:
        return self.fact.partition(".")[2]

    @property
    def subject(self) -> str:
        return self.fact.partition(".")[0]

    def as_row(self) -> dict[str, Any]:
        """As a letter names it (Notice.release["told"])."""
        return {
            "fact": self.fact,
            "told": self.belief.value,
            "now": self.now,
            "on": self.belief.on.isoformat(),
            "by": TALK if self.belief.by == TALK else str(self.belief.by),
        }


@dataclass(frozen=True)
class Group:
    """People who believe the same wrong things, told by the same. `wrong`: in the order of the plan's facts."""

    people: Sequence[int]
    wrong: Sequence[Wrong]


def is_wrong(belief: Belief, plan: Plan) -> bool:
    """Whether somebody who believes this would be surprised. What is over surprises nobody any more."""
    name = belief.fact.partition(".")[2]
    if belief.fact not in plan.facts or name not in RULES or not _can_still_hurt(belief, plan):
        return False
    return matters(
        belief.fact,
        belief.value,
        plan.facts[belief.fact],
        zone=plan.upgrade.time_zone,
        status=plan.status_of(belief.fact),
        thresholds=plan.thresholds,
    )


def _can_still_hurt(belief: Belief, plan: Plan) -> bool:
    """Until the window is over, by the plan or by what they believe; while it runs, always."""
    one = plan.milestones.get(belief.fact.partition(".")[0])
    if one is None:
        return any(_is_ahead(each, plan.now) for each in plan.milestones.values())
    told = belief.source.facts.get(f"{upgrade_facts.subject(one)}.end") or belief.source.facts.get(
        f"{upgrade_facts.subject(one)}.start"
    )
    return _is_ahead(one, plan.now) or bool(told and datetime.fromisoformat(told) > plan.now)


def _is_ahead(one: Milestone, now: datetime) -> bool:
    return one.status == Status.IN_PROCESS or one.last_moment > now


def wrong(
    upgrade: Upgrade,
    *,
    now: datetime,
    people: Collection[int] | None = None,
    on_the_way: bool = False,
    plan: Plan | None = None,
) -> list[Group]:
    """Everybody who believes something wrong of this upgrade, nobody else. With `on_the_way`, without those who will
    hear it from what is released already. A dozen queries, whatever the number of people."""
    plan = plan or Plan.of(upgrade, now=now)
    return wrong_in(beliefs.of_upgrade(upgrade, at=now, people=people, on_the_way=on_the_way), plan)


def wrong_in(ledger: Iterable[Believers], plan: Plan) -> list[Group]:
    """The same from what was read before."""
    groups: dict[tuple[Any, ...], tuple[list[int], list[Wrong]]] = {}
    for believers in ledger:
        found = [Wrong(one, plan.facts[one.fact]) for one in believers.beliefs.values() if is_wrong(one, plan)]
        if found:
            found.sort(key=lambda one: _place(one, plan))
            key = tuple(
                (one.fact, json.dumps(one.belief.value, default=str), one.belief.on, one.belief.by) for one in found
            )
            groups.setdefault(key, ([], found))[0].extend(believers.people)
    return _concerned([Group(sorted(persons), found) for persons, found in groups.values()])


def rows_of(group: Group) -> list[dict[str, Any]]:
    return [one.as_row() for one in group.wrong]


def _place(one: Wrong, plan: Plan) -> tuple[Any, ...]:
    milestone = plan.milestones.get(one.subject)
    return (milestone is None, milestone.start if milestone else None, one.subject, [*RULES].index(one.name))


def _concerned(groups: Sequence[Group]) -> list[Group]:
    """A service or site more is wrong for those whom it concerns alone."""
    users: dict[tuple[str, ...], set[int]] = {}
    split: list[Group] = []
    for group in groups:
        some = [one for one in group.wrong if one.name in OF_SOME]
        if not some:
            split.append(group)
            continue
        by_wrong: dict[tuple[int, ...], list[int]] = defaultdict(list)
        those = [reached(one, users) for one in some]
        for person in group.people:
            by_wrong[tuple(number for number, found in enumerate(those) if person in found)].append(person)
        for numbers, persons in by_wrong.items():
            kept = [one for one in group.wrong if one.name not in OF_SOME or some.index(one) in numbers]
            if kept:
                split.append(Group(persons, kept))
    return split


def reached(one: Wrong, known: dict[tuple[str, ...], set[int]]) -> set[int]:
    """Whom what was added concerns. What has only another name by now was not added. `known`: keeps the answers."""
    now, told = {*(one.now or ())}, {*(one.belief.value or ())}
    key = (one.name, *sorted(now - told), "", *sorted(told - now))
    if key not in known:
        kind: type[Service | Site] = Service if one.name == "services" else Site
        renamed = kind.pgh_event_model.objects.filter(name__in=told - now).values("pgh_obj_id")  # type: ignore[union-attr]
        added = kind.objects.filter(name__in=now - told).exclude(pk__in=renamed)
        people = people_who_use(added) if kind is Service else Person.objects.active().filter(site__in=added)
        known[key] = set(people.order_by().values_list("pk", flat=True))
    return known[key]
