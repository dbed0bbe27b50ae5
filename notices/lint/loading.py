"""From the database to a plan that the rules can read."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.enums import Medium, Trigger
from notices.lint.line import Line
from notices.lint.parts import beside, clashes, people, pushes, texts, told
from notices.lint.plan import LoadedPlan
from notices.lint.supposing import NOTHING, Supposed
from notices.models import Notice, PlanStep
from notices.pipeline import hours, schedule
from notices.pipeline.audience import day_of
from upgrades.models import Milestone, Stakeholder, Upgrade


def load(upgrade: Upgrade, *, now: datetime, supposed: Supposed = NOTHING) -> LoadedPlan:
    """The number of queries does not depend on how many lines, stakeholders, people and other upgrades there are."""
    found = _milestones(upgrade, supposed.milestones)
    lines = _lines(upgrade, {one.pk: one for one in found}, supposed=supposed, now=now)
    stakeholders = tuple(
        Stakeholder.objects.filter(upgrade=upgrade).assessed().select_related("person", "group").order_by("pk")
    )
    around = beside.load(upgrade, found, lines, supposed=supposed, now=now)
    asked = [line.asked for line in lines] + [asked_of(upgrade, one) for one in found]
    close = people.close(upgrade, found, stakeholders, now=now)
    reaching = close.asked if close else []
    everybody = crowds.load([*asked, *around.asked, *reaching], groups=around.groups)
    known = (upgrade, found, lines, stakeholders, everybody)
    return LoadedPlan(
        now=now,
        upgrade=upgrade,
        calendar=schedule.Place.of(upgrade),
        milestones=found,
        lines=lines,
        stakeholders=stakeholders,
        crowds=everybody,
        people=people.load(*known, close),
        pushes=pushes.load(*known, around, now=now),
        clashes=clashes.load(*known, supposed=supposed, now=now),
        texts=texts.load(*known, now=now),
        told=told.load(*known, now=now),
        rules=hours.rules(),
    )


def asked_of(upgrade: Upgrade, milestone: Milestone) -> Asked:
    """Everybody whom a milestone affects."""
    return Asked({"affected": True}, upgrade, milestone)


def _milestones(upgrade: Upgrade, instead: Mapping[int, Milestone]) -> tuple[Milestone, ...]:
    rows = upgrade.milestones.prefetch_related("services", "sites")
    found = [instead.get(row.pk, row) for row in rows.order_by("start", "pk")]
    for one in found:
        one.upgrade = upgrade
    return tuple(sorted(found, key=attrgetter("start", "pk")))


def _lines(
    upgrade: Upgrade, milestones: Mapping[int, Milestone], *, supposed: Supposed, now: datetime
) -> tuple[Line, ...]:
    rows = instead(_notices(upgrade, now=now), supposed.notices)
    planned = instead(upgrade.steps.select_related("owner", "after").order_by("pk"), supposed.steps)
    notices = list(_with_upgrade(rows, upgrade, milestones))
    steps = list(_with_upgrade(planned, upgrade, milestones))
    of_step = {notice.step_id: notice for notice in notices if notice.step_id}
    given: dict[str, Any] = {"dropped": supposed.dropped, "now": now}
    lines = [_line(of_step.get(step.pk) or step, step, **given) for step in steps]
    lines += [_line(notice, None, **given) for notice in notices if not notice.step_id]
    return tuple(sorted(lines, key=_by_time))


def instead(rows: Iterable[Any], supposed: Mapping[int, Any]) -> list[Any]:
    """Each as it is, or as it is supposed to be."""
    return [other for row in rows if (other := supposed.get(row.pk, row)) is not None]


def _notices(upgrade: Upgrade, *, now: datetime):
    rows = Notice.objects.filter(upgrade=upgrade, engagement=None, concern=None)
    return rows.select_related("survey", "author").order_by("pk")


def _with_upgrade(rows: Iterable, upgrade: Upgrade, milestones: Mapping[int, Milestone]):
    """They share the rows that are loaded already, so a what-if counts for them all."""
    for row in rows:
        row.upgrade = upgrade
        if row.milestone_id:
            row.milestone = milestones[row.milestone_id]
        yield row


def _line(source: Notice | PlanStep, step: PlanStep | None, *, dropped: Collection[str], now: datetime) -> Line:
    notice = source if isinstance(source, Notice) else None
    survey = notice.survey if notice else None
    on = day_of(source, now=now)
    return Line(
        step=step,
        notice=notice,
        milestone=source.milestone,
        dues=_dues(step, notice, now=now),
        asked=Asked(source.audience, source.upgrade, source.milestone, survey, on),
        dropped=frozenset(dropped),
    )


def _dues(step: PlanStep | None, notice: Notice | None, *, now: datetime) -> tuple[datetime, ...]:
    """What has gone out has its own time; what has not follows the plan, also where a milestone is only thought to be
    elsewhere."""
    if notice and notice.released_at:
        return (notice.released_at,)
    if step is None or step.trigger == Trigger.EVENT:
        return (notice.send_at,) if notice and notice.send_at else ()
    if step.done_at and step.medium != Medium.NOTICE:
        return (step.done_at,)
    if step.trigger == Trigger.CADENCE:
        return tuple(at for at in schedule.turns(step) if at > now)
    due = schedule.due_at(step)
    return (due,) if due else ()


def _by_time(line: Line) -> tuple:
    return (1, line.due, line.place.pk) if line.due else (0, line.place.pk)
