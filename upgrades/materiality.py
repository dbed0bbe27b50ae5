"""Whether it matters that somebody was told another value of a fact than the one that holds. Pure.

Small moves add up: compared is what was told, not what was there before the last edit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from upgrades.enums import Status


@dataclass(frozen=True)
class Thresholds:
    """Minutes from which a difference matters. An earlier start always does."""

    start: int = 15
    end: int = 15
    downtime: int = 15


USUAL = Thresholds()
WHILE_IT_RUNS = {"end", "status", "action", "contact_name", "contact_email", "contact_phone"}
OVER = (Status.COMPLETED, Status.CANCELLED)


def matters(fact: str, told: Any, current: Any, *, zone: str, status: str = "", thresholds: Thresholds = USUAL) -> bool:
    """`fact` as in upgrades.facts; `zone` is that of the place, `status` that of its milestone by now.

    A display zone is no difference: instants are compared.
    """
    name = fact.partition(".")[2]
    if told == current or name not in RULES or not _can_drift(name, told, current, status):
        return False
    return RULES[name](told, current, zone, thresholds)


def _can_drift(name: str, told: Any, current: Any, status: str) -> bool:
    if name == "status":
        return True
    if status in OVER:
        return False
    return name in WHILE_IT_RUNS if status == Status.IN_PROCESS else True


def _start(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    before, after = _moment(told), _moment(current)
    if before is None or after is None:
        return True
    place = ZoneInfo(zone)
    other_day = before.astimezone(place).date() != after.astimezone(place).date()
    return after < before or other_day or after - before >= timedelta(minutes=least.start)


def _end(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    before, after = _moment(told), _moment(current)
    return before is not None and after is not None and after - before >= timedelta(minutes=least.end)


def _downtime(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    return (current or 0) - (told or 0) >= max(least.downtime, 1)


def _impact(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    return (current or 0) > (told or 0)


def _status(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    """Off, on again after it was said to be off or done (a roll-back), or no longer sure."""
    if current == Status.CANCELLED:
        return told != Status.COMPLETED
    if told in OVER:
        return current != Status.COMPLETED
    return (told, current) == (Status.CONFIRMED, Status.TENTATIVE)


def _added(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    return bool({*(current or ())} - {*(told or ())})


def _changed(told: Any, current: Any, zone: str, least: Thresholds) -> bool:
    return (told or "") != (current or "")


RULES: dict[str, Callable[[Any, Any, str, Thresholds], bool]] = {
    "start": _start,
    "end": _end,
    "downtime": _downtime,
    "impact": _impact,
    "status": _status,
    "services": _added,
    "sites": _added,
    "action": _changed,
    "action_deadline": _changed,
    "contact_name": _changed,
    "contact_email": _changed,
    "contact_phone": _changed,
}


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
