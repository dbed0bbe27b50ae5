"""What people were told last, and so believe. By person and day, and for everybody at once.

Told means got through: a message that was sent, a conversation attended. People with the same history of tellings
believe the same, so everybody is grouped by history first, and the facts are worked out once for each history.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from engagement.models import Participant, Telling
from notices.enums import MessageState
from notices.models import Message, Notice, Revision
from notices.pipeline import approve
from stakeholders.models import Person
from upgrades import facts as upgrade_facts
from upgrades.facts import Facts
from upgrades.materiality import RULES, matters
from upgrades.models import Milestone, Upgrade

HISTORIES = """
WITH told (person_id, source, at) AS (
    SELECT message.person_id, 'n' || variant.revision_id, message.sent_at
    FROM notices_message message
    JOIN notices_variant variant ON variant.id = message.variant_id
    JOIN notices_notice notice ON notice.id = message.notice_id
    WHERE notice.upgrade_id = ANY(%(upgrades)s) AND message.state = %(sent)s AND message.sent_at <= %(now)s
    UNION ALL
    SELECT participant.person_id, 't' || telling.id, telling.at
    FROM engagement_telling telling
    JOIN engagement_engagement engagement ON engagement.id = telling.engagement_id
    JOIN engagement_participant participant ON participant.engagement_id = engagement.id AND participant.attended
    WHERE engagement.upgrade_id = ANY(%(upgrades)s) AND telling.voided_at IS NULL AND telling.at <= %(now)s
    UNION ALL
    SELECT heard.person, heard.source, 'infinity' FROM unnest(%(hearers)s::bigint[], %(heard)s::text[])
        AS heard (person, source)
)
SELECT history, count(*) FROM (
    SELECT array_agg(source ORDER BY at, source) AS history
    FROM told JOIN stakeholders_person person ON person.id = told.person_id
    WHERE person.archived_at IS NULL AND person.id <> ALL(%(gone)s)
    GROUP BY person_id) AS of_person
GROUP BY history
"""


@dataclass(frozen=True)
class Wrong:
    """So many people were told `told` and it is `current` now, in a way that matters."""

    fact: str
    milestone: Milestone
    upgrade: Upgrade
    told: Any
    current: Any
    people: int


@dataclass(frozen=True)
class Wrongs:
    """`people` believe at least one wrong thing, and so get a correction."""

    people: int
    facts: Sequence[Wrong]


@dataclass(frozen=True)
class Heard:
    """What these people will be told, over and above what they know."""

    people: Sequence[int]
    facts: Facts


@dataclass(frozen=True)
class Told:
    """A fact as somebody was told it last."""

    fact: str
    value: Any
    at: datetime
    by: str


def asserted_by(revision: Revision) -> Facts:
    return reliable(revision.notice, revision.facts)


def reliable(notice: Notice, facts: Facts) -> Facts:
    """Of these facts those that its readers are told, and that somebody can rely on: that it takes place is one."""
    return {
        name: value
        for name, value in facts.items()
        if name.partition(".")[2] in RULES and (name.endswith(".status") or approve.asserts(notice, name))
    }


def wrongs(
    upgrades: Iterable[int],
    milestones: Mapping[int, Milestone],
    *,
    now: datetime,
    gone: Iterable[int] = (),
    heard: Sequence[Heard] = (),
) -> Wrongs:
    """Who was told something else than what these milestones say, and does not hear it anyway. A few queries, whatever
    the number of people."""
    histories = _histories(upgrades, now=now, gone=gone, heard=heard)
    names = {name for history in histories for name in history}
    to_come = {f"h{number}": one.facts for number, one in enumerate(heard)}
    sources = _sources(names - to_come.keys()) | to_come
    current = _current(milestones)
    people = 0
    counted: Counter[tuple[str, str]] = Counter()
    values: dict[tuple[str, str], Any] = {}
    for history, number in histories.items():
        wrong = [pair for pair in _believed(history, sources).items() if _is_wrong(*pair, current, milestones)]
        people += number if wrong else 0
        for fact, told in wrong:
            counted[fact, repr(told)] += number
            values[fact, repr(told)] = told
    found = [
        Wrong(key[0], one, one.upgrade, values[key], current.get(key[0]), number)
        for key, number in sorted(counted.items())
        if (one := _milestone_of(key[0], milestones))
    ]
    return Wrongs(people, found)


def _believed(history: Iterable[str], sources: Mapping[str, Facts]) -> Facts:
    """The last value of each fact."""
    believed: Facts = {}
    for name in history:
        believed |= sources.get(name, {})
    return believed


def _histories(
    upgrades: Iterable[int], *, now: datetime, gone: Iterable[int], heard: Sequence[Heard]
) -> dict[tuple[str, ...], int]:
    pairs = [(person, f"h{number}") for number, one in enumerate(heard) for person in one.people]
    values: dict[str, Any] = {
        "upgrades": list(upgrades),
        "sent": MessageState.SENT.value,
        "now": now,
        "gone": list(gone),
        "hearers": [person for person, _ in pairs],
        "heard": [source for _, source in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(HISTORIES, values)
        return {tuple(history): number for history, number in cursor.fetchall()}


def _sources(names: Iterable[str]) -> dict[str, Facts]:
    keys: dict[str, list[int]] = defaultdict(list)
    for name in names:
        keys[name[0]].append(int(name[1:]))
    revisions = Revision.objects.filter(pk__in=keys["n"]).select_related("notice")
    tellings = Telling.objects.filter(pk__in=keys["t"])
    found = {f"n{one.pk}": asserted_by(one) for one in revisions}
    return found | {f"t{one.pk}": _reliable(one.facts) for one in tellings}


def _reliable(told: Facts) -> Facts:
    return {name: value for name, value in told.items() if name.partition(".")[2] in RULES}


def _current(milestones: Mapping[int, Milestone]) -> Facts:
    found: Facts = {}
    for one in milestones.values():
        found |= upgrade_facts.of_milestone(one)
    return found


def _milestone_of(fact: str, milestones: Mapping[int, Milestone]) -> Milestone | None:
    kind, _, key = fact.partition(".")[0].partition(":")
    return milestones.get(int(key)) if kind == "milestone" and key.isdigit() else None


def _is_wrong(fact: str, told: Any, current: Facts, milestones: Mapping[int, Milestone]) -> bool:
    milestone = _milestone_of(fact, milestones)
    if milestone is None or fact not in current:
        return False
    return matters(fact, told, current[fact], zone=milestone.upgrade.time_zone, status=milestone.status)


def told_to(person: Person, upgrades: Iterable[int], *, now: datetime) -> list[Told]:
    """All that somebody was told of these upgrades so far, the oldest first."""
    keys = list(upgrades)
    messages = Message.objects.told().to(person).filter(notice__upgrade__in=keys, sent_at__lte=now)
    rows = messages.select_related("variant__revision__notice").order_by("sent_at", "pk")
    found = [
        Told(fact, value, row.sent_at, f"“{row.variant.revision.notice}”")
        for row in rows
        if row.variant and row.sent_at
        for fact, value in asserted_by(row.variant.revision).items()
    ]
    there = Participant.objects.attended().filter(person=person).values("engagement")
    heard = Telling.objects.valid().filter(engagement__in=there, engagement__upgrade__in=keys, at__lte=now)
    for one in heard.select_related("engagement").order_by("at", "pk"):
        found += [Told(fact, value, one.at, f"“{one.engagement}”") for fact, value in _reliable(one.facts).items()]
    return sorted(found, key=lambda told: told.at)
