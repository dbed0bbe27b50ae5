"""One person in one upgrade: every telling in order, what it changed, and what they believe by now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch

from engagement.models import Participant
from engagement.models import Telling as Conversation
from notices.enums import OPEN, Evidence, MessageState, ReceiptKind
from notices.insight import ledger_people
from notices.insight.ledger import plan_at
from notices.insight.ledger_people import Letters, Said
from notices.insight.ledger_words import OF_THE_UPGRADE, lower, name_of_subject, subject_of
from notices.models import Message, Receipt, Variant
from notices.pipeline import ledger
from notices.pipeline.ledger import Believers, Plan, sources
from stakeholders.models import Person
from upgrades import fact_words
from upgrades.models import Upgrade

TOLD_NOBODY = {MessageState.BOUNCED, MessageState.FAILED, MessageState.SKIPPED, MessageState.MISSED}


@dataclass(frozen=True)
class Change:
    """`before`: empty where they had not been told."""

    name: str
    before: str
    after: str
    is_new: bool
    is_same: bool


@dataclass(frozen=True)
class Entry:
    """A telling, or what was to be one and told nobody (`why_not`)."""

    at: datetime
    title: str
    url: str
    way: str
    icon: str
    evidence: Evidence | None = None
    why_not: str = ""
    is_on_its_way: bool = False
    changes: Sequence[Change] = field(default_factory=list)

    @property
    def news(self) -> list[Change]:
        return [one for one in self.changes if not one.is_same]

    @property
    def repeated(self) -> int:
        return sum(one.is_same for one in self.changes)


@dataclass(frozen=True)
class Story:
    """`now`: by milestone what they believe, in the order of the plan."""

    plan: Plan
    entries: Sequence[Entry]
    now: Sequence[tuple[str, Sequence[Said]]]
    wrong: int

    @property
    def facts(self) -> int:
        return sum(len(said) for _, said in self.now)


def of(person: Person, upgrade: Upgrade, *, at: datetime, is_past: bool = False) -> Story:
    plan = plan_at(upgrade, at) if is_past else Plan.of(upgrade, now=at)
    group = ledger.of_person(person, [upgrade.pk], at=at)
    wrong = {one.fact for each in ledger.wrong_in([group], plan) for one in each.wrong}
    said = _said(person, group, plan, wrong)
    return Story(plan, entries(person, plan, at=at), said, len(wrong))


def _said(person: Person, group: Believers, plan: Plan, wrong: set[str]) -> list[tuple[str, list[Said]]]:
    letters = Letters.of([person.pk], [group], at=plan.now)
    by_subject: dict[str, list[str]] = {}
    for fact in plan.facts:
        if fact in group.beliefs:
            by_subject.setdefault(subject_of(fact), []).append(fact)
    first_dates = sorted(by_subject.items(), key=lambda pair: pair[0] == OF_THE_UPGRADE)
    return [
        (
            name_of_subject(plan, subject) if subject != OF_THE_UPGRADE else "Whom to ask",
            [
                ledger_people.in_words(plan, person.pk, group, fact, fact in wrong, letters)
                for fact in sorted(facts, key=lambda one: one not in wrong)
            ],
        )
        for subject, facts in first_dates
    ]


# Every telling in order


def entries(person: Person, plan: Plan, *, at: datetime) -> list[Entry]:
    """The oldest first; what has not arrived comes last."""
    rows: list[tuple[tuple, Entry, Mapping]] = [*_letters(person, plan, at=at), *_conversations(person, plan, at=at)]
    known: dict = {}
    found = []
    for _, entry, facts in sorted(rows, key=lambda row: row[0]):
        changes = [] if not facts else _changes(facts, known, plan)
        if not entry.why_not and not entry.is_on_its_way:
            known |= facts
        found.append(Entry(**{**entry.__dict__, "changes": changes}))
    return found


def _changes(facts: Mapping, known: Mapping, plan: Plan) -> list[Change]:
    zone = plan.upgrade.time_zone
    return [
        Change(
            name=_name(fact, plan),
            before=fact_words.as_told(fact, known[fact], zone=zone) if fact in known else "",
            after=fact_words.as_told(fact, value, zone=zone),
            is_new=fact not in known,
            is_same=fact in known and known[fact] == value,
        )
        for fact, value in sorted(facts.items(), key=lambda pair: (subject_of(pair[0]), fact_words.place(pair[0])))
    ]


def _name(fact: str, plan: Plan) -> str:
    milestone = plan.milestones.get(subject_of(fact))
    label = fact_words.label(fact)
    return f"{milestone.name}: {lower(label)}" if milestone and len(plan.milestones) > 1 else label


def _letters(person: Person, plan: Plan, *, at: datetime) -> Iterable[tuple[tuple, Entry, Mapping]]:
    acknowledged = Receipt.objects.filter(message=OuterRef("pk"), kind=ReceiptKind.ACKNOWLEDGED, at__lte=at)
    theirs = ledger_people.shells([person.pk])
    rows = Message.objects.filter(person__in=theirs, notice__upgrade=plan.upgrade, created_at__lte=at)
    rows = rows.exclude(state=MessageState.CANCELLED).annotate(is_acknowledged=Exists(acknowledged))
    rows = rows.select_related("notice__step", "notice__upgrade", "notice__milestone", "variant__revision")
    words = Prefetch("variant__revision__variants", Variant.objects.order_by("pk"))
    for row in rows.prefetch_related(words).order_by("pk"):
        when = row.sent_at if row.sent_at and row.sent_at <= at else None
        gone_wrong = row.state in TOLD_NOBODY
        waits = not gone_wrong and (row.state in OPEN or when is None)
        entry = Entry(
            at=when or row.created_at,
            title=row.notice.title,
            url=row.get_absolute_url(),
            way=row.get_channel_display(),
            icon="mail",
            evidence=_evidence(row, gone_wrong or waits),
            why_not=_why_not(row) if gone_wrong else "",
            is_on_its_way=waits,
        )
        yield (waits, entry.at, row.variant_id or 0), entry, _told_by(row)


def _evidence(row: Message, told_nobody: bool) -> Evidence | None:
    if told_nobody:
        return None
    return Evidence.ACKNOWLEDGED if row.is_acknowledged else Evidence.SENT  # type: ignore[attr-defined]


def _why_not(row: Message) -> str:
    return row.reason or str(row.get_state_display())


def _told_by(row: Message) -> Mapping:
    if row.variant is None:
        return {}
    revision = row.variant.revision
    revision.notice = row.notice
    return sources.told_by(revision, int(row.values.get("told") or 0))


def _conversations(person: Person, plan: Plan, *, at: datetime) -> Iterable[tuple[tuple, Entry, Mapping]]:
    theirs = ledger_people.shells([person.pk])
    there = Participant.objects.attended().filter(person__in=theirs).values("engagement")
    rows = Conversation.objects.filter(engagement__in=there, engagement__upgrade=plan.upgrade, at__lte=at)
    for row in rows.select_related("engagement").order_by("pk"):
        entry = Entry(
            at=row.at,
            title=row.engagement.title,
            url=row.engagement.get_absolute_url(),
            way=str(row.engagement.get_kind_display()),
            icon="users",
            evidence=None if row.voided_at else Evidence.ATTENDED,
            why_not=row.void_reason or "Taken back" if row.voided_at else "",
        )
        yield (False, row.at, row.pk), entry, sources.reliable(row.facts)


# Over all upgrades that run


@dataclass(frozen=True)
class InShort:
    upgrade: Upgrade
    facts: int
    wrong: Sequence[str]


def everywhere(person: Person, *, now: datetime) -> list[InShort]:
    """Of each upgrade that runs and told them something. The same queries for any number of upgrades."""
    running = {one.pk: one for one in Upgrade.objects.running().prefetch_related("services").order_by("name", "pk")}
    told = ledger.of_person(person, list(running), at=now).tellings
    by_upgrade: dict[int, list[sources.Source]] = {}
    for one in told:
        key = one.notice.upgrade_id if one.notice else one.engagement.upgrade_id if one.engagement else 0
        by_upgrade.setdefault(key, []).append(one)
    plans = ledger.plans_of([one for pk, one in running.items() if pk in by_upgrade], now=now)
    return [_in_short(person, plan, by_upgrade[plan.upgrade.pk]) for plan in plans]


def _in_short(person: Person, plan: Plan, told: Sequence[sources.Source]) -> InShort:
    group = Believers([person.pk], told, ledger.believed(told))
    wrong = [_name(one.fact, plan) for each in ledger.wrong_in([group], plan) for one in each.wrong]
    return InShort(plan.upgrade, sum(fact in plan.facts for fact in group.beliefs), wrong)
