"""Changing a plan line by line. A step and its notice stay in agreement: nobody edits one without the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from feedback.models import Survey
from notices import wording
from notices.enums import WAITING, Edge, Medium, NoticeState, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import approve, schedule
from upgrades.enums import Phase
from upgrades.models import Milestone, Upgrade

CHANGEABLE = [*WAITING, NoticeState.MISSED]
TAKEN_OUT = "Its step was taken out of the plan."


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
        names = ["name", "medium", "milestone", "edge", "offset", "unit", "at", "audience", "objective"]
        return {name: getattr(self, name) for name in names}

    def of_notice(self) -> dict[str, Any]:
        names = ["kind", "milestone", "audience", "survey", "needs_approval", "asks_acknowledgement"]
        return {name: getattr(self, name) for name in names} | {"title": self.name, "channels": list(self.channels)}


@transaction.atomic
def add_step(upgrade: Upgrade, line: Line, *, by) -> PlanStep:
    step = PlanStep.objects.create(upgrade=upgrade, **line.of_step())
    if line.is_notice:
        _draft(step, line, by=by)
    return step


@transaction.atomic
def change_step(step: PlanStep, line: Line, *, by, now: datetime) -> PlanStep:
    """What was approved and says something else now is a draft again; a new time alone keeps the approval."""
    notice = Notice.objects.filter(step=step).first()
    if notice and notice.state not in CHANGEABLE:
        raise NotPossible(f"“{notice.title}” is {notice.get_state_display().lower()}: its step is history.")
    for name, value in line.of_step().items():
        setattr(step, name, value)
    if line.is_notice:
        step.done_at = step.done_by = None
    step.save()
    if notice and line.is_notice:
        _agree(notice, line, by=by)
    elif notice:
        _detach(notice, by=by, now=now)
    elif line.is_notice:
        _draft(step, line, by=by)
    schedule.move(Notice.objects.filter(step=step), now=now)
    return step


@transaction.atomic
def delete_step(step: PlanStep, *, by, now: datetime) -> None:
    """Its waiting notice is cancelled. What has gone out stays. `restore_step` takes it back."""
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
    step.save(force_insert=True)
    _attach_again(step)
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
        words=wording.of(line.kind),
        send_at=schedule.due_at(step),
        author=by,
        **line.of_notice(),
    )


def _agree(notice: Notice, line: Line, *, by) -> None:
    """The name is ours alone; everything else is what readers get, or who they are."""
    values = {name: value for name, value in line.of_notice().items() if getattr(notice, name) != value}
    if title := values.pop("title", ""):
        Notice.objects.filter(pk=notice.pk).update(title=title)
    if "kind" in values and notice.words == wording.of(notice.kind):
        values["words"] = wording.of(line.kind)
    if values:
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


def _values_of(event, model) -> dict[str, Any]:
    columns = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    return {name: getattr(event, name) for name in columns}


def _history(model: Any) -> QuerySet:
    """Every earlier state of its rows, as pghistory keeps them."""
    return model.pgh_event_model.objects.all()
