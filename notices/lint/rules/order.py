"""Whether those whom others ask hear of it first."""

from collections.abc import Iterator
from datetime import datetime

from notices.audiences.crowds import NOBODY
from notices.enums import Severity
from notices.lint import lead_times, telling
from notices.lint.findings import Fix, Found, rule
from notices.lint.line import Line
from notices.lint.phrases import listed, when
from notices.lint.plan import LoadedPlan


@rule("COV003", Severity.ERROR, "Users hear before the service desk", source="Microsoft Entra communication plan")
def the_service_desk_is_told_first(plan: LoadedPlan) -> Iterator[Found]:
    """The service desk are the IT groups whose name says so; where there is none, the IT groups concerned."""
    first = telling.first_to_users(plan) if telling.ahead(plan) else None
    if first is None or not plan.people.desk:
        return
    late = [one for one in plan.people.desk if not _hears_before(plan, one.crowd, one.size, before=_limit(plan, first))]
    if late and (not first.is_out or len(late) == len(plan.people.desk)):
        yield Found(
            place=first.place,
            sentence=f"{listed([one.group.name for one in late])} {_does(len(late))} not hear before users get "
            f"“{first.name}” on {_on(plan, first)}, and will be asked about it.",
            facts={"line": str(first.place), "groups": sorted(one.group.pk for one in late)},
            fix=Fix("add_desk_briefing", "Brief them first", {"groups": sorted(one.group.pk for one in late)}),
        )


def _limit(plan: LoadedPlan, first: Line) -> datetime:
    """Users who have heard cannot be the second any more: then it counts that the desk hears at all."""
    last = max((one.last_moment for one in plan.windows), default=plan.now)
    return last if first.is_out or first.due is None else first.due


def _hears_before(plan: LoadedPlan, crowd: int, size: int, *, before: datetime) -> bool:
    """At least half of a group, by one line, or a representative where it is for them."""
    return any(
        line.due and line.due < before and telling.tells(line, now=plan.now) and _reaches(plan, line, crowd, size)
        for line in plan.lines
    )


def _reaches(plan: LoadedPlan, line: Line, crowd: int, size: int) -> bool:
    there = (plan.crowd(line) & crowd).bit_count()
    return there > 0 and (bool(line.asked.rule.get("representatives_only")) or there * 2 >= size)


def _does(number: int) -> str:
    return "does" if number == 1 else "do"


def _on(plan: LoadedPlan, line: Line) -> str:
    return when(line.due, plan.upgrade.time_zone) if line.due else "a day not known yet"


@rule("COV008", Severity.WARNING, "Managers hear after their teams, or together with them", source="Prosci; SnapComms")
def managers_hear_before_their_teams(plan: LoadedPlan) -> Iterator[Found]:
    first, managers = telling.first_to_users(plan), plan.people.managers
    if first is None or first.is_out or first.due is None or managers == NOBODY or not telling.ahead(plan):
        return
    if not _hears_before(plan, managers, managers.bit_count(), before=first.due):
        yield Found(
            place=first.place,
            sentence=f"Managers do not hear before their teams get “{first.name}” on {_on(plan, first)}, and cannot "
            "answer their questions.",
            facts={"line": str(first.place)},
            fix=Fix(
                "add_manager_notice",
                f"Tell managers {lead_times.MANAGERS_AHEAD} business day earlier",
                {"days": lead_times.MANAGERS_AHEAD},
            ),
        )
