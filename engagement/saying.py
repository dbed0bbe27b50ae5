"""Facts in words, for those who choose what was told and read it later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commsplan.lib import time
from engagement import telling
from engagement.models import Telling
from upgrades import facts
from upgrades.enums import Impact, Status
from upgrades.models import Milestone, Upgrade

LABELS = {
    "start": "Start",
    "end": "End",
    "downtime": "Expected downtime",
    "impact": "Impact",
    "effect": "What people will notice",
    "action": "What people must do",
    "action_deadline": "By",
    "status": "Status",
    "services": "Services",
    "sites": "Sites",
    "objective": "Objective",
    "why": "Reason",
    "why_now": "Reason for the date",
    "benefit": "Benefit",
    "contact_name": "Contact",
    "contact_email": "Contact address",
}
MOMENTS = ("start", "end", "action_deadline")


@dataclass(frozen=True)
class Said:
    key: str
    label: str
    words: str
    now: str = ""  # what is true today, where that is something else


@dataclass(frozen=True)
class Subject:
    """A milestone, or the upgrade itself, with its facts."""

    name: str
    facts: list[Said]


def in_words(key: str, value: Any, *, zone: str) -> str:
    name = key.rpartition(".")[2]
    if value in (None, "", []):
        return "nothing"
    if name in MOMENTS:
        return time.full(datetime.fromisoformat(value), zone=zone)
    if name == "downtime":
        return time.duration(value)
    if name == "impact":
        return str(Impact(value).label)
    if name == "status":
        return str(Status(value).label)
    return ", ".join(value) if isinstance(value, list) else str(value)


def choices(upgrade: Upgrade, *, at: datetime | None = None) -> list[Subject]:
    """All that may be told, by milestone in the order of time, then the upgrade itself; with `at` as the plan was."""
    values = telling.known(upgrade, at=at)
    return _by_subject(upgrade, {key: values[key] for key in telling.tellable(upgrade)}, values={})


def of_telling(told: Telling, *, upgrade: Upgrade, values: facts.Facts) -> list[Subject]:
    """What was told then; beside it what is true now (`values`), where it differs."""
    return _by_subject(upgrade, told.facts, values=values)


def _by_subject(upgrade: Upgrade, told: facts.Facts, *, values: facts.Facts) -> list[Subject]:
    names = {facts.subject(one): one for one in _milestones(upgrade)}
    found: dict[str, list[Said]] = {}
    for key, value in told.items():
        found.setdefault(key.rpartition(".")[0], []).append(_said(key, value, values, upgrade.time_zone))
    order = {subject: place for place, subject in enumerate(names)}
    subjects = sorted(found, key=lambda subject: order.get(subject, len(order)))
    return [Subject(_name(subject, names, upgrade), _in_order(found[subject])) for subject in subjects]


def _in_order(said: list[Said]) -> list[Said]:
    """As the labels stand: what comes first matters most."""
    places = {name: place for place, name in enumerate(LABELS)}
    return sorted(said, key=lambda one: places.get(one.key.rpartition(".")[2], len(places)))


def _milestones(upgrade: Upgrade) -> list[Milestone]:
    return list(upgrade.milestones.order_by("start", "pk"))


def _name(subject: str, names: dict[str, Milestone], upgrade: Upgrade) -> str:
    if subject in names:
        return names[subject].name
    return upgrade.name if subject == "upgrade" else "A milestone that is gone"


def _said(key: str, value: Any, values: facts.Facts, zone: str) -> Said:
    differs = key in values and values[key] != value
    name = key.rpartition(".")[2]
    return Said(
        key=key,
        label=LABELS.get(name, name.replace("_", " ").capitalize()),
        words=in_words(key, value, zone=zone),
        now=in_words(key, values[key], zone=zone) if differs else "",
    )
