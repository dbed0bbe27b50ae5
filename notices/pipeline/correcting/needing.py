"""Who needs a correction, over which channel, when: the ledger's answer, less all that makes a letter needless."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notices.enums import MessageState, NoticeKind
from notices.models import Call, CorrectionRule
from notices.pipeline import ledger
from notices.pipeline.correcting import calls, deciding, history, reaching, rule
from notices.pipeline.correcting.deciding import Moment, Planned, Verdict
from notices.pipeline.correcting.history import History
from notices.pipeline.correcting.reaching import Attempt, Reader
from notices.pipeline.ledger import Group, Plan, Wrong
from notices.pipeline.schedule.when import Place
from upgrades.enums import Status

DECISIVE = ("start", "action_deadline")


@dataclass
class Letter:
    """One letter: to whom and when. `wrong`: what any of them has wrong; `subjects`: what they were never told of."""

    title: str = ""
    people: set[int] = field(default_factory=set)
    wrong: dict[str, Wrong] = field(default_factory=dict)
    subjects: dict[str, None] = field(default_factory=dict)
    due: datetime | None = None
    deadline: datetime | None = None

    def add(self, person: int, wrong: Iterable[Wrong], verdict: Verdict) -> None:
        self.people.add(person)
        self.wrong |= {one.fact: one for one in wrong}
        self.due = min(self.due or verdict.due, verdict.due)
        self.deadline = min(self.deadline or verdict.deadline, verdict.deadline)


Key = tuple[bool, str]  # urgent, channel


@dataclass
class Need:
    """`letters` by urgency and channel; `to_call`: what they have to hear, and why nothing reaches them; `waiting`: the
    plan is still being moved; `carried`: a planned notice tells them in time; `settled`: told before, or somebody
    decided that they are not told."""

    letters: dict[Key, Letter] = field(default_factory=dict)
    to_call: dict[int, tuple[list[str], str]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    carried: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)

    @property
    def written_to(self) -> set[int]:
        return {person for letter in self.letters.values() for person in letter.people}

    @property
    def wrong(self) -> set[int]:
        """Everybody who has something wrong and is not on the way to know better."""
        return self.written_to | self.waiting | self.carried | self.settled | self.to_call.keys()


@dataclass(frozen=True)
class Known:
    """All that is asked of the database, once for everybody."""

    plan: Plan
    history: History
    planned: Sequence[Planned]
    in_a_hurry: Sequence[Planned]
    readers: Mapping[int, Reader]
    attempts: Mapping[int, list[Attempt]]
    vain_calls: Mapping[int, list[Call]]


def of(plan: Plan, settings: CorrectionRule, *, now: datetime, waits: bool = True) -> Need:
    """`waits=False`: somebody wants it now, whatever is still being moved. Two dozen queries, whatever the people."""
    groups = ledger.wrong(plan.upgrade, now=now, on_the_way=True, plan=plan)
    need = Need()
    if not groups:
        return need
    past = history.of(plan, now=now)
    judged = [(group, judge(group, plan, past, settings, now=now)) for group in groups]
    ready = [(group, verdict) for group, verdict in judged if not waits or verdict.ready <= now]
    need.waiting = {person for group, verdict in judged if waits and verdict.ready > now for person in group.people}
    people = [person for group, _ in ready for person in group.people]
    if people:
        known = _known(plan, past, people, [verdict for _, verdict in ready], now=now)
        for group, verdict in ready:
            for person in group.people:
                _place(need, person, group.wrong, verdict, known)
    return need


def judge(group: Group, plan: Plan, past: History, settings: CorrectionRule, *, now: datetime) -> Verdict:
    began = past.began(group.wrong, plan)
    return deciding.judge(
        moments_of(group.wrong, plan, now=now),
        began=began,
        last_change=past.last_change(since=began),
        waits=rule.waits_of(settings),
        place=Place.of(plan.upgrade),
        now=now,
    )


def moments_of(wrong: Sequence[Wrong], plan: Plan, *, now: datetime) -> list[Moment]:
    """When it begins to hurt that these are wrong: starts and deadlines of their milestones, as told and as they are.
    What is wrong about the whole upgrade hurts from its next milestone on."""
    told = {one.fact: one.belief.value for one in wrong}
    subjects = dict.fromkeys(one.subject for one in wrong if one.subject in plan.milestones)
    if any(one.subject not in plan.milestones for one in wrong):
        ahead = (key for key, one in plan.milestones.items() if one.start > now and one.status != Status.CANCELLED)
        subjects |= dict.fromkeys([next(ahead, "")])
    found = []
    for fact in (f"{subject}.{name}" for subject in subjects if subject for name in DECISIVE):
        current = _moment(plan.facts.get(fact))
        if fact in told:
            found.append(Moment(_moment(told[fact]), current))
        elif current and (current > now or fact.endswith(".start")):
            found.append(Moment(current, current))
    return found


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _known(plan: Plan, past: History, people: Collection[int], verdicts: Sequence[Verdict], *, now: datetime) -> Known:
    latest = max(verdict.deadline for verdict in verdicts)
    return Known(
        plan=plan,
        history=past,
        planned=reaching.planned(plan.upgrade, people, now=now, until=max(latest, now)),
        in_a_hurry=reaching.in_a_hurry(plan.upgrade, people, now=now),
        readers=reaching.readers(people, plan, now=now),
        attempts=reaching.attempts(plan.upgrade, NoticeKind.CORRECTION, people),
        vain_calls=calls.in_vain(plan.upgrade, people),
    )


def _place(need: Need, person: int, wrong: Sequence[Wrong], verdict: Verdict, known: Known) -> None:
    now = {one.fact: one.now for one in wrong}
    is_carried = deciding.carried(person, now, known.planned, by=max(verdict.deadline, known.plan.now))
    if is_carried or deciding.awaited(person, now, known.in_a_hurry):
        need.carried.add(person)
        return
    same = [one for one in known.attempts.get(person, ()) if one.said(now)]
    if any(one.is_dismissed or one.state == MessageState.SENT for one in same):
        need.settled.add(person)
        return
    reader = known.readers.get(person, Reader([]))
    tried = [(one.channel, one.address.lower()) for one in same if one.was_in_vain]
    way = deciding.way_to(reader.ways, tried=tried, told_by=_told_by(wrong), preferred=reader.preferred)
    if way:
        need.letters.setdefault((verdict.is_urgent, way.channel), Letter()).add(person, wrong, verdict)
    elif _was_called(person, wrong, known):
        need.settled.add(person)
    else:
        need.to_call[person] = list(now), reaching.why_unreachable(reader.ways)


def _told_by(wrong: Sequence[Wrong]) -> str:
    """The channel by which they were told last."""
    last = max(wrong, key=lambda one: one.belief.on)
    return str(last.belief.by)


def _was_called(person: int, wrong: Sequence[Wrong], known: Known) -> bool:
    """In vain, and nothing has changed since."""
    began = known.history.began(wrong, known.plan)
    last = known.history.last_change(since=began)
    facts = {one.fact for one in wrong}
    return any(
        facts <= {*call.facts} and (last is None or (call.done_at is not None and call.done_at >= last))
        for call in known.vain_calls.get(person, ())
    )


def wrong_by_subject(letter: Letter) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in letter.wrong.values():
        found[one.subject].append(one.name)
    return dict(found)
