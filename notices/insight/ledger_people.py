"""The people behind a cell: what each was told, when, by what, how sure that is, and what is true now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from notices.audiences.crowds import Crowd
from notices.enums import Evidence, MessageState, ReceiptKind, Standing
from notices.insight.ledger import Board, is_tentative
from notices.insight.ledger_matrix import EVERYBODY, Audience
from notices.insight.ledger_words import capital, name_of, of_subject, subject_of
from notices.models import Message, Receipt
from notices.pipeline.ledger import Belief, Believers, Plan
from stakeholders.models import Person
from upgrades import fact_words


@dataclass(frozen=True)
class Said:
    """One belief of one person in words. `url`: of the message or conversation."""

    fact: str
    name: str
    standing: Standing
    told: str
    on: date | None
    source: str
    url: str
    evidence: Evidence | None
    at: datetime | None
    truth: str


@dataclass(frozen=True)
class Believer:
    person: Person
    said: Sequence[Said] = field(default_factory=list)


def among(rows: Iterable[Audience], key: str) -> Audience | None:
    return next((one for one in rows if one.key == (key or EVERYBODY)), None)


def crowd_of(board: Board, audience: Audience, *, key: str, standing: str) -> Crowd:
    """`key`: a fact, a subject, or empty for whatever was told."""
    if not key:
        return audience.crowd & (board.wrong_about_anything if standing == Standing.WRONG else board.told_anything)
    found = board.standing(key)
    chosen = [Standing(standing)] if standing in Standing.values else list(Standing)
    together = 0
    for one in chosen:
        together |= found[one]
    return audience.crowd & together


def in_order(board: Board, crowd: Crowd, *, words: str = "") -> list[int]:
    found = Person.objects.filter(pk__in=list(board.crowds.persons(crowd)))
    return list((found.found_by(words) if words else found).in_order().values_list("pk", flat=True))


def believers(board: Board, people: Sequence[int], *, key: str, standing: str = "") -> list[Believer]:
    """In the order of `people`. Three queries."""
    persons = Person.objects.in_bulk(people)
    histories = board.history_of(people)
    wrong = wrong_by_person(board, people)
    letters = Letters.of(people, histories.values(), at=board.ledger.at)
    return [
        Believer(persons[pk], said(board, pk, histories.get(pk), wrong.get(pk, ()), letters, key, standing))
        for pk in people
        if pk in persons
    ]


def wrong_by_person(board: Board, people: Collection[int]) -> dict[int, set[str]]:
    wanted = set(people)
    found: dict[int, set[str]] = {}
    for group in board.groups:
        for pk in wanted.intersection(group.people):
            found.setdefault(pk, set()).update(one.fact for one in group.wrong)
    return found


def said(
    board: Board,
    person: int,
    group: Believers | None,
    wrong: Collection[str],
    letters: "Letters",
    key: str,
    standing: str = "",
) -> list[Said]:
    """What they believe of `key`: that fact; else what they have wrong, if it is asked for, or all of it."""
    if name_of(key):
        chosen = [key]
    else:
        chosen = [fact for fact in board.facts if key in ("", subject_of(fact)) and group and fact in group.beliefs]
        chosen = [fact for fact in chosen if fact in wrong] if standing == Standing.WRONG else chosen
    return [in_words(board.plan, person, group, fact, fact in wrong, letters) for fact in chosen]


def in_words(plan: Plan, person: int, group: Believers | None, fact: str, is_wrong: bool, letters: "Letters") -> Said:
    zone = plan.upgrade.time_zone
    belief = group.beliefs.get(fact) if group else None
    name, truth = capital(of_subject(plan, fact)), fact_words.as_told(fact, plan.facts.get(fact), zone=zone)
    if belief is None or group is None:
        return Said(fact, name, Standing.NEVER, "", None, "", "", None, None, truth)
    right = Standing.TENTATIVE if is_tentative(group, fact) else Standing.RIGHT
    url, evidence, at = letters.about(person, belief)
    return Said(
        fact=fact,
        name=name,
        standing=Standing.WRONG if is_wrong else right,
        told=fact_words.as_told(fact, belief.value, zone=zone),
        on=belief.on,
        source=belief.source.title,
        url=url,
        evidence=evidence,
        at=at,
        truth=truth,
    )


def shells(people: Collection[int]) -> dict[int, int]:
    """These people and whoever was merged into them, each with whom they are by now."""
    rows = Person.objects.filter(Q(pk__in=people) | Q(merged_into__in=people)).order_by()
    return {pk: became or pk for pk, became in rows.values_list("pk", "merged_into")}


@dataclass(frozen=True)
class Letters:
    """By person, notice and channel the message that told them. Whoever was merged got theirs as who they were."""

    found: Mapping[tuple[int, int, str], Message]

    @classmethod
    def of(cls, people: Collection[int], groups: Iterable[Believers], *, at: datetime) -> "Letters":
        """As it stood at that moment: who confirmed it later had not yet."""
        notices = {one.notice.pk for group in groups for one in group.tellings if one.notice}
        became = shells(people)
        acknowledged = Receipt.objects.filter(message=OuterRef("pk"), kind=ReceiptKind.ACKNOWLEDGED, at__lte=at)
        rows = Message.objects.filter(person__in=became, notice__in=notices, state=MessageState.SENT, sent_at__lte=at)
        rows = rows.annotate(is_acknowledged=Exists(acknowledged)).order_by("sent_at", "pk")
        keyed = {(became[row.person_id], row.notice_id, row.channel): row for row in rows}
        return cls(keyed)

    def about(self, person: int, belief: Belief) -> tuple[str, Evidence, datetime | None]:
        source = belief.source
        if source.engagement:
            return source.engagement.get_absolute_url(), Evidence.ATTENDED, source.engagement.end
        message = self.found.get((person, source.notice.pk if source.notice else 0, source.telling.by))
        if message is None:
            return (source.notice.get_absolute_url() if source.notice else ""), Evidence.SENT, None
        evidence = Evidence.ACKNOWLEDGED if message.is_acknowledged else Evidence.SENT  # type: ignore[attr-defined]
        return message.get_absolute_url(), evidence, message.sent_at
