"""Whether more comes to people than they bear, of all upgrades together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.urls import reverse

from commsplan.lib import time
from feedback.enums import QuestionKind
from notices.audiences import crowds
from notices.audiences.crowds import NOBODY, Crowd
from notices.enums import Medium, NoticeKind, Severity, Trigger, Unit
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.parts.beside import Push, Window
from notices.lint.parts.pushes import Week
from notices.lint.phrases import counted, listed, people, when
from notices.lint.plan import LoadedPlan
from notices.pipeline import hours
from upgrades.enums import Impact
from upgrades.models import Milestone

MONTH = timedelta(days=30)
WEEK = timedelta(days=7)
MOST_WINDOWS = 3
MOST_MINUTES = 10
SECONDS: dict[str, int] = {  # that one question takes, read and answered
    QuestionKind.RATING: 12,
    QuestionKind.CSAT: 12,
    QuestionKind.NPS: 12,
    QuestionKind.YES_NO: 10,
    QuestionKind.SINGLE: 15,
    QuestionKind.MULTIPLE: 20,
    QuestionKind.NUMBER: 15,
    QuestionKind.REFERRAL: 40,
    QuestionKind.TEXT: 60,
}
LEAST_HEARD, MOST_HEARD = 3, 7
PATIENT = [  # what can wait, the least urgent first
    NoticeKind.NEWS,
    NoticeKind.SURVEY,
    NoticeKind.EXECUTIVE,
    NoticeKind.BRIEFING,
    NoticeKind.FOLLOW_UP,
    NoticeKind.REMINDER,
    NoticeKind.ANNOUNCEMENT,
]
BEFORE = (NoticeKind.EXECUTIVE, NoticeKind.BRIEFING, NoticeKind.REMINDER, NoticeKind.ANNOUNCEMENT)


@rule("FAT001", Severity.WARNING, "More messages in a week than people bear", source="mautic/mautic 6729; PoliteMail")
def nobody_gets_more_than_they_bear(plan: LoadedPlan) -> Iterator[Found]:
    for week in plan.pushes.weeks.values():
        own = [push for push in week.own if push.line and not push.line.is_out and push.at > plan.now]
        concerned = [push for push in own if plan.pushes.crowd(push) & week.over]
        if concerned:
            yield _too_many(plan, week, concerned)


def _too_many(plan: LoadedPlan, week: Week, own: list[Push]) -> Found:
    here = reduce(or_, (plan.pushes.crowd(push) for push in own)) & week.over
    meant = [push for push in (*week.own, *week.others) if plan.pushes.crowd(push) & here]
    most = plan.pushes.mostly(here)
    monday = time.short_day(week.monday)
    where = f", most of them in “{most}”," if most and here.bit_count() > 1 else ""
    verb = "gets" if here.bit_count() == 1 else "get"
    return Found(
        place=Place("week", week.number, f"Week of {monday}"),
        sentence=f"In the week of {monday} {people(here.bit_count())}{where} {verb} more messages than they bear: "
        f"{_said(plan, meant)}.{_said_of_cap(plan, own)}",
        facts={"week": week.number, "notices": sorted({push.notice for push in meant})},
        fix=_relief(plan, week, own) or _open_plan(plan),
    )


def _said_of_cap(plan: LoadedPlan, own: list[Push]) -> str:
    """That delivery will hold some of it back; what is urgent it does not."""
    most = plan.rules.most_per_week
    if not most:
        return ""
    waits = [push for push in own if push.line and push.line.notice and hours.may_wait(push.line.notice)]
    said = f" The rules let {most} a week through; what is more waits for a digest."
    if not waits:
        return said + " None of this plan can wait."
    urgent = [f"“{push.title}”" for push in own if push not in waits]
    cannot = "cannot wait and comes all the same" if len(urgent) == 1 else "cannot wait and come all the same"
    return said + (f" {listed(urgent)} {cannot}." if urgent else "")


def _said(plan: LoadedPlan, pushes: list[Push]) -> str:
    """ "“Reminder” and “Final reminder”; “News” of “ERP upgrade”"."""
    by_upgrade: dict[int, list[Push]] = {}
    for push in sorted(pushes, key=lambda push: (push.at, push.notice)):
        by_upgrade.setdefault(push.upgrade.pk, []).append(push)
    own = by_upgrade.pop(plan.upgrade.pk, [])
    parts = [listed([f"“{push.title}”" for push in own])] if own else []
    parts += [
        f"{listed([f'“{push.title}”' for push in those], most=2)} of “{those[0].upgrade}”"
        for those in list(by_upgrade.values())[:3]
    ]
    more = len(by_upgrade) - 3
    return "; ".join(parts) + (f"; and of {counted(more, 'other upgrade')}" if more > 0 else "")


def _relief(plan: LoadedPlan, week: Week, own: list[Push]) -> Fix | None:
    """The least urgent line that has room in the week beside, and whose absence helps."""
    in_order = sorted((push for push in own if _can_move(push)), key=lambda push: PATIENT.index(NoticeKind(push.kind)))
    for push in in_order:
        rest = plan.pushes.week(week.monday, [one for one in week.own if one is not push])
        if rest.over.bit_count() >= week.over.bit_count():
            continue
        for weeks in (-1, 1) if push.kind in BEFORE else (1, -1):
            if _has_room(plan, push, weeks):
                step = push.line.step if push.line else None
                side = "before" if weeks < 0 else "after"
                values = {"step": step.pk if step else None, "weeks": weeks}
                return Fix("move_line_by_weeks", f"Move “{push.title}” to the week {side}", values)
    return None


def _can_move(push: Push) -> bool:
    step = push.line.step if push.line else None
    if step is None or push.line is None or len(push.line.dues) != 1 or push.kind not in PATIENT:
        return False
    return step.trigger == Trigger.OFFSET and step.unit != Unit.MINUTES and step.offset != 0


def _has_room(plan: LoadedPlan, push: Push, weeks: int) -> bool:
    at = push.at + weeks * WEEK
    line = push.line
    if (
        line is None
        or line.step is None
        or at <= plan.now
        or (line.step.offset < 0) != (line.step.offset + 7 * weeks < 0)
    ):
        return False
    monday = plan.pushes.monday(at)
    there = plan.pushes.weeks.get(monday)
    moved = replace(push, at=at)
    after = plan.pushes.week(monday, [*(there.own if there else ()), moved])
    return not after.over & plan.pushes.crowd(push)


def _open_plan(plan: LoadedPlan) -> Fix:
    return Fix("open", "Open the plan", {"url": reverse("upgrade_plan", args=[plan.upgrade.slug])})


@rule("FAT002", Severity.WARNING, "A group faces window after window", source="The Change Compass")
def no_group_faces_three_windows_in_a_month(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        if window.impact >= Impact.DEGRADED and window.last_moment > plan.now:
            yield from _crowded(plan, window)


def _crowded(plan: LoadedPlan, window: Milestone) -> Iterator[Found]:
    own = plan.crowds.of(next(one.asked for one in plan.pushes.windows if one.milestone == window))
    near = [
        one
        for one in plan.pushes.windows
        if abs(one.milestone.start - window.start) < MONTH and plan.crowds.of(one.asked) & own
    ]
    for first in sorted(near, key=lambda one: (one.milestone.start, one.milestone.pk)):
        begin = first.milestone.start
        span = [one for one in near if begin <= one.milestone.start < begin + MONTH]
        if begin > window.start or not any(one.milestone == window for one in span) or len(span) < MOST_WINDOWS:
            continue
        if names := _groups_in(plan, window, span):
            yield _said_of_windows(plan, window, span, names)
            return


def _groups_in(plan: LoadedPlan, window: Milestone, span: list[Window]) -> list[str]:
    """Half of whose members face as many windows."""
    digits = crowds.count(plan.crowds.of(one.asked) for one in span)
    many = crowds.more_than(MOST_WINDOWS - 1, digits)
    found = []
    for pk in plan.pushes.touched.get(window.pk, ()):
        members = plan.crowds.groups.get(pk, NOBODY)
        if members and (members & many).bit_count() * 2 >= members.bit_count():
            found.append(plan.pushes.names.get(pk, ""))
    return sorted(found)


def _said_of_windows(plan: LoadedPlan, window: Milestone, span: list[Window], names: list[str]) -> Found:
    others = sorted((one.milestone for one in span if one.milestone != window), key=lambda one: (one.start, one.pk))
    zone = plan.upgrade.time_zone
    said = [f"“{one}” of “{one.upgrade}”" if one.upgrade != plan.upgrade else f"“{one}”" for one in others]
    return Found(
        place=Place.of(window),
        sentence=f"“{window}” on {when(window.start, zone)} is one of {len(span)} windows within 30 days for "
        f"{listed([f'“{name}”' for name in names])}; the others are {listed(said)}.",
        facts={"windows": sorted([one.milestone.pk, one.milestone.start.isoformat()] for one in span), "groups": names},
        fix=Fix("open", "Find another time", {"url": reverse("milestone_edit", args=[plan.upgrade.slug, window.pk])}),
    )


@rule("FAT003", Severity.WARNING, "Too much is asked", source="Joyous")
def surveys_are_short_and_rare(plan: LoadedPlan) -> Iterator[Found]:
    surveys = {
        line.notice.survey.pk: line.notice.survey
        for line in plan.notices()
        if line.notice and line.notice.survey and not line.is_out
    }
    for pk, survey in sorted(surveys.items()):
        minutes = round(sum(SECONDS[kind] * number for kind, number in plan.pushes.questions.get(pk, {}).items()) / 60)
        if minutes > MOST_MINUTES:
            yield Found(
                place=Place.of(survey),
                sentence=f"“{survey}” takes about {minutes} minutes: after ten most people give up.",
                facts={"questions": dict(plan.pushes.questions[pk])},
                fix=Fix("open", "Open the survey", {"url": reverse("survey", args=[pk])}),
            )
    for push in plan.pushes.full_surveys:
        if push.line and not push.line.is_out and push.at > plan.now:
            yield from _asked_again(plan, push)


def _asked_again(plan: LoadedPlan, push: Push) -> Iterator[Found]:
    """The survey that comes later is the one too many."""
    if push.line is None:
        return
    crowd = plan.pushes.crowd(push)
    for other in plan.pushes.full_surveys:
        is_before = timedelta() <= push.at - other.at < MONTH and (other.at, other.notice) < (push.at, push.notice)
        both = crowd & plan.pushes.crowd(other)
        if other.survey == push.survey or not is_before or not both:
            continue
        whose = "" if other.upgrade == plan.upgrade else f" of “{other.upgrade}”"
        yield Found(
            place=push.line.place,
            sentence=f"“{push.title}” asks {people(both.bit_count())} whom “{other.title}”{whose} asks on "
            f"{when(other.at, plan.upgrade.time_zone)}, less than 30 days before.",
            facts={"survey": push.survey, "other": other.survey},
            fix=Fix("open", "Choose another time or other people", _line_url(plan, push.line)),
        )
        return


def _line_url(plan: LoadedPlan, line: Line) -> dict[str, Any]:
    if line.step:
        return {"url": reverse("step_edit", args=[plan.upgrade.slug, line.step.pk])}
    return {"url": reverse("notice_edit", args=[line.notice.pk if line.notice else 0])}


TELLS = (Medium.MEETING, Medium.TOWN_HALL, Medium.TRAINING, Medium.CASCADE, Medium.POSTER)
SAYS = (
    NoticeKind.SAVE_THE_DATE,
    NoticeKind.ANNOUNCEMENT,
    NoticeKind.ACTION,
    NoticeKind.REMINDER,
    NoticeKind.FINAL,
    NoticeKind.BRIEFING,
)


@rule("FAT004", Severity.INFO, "Said too rarely, or too often", source="Prosci: five to seven times")
def what_matters_is_said_often_enough(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        if window.impact < Impact.DEGRADED or window.start <= plan.now:
            continue
        affected = plan.crowds.of(next(one.asked for one in plan.pushes.windows if one.milestone == window))
        told = [line for line in plan.lines if line.milestone == window and _says(line, window)]
        digits = [digit & affected for digit in crowds.count(plan.crowd(line) for line in told)]
        often = crowds.more_than(MOST_HEARD, digits)
        rarely = affected & ~crowds.more_than(LEAST_HEARD - 1, digits)
        if told and (most := _most(rarely, often, affected)):
            yield _heard(plan, window, most, told)


def _says(line: Line, window: Milestone) -> bool:
    is_in_time = line.is_alive and any(at < window.start for at in line.dues)
    return is_in_time and (line.kind in SAYS or line.medium in TELLS)


def _most(rarely: Crowd, often: Crowd, affected: Crowd) -> str:
    half = affected.bit_count() / 2
    return "rarely" if rarely.bit_count() > half else "often" if often.bit_count() > half else ""


def _heard(plan: LoadedPlan, window: Milestone, how: str, told: list[Line]) -> Found:
    if how == "rarely":
        said = f"Most of those whom “{window}” affects hear of it fewer than {LEAST_HEARD} times before it starts"
        remedy = "what is to stay is said five to seven times"
    else:
        said = f"Most of those whom “{window}” affects hear of it more than {MOST_HEARD} times before it starts"
        remedy = "after seven times people stop reading"
    return Found(
        place=Place.of(window),
        sentence=f"{said}: {remedy}.",
        facts={"how": how, "lines": sorted(str(line.place) for line in told)},
        fix=_open_plan(plan),
    )
