"""When a new line of a plan can still go out."""

from datetime import datetime, time, timedelta
from typing import Any

from notices.enums import Unit
from notices.lint.acts import NotFixable
from notices.lint.plan import LoadedPlan
from notices.pipeline import schedule
from upgrades.models import Milestone

MORNING = time(9)
FAR = 400  # business days
MINUTE = timedelta(minutes=1)


def at_start(
    plan: LoadedPlan, window: Milestone, *, wanted: datetime, before: datetime | None = None
) -> dict[str, Any]:
    """Offset, unit and time of day, counted from the start of a window: on the last morning until `wanted`; where
    that is over on the next one that is early enough, or else half-way to `before`, by default the start."""
    before = before or window.start
    if before <= plan.now + 2 * MINUTE:
        raise NotFixable("It is too late for that: tell people in another way.")
    first = next((number for number in range(FAR) if _morning(plan, window, number) <= wanted), FAR)
    for number in range(first, -1, -1):
        if plan.now < _morning(plan, window, number) < before:
            return {"offset": -number, "unit": Unit.BUSINESS_DAYS, "at": MORNING}
    middle = plan.now + (before - plan.now) / 2
    return {"offset": -((window.start - middle) // MINUTE), "unit": Unit.MINUTES, "at": None}


def _morning(plan: LoadedPlan, window: Milestone, number: int) -> datetime:
    return schedule.moment(window.start, -number, unit=Unit.BUSINESS_DAYS, at=MORNING, place=plan.calendar)


def after_end(plan: LoadedPlan, window: Milestone, number: int, *, at: time = MORNING) -> dict[str, Any]:
    """So many business days after a window, or the next ones on which it is not too late."""
    for later in range(number, number + FAR):
        if schedule.moment(window.last_moment, later, unit=Unit.BUSINESS_DAYS, at=at, place=plan.calendar) > plan.now:
            return {"offset": later, "unit": Unit.BUSINESS_DAYS, "at": at}
    raise NotFixable("It is too late for that.")


def next_morning(plan: LoadedPlan, *, before: datetime) -> datetime:
    """At nine on the next business day; where that is too late, in an hour, or half-way."""
    morning = schedule.moment(plan.now, 1, unit=Unit.BUSINESS_DAYS, at=MORNING, place=plan.calendar)
    if morning < before:
        return morning
    return plan.now + min(timedelta(hours=1), max(before - plan.now, timedelta(0)) / 2)
