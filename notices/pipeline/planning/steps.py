"""Changing a plan line by line. A step and its notice stay in agreement: nobody edits one without the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Account
from commsplan.lib import history
from feedback.models import Survey
from notices import wording
from notices.enums import WAITING, Clock, Edge, Medium, NoticeState, Sender, Trigger, Unit
from notices.models import Notice, PassedOn, PlanStep
from notices.pipeline import approve, schedule
from upgrades.enums import Phase
from upgrades.models import Milestone, Upgrade

CHANGEABLE = [*WAITING, NoticeState.MISSED]
TAKEN_OUT = "Its step was taken out of the plan."
OTHER_TIME = "Its step gives it another time. Please approve that too."
DECISIONS = (Medium.DECISION, Medium.MEETING, Medium.TOWN_HALL)
OF_STEP = (
    *("name", "medium", "milestone", "edge", "offset", "unit", "at", "trigger", "clock", "every_weeks", "event"),
    *("after", "owner", "sender", "audience", "objective"),
)


class NotPossible(Exception):
    """With a sentence for people."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a plan as somebody wrote it. From `kind` on it counts for notices only."""

    name: str
    medium: str = Medium.NOTICE
    milestone: Milestone
    edge: str = Edge.START
    offset: int = 0
    unit: str = Unit.BUSINESS_DAYS
    at: time | None = time(9)
    trigger: str = Trigger.OFFSET
    clock: str = Clock.PLACE
    weekdays: Sequence[int] = ()
    every_weeks: int = 1
    event: str = ""
    after: PlanStep | None = None
    owner: Account | None = None
    sender: str = Sender.CONTACT
    audience: dict[str, Any]
    objective: str = ""
    kind: str = ""
    channels: Sequence[str] = ()
    survey: Survey | None = None
    needs_approval: bool = True
    asks_acknowledgement: bool = False

    @property
    def is_notice(self) -> bool:
        return self.medium == Medium.NOTICE

    def of_step(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in OF_STEP} | {"weekdays": sorted(self.weekdays)}

    def of_notice(self) -> dict[str, Any]:
        names = ["kind", "milestone", "audience", "survey", "needs_approval", "asks_acknowledgement"]
        return {name: getattr(self, name) for name in names} | {"title": self.name, "channels": list(self.channels)}


def line_of(step: PlanStep) -> Line:
    """A step and its notice as they are, to be saved with something changed."""
    values = {name: getattr(step, name) for name in OF_STEP} | {"weekdays": step.weekdays}
    notice = Notice.objects.filter(step=step.pk).select_related("survey").first()
    if notice and step.medium == Medium.NOTICE:
        own = ("kind", "channels", "survey", "needs_approval", "asks_acknowledgement")
        values |= {name: getattr(notice, name) for name in own}
    return Line(**values)


def decisions_for(upgrade: Upgrade, step: PlanStep | None = None) -> QuerySet[PlanStep]:
    """What a step of this upgrade can wait for: what is decided by people, and does not wait for the step itself."""
    found = upgrade.steps.filter(medium__in=DECISIONS)
    return found.exclude(pk__in=_waits_for(step)) if step else found


def _waits_for(step: PlanStep) -> set[int]:
    """The step, and all that cannot come before it."""
    after = dict(PlanStep.objects.filter(upgrade=step.upgrade_id).values_list("pk", "after"))
    found, more = {step.pk}, {step.pk}
    while more:
        more = {pk for pk, other in after.items() if other in more} - found
        found |= more
    return found


@transaction.atomic
def add_step(upgrade: Upgrade, line: Line, *, by, now: datetime | None = None) -> PlanStep:
    """With `now` its notice has the time that it has at the next turn of the clock."""
    _demand_no_circle(upgrade, line)
    step = PlanStep.objects.create(upgrade=upgrade, **line.of_step())
    if line.is_notice:
        _draft(step, line, by=by)
    if now and line.trigger != Trigger.OFFSET:
        schedule.move(Notice.objects.filter(step=step), now=now)
    return step


def _demand_no_circle(upgrade: Upgrade, line: Line, step: PlanStep | None = None) -> None:
    if line.after and not decisions_for(upgrade, step).filter(pk=line.after.pk).exists():
        raise NotPossible("It can only wait for a decision or a meeting of this plan that does not wait for it.")


def _demand_a_decision(step: PlanStep, line: Line) -> None:
    """Nobody could tick off any more what others wait for."""
    waiting = None if line.medium in DECISIONS else step.awaited_by.order_by("pk").first()
    if waiting:
        raise NotPossible(f"“{waiting.name}” waits for it, so it stays a decision or a meeting.")


@transaction.atomic
def change_step(step: PlanStep, line: Line, *, by, now: datetime) -> PlanStep:
    """What was approved and says something else now is a draft again. What goes out at another time has to be approved
    again."""
    notice = Notice.objects.filter(step=step).first()
    if notice and notice.state not in CHANGEABLE:
        raise NotPossible(f"“{notice.title}” is {notice.get_state_display().lower()}: its step is history.")
    _demand_no_circle(step.upgrade, line, step)
    _demand_a_decision(step, line)
    is_other = _stands_for(step) != _stands_for(line)
    is_other_time = _when(step) != _when(line)
    is_other_delay = line.trigger == Trigger.EVENT and _delay(step) != _delay(line)
    for name, value in line.of_step().items():
        setattr(step, name, value)
    if line.is_notice:
        step.done_at = step.done_by = None
    step.save()
    if notice and line.is_notice:
        _agree(notice, line, by=by, is_other=is_other)
        if is_other_time:
            approve.ask_again(notice, by=by, reason=OTHER_TIME, now=now)
        if is_other_delay:
            Notice.objects.waiting().filter(pk=notice.pk).exclude(waits_for="").update(send_at=None)
    elif notice:
        _detach(notice, by=by, now=now)
    elif line.is_notice:
        _draft(step, line, by=by)
    schedule.move(Notice.objects.filter(step=step), now=now)
    return step


@transaction.atomic
def delete_step(step: PlanStep, *, by, now: datetime) -> None:
    """Its waiting notice is cancelled. What has gone out stays. `restore_step` takes it back."""
    with pghistory.context():  # what it takes along comes back with it
        PlanStep.objects.select_for_update(no_key=True).filter(pk=step.pk).first()  # before its notice, as the clock
        notice = Notice.objects.filter(step=step).first()
        if notice and notice.is_waiting:
            _detach(notice, by=by, now=now)
        step.delete()


@transaction.atomic
def restore_step(upgrade: Upgrade, pk: int) -> PlanStep:
    """Takes a deletion back: the step, and its notice as it was."""
    past = _history(PlanStep).filter(pgh_obj_id=pk, upgrade=upgrade).order_by("-pgh_id").first()
    if past is None or PlanStep.objects.filter(pk=pk).exists():
        raise NotPossible("There is nothing to take back.")
    if not upgrade.milestones.filter(pk=past.milestone_id).exists():
        raise NotPossible("Its milestone is gone too.")
    step = PlanStep(pk=pk, **_values_of(past, PlanStep))
    if step.after_id and not upgrade.steps.filter(pk=step.after_id).exists():
        step.after_id = None
    step.save(force_insert=True)
    _attach_again(step)
    _point_again(PlanStep, "after_id", step, act=past.pgh_context_id)
    _point_again(Notice, "occurrence_of_id", step, act=past.pgh_context_id)
    history.bring_back(past.pgh_context_id, PassedOn)
    return step


def tick_off(step: PlanStep, *, by, now: datetime) -> None:
    if step.medium == Medium.NOTICE:
        raise NotPossible("A notice is done when it has gone out.")
    PlanStep.objects.filter(pk=step.pk, done_at=None).update(done_at=now, done_by=by)


def untick(step: PlanStep) -> None:
    PlanStep.objects.filter(pk=step.pk).update(done_at=None, done_by=None)


@transaction.atomic
def change_phase(upgrade: Upgrade, *, phase: str, by, now: datetime) -> int:
    """Cancelling an upgrade cancels its waiting notices, except those that say so; returns how many."""
    upgrade = Upgrade.objects.select_for_update(of=("self",), no_key=True).get(pk=upgrade.pk)
    upgrade.phase = phase
    upgrade.version += 1
    upgrade.save(update_fields=["phase", "version"])
    if phase != Phase.CANCELLED:
        return 0
    waiting = upgrade.notices.waiting().exclude(kind__in=schedule.TRUE_THOUGH_CANCELLED).order_by("pk")
    for notice in waiting:
        approve.cancel(notice, by=by, reason="The upgrade was cancelled.", now=now)
    return len(waiting)


def _draft(step: PlanStep, line: Line, *, by) -> Notice:
    return Notice.objects.create(
        upgrade=step.upgrade,
        step=step,
        words=wording.of(line.kind, about=line.event),
        author=by,
        **schedule.first_time(step),
        **line.of_notice(),
    )


def _stands_for(of: PlanStep | Line) -> tuple:
    """What an approver of its notice has to know besides its words: in whose name, and what makes it go out."""
    return of.sender, of.trigger, of.event


def _when(of: PlanStep | Line) -> tuple:
    """What gives its notice a time, and whose word it waits for."""
    counted = of.edge, of.offset, of.unit, of.at, of.clock
    return of.milestone.pk, *counted, sorted(of.weekdays), of.every_weeks, of.after and of.after.pk


def _delay(of: PlanStep | Line) -> tuple:
    """Between what happens and what is said about it."""
    return of.offset, of.unit, of.at


def _agree(notice: Notice, line: Line, *, by, is_other: bool) -> None:
    """The name is ours alone; everything else is what readers get, or who they are."""
    values = {name: value for name, value in line.of_notice().items() if getattr(notice, name) != value}
    if title := values.pop("title", ""):
        Notice.objects.filter(pk=notice.pk).update(title=title)
    untouched = [wording.of(notice.kind), wording.of(notice.kind, about=notice.waits_for)]
    if notice.words in untouched and notice.words != (usual := wording.of(line.kind, about=line.event)):
        values["words"] = usual
    if values or is_other:
        approve.save_draft(notice, by=by, version=notice.version, **values)


def _detach(notice: Notice, *, by, now: datetime) -> None:
    Notice.objects.filter(pk=notice.pk).update(step=None)
    notice.refresh_from_db()
    approve.cancel(notice, by=by, reason=TAKEN_OUT, now=now)


def _attach_again(step: PlanStep) -> None:
    """The notice that last belonged to the step; a cancelled one is what it was before."""
    past = _history(Notice).filter(step_id=step.pk).order_by("-pgh_id").first()
    notice = Notice.objects.filter(pk=past.pgh_obj_id, step=None).first() if past else None
    if past is None or notice is None:
        return
    if notice.state == NoticeState.CANCELLED and past.state in WAITING:
        for name, value in _values_of(past, Notice).items():
            setattr(notice, name, value)
        notice.version += 1
    notice.step = step
    notice.save()


def _point_again(model: Any, column: str, step: PlanStep, *, act) -> None:
    """What pointed to the step until that act."""
    events = _history(model)
    cut = events.filter(pgh_context=act, **{column: None}).exclude(pgh_label="delete").order_by("pgh_id")
    for event in cut:
        before = events.filter(pgh_obj_id=event.pgh_obj_id, pgh_id__lt=event.pgh_id).order_by("-pgh_id").first()
        if before and getattr(before, column) == step.pk:
            model.objects.filter(pk=event.pgh_obj_id, **{column: None}).update(**{column: step.pk})


def _values_of(event, model) -> dict[str, Any]:
    columns = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    return {name: getattr(event, name) for name in columns}


def _history(model: Any) -> QuerySet:
    """Every earlier state of its rows, as pghistory keeps them."""
    return model.pgh_event_model.objects.all()
