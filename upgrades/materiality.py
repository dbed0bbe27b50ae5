"""Whether it matters that somebody was told another value of a fact than the one that holds. Pure.

Small moves add up: compared is what was told, not what was there before the last edit.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from upgrades.enums import Status

QUARTER = timedelta(minutes=15)
WHILE_IT_RUNS = {"end", "status", "action", "contact_name", "contact_email", "contact_phone"}
OVER = (Status.COMPLETED, Status.CANCELLED)


def matters(fact: str, told: Any, current: Any, *, zone: str, status: str = "") -> bool:
    """`fact` as in upgrades.facts; `zone` is that of the place, `status` that of its milestone by now."""
    name = fact.partition(".")[2]
    if told == current or name not in RULES or not _can_drift(name, told, current, status):
        return False
    return RULES[name](told, current, zone)


def _can_drift(name: str, told: Any, current: Any, status: str) -> bool:
    if name == "status":
        return told not in OVER
    if status in OVER:
        return False
    return name in WHILE_IT_RUNS if status == Status.IN_PROCESS else True


def _start(told: Any, current: Any, zone: str) -> bool:
    before, after = _moment(told), _moment(current)
    if before is None or after is None:
        return True
    place = ZoneInfo(zone)
    other_day = before.astimezone(place).date() != after.astimezone(place).date()
    return after < before or other_day or after - before >= QUARTER


def _end(told: Any, current: Any, zone: str) -> bool:
    before, after = _moment(told), _moment(current)
    return before is not None and after is not None and after - before >= QUARTER


def _downtime(told: Any, current: Any, zone: str) -> bool:
    return (current or 0) - (told or 0) >= QUARTER / timedelta(minutes=1)


def _impact(told: Any, current: Any, zone: str) -> bool:
    return (current or 0) > (told or 0)


def _status(told: Any, current: Any, zone: str) -> bool:
    return current == Status.CANCELLED or (told, current) == (Status.CONFIRMED, Status.TENTATIVE)


def _added(told: Any, current: Any, zone: str) -> bool:
    return bool({*(current or ())} - {*(told or ())})


def _changed(told: Any, current: Any, zone: str) -> bool:
    return (told or "") != (current or "")


RULES = {
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
