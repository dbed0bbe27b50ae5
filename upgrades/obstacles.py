"""What is in the way of a milestone where it is, or where somebody types that it should be, and where it could go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from upgrades import collisions, overlaps, reach, slots
from upgrades.collisions import Collision
from upgrades.models import Milestone, Service
from upgrades.overlaps import Overlap
from upgrades.reach import Reach
from upgrades.slots import Slot


@dataclass(frozen=True)
class Obstacles:
    milestone: Milestone  # with the times in question
    touched: Reach
    collisions: list[Collision]
    overlaps: list[Overlap]
    now: datetime

    @property
    def is_clear(self) -> bool:
        return not (self.collisions or self.overlaps)

    @cached_property
    def slots(self) -> list[Slot]:
        """Free windows after it; nobody needs them where nothing is in the way."""
        if self.is_clear or not collisions.disturbs(self.milestone):
            return []
        return slots.next_free(self.milestone, after=max(self.milestone.start, self.now), touched=self.touched)


def of(milestone: Milestone, *, now: datetime) -> Obstacles:
    return _of(milestone, reach.of_milestones([milestone]).get(milestone.pk, reach.NOTHING), now=now)


def of_typed(milestone: Milestone, *, services: Iterable[Service], sites: Iterable, now: datetime) -> Obstacles:
    """It need not be saved, and nor need what it names."""
    chosen = reach.of_chosen(
        milestone.upgrade_id, services=[one.pk for one in services], sites=[one.pk for one in sites]
    )
    return _of(milestone, chosen, now=now)


def _of(milestone: Milestone, touched: Reach, *, now: datetime) -> Obstacles:
    known: dict[int | None, Reach] = {milestone.pk: touched}
    return Obstacles(
        milestone=milestone,
        touched=touched,
        collisions=collisions.of_moved([milestone], reaches=known),
        overlaps=overlaps.of_moved([milestone], reaches=known),
        now=now,
    )
