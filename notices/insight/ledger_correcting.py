"""What puts people right: the letters that wait, who hears it anyway, who has to be called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from commsplan.lib.these import these
from notices.audiences.crowds import size
from notices.enums import PUT_RIGHT, NoticeState
from notices.insight import approval, reach
from notices.insight.ledger import Board
from notices.insight.ledger_words import capital, of_subject, people
from notices.models import Call, CorrectionRule, Notice
from notices.pipeline import audience, ledger
from notices.pipeline.correcting import calls, needing, open_corrections, rule
from notices.pipeline.ledger import Plan
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades import fact_words

MOST_CARRIERS = 6
MOST_CALLS = 25


@dataclass(frozen=True)
class Proposal:
    """A letter. `goes_by_itself`: at its time, without another word. `asks`: what is said before it leaves."""

    notice: Notice
    people: int
    first: Sequence[Person]
    channels: str
    goes_by_itself: bool
    is_leaving: bool
    asks: str
    why_not: str


@dataclass(frozen=True)
class ToCall:
    call: Call
    phone: str
    say: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Correcting:
    """`waiting`: so many people, once the plan stands still. `carried`: told in time by a planned notice. `settled`:
    told already, or somebody decided that they are not. `on_the_way`: what tells them is out and has not arrived, by
    `sending`. `unwritten`: their letter is made at the next turn of the clock; `unlisted`: their call is."""

    rule: CorrectionRule
    proposals: Sequence[Proposal]
    on_the_way: int
    sending: Sequence[Notice]
    unwritten: int
    waiting: int
    carried: int
    carriers: Sequence[tuple[Notice, int]]
    settled: int
    calls: Sequence[ToCall]
    more_calls: int
    unlisted: int

    @property
    def n_calls(self) -> int:
        return len(self.calls) + self.more_calls

    @property
    def has_something(self) -> bool:
        return bool(
            self.on_the_way
            or self.unwritten
            or self.proposals
            or self.waiting
            or self.carried
            or self.calls
            or self.unlisted
            or self.settled
        )


def of(board: Board, *, account, now: datetime) -> Correcting:
    settings = rule.of(board.upgrade)
    need = needing.of(board.plan, settings, now=now)
    open_calls = list(calls.open(board.upgrade)[: MOST_CALLS + 1])
    letters = list(open_corrections(board.upgrade))
    written = {person for one in letters for person in one.audience.get("people", ())}
    return Correcting(
        rule=settings,
        proposals=[_proposal(one, account, now=now) for one in letters],
        unwritten=len(need.written_to - written),
        on_the_way=(on_the_way := size(board.wrong_about_anything) - len(need.wrong)),
        sending=list(Notice.objects.sending().filter(upgrade=board.upgrade).order_by("pk")[:5]) if on_the_way else [],
        waiting=len(need.waiting),
        carried=len(need.carried),
        carriers=carriers(board.plan, need.carried),
        settled=len(need.settled),
        calls=[_to_call(one, board.plan) for one in open_calls[:MOST_CALLS]],
        unlisted=len(need.to_call.keys() - {*calls.open(board.upgrade).values_list("person", flat=True)}),
        more_calls=max(0, calls.open(board.upgrade).count() - MOST_CALLS) if len(open_calls) > MOST_CALLS else 0,
    )


def _proposal(notice: Notice, account, *, now: datetime) -> Proposal:
    number = len(notice.audience.get("people", ()))
    channels = " and ".join(str(Channel(one).label) for one in notice.channels)
    return Proposal(
        notice=notice,
        people=number,
        first=reach.first_recipients(notice, on=audience.day_of(notice, now=now)),
        channels=channels,
        goes_by_itself=notice.state == NoticeState.APPROVED,
        is_leaving=notice.is_held,
        asks=asks(notice, number, channels, now=now),
        why_not=approval.why_not_by(account, notice) if notice.state == NoticeState.IN_REVIEW else "",
    )


def asks(notice: Notice, number: int, channels: str, *, now: datetime) -> str:
    """The question before it leaves the house: to how many, over what, when at the place, and what is unusual."""
    zone = notice.upgrade.time_zone
    parts = [
        f"It goes to {people(number)} by {channels.lower()}, five minutes after your click.",
        "Until then you can recall it.",
        f"It is {now.astimezone(ZoneInfo(zone)):%A %H:%M} in {zone} now.",
    ]
    parts += [f"That is more than {reach.MANY} people."] if number > reach.MANY else []
    parts += ["That is outside working hours."] if time.is_outside_working_hours(now, zone=zone) else []
    return " ".join(parts)


def carriers(plan: Plan, carried: Collection[int]) -> list[tuple[Notice, int]]:
    """The planned notices that reach these people first, with how many of them."""
    if not carried:
        return []
    rows = Notice.objects.filter(upgrade=plan.upgrade, state=NoticeState.APPROVED, paused_at=None)
    rows = (
        rows.exclude(kind__in=PUT_RIGHT).exclude(send_at=None).select_related("upgrade", "milestone", "survey", "step")
    )
    left, found = set(carried), []
    for one in rows.order_by("send_at", "pk")[:MOST_CARRIERS]:
        if left and (reached := _reached(one, left)):
            found.append((one, len(reached)))
            left -= reached
    return found


def _reached(notice: Notice, carried: Collection[int]) -> set[int]:
    rows: Any = audience.recipients(notice, channel=Channel.EMAIL)
    return set(rows.filter(skip_reason="", pk__in=these(carried)).order_by().values_list("pk", flat=True))


def _to_call(call: Call, plan: Plan) -> ToCall:
    """What to say is what holds now; what is gone needs no words."""
    zone = plan.upgrade.time_zone
    known = [fact for fact in call.facts if fact in plan.facts]
    say = [(capital(of_subject(plan, fact)), fact_words.as_told(fact, plan.facts[fact], zone=zone)) for fact in known]
    return ToCall(call, call.person.phone, say)


def sample_rows(plan: Plan, *, now: datetime) -> list[dict]:
    """For a preview: what somebody has wrong right now; without that, a start that was told a day earlier."""
    groups = ledger.wrong(plan.upgrade, now=now, plan=plan)
    if groups:
        return ledger.rows_of(max(groups, key=lambda one: len(one.people)))
    subject = next(iter(plan.milestones), "")
    start = f"{subject}.start"
    if start not in plan.facts:
        return []
    told = datetime.fromisoformat(plan.facts[start]).replace(day=1).isoformat()
    return [{"fact": start, "told": told, "now": plan.facts[start], "on": now.date().isoformat(), "by": "email"}]
