"""What people were told last, by the ledger, and what they will have heard by the end of a play."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from notices.models import Notice
from notices.pipeline import ledger, render
from notices.pipeline.ledger import histories, sources
from notices.pipeline.ledger.histories import History
from stakeholders.models import Person
from upgrades import facts as upgrade_facts
from upgrades.facts import Facts
from upgrades.materiality import USUAL, Thresholds, matters
from upgrades.models import Milestone, Upgrade


@dataclass(frozen=True)
class Wrong:
    """So many people were told `told` and it is `current` now, in a way that matters."""

    fact: str
    milestone: Milestone
    upgrade: Upgrade
    told: Any
    current: Any
    people: int


@dataclass(frozen=True)
class Wrongs:
    """`people` believe at least one wrong thing, and so get a correction."""

    people: int
    facts: Sequence[Wrong]


@dataclass(frozen=True)
class Heard:
    """What these people will be told, over and above what they know."""

    people: Sequence[int]
    facts: Facts


@dataclass(frozen=True)
class Told:
    """A fact as somebody was told it last."""

    fact: str
    value: Any
    at: datetime
    by: str


def told_by(notice: Notice, facts: Facts) -> Facts:
    """Of these facts those that its readers are told, if it goes out in its words."""
    return render.asserted_facts(notice, facts, notice.words)


def wrongs(
    upgrades: Iterable[int],
    milestones: Mapping[int, Milestone],
    *,
    now: datetime,
    gone: Iterable[int] = (),
    heard: Sequence[Heard] = (),
) -> Wrongs:
    """Who was told something else than what these milestones say, and does not hear it anyway. A few queries, whatever
    the number of people."""
    found = histories.of(list(upgrades), now=now)
    told = sources.of(found)
    current, thresholds = _current(milestones), ledger.thresholds_of(upgrades)
    people = 0
    counted: Counter[tuple[str, str]] = Counter()
    values: dict[tuple[str, str], Any] = {}
    for (history, hears), number in _counted(found, gone=gone, heard=heard).items():
        facts = [*(told[code].facts for code in history if code in told), *(heard[place].facts for place in hears)]
        wrong = [pair for pair in _believed(facts).items() if _is_wrong(*pair, current, milestones, thresholds)]
        people += number if wrong else 0
        for fact, value in wrong:
            counted[fact, repr(value)] += number
            values[fact, repr(value)] = value
    rows = [
        Wrong(key[0], one, one.upgrade, values[key], current.get(key[0]), number)
        for key, number in sorted(counted.items())
        if (one := _milestone_of(key[0], milestones))
    ]
    return Wrongs(people, rows)


def _counted(
    found: Mapping[History, Iterable[int]], *, gone: Iterable[int], heard: Sequence[Heard]
) -> Counter[tuple[History, tuple[int, ...]]]:
    """How many were told by the same, and hear the same by and by."""
    to_come: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(heard):
        for person in dict.fromkeys(one.people):
            to_come[person].append(place)
    left = set(gone)
    counted: Counter[tuple[History, tuple[int, ...]]] = Counter()
    for history, people in found.items():
        for person in people:
            if person not in left:
                counted[history, tuple(to_come.pop(person, ()))] += 1
    for person, places in to_come.items():
        counted[(), tuple(places)] += person not in left
    return counted


def _believed(told: Iterable[Facts]) -> Facts:
    """The last value of each fact."""
    believed: Facts = {}
    for facts in told:
        believed |= facts
    return believed


def _current(milestones: Mapping[int, Milestone]) -> Facts:
    found: Facts = {}
    for one in milestones.values():
        found |= upgrade_facts.of_milestone(one)
    return found


def _milestone_of(fact: str, milestones: Mapping[int, Milestone]) -> Milestone | None:
    kind, _, key = fact.partition(".")[0].partition(":")
    return milestones.get(int(key)) if kind == "milestone" and key.isdigit() else None


def _is_wrong(
    fact: str,
    told: Any,
    current: Facts,
    milestones: Mapping[int, Milestone],
    thresholds: Mapping[int, Thresholds],
) -> bool:
    milestone = _milestone_of(fact, milestones)
    if milestone is None or fact not in current:
        return False
    zone, least = milestone.upgrade.time_zone, thresholds.get(milestone.upgrade_id, USUAL)
    return matters(fact, told, current[fact], zone=zone, status=milestone.status, thresholds=least)


def told_to(person: Person, upgrades: Iterable[int], *, now: datetime) -> list[Told]:
    """All that somebody was told of these upgrades so far, the oldest first."""
    found = []
    for one in ledger.of_person(person, list(upgrades), at=now).tellings:
        at = datetime.combine(one.telling.on, time(), tzinfo=UTC)
        found += [Told(fact, value, at, f"“{one.title}”") for fact, value in one.facts.items()]
    return found
