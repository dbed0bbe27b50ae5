"""A message in the hands of a worker, for as long as its lease runs.

Leases run on the clock of the database, so workers on several machines need not agree what time it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any

from notices.models import Notice, Variant

LEASE = timedelta(seconds=20)  # how long the messages of a killed worker wait
MARGIN = timedelta(seconds=3)  # so long before its end nobody relies on it any more


@dataclass(slots=True)
class Claimed:
    """One message in the hands of a worker, and what its letter is made from. `held_until`: on the clock of
    `seconds`; nothing of it may leave later, because then it may be somebody else's."""

    pk: int
    attempts: int
    person_id: int
    address: str
    values: dict[str, Any]
    priority: int
    notice: Notice
    variant: Variant | None
    held_until: float
    losses: int = 0
    secret: bytes | memoryview | None = None  # encrypted: what lets into the room at the address
    others: tuple["Claimed", ...] = ()  # of the same person, in the same mail

    @property
    def all(self) -> tuple["Claimed", ...]:
        return (self, *self.others)

    def may_leave(self) -> bool:
        return seconds() < self.held_until


def seconds() -> float:
    """On a clock that nobody sets, and that goes on while this process or the whole machine is suspended."""
    return clock_gettime(CLOCK_BOOTTIME)


def safely_held() -> float:
    return seconds() + (LEASE - MARGIN).total_seconds()
