"""What a notice says to each of its readers beyond its words: what has changed since they were told.

A correction says to each reader all that they have wrong, and goes to nobody else. A catch-up says what they were never
told, too. Every other notice carries a box with those of its own facts that a reader was told otherwise.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engagement.models import Telling as Conversation
from notices.enums import PUT_RIGHT, NoticeKind
from notices.models import Notice, Revision
from notices.pipeline import render
from notices.pipeline.ledger import beliefs, concerned, drift, sources
from notices.pipeline.ledger.drift import Wrong
from notices.pipeline.ledger.plan import Plan
from stakeholders.models import Person
from upgrades.facts import Facts
from upgrades.materiality import RULES, matters

MOST = 0xFFFF  # a telling has room for so many
OF_THE_UPGRADE = ("contact_name", "contact_email", "contact_phone")

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Differences:
    """By key the rows of a letter, and by person the key of theirs."""

    rows: dict[str, Rows] = field(default_factory=dict)
    of_person: dict[int, str] = field(default_factory=dict)

    def to(self, person: int) -> Rows:
        return self.rows.get(self.of_person.get(person, ""), ())


def differences(revision: Revision, *, now: datetime) -> Differences:
    """For everybody who was told anything of its upgrade. Nothing is asked about people as long as nothing that was
    told differs from the plan."""
    notice = revision.notice
    plan = Plan.of(notice.upgrade, now=now)
    if notice.kind == NoticeKind.CATCH_UP:
        return _numbered(_news(notice, plan, people=_named(notice) or (), now=now))
    if not may_differ(plan, but=notice):
        return Differences()
    said = None if notice.kind in PUT_RIGHT else sources.told_by(revision)
    groups = drift.wrong(notice.upgrade, now=now, people=_named(notice), on_the_way=True, plan=plan)
    return _numbered((group.people, [one.as_row() for one in _about(group.wrong, said)]) for group in groups)


def to_reader(notice: Notice, person: Person, *, now: datetime) -> Rows:
    """What this one would find in a notice that has not gone out, if it went out now: for whoever previews it."""
    if person.pk is None:
        return ()
    plan = Plan.of(notice.upgrade, now=now)
    if notice.kind == NoticeKind.CATCH_UP:
        return next((rows for _, rows in _news(notice, plan, people=[person.pk], now=now)), ())
    said = None if notice.kind in PUT_RIGHT else render.asserted_facts(notice, render.facts_of(notice), notice.words)
    groups = drift.wrong(notice.upgrade, now=now, people=[person.pk], on_the_way=True, plan=plan)
    return [one.as_row() for group in groups for one in _about(group.wrong, said)]


def may_differ(plan: Plan, *, but: Notice | None = None) -> bool:
    """Whether anything that anybody may have been told is otherwise now. Two queries; says yes rather too often."""
    revisions = Revision.objects.filter(notice__upgrade=plan.upgrade, notice__released_at__isnull=False)
    facts = list(revisions.exclude(notice=but).values_list("facts", flat=True))
    facts += Conversation.objects.valid().filter(engagement__upgrade=plan.upgrade).values_list("facts", flat=True)
    pairs = {(key, repr(value)): value for told in facts for key, value in sources.reliable(told).items()}
    return any(_differs(key, value, plan) for (key, _), value in pairs.items())


def _differs(fact: str, told: Any, plan: Plan) -> bool:
    if fact not in plan.facts:
        return False
    zone, status = plan.upgrade.time_zone, plan.status_of(fact)
    return matters(fact, told, plan.facts[fact], zone=zone, status=status, thresholds=plan.thresholds)


def _named(notice: Notice) -> Collection[int] | None:
    """Who alone it can be for; None where its rule names more than people."""
    return notice.audience["people"] if set(notice.audience) == {"people"} else None


def _about(wrong: Iterable[Wrong], said: Facts | None) -> list[Wrong]:
    return [one for one in wrong if said is None or one.fact in said]


def _news(
    notice: Notice, plan: Plan, *, people: Collection[int], now: datetime
) -> Iterator[tuple[Collection[int], Rows]]:
    """All that concerns these people and that they were not told, or were told otherwise."""
    about = concerned.of(plan.upgrade, plan.milestones.values(), people=people, now=now)
    ledger = beliefs.of_upgrade(plan.upgrade, at=now, people=people, on_the_way=True)
    known = {person: group.beliefs for group in ledger for person in group.people}
    for person in people:
        believed = known.get(person, {})
        rows = [
            drift.Wrong(believed[fact], plan.facts[fact]).as_row()
            if fact in believed
            else {"fact": fact, "told": None, "now": plan.facts[fact], "on": "", "by": ""}
            for fact in _to_know(about.get(person, ()), plan)
            if fact not in believed or drift.is_wrong(believed[fact], plan)
        ]
        if rows:
            yield [person], rows


def _to_know(subjects: Iterable[str], plan: Plan) -> list[str]:
    """The facts of these milestones that have something to say, and whom to ask."""
    keys = [f"{subject}.{name}" for subject in subjects for name in RULES]
    keys = [key for key in keys if plan.facts.get(key) not in (None, "", [])]
    return [*keys, *(f"upgrade.{name}" for name in OF_THE_UPGRADE if plan.facts[f"upgrade.{name}"])] if keys else []


def _numbered(found: Iterable[tuple[Collection[int], Rows]]) -> Differences:
    """Equal rows have one key, so that equal letters are laid out once."""
    keys: dict[str, str] = {}
    rows: dict[str, Rows] = {}
    of_person: dict[int, str] = {}
    for people, those in found:
        text = json.dumps(those, sort_keys=True, default=str)
        if those and (text in keys or len(keys) < MOST):
            key = keys.setdefault(text, str(len(keys) + 1))
            rows[key] = those
            of_person |= dict.fromkeys(people, key)
    return Differences(rows, of_person)
