"""What becomes of each notice as the days pass: one turn of the clock after the other, on copies in memory.

Every question is asked where the pipeline asks it: when it is due (`following`), whether it still says what was
approved (`approve`), whether it is pointless or missed (`fate`). What is here is only the order of a turn
(`clockwork`), and that the clock is looked at exactly when something is due.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from feedback import inviting
from notices.enums import Event, Medium, NoticeState, Trigger
from notices.models import Notice, PlanStep
from notices.pipeline import approve, schedule
from notices.pipeline.planning import cadence
from notices.pipeline.schedule import FOLLOWING, fate, following, when
from notices.pipeline.schedule.following import Known
from notices.simulation.what_if import WhatIf
from notices.simulation.world import World
from upgrades.enums import ENDED, Status

NEVER = datetime.max.replace(tzinfo=UTC)
MOST_KEYS = 2**63  # what has no key yet gets a later one
MOST_TURNS = 1000  # of one notice, or of one cadence
AHEAD = (Status.TENTATIVE, Status.CONFIRMED)


@dataclass(frozen=True)
class Assumed:
    """Of what only people can do: that they approve in time, and that milestones begin and end as planned."""

    approvals: bool = False
    events: bool = True


@dataclass(frozen=True)
class Outcome:
    """What becomes of a notice. `at` is when; None for what is still waiting when the play ends."""

    notice: Notice
    key: str
    state: str
    at: datetime | None
    reason: str = ""
    is_assumed: bool = False  # it needs an approval that nobody has given yet
    occurrence: int = 0  # the how manieth turn of a cadence that has no notice yet
    is_on_its_way: bool = False  # it is out already, and not with everybody yet

    @property
    def is_open(self) -> bool:
        """It still waits when the play ends."""
        return self.notice.is_waiting and not self.is_released

    @property
    def is_released(self) -> bool:
        return self.state == NoticeState.RELEASED

    @property
    def due(self) -> datetime | None:
        return self.at or self.notice.send_at

    @property
    def day(self) -> date | None:
        """On which it goes out at the place of its upgrade."""
        due = self.due
        return due and due.astimezone(ZoneInfo(self.notice.upgrade.time_zone)).date()


@dataclass
class Player:
    """`heard_on` is when each cadence was last heard, as the play goes on; `renewed` are the notices that have a new
    revision because facts had changed."""

    world: World
    until: datetime
    what_if: WhatIf
    assumed: Assumed
    heard_on: dict[int, date] = field(default_factory=dict)
    renewed: set[int] = field(default_factory=set)

    def outcomes(self) -> list[Outcome]:
        self.heard_on, self.renewed = dict(self.world.heard_on), set()
        found = [outcome for notice in self.world.notices for outcome in self._of(notice)]
        found += [
            Outcome(one, f"notice-{one.pk}", one.state, one.released_at, is_on_its_way=True)
            for one in self.world.on_the_way
        ]
        return sorted(found, key=in_order)

    def _of(self, notice: Notice) -> Iterator[Outcome]:
        """What has been settled before is not told again. A cadence goes on with its next turn."""
        played = self._live(self._own(notice), f"notice-{notice.pk}", since=self.world.now)
        if notice.is_waiting or played.state != notice.state:
            yield played
        for number in range(1, MOST_TURNS):
            next_one = None if played.is_open else self._next_turn(played)
            if next_one is None:
                return
            key = f"step-{next_one.step_id}-{next_one.local_on or next_one.send_at:%Y-%m-%d}"
            played = self._live(next_one, key, since=played.at or self.world.now, occurrence=number)
            yield played

    def _own(self, notice: Notice) -> Notice:
        """A copy, with copies of what a turn may change."""
        own = copy(notice)
        if own.step and own.step.after and self.assumed.events:
            own.step = copy(own.step)
            own.step.after = copy(own.step.after)
        return own

    def _decide(self, notice: Notice, at: datetime) -> None:
        """What it waits for is decided at its time, and in favour."""
        due = self._decided_at(notice)
        if due and due <= at and notice.step and notice.step.after:
            notice.step.after.done_at = due

    def _decided_at(self, notice: Notice) -> datetime | None:
        decision = notice.step.after if notice.step and self.assumed.events else None
        return when.due_at(decision) if decision and not decision.done_at else None

    def _live(self, notice: Notice, key: str, *, since: datetime, occurrence: int = 0) -> Outcome:
        at: datetime | None = since
        is_assumed = bool(notice.waits_for) and self._approve(notice, since)  # long before it happens
        for _ in range(MOST_TURNS):
            if at is None or at > self.until:
                break
            is_assumed = self._turn(notice, at) or is_assumed
            if self._goes_out(notice, at):
                self._hear(notice, at)
                return Outcome(notice, key, NoticeState.RELEASED, at, "", is_assumed, occurrence)
            if not notice.is_waiting:
                return Outcome(notice, key, notice.state, at, notice.reason, is_assumed, occurrence)
            at = self._next_look(notice, after=at)
        return Outcome(notice, key, notice.state, None, notice.reason, is_assumed, occurrence)

    def _turn(self, notice: Notice, at: datetime) -> bool:
        """All that comes before messages are made. Twice, as the clock turns soon again. True: it counts as approved
        though nobody has approved it yet."""
        is_assumed = False
        self._decide(notice, at)
        for _ in range(2):
            if notice.is_waiting and (reason := fate.pointless(notice)):
                notice.state, notice.reason = NoticeState.CANCELLED, reason
            if notice.state in FOLLOWING:
                self._follow(notice, at)
            if notice.is_waiting:
                self._renew(notice, at)
                is_assumed = self._approve(notice, at) or is_assumed
            if notice.is_waiting and (reason := fate.missed(notice, now=at)):
                notice.state, notice.reason = NoticeState.MISSED, reason
        return is_assumed

    def _follow(self, notice: Notice, at: datetime) -> None:
        if notice.engagement and notice.kind in fate.COMES and notice.is_waiting:
            notice.expires_at = notice.engagement.end
        schedule.follow_safely(notice, self._known(at, happened={notice.pk: self._happened(notice, at)}))

    def _known(self, at: datetime, *, happened: Mapping[int, datetime | None] | None = None) -> Known:
        so_far = {pk: moment for pk, moment in (happened or {}).items() if moment}
        return Known(at, zones=self.world.zones, happened=so_far, last_turn=lambda step: self.heard_on.get(step.pk))

    def _happened(self, notice: Notice, at: datetime) -> datetime | None:
        expected = self._expected(notice)
        return self.world.happened.get(notice.pk) or (expected if expected and expected <= at else None)

    def _expected(self, notice: Notice) -> datetime | None:
        """When that comes to be which it waits for, if the milestone goes as planned."""
        step = notice.step
        if step is None or not self.assumed.events or step.milestone.is_over or step.upgrade.phase in ENDED:
            return None
        if step.event == Event.STARTED and step.milestone.status in AHEAD:
            return max(step.milestone.start, self.world.now)
        return max(step.milestone.last_moment, self.world.now) if step.event == Event.FINISHED else None

    def _renew(self, notice: Notice, at: datetime) -> None:
        """Where facts have changed, somebody has to stand behind it again."""
        latest = self.world.latest.get(notice.pk)
        if notice.state == NoticeState.DRAFT or notice.pk is None or notice.pk in self.renewed:
            return
        names = approve.changed_facts(notice, latest.facts if latest else {})
        self.renewed.update([notice.pk] if names else [])
        if names and not approve.stays_approved(notice, names, now=at):
            notice.state = NoticeState.IN_REVIEW
            notice.approved_revision = None

    def _approve(self, notice: Notice, at: datetime) -> bool:
        if notice.state == NoticeState.APPROVED or (notice.send_at and notice.send_at <= at):
            return False
        if not (self.assumed.approvals or self.what_if.approves(notice)) or approve.incomplete(notice, now=at):
            return False
        notice.state = NoticeState.APPROVED
        self.renewed.update([notice.pk] if notice.pk else [])  # what is approved then says what holds then
        return True

    def _goes_out(self, notice: Notice, at: datetime) -> bool:
        """As outbox.fill_due and outbox.fill ask."""
        is_due = notice.state == NoticeState.APPROVED and notice.send_at is not None and notice.send_at <= at
        if not is_due or notice.is_paused or fate.undecided(notice):
            return False
        return not (notice.survey and inviting.obstacle(notice.survey, at=at))

    def _hear(self, notice: Notice, at: datetime) -> None:
        if notice.step:
            self.heard_on[notice.step.pk] = at.astimezone(ZoneInfo(notice.upgrade.time_zone)).date()

    def _next_look(self, notice: Notice, *, after: datetime) -> datetime | None:
        """The next moment at which the clock finds something to do about it."""
        due = notice.send_at
        moments = [due, fate.deadline(notice), due and due + fate.TOO_LATE]
        moments += [self._expected(notice), self._decided_at(notice)]
        return min((moment for moment in moments if moment and moment > after), default=None)

    def _next_turn(self, last: Outcome) -> Notice | None:
        """As cadence.roll_over makes it."""
        step, at = last.notice.step, last.at or self.world.now
        if step is None or not _goes_on(step, at):
            return None
        turn = when.next_turn(step, after=at, beyond=_day_of_turn(last.notice, step))
        if turn is None:
            return None
        same: dict[str, Any] = {name: getattr(last.notice, name) for name in cadence.SAID_AGAIN}
        notice = Notice(step=step, **same | {"milestone": step.milestone})
        following.take_time(notice, step, turn, self._known(at))
        if (last.is_released or last.notice.approved_revision_id) and not approve.incomplete(notice, now=at):
            takes = approve.takes_approval(notice, now=at)
            notice.state = NoticeState.IN_REVIEW if takes else NoticeState.APPROVED
        if last.notice.is_paused and not last.is_released and notice.state == NoticeState.APPROVED:
            notice.paused_at, notice.pause_reason = last.notice.paused_at, last.notice.pause_reason
        return notice


def _goes_on(step: PlanStep, at: datetime) -> bool:
    """As cadence.roll_over chooses its steps."""
    milestone = step.milestone
    is_on = step.trigger == Trigger.CADENCE and step.medium == Medium.NOTICE and step.done_at is None
    return is_on and not milestone.is_over and step.upgrade.phase not in ENDED and milestone.last_moment > at


def _day_of_turn(notice: Notice, step: PlanStep) -> date | None:
    place = ZoneInfo(step.upgrade.time_zone)
    days: dict[datetime | None, date] = {at: at.astimezone(place).date() for at in when.turns(step)}
    own = notice.local_on if notice.local_on in days.values() else days.get(notice.send_at)
    return own or (cadence.turn_of(notice, step) if notice.pk else None)


def in_order(outcome: Outcome) -> tuple:
    """In one turn of the clock, as outbox.fill_due goes through them; what has no time comes last."""
    due = outcome.due or NEVER
    return due, outcome.notice.send_at or due, outcome.notice.pk or MOST_KEYS, outcome.key
