"""Whether people hear of it early enough."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from commsplan.lib.time import short_day
from notices.audiences.crowds import Crowd, size
from notices.enums import WAITING, NoticeState, Severity, Trigger, Unit
from notices.lint import lead_times, telling
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.lead_times import Lead
from notices.lint.line import Line
from notices.lint.parts.people import Members
from notices.lint.phrases import day, people, when
from notices.lint.plan import LoadedPlan
from notices.pipeline import schedule
from notices.pipeline.schedule.fate import TOO_LATE
from upgrades.enums import Impact
from upgrades.models import Milestone


@rule("LEAD001", Severity.ERROR, "People hear of it too late", source="CWU; Yale; UCSC; Paessler")
def people_hear_early_enough(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        lead = lead_times.of(window, plan.lines)
        deadline = lead.deadline(window.start, plan.calendar)
        lines = telling.about(plan, window)
        late = telling.told_by(plan, lines, window.start) & ~telling.told_by(plan, lines, deadline)
        late &= telling.affected(plan, window)
        first = _first(plan, lines, late, after=deadline)
        if first is None or first.due is None or lead == lead_times.NOTHING:
            continue
        zone, who = plan.upgrade.time_zone, people(size(late), "first hears", "first hear")
        yield Found(
            place=Place.of(window),
            sentence=f"{who} of “{window}” on {day(window.start, zone)} by “{first.name}” on "
            f"{day(first.due, zone)}; {lead.said} are the least, because {lead.why}: by {day(deadline, zone)}.",
            facts={"window": window.pk, "start": window.start.isoformat(), "lead": lead.said, "first": str(first.due)},
            fix=_earlier(plan, window, lead, first),
        )


def _first(plan: LoadedPlan, lines: list[Line], crowd: Crowd, *, after: datetime) -> Line | None:
    return next((one for one in lines if one.due and one.due > after and plan.crowd(one) & crowd), None)


def _earlier(plan: LoadedPlan, window: Milestone, lead: Lead, first: Line) -> Fix:
    latest = lead.latest(window.start, plan.calendar)
    is_free = first.step and not first.is_done and first.milestone == window and first.step.trigger == Trigger.OFFSET
    if latest > plan.now and is_free and first.step:
        values = {"step": first.step.pk, "offset": -lead.number, "unit": lead.unit.value}
        return Fix("move_step", f"Move “{first.name}” to {day(latest, plan.upgrade.time_zone)}", values)
    if latest > plan.now:
        label = f"Add an announcement on {day(latest, plan.upgrade.time_zone)}"
        return Fix("add_early_announcement", label, {"milestone": window.pk})
    return later_window(plan, window, lead)


def later_window(plan: LoadedPlan, window: Milestone, lead: Lead) -> Fix:
    today = plan.now.astimezone(ZoneInfo(plan.upgrade.time_zone)).date()
    soonest = short_day(lead.earliest_day(today, plan.calendar))
    url = reverse("milestone_edit", args=[plan.upgrade.slug, window.pk])
    return Fix("open", f"Move the window to {soonest} or later", {"url": url})


@rule("LEAD002", Severity.ERROR, "No time is left to do what is asked", source="Planning practice")
def there_is_time_to_act(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        until = window.action_deadline
        if not window.action or until is None or until <= plan.now:
            continue
        lines = telling.about(plan, window)
        by = telling.business_days_before(until, lead_times.TO_ACT, plan.calendar)
        late = telling.told_by(plan, lines, window.start) & ~telling.told_by(plan, lines, by)
        late &= telling.affected(plan, window)
        first = _first(plan, lines, late, after=by)
        if first is None or first.due is None:
            continue
        zone, who = plan.upgrade.time_zone, people(size(late), "has", "have")
        yield Found(
            place=Place.of(window),
            sentence=f"{who} to act for “{window}” by {when(until, zone)} and will be told on "
            f"{when(first.due, zone)}; that takes {lead_times.TO_ACT} business days.",
            facts={"window": window.pk, "deadline": until.isoformat(), "first": first.due.isoformat()},
            fix=_later_deadline(plan, window, first.due),
        )


def _later_deadline(plan: LoadedPlan, window: Milestone, told: datetime) -> Fix:
    later = telling.business_days_after(told, lead_times.TO_ACT, plan.calendar)
    zone = plan.upgrade.time_zone
    if later <= window.start:
        values = {"milestone": window.pk, "deadline": later.isoformat()}
        return Fix("move_action_deadline", f"Give them until {when(later, zone)}", values)
    url = reverse("milestone_edit", args=[plan.upgrade.slug, window.pk])
    return Fix("open", "Move the window or the deadline", {"url": url})


@rule("LEAD003", Severity.WARNING, "No reminder shortly before the outage", source="techtips; Microsoft Entra")
def an_outage_is_announced_once_more(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        if window.impact < Impact.OUTAGE:
            continue
        eve = plan_moment(plan, window, at=time.min)
        missing = telling.affected(plan, window)
        for line in telling.about(plan, window):
            if line.is_push and any(eve <= due <= window.start for due in line.dues):
                missing &= ~plan.crowd(line)
        if missing:
            zone, who = plan.upgrade.time_zone, people(size(missing), "is", "are")
            yield Found(
                place=Place.of(window),
                sentence=f"{who} not reminded on the last business day before the outage "
                f"“{window}” on {when(window.start, zone)}, nor on the day itself.",
                facts={"window": window.pk, "start": window.start.isoformat()},
                fix=Fix("add_final", "Add a final reminder", {"milestone": window.pk}),
            )


def plan_moment(plan: LoadedPlan, window: Milestone, *, at: time) -> datetime:
    """The last business day before a window."""
    return schedule.moment(window.start, -1, unit=Unit.BUSINESS_DAYS, at=at, place=plan.calendar)


@rule("LEAD004", Severity.ERROR, "A notice should have gone out by now", source="knadh/listmonk 1801")
def nothing_is_left_behind(plan: LoadedPlan) -> Iterator[Found]:
    """It was missed, or a move of the window took it into the past: it never goes out by itself."""
    for line in plan.lines:
        if line.step and line.due and line.due <= plan.now and _is_left_behind(plan, line):
            yield Found(
                place=line.place,
                sentence=f"“{line.name}” was due on {when(line.due, plan.upgrade.time_zone)} and has not gone out; by "
                "itself it never will.",
                facts={"line": str(line.place), "due": line.due.isoformat()},
                fix=Fix("drop_line", "Take it out of the plan", {"step": line.place.pk}),
            )


def _is_left_behind(plan: LoadedPlan, line: Line) -> bool:
    """What was approved is late for a while before it is missed, unless a move makes it late."""
    if line.notice is None or line.step is None or line.step.trigger != Trigger.OFFSET:
        return False
    if line.milestone and line.milestone.is_over:
        return False
    if line.notice.state == NoticeState.APPROVED:
        return line.notice.send_at != line.due or (line.due is not None and line.due <= plan.now - TOO_LATE)
    return line.notice.state == NoticeState.MISSED or line.notice.state in WAITING


@rule("LEAD005", Severity.WARNING, "Somebody outside hears later than contracts allow", source="legalclarity")
def those_outside_hear_in_time(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan)[:1]:
        deadline = lead_times.EXTERNAL.deadline(window.start, plan.calendar)
        for one in plan.people.external:
            first = _first_for(plan, window, one)
            if first and first.due and first.due > deadline:
                yield Found(
                    place=Place.of(one.group),
                    sentence=f"{one.group} ({one.group.get_category_display().lower()}) first hears of “{window}” on "
                    f"{day(window.start, plan.upgrade.time_zone)} by “{first.name}” on "
                    f"{day(first.due, plan.upgrade.time_zone)}; contracts ask for at least {lead_times.EXTERNAL.said}.",
                    facts={"group": one.group.pk, "window": window.pk, "first": first.due.isoformat()},
                    fix=_formal_notice(plan, window, one),
                )


def _first_for(plan: LoadedPlan, window: Milestone, one: Members) -> Line | None:
    return next((line for line in telling.about(plan, window) if plan.crowd(line) & one.crowd), None)


def _formal_notice(plan: LoadedPlan, window: Milestone, one: Members) -> Fix:
    latest = lead_times.EXTERNAL.latest(window.start, plan.calendar)
    if latest > plan.now:
        values: dict[str, Any] = {"group": one.group.pk}
        return Fix("add_external", "Add a notice for them in time", values)
    return later_window(plan, window, lead_times.EXTERNAL)
