"""Whether everybody hears of it, and is heard."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse

from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import Medium, NoticeKind, Severity
from notices.lint import telling
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.parts.people import Members
from notices.lint.phrases import counted, day, listed, people, when
from notices.lint.plan import LoadedPlan
from upgrades import assessing
from upgrades.enums import Impact, Quadrant, Status
from upgrades.models import Milestone, Stakeholder

NAMED = 20  # up to so many people a waiver knows by name
CATCH_UP_BEFORE = 2  # business days: what comes later leaves no time to prepare


@rule("COV001", Severity.ERROR, "Somebody affected is told nothing before it starts", source="Stakeholder analysis")
def everybody_affected_is_told(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        if missing := telling.untold(plan, window):
            yield Found(
                place=Place.of(window),
                sentence=f"“{window}” starts on {when(window.start, plan.upgrade.time_zone)}, and "
                f"{people(size(missing))} whom it affects will not have heard of it{_mostly(plan, missing)}.",
                facts={"window": window.pk, "start": window.start.isoformat(), **_who(plan, missing)},
                fix=Fix("add_announcement", "Add an announcement for them", {"milestone": window.pk}),
            )


def _mostly(plan: LoadedPlan, missing: Crowd) -> str:
    groups = plan.people.most_of(missing)
    names = [f"{group} ({number:,})" for group, number in groups]
    if not names:
        names = [str(one) for one in plan.stakeholders if one.person_id and plan.crowds.mark([one.person_id]) & missing]
    return f": {listed(names)}" if names else ""


def _who(plan: LoadedPlan, crowd: Crowd) -> dict[str, Any]:
    groups = sorted(group.pk for group, _ in plan.people.most_of(crowd))
    return {"groups": groups, "people": sorted(plan.crowds.persons(crowd)) if size(crowd) <= NAMED else []}


@rule("COV002", Severity.ERROR, "Somebody who decides with you is never talked with", source="Stakeholder analysis")
def those_to_manage_closely_are_talked_with(plan: LoadedPlan) -> Iterator[Found]:
    windows = telling.ahead(plan)
    for one in plan.stakeholders if windows else ():
        if one.quadrant == Quadrant.MANAGE_CLOSELY and not _is_talked_with(plan, one, before=windows[0].start):
            start = day(windows[0].start, plan.upgrade.time_zone)
            yield Found(
                place=Place.of(one),
                sentence=f"{one} has much influence and interest, and no conversation is planned or was held before "
                f"“{windows[0]}” on {start}.",
                facts={"stakeholder": one.pk, "window": windows[0].pk},
                fix=Fix("add_talk", "Add a conversation to the plan", {"stakeholder": one.pk}),
            )


def _is_talked_with(plan: LoadedPlan, one: Stakeholder, *, before: datetime) -> bool:
    return any(contact.is_in_private and contact.at < before for contact in plan.people.contacts.get(one.pk, ()))


@rule("COV004", Severity.ERROR, "Nobody is told that it is done", source="Paessler; cachethq/cachet 3665")
def somebody_says_that_it_is_done(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        if telling.is_noticed(window) and not plan.notices(NoticeKind.COMPLETED, on=window):
            yield Found(
                place=Place.of(window),
                sentence=f"No notice says that “{window}” is completed: people wait, or work on without knowing.",
                facts={"window": window.pk},
                fix=Fix("add_completed", "Add “Completed” at its end", {"milestone": window.pk}),
            )


@rule("COV005", Severity.WARNING, "Nobody asks afterwards how it was", source="Post-implementation review")
def somebody_asks_how_it_was(plan: LoadedPlan) -> Iterator[Found]:
    felt = [one for one in plan.milestones if one.impact >= Impact.DEGRADED and one.status != Status.CANCELLED]
    if felt and telling.ahead(plan) and not any(_looks_back(line, felt[0]) for line in plan.lines):
        yield Found(
            place=plan.place,
            sentence=f"After “{felt[-1]}” neither a survey nor a review is planned: nobody will know how it was.",
            facts={"window": felt[-1].pk},
            fix=Fix("add_review", "Add a survey and a review", {"milestone": felt[-1].pk}),
        )


def _looks_back(line: Line, first: Milestone) -> bool:
    """A survey or meeting after the first of several windows is about what people have seen."""
    if line.due is None or line.due < first.last_moment or not line.is_alive:
        return False
    return bool(line.notice and line.notice.survey_id) or line.medium in (Medium.MEETING, Medium.TOWN_HALL)


@rule("COV009", Severity.WARNING, "Somebody joined after it was announced", source="letsrevel/revel-backend 522")
def late_joiners_catch_up(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        if late := telling.joined_late(plan, window, by=CATCH_UP_BEFORE):
            yield Found(
                place=Place.of(window),
                sentence=f"{people(size(late))} came after “{window}” on {day(window.start, plan.upgrade.time_zone)} "
                f"had been announced, and no notice to come tells them in time{_mostly(plan, late)}.",
                facts={"window": window.pk, **_who(plan, late)},
                fix=Fix("write_catch_up", "Write a catch-up for just them", {"milestone": window.pk}),
            )


@rule("COV010", Severity.WARNING, "Nobody looked lately at where people stand", source="Stakeholder analysis")
def everybody_was_assessed_lately(plan: LoadedPlan) -> Iterator[Found]:
    old = [one for one in plan.stakeholders if assessing.is_stale(one.assessed_at, now=plan.now)]
    if old and telling.ahead(plan):
        never = sum(one.assessed_at is None for one in old)
        how = [f"{never} never" if never else "", f"{len(old) - never} not for 90 days" if len(old) > never else ""]
        said = ", ".join(filter(None, how))
        yield Found(
            place=plan.place,
            sentence=f"{counted(len(old), 'stakeholder')} should be looked at ({said} assessed): "
            f"{listed([str(one) for one in old])}.",
            facts={"stakeholders": sorted(one.pk for one in old)},
            fix=Fix("open", "Go through them", {"url": reverse("stakeholder_review", args=[plan.upgrade.slug])}),
        )


@rule("COV011", Severity.WARNING, "Somebody outside is concerned and not in the plan", source="Stakeholder analysis")
def those_outside_are_in_the_plan(plan: LoadedPlan) -> Iterator[Found]:
    windows = telling.ahead(plan)
    for one in plan.people.external if windows else ():
        if not is_in_the_plan(plan, one):
            yield Found(
                place=Place.of(one.group),
                sentence=f"{one.group} ({one.group.get_category_display().lower()}) is concerned by “{windows[0]}” on "
                f"{day(windows[0].start, plan.upgrade.time_zone)}, and {_why_not(one)}.",
                facts={"group": one.group.pk, "is_empty": not one.size},
                fix=Fix("add_external", "Add a notice for them", {"group": one.group.pk})
                if one.size
                else Fix("open", "Add people to it", {"url": reverse("group", args=[one.group.pk])}),
            )


def is_in_the_plan(plan: LoadedPlan, one: Members) -> bool:
    """Something told or tells at least one of its people."""
    told = NOBODY
    for line in plan.lines:
        if telling.tells(line, now=plan.now):
            told |= plan.crowd(line)
    return bool(told & one.crowd)


def _why_not(one: Members) -> str:
    return "nothing in the plan tells anybody there" if one.size else "nobody is in that group"
