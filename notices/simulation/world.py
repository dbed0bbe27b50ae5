"""What a play begins with: the plans as they are, read once, with what the what-if says otherwise."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, QuerySet

from engagement.enums import EngagementState
from notices.enums import Trigger
from notices.models import Message, Notice, PlanStep, Revision
from notices.pipeline import hours, schedule
from notices.pipeline.planning.gatherings import GATHERINGS
from notices.pipeline.schedule import happenings
from notices.simulation.what_if import WhatIf
from upgrades.models import Milestone, Upgrade

RELATED = ("survey", "engagement__host", "concern", "approved_revision", "author")


@dataclass(frozen=True)
class World:
    """`notices` have not gone out, or belong to a cadence; `on_the_way` are out, and not with everybody yet. `latest`:
    the last revision of each that has one; `happened`: when that came to be which a notice waits for; `heard_on`: when
    each cadence was last heard."""

    now: datetime
    upgrades: dict[int, Upgrade]
    milestones: dict[int, Milestone]
    steps: dict[int, PlanStep]
    notices: list[Notice]
    latest: dict[int, Revision] = field(default_factory=dict)
    happened: dict[int, datetime] = field(default_factory=dict)
    heard_on: dict[int, date] = field(default_factory=dict)
    clocks: tuple[hours.Clock, ...] = ()
    rules: hours.Rules = hours.OFF
    on_the_way: list[Notice] = field(default_factory=list)

    @property
    def zones(self) -> set[str]:
        return {clock.zone for clock in self.clocks}


def load(upgrades: Iterable[Upgrade], *, now: datetime, what_if: WhatIf, due_by: datetime | None = None) -> World:
    """The number of queries does not depend on how many upgrades, steps and notices there are. `due_by`: without what
    has a later time by now."""
    rows = Upgrade.objects.filter(pk__in=[one.pk for one in upgrades]).prefetch_related("services")
    known = {one.pk: one for one in rows.order_by("pk")}
    milestones = _milestones(known, what_if)
    steps = _steps(known, milestones)
    notices = _with_all(_ahead(known, due_by), known, milestones, steps)
    on_the_way = _with_all(_out(known), known, milestones, steps)
    _drop(notices, what_if.dropped)
    return World(
        now=now,
        upgrades=known,
        milestones=milestones,
        steps=steps,
        notices=notices,
        latest=_latest(notices),
        happened=happenings.of([one for one in notices if one.is_waiting], now=now),
        heard_on=_heard_on(steps.values()),
        clocks=tuple(hours.clocks()),
        rules=hours.rules(),
        on_the_way=on_the_way,
    )


def _milestones(upgrades: dict[int, Upgrade], what_if: WhatIf) -> dict[int, Milestone]:
    rows = Milestone.objects.filter(upgrade__in=upgrades).prefetch_related("services", "sites").order_by("start", "pk")
    found = {row.pk: what_if.milestone(row) for row in rows}
    for one in found.values():
        one.upgrade = upgrades[one.upgrade_id]
    return found


def _steps(upgrades: dict[int, Upgrade], milestones: dict[int, Milestone]) -> dict[int, PlanStep]:
    rows = PlanStep.objects.filter(upgrade__in=upgrades).select_related("engagement").order_by("pk")
    found = {row.pk: row for row in rows}
    for one in found.values():
        one.upgrade, one.milestone = upgrades[one.upgrade_id], milestones[one.milestone_id]
        one.after = found.get(one.after_id) if one.after_id else None
        _tick_held(one)
    return found


def _tick_held(step: PlanStep) -> None:
    """As the next turn of the clock does (pipeline.planning.gatherings)."""
    engagement = step.engagement
    if step.medium in GATHERINGS and engagement and engagement.state == EngagementState.HELD and step.done_at is None:
        step.done_at = engagement.end


def _ahead(upgrades: Collection[int], due_by: datetime | None) -> QuerySet:
    rows = Notice.objects.filter(upgrade__in=upgrades)
    if due_by:
        rows = rows.exclude(send_at__gt=due_by)
    return rows.filter(state__in=schedule.FOLLOWING) | rows.filter(step__trigger=Trigger.CADENCE)


def _out(upgrades: Collection[int]) -> QuerySet:
    waiting = Message.objects.waiting().filter(notice=OuterRef("pk")).order_by()
    return Notice.objects.released().filter(Exists(waiting), upgrade__in=upgrades)


def _with_all(
    rows: QuerySet,
    upgrades: dict[int, Upgrade],
    milestones: dict[int, Milestone],
    steps: dict[int, PlanStep],
) -> list[Notice]:
    found = list(rows.select_related(*RELATED).prefetch_related("survey__questions").order_by("pk"))
    for one in found:
        one.upgrade = upgrades[one.upgrade_id]
        one.milestone = milestones.get(one.milestone_id) if one.milestone_id else None
        one.step = steps.get(one.step_id) if one.step_id else None
    return found


def _drop(notices: Iterable[Notice], channels: Collection[str]) -> None:
    """Of the notice and of what was approved: a channel that is no more carries neither."""
    for one in notices if channels else ():
        one.channels = [name for name in one.channels if name not in channels]
        if revision := one.approved_revision:
            revision.channels = [name for name in revision.channels if name not in channels]


def _latest(notices: Iterable[Notice]) -> dict[int, Revision]:
    rows = Revision.objects.filter(notice__in=[one.pk for one in notices if one.is_waiting])
    return {one.notice_id: one for one in rows.order_by("notice", "-number").distinct("notice")}


def _heard_on(steps: Iterable[PlanStep]) -> dict[int, date]:
    """As schedule.last_turn, of all cadences at once."""
    cadences = {one.pk: one for one in steps if one.trigger == Trigger.CADENCE}
    rows = Notice.objects.filter(occurrence_of__in=cadences).exclude(released_at=None).order_by()
    last = rows.values("occurrence_of").annotate(at=Max("released_at")).values_list("occurrence_of", "at")
    return {pk: at.astimezone(ZoneInfo(cadences[pk].upgrade.time_zone)).date() for pk, at in last}
