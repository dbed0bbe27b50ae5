"""Which lines of a plan tell whom about a window. Pure questions that several rules ask."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import Medium, NoticeKind, Trigger
from notices.lint.line import Line
from notices.lint.loading import asked_of
from notices.lint.parts.people import Members
from notices.lint.plan import LoadedPlan, is_felt
from notices.pipeline import schedule
from upgrades.enums import Impact, Status
from upgrades.models import Milestone

ANNOUNCES = (NoticeKind.SAVE_THE_DATE, NoticeKind.ANNOUNCEMENT, NoticeKind.ACTION)
TELLS = (  # say when it starts
    *ANNOUNCES,
    NoticeKind.BRIEFING,
    NoticeKind.EXECUTIVE,
    NoticeKind.REMINDER,
    NoticeKind.FINAL,
    NoticeKind.POSTPONED,
)
TO_USERS = (*ANNOUNCES, NoticeKind.REMINDER, NoticeKind.FINAL, NoticeKind.POSTPONED)  # the others brief a few
IN_PERSON = (Medium.MEETING, Medium.TOWN_HALL, Medium.TRAINING)
BY_MOUTH = (*IN_PERSON, Medium.CASCADE)


def is_noticed(window: Milestone) -> bool:
    """People notice it, or have to do something."""
    return window.impact >= Impact.DEGRADED or bool(window.action)


def ahead(plan: LoadedPlan) -> list[Milestone]:
    """Windows that people notice and that have not begun."""
    return [
        one
        for one in plan.windows
        if is_noticed(one) and one.start > plan.now and one.status in (Status.TENTATIVE, Status.CONFIRMED)
    ]


def affected(plan: LoadedPlan, window: Milestone) -> Crowd:
    return plan.crowds.of(asked_of(plan.upgrade, window))


def about(plan: LoadedPlan, window: Milestone) -> list[Line]:
    """What tells people about a window, in the order of time: its own lines, and those about the upgrade as a whole.
    These are anchored to no window, or to its first one."""
    felt = [one for one in plan.milestones if is_felt(one) and one.status != Status.CANCELLED]
    shared = {None, *(one.pk for one in plan.milestones if not is_felt(one)), *(one.pk for one in felt[:1])}
    return [
        line
        for line in plan.lines
        if tells(line, now=plan.now) and (line.milestone.pk if line.milestone else None) in {window.pk, *shared}
    ]


def tells(line: Line, *, now: datetime) -> bool:
    """By mail or in person, and it has happened or is still to come."""
    if line.due is None or not line.is_alive:
        return False
    if line.notice:
        return line.kind in TELLS and line.is_push and (line.is_out or line.due > now)
    return line.medium in BY_MOUTH and (line.is_done or line.due > now)


def is_to_come(line: Line, *, now: datetime) -> bool:
    """Also what has no time yet, or waits for something; not what is over, or should be."""
    if line.is_done or not line.is_alive or (line.milestone and line.milestone.is_over):
        return False
    is_cadence = bool(line.step and line.step.trigger == Trigger.CADENCE)
    return any(due > now for due in line.dues) or not (line.dues or is_cadence)


def told_by(plan: LoadedPlan, lines: Iterable[Line], moment: datetime) -> Crowd:
    """Everybody whom one of these lines reaches until then."""
    told = NOBODY
    for line in lines:
        if line.due and line.due <= moment:
            told |= plan.crowd(line)
    return told


def users(plan: LoadedPlan, windows: Iterable[Milestone] | None = None) -> Crowd:
    """Those whom it affects, without IT and managers, who hear earlier."""
    found = NOBODY
    for window in ahead(plan) if windows is None else windows:
        found |= affected(plan, window)
    return found & ~plan.people.it & ~plan.people.managers


def first_to_users(plan: LoadedPlan) -> Line | None:
    """The first notice by which users hear of it."""
    those = users(plan)
    return next(
        (
            line
            for line in plan.lines
            if line.kind in TO_USERS and tells(line, now=plan.now) and plan.crowd(line) & those
        ),
        None,
    )


def business_days_before(moment: datetime, number: int, place: schedule.Place) -> datetime:
    """The same time of day so many business days earlier; of a moment on a free day, counted from there."""
    return schedule.moment(moment, -number, unit="business_days", at=_wall(moment, place), place=place)


def business_days_after(moment: datetime, number: int, place: schedule.Place) -> datetime:
    return schedule.moment(moment, number, unit="business_days", at=_wall(moment, place), place=place)


def _wall(moment: datetime, place: schedule.Place) -> time:
    return moment.astimezone(ZoneInfo(place.zone)).time()


def untold(plan: LoadedPlan, window: Milestone) -> Crowd:
    """Those whom a window affects and whom nothing tells about it before it starts."""
    return affected(plan, window) & ~told_by(plan, about(plan, window), window.start)


def those(plan: LoadedPlan, crowd: Crowd, *, of: Crowd) -> dict[str, Any]:
    """The simplest rule for just this crowd, of all who are affected: whole groups, where they add up."""
    if crowd == of:
        return {"affected": True}
    whole = [one for one in plan.people.groups if one.is_concerned and one.size and not _beyond(one, crowd)]
    joined = NOBODY
    for one in whole:
        joined |= one.crowd
    if whole and joined == crowd:
        return {"groups": sorted(one.group.pk for one in whole)}
    return {"people": sorted(plan.crowds.persons(crowd))}


def _beyond(one: Members, crowd: Crowd) -> bool:
    """Some of its people are not in this crowd."""
    return bool(one.crowd & ~crowd) or size(one.crowd) < one.size


def joined_late(plan: LoadedPlan, window: Milestone, *, by: int) -> Crowd:
    """Those who belong to the audience of what announced a window, did not when it went out, and hear nothing until so
    many business days before."""
    lines = about(plan, window)
    announced = [line for line in lines if line.is_out and line.kind in ANNOUNCES and line.milestone == window]
    belong = told_by(plan, announced, plan.now)
    heard = told_by(plan, lines_to_come(lines), business_days_before(window.start, by, plan.calendar))
    for line in announced:
        heard |= plan.told.made_out.get(line.notice.pk, NOBODY) if line.notice else NOBODY
    for one in plan.told.tellings:
        if one.notice is None and any(key.startswith(f"milestone:{window.pk}.") for key in one.facts):
            heard |= one.crowd
    return affected(plan, window) & belong & ~heard


def lines_to_come(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if not line.is_done]
