"""What a process has learned of the other sides, and goes by when it drains again. Nothing is lost with it: who forgets
learns it again."""

from dataclasses import dataclass
from time import monotonic

from notices.models import Outlet
from notices.pipeline.deliver.supply import FIRST

CROWDED_SECONDS = 300.0  # how long fewer connections are used


@dataclass(slots=True)
class Manners:
    """Of one outlet. Until `tired_until` the other side wants to be left alone; `first`: so many are claimed at once
    where a limit sets the pace."""

    tired_until: float = 0.0
    first: int = FIRST
    _fewer: tuple[int, float] = 0, 0.0  # so many connections, until then

    def crowded(self, connections: int) -> None:
        self._fewer = max(1, connections // 2), monotonic() + CROWDED_SECONDS

    def at_most(self, connections: int) -> int:
        most, until = self._fewer
        return min(connections, most) if monotonic() < until else connections


class Memory:
    """Of each outlet. The threads of a process share it: what one of them has just learned the next one goes by."""

    def __init__(self) -> None:
        self._known: dict[int, Manners] = {}

    def of(self, outlet: Outlet) -> Manners:
        return self._known.setdefault(outlet.pk, Manners())
