"""play(): what the pipeline will do with these upgrades until a day, and to whom. A question, whatever the answer."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from notices.models import Notice
from notices.simulation import delivering, world
from notices.simulation.delivering import Delivery, Tally
from notices.simulation.on_the_way import OnTheWay
from notices.simulation.playing import Assumed, Outcome, Player
from notices.simulation.shares import Shares
from notices.simulation.what_if import AS_IT_IS, WhatIf
from notices.simulation.world import World
from stakeholders.models import Person
from upgrades.enums import Phase
from upgrades.models import Milestone, Upgrade

AS_IT_STANDS, AS_PLANNED = "as_it_stands", "as_planned"


@dataclass(frozen=True)
class Play:
    """`outcomes` are in the order of time; what still waits for an event or for somebody comes last. `shares`: what
    comes to whom when, over all upgrades."""

    world: World
    now: datetime
    until: datetime
    what_if: WhatIf
    assumed: Assumed
    outcomes: Sequence[Outcome]
    shares: Shares = field(compare=False, repr=False)

    @property
    def upgrades(self) -> list[Upgrade]:
        return list(self.world.upgrades.values())

    @property
    def milestones(self) -> list[Milestone]:
        """As the what-if has them, in the order of time."""
        return sorted(self.world.milestones.values(), key=lambda one: (one.start, one.pk))

    @cached_property
    def released(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.is_released]

    @cached_property
    def tallies(self) -> list[Tally]:
        """How many messages of each notice come to what, over which channel, when."""
        return delivering.tallies(self)

    @cached_property
    def on_the_way(self) -> OnTheWay:
        keys = [one.pk for one in self.world.on_the_way]
        return OnTheWay(keys, self.world.milestones, self.what_if, self.now, self.until)

    def messages(self, outcome: Outcome, *, person: Person | None = None) -> Iterator[Delivery]:
        """One by one, by person and channel."""
        return delivering.messages(self, outcome, person=person)


def play(
    upgrades: Iterable[Upgrade],
    *,
    now: datetime,
    until: datetime,
    what_if: WhatIf = AS_IT_IS,
    approvals: str = AS_IT_STANDS,
    events: str = AS_PLANNED,
    groups: Iterable[int] = (),
) -> Play:
    """`approvals`: as planned, everybody approves in time; as it stands, what waits for approval is missed. `events`:
    as planned, milestones begin and end when they should; as they stand, nothing more happens to them. `groups`: whose
    members somebody will ask about."""
    assumed = Assumed(approvals=approvals == AS_PLANNED, events=events == AS_PLANNED)
    shares = Shares(groups=tuple(groups))
    with one_look():
        own = _played(upgrades, shares, now=now, until=until, what_if=what_if, assumed=assumed)
        shares.plays.append(own)
        if own.world.rules.most_per_week and (others := _beside(own)):
            beside = _played(others, shares, now=now, until=until, what_if=what_if, assumed=assumed, due_by=until)
            shares.plays.append(beside)
    return own


def _played(
    upgrades: Iterable[Upgrade],
    shares: Shares,
    *,
    now: datetime,
    until: datetime,
    what_if: WhatIf,
    assumed: Assumed,
    due_by: datetime | None = None,
) -> Play:
    found = world.load(upgrades, now=now, what_if=what_if, due_by=due_by)
    outcomes = Player(found, until=until, what_if=what_if, assumed=assumed).outcomes()
    return Play(found, now, until, what_if, assumed, outcomes, shares)


def _beside(own: Play) -> list[Upgrade]:
    """Whatever else may come to people."""
    waiting = Exists(Notice.objects.waiting().filter(upgrade=OuterRef("pk")))
    alive = Upgrade.objects.filter(Q(phase__in=[Phase.PLANNING, Phase.UNDER_WAY]) | waiting)
    return list(alive.exclude(pk__in=own.world.upgrades).order_by("pk"))


@contextmanager
def one_look() -> Iterator[None]:
    """All that is read is of one moment. Inside of a transaction, that is the business of whoever began it."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
