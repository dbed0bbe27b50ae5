"""The lines of a plan as people read them: when, what, to whom, and how it stands."""

from collections.abc import Hashable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commsplan import looks
from commsplan.lib import time
from notices.audiences import sizes
from notices.audiences.asked import Asked
from notices.enums import Edge, Medium, NoticeState, Sender, Trigger, Unit
from notices.insight import moments, progress
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.audience import Audience
from notices.pipeline.planning.gatherings import GATHERINGS
from notices.pipeline.schedule import following, when
from notices.pipeline.schedule.following import Known
from stakeholders.models import Group
from upgrades.models import Milestone, Upgrade

DONE = looks.Look("Done", "good", icon="circle-check")
OPEN = looks.Look("To do", "quiet", icon="circle")
LATE = looks.Look("Overdue", "warn", icon="clock-exclamation")
ONE: dict[str, str] = {Unit.BUSINESS_DAYS: "business day", Unit.CALENDAR_DAYS: "day"}
Source = PlanStep | Notice


@dataclass(frozen=True)
class Line:
    """A step with its notice, a step that people do, or a notice that was written by hand."""

    name: str
    kind: str
    medium: str
    relative: str
    step: PlanStep | None
    notice: Notice | None
    milestone: Milestone | None
    due: datetime | None
    state: str
    audience: str
    size: int
    progress: progress.Progress | None
    now: datetime

    @property
    def look(self) -> looks.Look:
        if self.notice:
            return looks.look_of("notice", self.state)
        return DONE if self.is_done else LATE if self.is_overdue else OPEN

    @property
    def is_done(self) -> bool:
        return bool(self.step and self.step.done_at)

    @property
    def is_open_chore(self) -> bool:
        return self.notice is None and not self.is_done

    @property
    def is_overdue(self) -> bool:
        return bool(self.due and self.due < self.now) and (self.is_open_chore or self.is_waiting)

    @property
    def is_gathering(self) -> bool:
        return self.medium in GATHERINGS

    @property
    def is_passed_on(self) -> bool:
        return self.medium == Medium.CASCADE

    @property
    def waits_for(self) -> str:
        """The decision that it does not go out before."""
        decision = self.step.after if self.step else None
        return decision.name if decision and not decision.done_at and not self.is_done and not self.is_out else ""

    @property
    def speaker(self) -> str:
        """In whose name, where it is not the contact's."""
        if not self.step or self.step.sender == Sender.CONTACT:
            return ""
        sponsor = self.step.upgrade.sponsor_name
        return (sponsor or "the sponsor") if self.step.sender == Sender.SPONSOR else "the readers’ managers"

    @property
    def is_out(self) -> bool:
        return bool(self.notice and not self.is_unsent)

    @property
    def wall(self) -> str:
        """ "Wed 3 Dec 2025, 09:00, where each reader is", where that counts and it has not gone out."""
        step = self.step
        if not (step and self.due and self.is_unsent and when.reads_own_clock(step)):
            return ""
        return moments.on_the_wall(*when.wall_of(step, self.due))

    @property
    def is_waiting(self) -> bool:
        return bool(self.notice and self.notice.is_waiting)

    @property
    def is_changeable(self) -> bool:
        return bool(self.step) and (not self.notice or self.is_unsent)

    @property
    def is_unsent(self) -> bool:
        return bool(self.notice and (self.notice.is_waiting or self.notice.state == NoticeState.MISSED))

    @property
    def approval(self) -> str:
        """Who stands behind it, or why nobody needs to."""
        if not self.notice:
            return ""
        if self.notice.approved_by and self.notice.needs_approval:
            return f"approved by {self.notice.approved_by}"
        return "" if self.notice.needs_approval else "needs no approval"


@dataclass(frozen=True)
class Section:
    milestone: Milestone | None
    lines: list[Line]


def of(upgrade: Upgrade, *, now: datetime) -> list[Line]:
    """All lines in the order of time; the number of queries does not depend on theirs."""
    steps = list(upgrade.steps.select_related("milestone", "done_by", "owner", "after").order_by("pk"))
    notices = list(upgrade.notices.select_related("milestone", "survey", "approved_by").order_by("pk"))
    _know(upgrade, steps, notices)
    by_step = {notice.step_id: notice for notice in notices if notice.step_id}
    by_hand = [notice for notice in notices if not notice.step_id and notice.state != NoticeState.CANCELLED]
    sources: list[Source] = [*(by_step.get(step.pk, step) for step in steps), *by_hand]
    step_of = {step.pk: step for step in steps}
    so_far = progress.of(notices, now=now)
    reach = _reach(sources, now=now)
    past = _Past.of(upgrade)
    found = [_line(source, step_of, so_far=so_far, reach=reach, past=past, now=now) for source in sources]
    return sorted(found, key=lambda line: (line.due is None, line.due or now, line.name))


def by_milestone(lines: Iterable[Line], upgrade: Upgrade) -> list[Section]:
    """In the order of time; empty milestones too, so that a step can be added. What hangs on none comes last."""
    sections: dict[Milestone | None, list[Line]] = {one: [] for one in upgrade.milestones.order_by("start", "pk")}
    for line in lines:
        sections.setdefault(line.milestone, []).append(line)
    free = sections.pop(None, [])
    found = [Section(milestone, lines) for milestone, lines in sections.items()]
    return [*found, Section(None, free)] if free else found


def in_words(step: PlanStep) -> str:
    """ "10 business days before the start of Go-live, 09:00 where each reader is". Needs the milestone."""
    if step.trigger == Trigger.CADENCE:
        return moments.turns_in_words(step)
    if step.trigger == Trigger.EVENT:
        return moments.event_in_words(step)
    return (
        f"{_offset_in_words(step)}, {step.at:%H:%M} {moments.THERE}"
        if when.reads_own_clock(step)
        else _offset_in_words(step)
    )


def _offset_in_words(step: PlanStep) -> str:
    edge = f"{Edge(step.edge).label} {step.milestone.name}"
    if step.unit == Unit.MINUTES:
        return f"{time.duration(abs(step.offset))} {_side(step)} {edge}" if step.offset else f"At {edge}"
    if not step.offset:
        return f"On the day of {edge}"
    count = abs(step.offset)
    return f"{count} {ONE[step.unit]}{'' if count == 1 else 's'} {_side(step)} {edge}"


@dataclass(frozen=True)
class Shift:
    line: Line
    before: datetime
    after: datetime
    is_past: bool


def moved(milestone: Milestone, lines: Iterable[Line], *, now: datetime) -> dict | None:
    """What the last move of a milestone did to notices that have not gone out; None when it never moved."""
    previous = _where_it_was(milestone)
    if previous is None:
        return None
    shifts = [_shift(line, previous, now=now) for line in lines if line.milestone == milestone and line.is_unsent]
    seen = [shift for shift in shifts if shift and shift.before != shift.after and max(shift.before, shift.after) > now]
    past = sum(shift.is_past for shift in seen)
    return {
        "milestone": milestone,
        "previous": previous,
        "shifts": seen,
        "past": past and ("One notice is in the past now" if past == 1 else f"{past} notices are in the past now"),
    }


def _shift(line: Line, previous: Milestone, *, now: datetime) -> Shift | None:
    if not line.step or not line.due or line.step.trigger != Trigger.OFFSET:
        return None
    step = copy(line.step)
    step.milestone = previous
    before = schedule.due_at(step)
    return Shift(line, before=before, after=line.due, is_past=line.due <= now) if before else None


def _where_it_was(milestone: Milestone) -> Milestone | None:
    past = (
        milestone.events.exclude(  # type: ignore[attr-defined]  # pghistory makes it
            start=milestone.start, end=milestone.end
        )
        .order_by("-pgh_id")
        .first()
    )
    if past is None:
        return None
    previous = copy(milestone)
    previous.start, previous.end = past.start, past.end
    return previous


def _side(step: PlanStep) -> str:
    return "before" if step.offset < 0 else "after"


def _know(upgrade: Upgrade, steps: Iterable[PlanStep], notices: Iterable[Notice]) -> None:
    """The upgrade is at hand: none of them has to fetch it."""
    for step in steps:
        step.upgrade = upgrade
    for notice in notices:
        notice.upgrade = upgrade


def _line(
    source: Source, step_of: dict[int, PlanStep], *, so_far, reach: "_Reach", past: "_Past", now: datetime
) -> Line:
    notice = source if isinstance(source, Notice) else None
    step = step_of.get(source.step_id or 0) if isinstance(source, Notice) else source
    done = so_far.get(notice.pk) if notice else None
    return Line(
        name=source.title if isinstance(source, Notice) else source.name,
        kind=source.get_kind_display() if isinstance(source, Notice) else source.get_medium_display(),
        medium=Medium.NOTICE if isinstance(source, Notice) else source.medium,
        relative=_relative(step, notice, past=past) if step else _of_itself(notice, step_of),
        step=step,
        notice=notice,
        milestone=step.milestone if step else source.milestone,
        due=_when(step, notice, past=past, now=now),
        state=progress.shown_state(notice, done or progress.Progress()) if notice else "",
        audience=reach.words[_key(source)],
        size=done.total if done and notice and notice.state == NoticeState.RELEASED else reach.sizes[_key(source)],
        progress=done,
        now=now,
    )


def _of_itself(notice: Notice | None, step_of: dict[int, PlanStep]) -> str:
    """Of what belongs to no step any more: an earlier turn of one that comes again, or written by hand."""
    again = step_of.get(notice.occurrence_of_id or 0) if notice else None
    return f"A turn of “{again.name}”" if again else "At its own time"


@dataclass(frozen=True)
class _Past:
    """Where the milestones were, so that what is done or out does not move with them."""

    moves: dict[int, list[Any]]  # milestone -> its states, the oldest first

    @classmethod
    def of(cls, upgrade: Upgrade) -> "_Past":
        events = Milestone.pgh_event_model.objects.filter(upgrade=upgrade.pk).order_by("pgh_id")  # type: ignore[attr-defined]
        moves: dict[int, list[Any]] = {}
        for event in events.only("pgh_obj_id", "pgh_created_at", "start", "end"):
            moves.setdefault(event.pgh_obj_id, []).append(event)
        return cls(moves)

    def at(self, step: PlanStep, moment: datetime) -> PlanStep:
        """The step, hung on its milestone as it was then; the oldest that is known counts for what was before."""
        states = self.moves.get(step.milestone_id, [])
        known = [state for state in states if state.pgh_created_at <= moment] or states[:1]
        then = copy(step)
        then.milestone = copy(step.milestone)
        if known:
            then.milestone.start, then.milestone.end = known[-1].start, known[-1].end
        return then


def _settled_at(step: PlanStep, notice: Notice | None) -> datetime | None:
    """When it went out or was ticked off; from then on no milestone moves it."""
    return notice.released_at if notice else step.done_at


def _relative(step: PlanStep, notice: Notice | None, *, past: _Past) -> str:
    """ "34 days before the start of Go-live", and where that was when the date has changed since."""
    if step.trigger != Trigger.OFFSET:
        return in_words(step)
    settled = _settled_at(step, notice)
    then = past.at(step, settled) if settled else step
    before, after = _anchor(then), _anchor(step)
    if before == after:
        return in_words(step)
    day = time.short_day(before.astimezone(ZoneInfo(step.upgrade.time_zone)).date())
    return f"{in_words(step)}, then planned for {day}"


def _anchor(step: PlanStep) -> datetime:
    return step.milestone.start if step.edge == Edge.START else step.milestone.last_moment


def _when(step: PlanStep | None, notice: Notice | None, *, past: _Past, now: datetime) -> datetime | None:
    """A waiting notice follows its step; what has gone out keeps its time, and what was ticked off its day."""
    if notice and notice.released_at:
        return notice.released_at
    if step and notice is None and step.done_at:
        return schedule.due_at(past.at(step, step.done_at))
    if step and step.trigger == Trigger.OFFSET:
        return schedule.due_at(step)
    if step and step.trigger == Trigger.CADENCE and notice and notice.is_waiting:
        return following.turn_of(notice, step, Known(now))
    return notice.send_at if notice else None


@dataclass(frozen=True)
class _Reach:
    words: dict[Hashable, str]
    sizes: dict[Hashable, int]


def _reach(sources: Iterable[Source], *, now: datetime) -> _Reach:
    names = dict(Group.objects.values_list("pk", "name"))
    by_key = {_key(source): source for source in sources}
    return _Reach(
        words={
            key: Audience.from_json(source.audience).describe(names).removesuffix(".") for key, source in by_key.items()
        },
        sizes=sizes.of({key: Asked.reached_by(source, now=now) for key, source in by_key.items()}),
    )


def _key(source: Source) -> Hashable:
    return type(source).__name__, source.pk
