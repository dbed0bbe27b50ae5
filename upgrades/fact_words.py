"""Facts (upgrades.facts) in words, wherever people read what was told or what changed."""

from datetime import datetime
from typing import Any

from commsplan.lib import time
from upgrades.enums import Impact, Status

LABELS = {
    "start": "Start",
    "end": "End",
    "downtime": "Expected downtime",
    "impact": "Impact",
    "effect": "What people will notice",
    "action": "What people must do",
    "action_deadline": "To be done by",
    "status": "Status",
    "systems": "Internal systems",
    "change_reason": "Reason for the change",
    "services": "Services",
    "sites": "Sites",
    "objective": "Objective",
    "why": "Reason",
    "why_now": "Reason for the date",
    "benefit": "Benefit",
    "contact_name": "Contact",
    "contact_email": "Contact address",
}
PLACES = {name: place for place, name in enumerate(LABELS)}
MOMENTS = ("start", "end", "action_deadline")


def label(key: str) -> str:
    name = name_of(key)
    return LABELS.get(name, name.replace("_", " ").capitalize())


def place(key: str) -> int:
    """As the labels stand: what comes first matters most."""
    return PLACES.get(name_of(key), len(PLACES))


def in_words(key: str, value: Any, *, zone: str) -> str:
    """Empty for what has no value."""
    name = name_of(key)
    if value in (None, "", []):
        return ""
    if name in MOMENTS:
        return time.full(datetime.fromisoformat(value), zone=zone)
    if name == "downtime":
        return time.duration(value)
    if name == "impact":
        return str(Impact(value).label)
    if name == "status":
        return str(Status(value).label)
    return ", ".join(value) if isinstance(value, list) else str(value)


def as_told(key: str, value: Any, *, zone: str) -> str:
    """That there was nothing to say was said, too."""
    return in_words(key, value, zone=zone) or "nothing"


def name_of(key: str) -> str:
    return key.rpartition(".")[2]


def subject_of(key: str) -> str:
    return key.rpartition(".")[0]
