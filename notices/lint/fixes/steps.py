"""Fixes that change a line of the plan, or the window it is about."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from notices.enums import Edge, Sender, Trigger, Unit
from notices.lint import loading, objectives
from notices.lint.acts import NotFixable, act
from notices.lint.fixes import slots
from notices.lint.fixes.adding import add_poster
from notices.lint.phrases import when
from notices.models import Notice, PlanStep
from notices.pipeline import approve, planning, schedule
from upgrades import rescheduling
from upgrades.models import Upgrade


def step_of(upgrade: Upgrade, pk: int) -> PlanStep:
    found = upgrade.steps.select_related("milestone", "upgrade", "owner", "after").filter(pk=pk).first()
    if found is None:
        raise NotFixable("That line is no longer in the plan.")
    return found


def _change(step: PlanStep, *, by: Any, now: datetime, **values: Any) -> PlanStep:
    return planning.change_step(step, replace(planning.line_of(step), **values), by=by, now=now)


@act("move_step")
def move_step(upgrade: Upgrade, *, by: Any, now: datetime, step: int, offset: int, unit: str) -> str:
    found = step_of(upgrade, step)
    at = None if unit == Unit.MINUTES else found.at or time(9)
    _change(found, by=by, now=now, edge=Edge.START, offset=offset, unit=unit, at=at)
    due = schedule.due_at(step_of(upgrade, step))
    if due is None or due <= now:
        raise NotFixable("That time is over. Move the window instead.")
    return f"“{found.name}” is on {when(due, upgrade.time_zone)} now."


@act("drop_line")
def drop_line(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    found = step_of(upgrade, step)
    planning.delete_step(found, by=by, now=now)
    return f"“{found.name}” is no longer in the plan."


@act("put_on_paper")
def put_on_paper(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    """Instead of what nobody could read."""
    found = step_of(upgrade, step)
    poster = add_poster(upgrade, by=by, now=now, milestone=found.milestone_id)
    planning.delete_step(found, by=by, now=now)
    return poster


@act("add_channel")
def add_channel(upgrade: Upgrade, *, by: Any, now: datetime, notice: int, channel: str) -> str:
    found = upgrade.notices.filter(pk=notice).select_related("step").first()
    if found is None:
        raise NotFixable("That notice is gone.")
    channels = [*found.channels, channel]
    if found.step_id:
        _change(step_of(upgrade, found.step_id), by=by, now=now, channels=channels)
    else:
        approve.save_draft(found, by=by, version=found.version, channels=channels)
    return f"“{found.title}” goes over one channel more."


@act("move_action_deadline")
def move_action_deadline(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int, deadline: str) -> str:
    window = upgrade.milestones.get(pk=milestone)
    rescheduling.change(window, action_deadline=datetime.fromisoformat(deadline))
    return f"People have until {when(datetime.fromisoformat(deadline), upgrade.time_zone)}."


@act("give_to_owner")
def give_to_owner(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    found = _change(step_of(upgrade, step), by=by, now=now, owner=None)
    return f"{upgrade.owner} sees to “{found.name}” now."


@act("let_sponsor_say")
def let_sponsor_say(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    found = _change(step_of(upgrade, step), by=by, now=now, sender=Sender.SPONSOR)
    return f"“{found.name}” goes out in the name of {upgrade.sponsor_name}."


@act("wait_for_decision")
def wait_for_decision(upgrade: Upgrade, *, by: Any, now: datetime, step: int, decision: int) -> str:
    """Where the decision comes later than the line, the line moves behind it."""
    found, after = step_of(upgrade, step), step_of(upgrade, decision)
    values: dict[str, Any] = {"after": after}
    due, own = schedule.due_at(after), schedule.due_at(found)
    if due and own and found.trigger == Trigger.OFFSET and own <= due:
        plan = loading.load(upgrade, now=now)
        window = next(one for one in plan.milestones if one.pk == found.milestone_id)
        if due >= window.start:
            raise NotFixable("The decision comes after the window has started.")
        middle = due + (window.start - due) / 4
        values |= {"edge": Edge.START, "unit": Unit.MINUTES, "at": None}
        values["offset"] = -((window.start - middle) // slots.MINUTE)
    _change(found, by=by, now=now, **values)
    return f"“{found.name}” waits for “{after.name}”."


@act("set_objective")
def set_objective(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    found = step_of(upgrade, step)
    notice = Notice.objects.filter(step=found).first()
    words = objectives.of(found.medium, notice.kind if notice else "")
    _change(found, by=by, now=now, objective=words)
    return f"“{found.name}”: {words}"
