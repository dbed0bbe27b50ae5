"""Fixes that add what people have to be told, or talked about, before a window."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedback import sets
from notices.enums import Edge, Medium, NoticeKind, Trigger, Unit
from notices.lint import lead_times, loading, objectives, telling
from notices.lint.acts import NotFixable, act
from notices.lint.fixes import slots
from notices.lint.line import Line
from notices.lint.phrases import when
from notices.lint.plan import LoadedPlan
from notices.models import PlanStep
from notices.pipeline import planning, schedule
from notices.pipeline.kit import BUTTONS
from stakeholders.enums import Category, Channel
from stakeholders.models import Group
from upgrades.enums import Quadrant
from upgrades.models import Milestone, Upgrade

BOTH = [Channel.EMAIL, Channel.PORTAL]
TALK_BEFORE = 12  # business days
ASK_AFTER = 7
REVIEW_AFTER = 20
POSTER_BEFORE = 5


def _add(upgrade: Upgrade, *, by: Any, now: datetime, name: str, kind: str = "", **values: Any) -> PlanStep:
    medium = values.setdefault("medium", Medium.NOTICE)
    values.setdefault("objective", objectives.of(medium, kind))
    if kind:
        values.setdefault("channels", [Channel.EMAIL])
    return planning.add_step(upgrade, planning.Line(name=name, kind=kind, **values), by=by, now=now)


def _window(plan: LoadedPlan, pk: int) -> Milestone:
    found = next((one for one in plan.milestones if one.pk == pk), None)
    if found is None:
        raise NotFixable("That window is gone.")
    return found


def _said(step: PlanStep) -> str:
    due = schedule.due_at(step)
    on = f", on {when(due, step.upgrade.time_zone)}" if due else ""
    return f"“{step.name}” is in the plan{on}."


@act("add_announcement")
def add_announcement(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    """For just those who would hear nothing."""
    plan = loading.load(upgrade, now=now)
    window = _window(plan, milestone)
    audience = telling.those(plan, telling.untold(plan, window), of=telling.affected(plan, window))
    return _said(_announce(plan, window, audience, by=by))


@act("add_early_announcement")
def add_early_announcement(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    return _said(_announce(plan, _window(plan, milestone), {"affected": True}, by=by))


def _announce(plan: LoadedPlan, window: Milestone, audience: dict[str, Any], *, by: Any) -> PlanStep:
    lead = lead_times.of(window, plan.lines)
    slot = slots.at_start(plan, window, wanted=lead.latest(window.start, plan.calendar))
    values = {"milestone": window, "audience": audience, "channels": BOTH, **slot}
    return _add(plan.upgrade, by=by, now=plan.now, name="Announcement", kind=NoticeKind.ANNOUNCEMENT, **values)


@act("add_talk")
def add_talk(upgrade: Upgrade, *, by: Any, now: datetime, stakeholder: int) -> str:
    plan = loading.load(upgrade, now=now)
    one = next((one for one in plan.stakeholders if one.pk == stakeholder), None)
    window = next(iter(telling.ahead(plan)), None)
    if one is None or window is None:
        raise NotFixable("There is nothing to talk about any more.")
    slot = slots.at_start(plan, window, wanted=telling.business_days_before(window.start, TALK_BEFORE, plan.calendar))
    audience = {"people": [one.person_id]} if one.person_id else {"groups": [one.group_id]}
    values = {"medium": Medium.MEETING, "milestone": window, "audience": audience, **slot}
    return _said(_add(upgrade, by=by, now=now, name=f"Talk with {one}"[:120], **values))


@act("add_desk_briefing")
def add_desk_briefing(upgrade: Upgrade, *, by: Any, now: datetime, groups: Sequence[int]) -> str:
    audience = {"groups": sorted(groups)}
    return _before_users(upgrade, "Service desk heads-up", audience, lead_times.DESK_AHEAD, by=by, now=now)


@act("add_manager_notice")
def add_manager_notice(upgrade: Upgrade, *, by: Any, now: datetime, days: int) -> str:
    audience = {"categories": [Category.MANAGEMENT.value]}
    return _before_users(upgrade, "Managers hear first", audience, days, by=by, now=now)


def _before_users(upgrade: Upgrade, name: str, audience: dict[str, Any], days: int, *, by: Any, now: datetime) -> str:
    plan = loading.load(upgrade, now=now)
    first = telling.first_to_users(plan)
    if first is None or first.due is None:
        raise NotFixable("Users are told nothing yet.")
    window = _anchor(plan, first)
    before = window.start if first.is_out else first.due
    wanted = telling.business_days_before(before, days, plan.calendar)
    slot = slots.at_start(plan, window, wanted=wanted, before=before)
    values = {"milestone": window, "audience": audience, **slot}
    return _said(_add(upgrade, by=by, now=now, name=name, kind=NoticeKind.BRIEFING, **values))


def _anchor(plan: LoadedPlan, line: Line) -> Milestone:
    ahead = telling.ahead(plan)
    found = line.milestone if line.milestone in ahead else next(iter(ahead), line.milestone)
    if found is None:
        raise NotFixable("No window is ahead.")
    return found


@act("add_external")
def add_external(upgrade: Upgrade, *, by: Any, now: datetime, group: int) -> str:
    """As early as most contracts ask for, or what is left of that."""
    plan = loading.load(upgrade, now=now)
    window, found = next(iter(telling.ahead(plan)), None), Group.objects.filter(pk=group).first()
    if window is None or found is None:
        raise NotFixable("There is nobody to tell any more.")
    lead = next(lead for lead in (lead_times.EXTERNAL_USUAL, lead_times.EXTERNAL) if _is_left(plan, window, lead))
    slot = slots.at_start(plan, window, wanted=lead.latest(window.start, plan.calendar))
    values = {
        "milestone": window,
        "audience": {"groups": [found.pk]},
        "objective": "No contract is broken by a late word.",
    }
    name = f"Notice to {found}"[:120]
    return _said(_add(upgrade, by=by, now=now, name=name, kind=NoticeKind.ANNOUNCEMENT, **values, **slot))


def _is_left(plan: LoadedPlan, window: Milestone, lead: lead_times.Lead) -> bool:
    """The last one is taken in any case."""
    return lead == lead_times.EXTERNAL or lead.latest(window.start, plan.calendar) > plan.now


@act("add_final")
def add_final(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    window = _window(plan, milestone)
    eve = schedule.moment(window.start, -1, unit=Unit.BUSINESS_DAYS, at=slots.MORNING, place=plan.calendar)
    values = {"milestone": window, "audience": {"affected": True}, "channels": BOTH}
    slot = slots.at_start(plan, window, wanted=eve)
    return _said(_add(upgrade, by=by, now=now, name="Final reminder", kind=NoticeKind.FINAL, **values, **slot))


@act("add_poster")
def add_poster(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    window = _window(plan, milestone)
    slot = slots.at_start(plan, window, wanted=telling.business_days_before(window.start, POSTER_BEFORE, plan.calendar))
    values = {"medium": Medium.POSTER, "milestone": window, "audience": {"affected": True}, **slot}
    return _said(_add(upgrade, by=by, now=now, name="Poster with a QR code", **values))


@act("add_review")
def add_review(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    window = _window(plan, milestone)
    survey = sets.create(upgrade, "post_implementation", by=by)
    common: dict[str, Any] = {"milestone": window, "edge": Edge.END}
    asked = {"audience": {"affected": True}, "survey": survey, **slots.after_end(plan, window, ASK_AFTER)}
    _add(upgrade, by=by, now=now, name="Survey", kind=NoticeKind.SURVEY, **common, **asked)
    met = {"audience": {"quadrants": [Quadrant.MANAGE_CLOSELY.value]}, **slots.after_end(plan, window, REVIEW_AFTER)}
    review = {"medium": Medium.MEETING, "objective": "Lessons go into the next plan.", **met}
    _add(upgrade, by=by, now=now, name="Review with the sponsor", **common, **review)
    return f"A survey and a review after “{window}” are in the plan."


@act("add_kit")
def add_kit(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int, kinds: Sequence[str]) -> str:
    plan = loading.load(upgrade, now=now)
    window = _window(plan, milestone)
    for button in (one for one in BUTTONS.values() if one.kind in kinds):
        what = {"trigger": Trigger.EVENT, "event": button.event, "unit": Unit.MINUTES, "at": None, "channels": BOTH}
        values = {"milestone": window, "audience": {"affected": True}, "objective": button.objective, **what}
        _add(upgrade, by=by, now=now, name=button.line, kind=button.kind, **values)
    return f"What may be needed for “{window}” lies ready. Submit it, so that it is approved by then."
