"""What may move with a window, as a page asks it. The boxes are `along`; `offered` says which ones were seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from upgrades import moving_along
from upgrades.models import Milestone
from upgrades.moving_along import Companion


class Fields(Protocol):
    """A QueryDict, of an address or a form."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Offer:
    rows: Sequence[tuple[Companion, bool]]
    zone: str
    is_moved: bool

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def takes_deadline(self) -> bool:
        return any(is_ticked for one, is_ticked in self.rows if one.is_deadline)


def of(
    window: Milestone, start: datetime, fields: Fields, *, now: datetime, without: Collection[int] = (), own=True
) -> Offer:
    """Before somebody has seen a box, it is ticked where that is usual. `without`: what moves anyway. `own`: its
    deadline too."""
    others = moving_along.others_of(window).exclude(pk__in=without)
    found = moving_along.of(window, start, others=others, now=now)
    rows = [(one, _is_ticked(one, fields)) for one in found if own or not one.is_deadline]
    return Offer(rows, window.upgrade.time_zone, start != window.start)


def _is_ticked(one: Companion, fields: Fields) -> bool:
    if one.is_past:
        return False
    return one.key in fields.getlist("along") or (one.is_usual and one.key not in fields.getlist("offered"))
