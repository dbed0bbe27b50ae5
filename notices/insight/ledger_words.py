"""Facts, people and shares as the pages of the ledger say them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from notices.pipeline.ledger import Plan
from upgrades import fact_words

OF_THE_UPGRADE = "upgrade"
SAID = {"action_deadline": "deadline", "action": "required action", "change_reason": "reason"}


def subject_of(key: str) -> str:
    return key.partition(".")[0]


def name_of(key: str) -> str:
    """Empty for a subject."""
    return key.partition(".")[2]


def name_of_subject(plan: Plan, subject: str) -> str:
    if subject == OF_THE_UPGRADE:
        return "The upgrade"
    return plan.milestones[subject].name if subject in plan.milestones else "A milestone that is gone"


def of_subject(plan: Plan, key: str) -> str:
    """ "the start of Go-live" """
    name = name_of_subject(plan, subject_of(key))
    if not name_of(key):
        return name
    said = SAID.get(name_of(key)) or lower(fact_words.label(key))
    return f"the {said} of {name if subject_of(key) != OF_THE_UPGRADE else 'the upgrade'}"


def in_short(key: str, value: Any, *, zone: str) -> str:
    """ "Sat 28 Nov 2026, 22:00", for the head of a column."""
    if name_of(key) in fact_words.MOMENTS and value:
        at = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        return f"{time.short_day(at.date())}, {at:%H:%M} {time.zone_name(at, zone).rpartition('(')[2].rstrip(')')}"
    return fact_words.as_told(key, value, zone=zone)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def percent(part: int, whole: int) -> str:
    """Whole percent; never 100 where one is missing, never 0 where one is there."""
    if not whole:
        return "–"
    share = 100 * part / whole
    near = 99 if part < whole and share > 99 else 1 if part and share < 1 else round(share)
    return f"{near} %"
