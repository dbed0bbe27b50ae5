"""The lines of a plan as people read them: when, what, to whom, and how it stands."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from commsplan import looks
from commsplan.lib import time
from notices import progress, sizes
from notices.enums import Edge, Medium, NoticeState, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.audience import Audience
from stakeholders.models import Group
from upgrades.models import Milestone, Upgrade

DONE = looks.Look("Done", "good", icon="circle-check")
OPEN = looks.Look("To do", "quiet", icon="circle")
LATE = looks.Look("Overdue", "warn", icon="clock-exclamation")
ONE = {Unit.BUSINESS_DAYS: "business day", Unit.CALENDAR_DAYS: "day"}


@dataclass(frozen=True)
class Line:
    """A step with its notice, a step that people do, or a notice that was written by hand."""

    step: PlanStep | None
    notice: Notice | None
    milestone: Milestone | None
    due: datetime | None
    state: str
    audience: str
    size: int | None
    progress: progress.Progress | None
    now: datetime

    @property
    def name(self) -> str:
        return self.notice.title if self.notice else self.step.name

    @property
    def kind(self) -> str:
        return self.notice.get_kind_display() if self.notice else self.step.get_medium_display()

    @property
    def medium(self) -> str:
        return Medium.NOTICE if self.notice else self.step.medium

    @property
    def look(self) -> looks.Look:
        if self.notice:
            return looks.look_of("notice", self.state)
        return DONE if self.is_done else LATE if self.is_overdue else OPEN

    @property
    def relative(self) -> str:
        return in_words(self.step) if self.step else "At its own time"

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
    def is_waiting(self) -> bool:
        return bool(self.notice and self.notice.is_waiting)

    @property
    def is_changeable(self) -> bool:
        return bool(self.step) and (not self.notice or self.is_waiting or self.notice.state == NoticeState.MISSED)

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
    steps = list(upgrade.steps.select_related("milestone", "done_by").order_by("pk"))
    notices = list(upgrade.notices.select_related("milestone", "survey", "approved_by").order_by("pk"))
    for one in (*steps, *notices):
        one.upgrade = upgrade
    by_step = {notice.step_id: notice for notice in notices if notice.step_id}
    pairs = [(step, by_step.get(step.pk)) for step in steps]
    pairs += [(None, notice) for notice in notices if not notice.step_id and notice.state != NoticeState.CANCELLED]
    so_far = progress.of(notices, now=now)
    reach = _reach(pairs)
    found = [_line(step, notice, so_far=so_far, reach=reach, now=now) for step, notice in pairs]
    return sorted(found, key=lambda line: (line.due is None, line.due or now, line.name))


def by_milestone(lines: Iterable[Line], upgrade: Upgrade) -> list[Section]:
    """In the order of time; empty milestones too, so that a step can be added. What hangs on none comes last."""
    sections = {milestone: [] for milestone in upgrade.milestones.order_by("start", "pk")}
    for line in lines:
        sections.setdefault(line.milestone, []).append(line)
    free = sections.pop(None, [])
    found = [Section(milestone, lines) for milestone, lines in sections.items()]
    return [*found, Section(None, free)] if free else found


def in_words(step: PlanStep) -> str:
    """ "10 business days before the start of Go-live". Needs the milestone."""
    edge = f"{Edge(step.edge).label} {step.milestone.name}"
    if step.unit == Unit.MINUTES:
        return f"{_minutes(abs(step.offset))} {_side(step)} {edge}" if step.offset else f"At {edge}"
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
    shifts = [
        Shift(line, before=before, after=line.due, is_past=line.due <= now)
        for line in lines
        if line.step and line.milestone == milestone and (line.is_changeable and line.notice)
        if (before := _due(line.step, previous)) != line.due and max(before, line.due) > now
    ]
    past = sum(one.is_past for one in shifts)
    return {
        "milestone": milestone,
        "previous": previous,
        "shifts": shifts,
        "past": past and ("One notice is in the past now" if past == 1 else f"{past} notices are in the past now"),
    }


def _where_it_was(milestone: Milestone) -> Milestone | None:
    past = milestone.events.exclude(start=milestone.start, end=milestone.end).order_by("-pgh_id").first()
    if past is None:
        return None
    previous = copy(milestone)
    previous.start, previous.end = past.start, past.end
    return previous


def _due(step: PlanStep, milestone: Milestone) -> datetime:
    step = copy(step)
    step.milestone = milestone
    return schedule.due_at(step)


def _side(step: PlanStep) -> str:
    return "before" if step.offset < 0 else "after"


def _minutes(count: int) -> str:
    return time.duration(count)


def _line(step, notice, *, so_far, reach, now) -> Line:
    key = _key(step, notice)
    done = so_far.get(notice.pk) if notice else None
    return Line(
        step=step,
        notice=notice,
        milestone=step.milestone if step else notice.milestone,
        due=_when(step, notice),
        state=progress.shown_state(notice, done or progress.Progress()) if notice else "",
        audience=reach.words[key],
        size=done.total if done and notice.state == NoticeState.RELEASED else reach.sizes[key],
        progress=done,
        now=now,
    )


def _when(step: PlanStep | None, notice: Notice | None) -> datetime | None:
    """A waiting notice follows its step; what has gone out keeps its time."""
    if notice and notice.released_at:
        return notice.released_at
    return schedule.due_at(step) if step else notice.send_at


@dataclass(frozen=True)
class _Reach:
    words: dict
    sizes: dict[int, int]


def _reach(pairs) -> _Reach:
    names = dict(Group.objects.values_list("pk", "name"))
    sources = {_key(step, notice): notice or step for step, notice in pairs}
    rules = {key: source.audience for key, source in sources.items()}
    return _Reach(
        words={key: Audience.from_json(rule).describe(names).removesuffix(".") for key, rule in rules.items()},
        sizes=sizes.of({key: sizes.Asked.of(source) for key, source in sources.items()}),
    )


def _key(step: PlanStep | None, notice: Notice | None) -> tuple[str, int]:
    return ("notice", notice.pk) if notice else ("step", step.pk)
