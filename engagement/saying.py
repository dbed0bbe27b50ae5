"""Facts by their subject, for those who choose what was told and read it later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagement import telling
from engagement.models import Telling
from upgrades import facts
from upgrades.fact_words import as_told, label, place, subject_of
from upgrades.models import Milestone, Upgrade


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
        found.setdefault(subject_of(key), []).append(_said(key, value, values, upgrade.time_zone))
    order = {subject: number for number, subject in enumerate(names)}
    subjects = sorted(found, key=lambda subject: order.get(subject, len(order)))
    for said in found.values():
        said.sort(key=lambda one: place(one.key))
    return [Subject(_name(subject, names, upgrade), found[subject]) for subject in subjects]


def _milestones(upgrade: Upgrade) -> list[Milestone]:
    return list(upgrade.milestones.order_by("start", "pk"))


def _name(subject: str, names: dict[str, Milestone], upgrade: Upgrade) -> str:
    if subject in names:
        return names[subject].name
    return upgrade.name if subject == "upgrade" else "A milestone that is gone"


def _said(key: str, value: Any, values: facts.Facts, zone: str) -> Said:
    differs = key in values and values[key] != value
    now = as_told(key, values[key], zone=zone) if differs else ""
    return Said(key=key, label=label(key), words=as_told(key, value, zone=zone), now=now)
