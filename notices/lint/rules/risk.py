"""Whether the plan holds when something goes wrong."""

from collections.abc import Iterator
from datetime import time

from notices.enums import Event, Medium, NoticeKind, Severity, Trigger, Unit
from notices.lint import telling
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.phrases import day, listed, when
from notices.lint.plan import LoadedPlan, is_felt
from notices.pipeline import schedule
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone

KIT = {  # what may be needed at once, what makes it go out, how it is known
    NoticeKind.POSTPONED: (Event.SLIPPED, "it is postponed"),
    NoticeKind.PROGRESS: (Event.EXTENDED, "it takes longer"),
    NoticeKind.ROLLED_BACK: (Event.ON_WORD, "it is rolled back"),
}
REMINDS = (NoticeKind.REMINDER, NoticeKind.FINAL)
SHORTLY = 1  # business days


@rule("RSK001", Severity.WARNING, "Nothing lies ready for when it goes wrong", source="Break-glass kit")
def a_kit_lies_ready(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        if missing := [kind for kind in KIT if not _lies_ready(plan, window, kind)]:
            yield Found(
                place=Place.of(window),
                sentence=f"No notice lies ready for “{window}” on {day(window.start, plan.upgrade.time_zone)} if "
                f"{listed([KIT[kind][1] for kind in missing])}: it would have to be written in a hurry.",
                facts={"window": window.pk, "kinds": sorted(kind.value for kind in missing)},
                fix=Fix(
                    "add_kit",
                    "Put them into the plan",
                    {"milestone": window.pk, "kinds": [one.value for one in missing]},
                ),
            )


def _lies_ready(plan: LoadedPlan, window: Milestone, kind: NoticeKind) -> bool:
    event = KIT[kind][0]
    return any(
        line.milestone == window
        and not line.is_out
        and (
            line.kind == kind
            or bool(line.notice and line.is_kit and line.step and line.step.event == event != Event.ON_WORD)
        )
        and (line.is_kit or kind != NoticeKind.PROGRESS)
        for line in plan.notices()
    )


@rule("RSK002", Severity.WARNING, "The last reminder does not wait for the decision", source="Go/no-go practice")
def the_last_reminder_waits_for_the_decision(plan: LoadedPlan) -> Iterator[Found]:
    for window in telling.ahead(plan):
        decision = _decision(plan, window)
        if decision is None or decision.step is None or decision.due is None or decision.is_done:
            continue
        zone = plan.upgrade.time_zone
        shortly = schedule.moment(window.start, -SHORTLY, unit=Unit.BUSINESS_DAYS, at=time.min, place=plan.calendar)
        for line in plan.notices(*REMINDS, on=window):
            if line.due and line.due >= shortly and _goes_out_regardless(line):
                values = {"step": line.place.pk, "decision": decision.step.pk}
                yield Found(
                    place=line.place,
                    sentence=f"“{line.name}” goes out on {when(line.due, zone)} whether or not “{decision.name}” on "
                    f"{when(decision.due, zone)} says that “{window}” takes place.",
                    facts={"line": str(line.place), "decision": decision.step.pk},
                    fix=Fix("wait_for_decision", "Let it wait for the decision", values),
                )


def _decision(plan: LoadedPlan, window: Milestone) -> Line | None:
    """On the window itself; for the first window also one on a decision before it."""
    before = [line for line in plan.lines if line.medium == Medium.DECISION and line.due and line.due < window.start]
    own = [line for line in before if line.milestone == window]
    decisions = [one for one in plan.milestones if one.kind == MilestoneKind.DECISION]
    shared = [line for line in before if line.milestone in decisions and _is_first(plan, window)]
    return next(iter(own or shared), None)


def _is_first(plan: LoadedPlan, window: Milestone) -> bool:
    felt = [one for one in plan.milestones if is_felt(one) and one.status != Status.CANCELLED]
    return bool(felt) and felt[0] == window


def _goes_out_regardless(line: Line) -> bool:
    if line.step is None or line.is_done or not line.is_push:
        return False
    return line.step.trigger == Trigger.OFFSET and line.step.after_id is None
