"""Fixes that move lines and windows."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from commsplan.lib.time import full, window
from notices.enums import Clock, Unit
from notices.lint.acts import NotFixable, act
from notices.lint.fixes.steps import step_of
from notices.models import PlanStep
from notices.pipeline import planning, schedule
from upgrades import rescheduling, slots
from upgrades.models import Upgrade

WORKING_DAYS, WEEK = 5, 7
LAST_HOUR = time(16)  # of work, in which people still read
MOST_DAYS = 10


@act("move_to_free_slot")
def move_to_free_slot(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    """As long as it is, at the same time of the day."""
    row = upgrade.milestones.get(pk=milestone)
    row.upgrade = upgrade
    free = slots.next_free(row, after=max(now, row.start), limit=1)
    if not free:
        raise NotFixable("There is no free time within a year.")
    rescheduling.move(row, start=free[0].start, end=free[0].end)
    schedule.move(upgrade.notices.filter(milestone=row), now=now)
    better = f" Better avoided there: {', '.join(free[0].cautions)}." if free[0].cautions else ""
    return f"“{row}” is now {window(row.start, row.end, zone=upgrade.time_zone)}.{better}"


@act("move_line_by_weeks")
def move_line_by_weeks(upgrade: Upgrade, *, by: Any, now: datetime, step: int, weeks: int) -> str:
    row = step_of(upgrade, step)
    by_week = WORKING_DAYS if row.unit == Unit.BUSINESS_DAYS else WEEK
    return _moved(row, by=by, now=now, offset=row.offset + weeks * by_week)


@act("reader_clock")
def reader_clock(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    row = step_of(upgrade, step)
    planning.change_step(row, replace(planning.line_of(row), clock=Clock.READER), by=by, now=now)
    return f"“{row}” goes out at {row.at:%H:%M} where each reader is."


@act("working_hour")
def working_hour(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    """Late in the evening: the same day, earlier. Early in the morning: the day of work before."""
    row = step_of(upgrade, step)
    if row.at and row.at > LAST_HOUR:
        return _moved(row, by=by, now=now, at=LAST_HOUR)
    return _earlier(row, by=by, now=now, at=LAST_HOUR)


@act("working_day")
def working_day(upgrade: Upgrade, *, by: Any, now: datetime, step: int) -> str:
    row = step_of(upgrade, step)
    return _earlier(row, by=by, now=now, at=row.at)


def _earlier(row: PlanStep, *, by: Any, now: datetime, at: time | None) -> str:
    """On an earlier day; a step after its milestone never comes to lie before it, so that one goes out later."""
    was, line = schedule.due_at(row), planning.line_of(row)
    way = 1 if row.offset > 0 else -1
    for days in range(1, MOST_DAYS):
        values = replace(line, offset=row.offset + way * days, at=at)
        trial = PlanStep(upgrade=row.upgrade, **values.of_step())
        due = schedule.due_at(trial)
        if due and was and abs(due - was) > timedelta(hours=12):
            return _moved(row, by=by, now=now, offset=values.offset, at=at)
    raise NotFixable("There is no working day near it.")


def _moved(row: PlanStep, *, by: Any, now: datetime, **values: Any) -> str:
    line = replace(planning.line_of(row), **values)
    due = schedule.due_at(PlanStep(upgrade=row.upgrade, **line.of_step()))
    if due is None or due <= now:
        raise NotFixable("There is not enough time left for that.")
    planning.change_step(row, line, by=by, now=now)
    return f"“{row}” goes out on {full(due, zone=row.upgrade.time_zone)}."
