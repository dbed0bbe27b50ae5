"""What people believe: of each fact the value that they were told last."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from notices.pipeline.ledger import histories, sources
from notices.pipeline.ledger.sources import Source
from stakeholders.models import Person
from upgrades.models import Upgrade


@dataclass(frozen=True)
class Belief:
    """A fact as somebody was told it last. `status`: that of its milestone as they knew it then, "" for none."""

    fact: str
    value: Any
    source: Source
    status: str = ""

    @property
    def on(self) -> date:
        return self.source.telling.on

    @property
    def by(self) -> str:
        return self.source.telling.by


@dataclass(frozen=True)
class Believers:
    """People who were told by the same tellings, and so believe the same. `tellings`: the oldest first."""

    people: Sequence[int]
    tellings: Sequence[Source]
    beliefs: Mapping[str, Belief]


@dataclass(frozen=True)
class Ledger:
    """Everybody who was ever told anything. Whoever is in no group was never told."""

    at: datetime
    groups: Sequence[Believers]

    def __iter__(self) -> Iterator[Believers]:
        return iter(self.groups)

    @property
    def people(self) -> int:
        return sum(len(group.people) for group in self.groups)


def of_upgrade(
    upgrade: Upgrade, *, at: datetime, people: Collection[int] | None = None, on_the_way: bool = False
) -> Ledger:
    """Who believes what at that moment, as we know it today. Five queries, whatever the number of people."""
    return Ledger(at, _groups([upgrade.pk], at=at, people=people, on_the_way=on_the_way))


def of_upgrades(upgrades: Collection[int], *, at: datetime) -> dict[int, Ledger]:
    """The same of several, by key, with as many queries as for one."""
    who = histories.apart(upgrades, now=at)
    told = sources.by_history({history for those in who.values() for history in those})
    return {
        key: Ledger(at, [Believers(people, told[one], believed(told[one])) for one, people in those.items()])
        for key, those in who.items()
    }


def of_person(person: Person, upgrades: Collection[int], *, at: datetime) -> Believers:
    """What this person was told of these upgrades, and believes."""
    found = _groups(upgrades, at=at, people=[person.pk])
    return found[0] if found else Believers([person.pk], (), {})


def _groups(
    upgrades: Collection[int], *, at: datetime, people: Collection[int] | None = None, on_the_way: bool = False
) -> list[Believers]:
    who = histories.of(upgrades, now=at, people=people, on_the_way=on_the_way)
    told = sources.by_history(who)
    return [Believers(persons, told[history], believed(told[history])) for history, persons in who.items()]


def believed(tellings: Sequence[Source]) -> dict[str, Belief]:
    """The last value of each fact, from tellings of which the oldest comes first."""
    last: dict[str, Belief] = {}
    for source in tellings:
        for fact, value in source.facts.items():
            status = source.facts.get(f"{fact.rpartition('.')[0]}.status", "")
            last[fact] = Belief(fact, value, source, status)
    return last
