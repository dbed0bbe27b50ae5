"""Until when one notice waits for whom, by clock and by whether somebody has had their share of the week.

Filling writes these moments down, the simulation and the pages count with them: nobody has a rule of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from notices.models import Notice
from notices.pipeline.hours.caps import OVER_THE_CAP
from notices.pipeline.hours.clocks import Clock
from notices.pipeline.hours.rules import Rules, may_wait
from notices.pipeline.hours.walls import Held, gathered, walls
from notices.pipeline.schedule import when


@dataclass(frozen=True)
class Waiting:
    """`otherwise`: when it comes to whoever has none of the clocks. `most`: who got as many in the last week has had
    their share; None where that holds nothing back."""

    walls: Mapping[str, Held]
    later: Mapping[str, datetime]
    otherwise: datetime
    most: int | None = None

    def of(self, clock: str, *, is_over: bool = False) -> Held:
        if is_over and clock in self.later:
            return Held(self.later[clock], OVER_THE_CAP)
        return self.walls.get(clock) or Held(self.otherwise, "")

    @property
    def clocks(self) -> list[str]:
        """Those whose readers may have to wait."""
        return sorted({*self.walls, *self.later})


def waiting(notice: Notice, *, at: datetime, rules: Rules, clocks: Iterable[Clock]) -> Waiting:
    """Of what is released `at` that moment."""
    there = list(clocks)
    held = walls(notice, at=at, rules=rules, clocks=there)
    otherwise = at
    if notice.local_on and notice.local_at:
        otherwise = max(at, when.local_moment(notice.local_on, notice.local_at, notice.upgrade.time_zone))
    if not rules.most_per_week or not may_wait(notice):
        return Waiting(held, {}, otherwise)
    later = gathered(notice, at=at, rules=rules, clocks=there, walls=held)
    return Waiting(held, later, otherwise, rules.most_per_week)
