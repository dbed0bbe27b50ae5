"""What goes on beside a plan: what other upgrades say and do, before anybody is counted."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from feedback.models import Survey
from notices.audiences.asked import Asked
from notices.enums import LIVE, WAITING, NoticeState, Trigger
from notices.lint.line import Line
from notices.lint.supposing import Supposed
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.audience import ways
from stakeholders.enums import SHOWN, Category
from stakeholders.models import Group
from upgrades.enums import Impact, Quadrant, Status
from upgrades.models import Milestone, Strategy, Upgrade

LOOK_BACK = timedelta(days=37)  # a month, and the week in which it begins
DESK = r"\m(service|help)[ -]?desk\M"
NAMES = ("pk", "title", "kind", "upgrade", "milestone", "survey", "send_at", "released_at")


@dataclass(frozen=True)
class Push:
    """One time that something comes to people. `line` is None for what is no line of this plan."""

    at: datetime
    notice: int
    title: str
    kind: str
    upgrade: Upgrade
    milestone: int | None
    survey: int | None
    asked: Asked
    line: Line | None = None

    @property
    def window(self) -> int | None:
        """The live notices of one window count as one."""
        return self.milestone if self.kind in LIVE else None


@dataclass(frozen=True)
class Window:
    """One that people feel."""

    milestone: Milestone
    asked: Asked


@dataclass(frozen=True)
class Beside:
    """`pushes` and `windows` are those of this upgrade too. `caps`: by upgrade and quadrant how many pushes a week,
    where an upgrade has its own mind. `desk`: groups whom people call."""

    pushes: tuple[Push, ...]
    windows: tuple[Window, ...]
    stakes: Mapping[int, Sequence[ways.Stake]]
    caps: Mapping[tuple[int, Quadrant], int]
    desk: frozenset[int]

    @property
    def asked(self) -> Iterator[Asked]:
        yield from (push.asked for push in self.pushes)
        yield from (window.asked for window in self.windows)

    @property
    def groups(self) -> set[int]:
        return {one.group for those in self.stakes.values() for one in those if one.group} | self.desk


def load(
    upgrade: Upgrade, milestones: Sequence[Milestone], lines: Sequence[Line], *, supposed: Supposed, now: datetime
) -> Beside:
    running = {one.pk: one for one in Upgrade.objects.running().order_by("pk")} | {upgrade.pk: upgrade}
    known = _milestones(upgrade, milestones, running, supposed)
    own = Strategy.objects.filter(upgrade__in=running).order_by().values_list("upgrade", "quadrant", "pushes_a_week")
    return Beside(
        pushes=(*_own(upgrade, lines, now=now), *_others(upgrade, running, known, supposed, now=now)),
        windows=tuple(_windows(known.values(), now=now)),
        stakes=ways.stakes(list(running)),
        caps={(pk, Quadrant(quadrant)): number for pk, quadrant, number in own},
        desk=frozenset(_desk()),
    )


def _milestones(
    upgrade: Upgrade, milestones: Sequence[Milestone], running: Mapping[int, Upgrade], supposed: Supposed
) -> dict[int, Milestone]:
    others = Milestone.objects.filter(upgrade__in=running).exclude(upgrade=upgrade).order_by("pk")
    found = {one.pk: one for one in [*others, *milestones]}
    found |= {pk: one for pk, one in supposed.milestones.items() if pk in found}
    for one in found.values():
        one.upgrade = running[one.upgrade_id]
    return found


def _windows(milestones: Iterable[Milestone], *, now: datetime) -> Iterator[Window]:
    for one in milestones:
        is_felt = one.impact >= Impact.DEGRADED and one.status != Status.CANCELLED
        if is_felt and one.last_moment > now - LOOK_BACK:
            yield Window(one, Asked({"affected": True}, one.upgrade, one))


def _desk() -> set[int]:
    """Groups that are called so; where there is none, everybody in IT."""
    found = Group.objects.filter(category=Category.IT).order_by()
    named = set(found.filter(name__iregex=DESK).values_list("pk", flat=True))
    return named or set(found.values_list("pk", flat=True))


def _own(upgrade: Upgrade, lines: Iterable[Line], *, now: datetime) -> Iterator[Push]:
    for line in lines:
        notice = line.notice
        if notice is None or not (line.is_push and line.is_alive):
            continue
        asked = replace(line.asked, on=None)
        for at in line.dues:
            if line.is_out or at > now:
                yield Push(
                    at,
                    notice.pk,
                    line.name,
                    notice.kind,
                    upgrade,
                    notice.milestone_id,
                    notice.survey_id,
                    asked,
                    line,
                )


def _others(
    upgrade: Upgrade,
    running: Mapping[int, Upgrade],
    milestones: Mapping[int, Milestone],
    supposed: Supposed,
    *,
    now: datetime,
) -> Iterator[Push]:
    asked: dict[tuple, Asked] = {}
    turns = _turns(upgrade, running, milestones, now=now)
    for row in _notices(upgrade, running, dropped=supposed.dropped, now=now):
        key = row["rule"], row["upgrade"], row["milestone"], row["survey"]
        if key not in asked:
            asked[key] = _asked(row, running, milestones)
        for at in {row["released_at"] or row["send_at"], *turns.get(row["pk"], ())}:
            yield Push(
                at,
                row["pk"],
                row["title"],
                row["kind"],
                running[row["upgrade"]],
                row["milestone"],
                row["survey"],
                asked[key],
            )


def _notices(
    upgrade: Upgrade, running: Iterable[int], *, dropped: Collection[str], now: datetime
) -> Iterable[dict[str, Any]]:
    """Of this upgrade those that are no lines of its plan, such as invitations. Most rules are equal: they come as
    text, and each is read once."""
    ahead = Q(state__in=WAITING, send_at__gt=now)
    ahead &= ~Q(channels__contained_by=[*SHOWN, *dropped])
    sent = Q(state=NoticeState.RELEASED, released_at__gt=now - LOOK_BACK)
    rows = Notice.objects.filter(ahead | sent, upgrade__in=list(running), concern=None)
    rows = rows.exclude(upgrade=upgrade, engagement=None).exclude(channels__contained_by=[*SHOWN])
    return rows.order_by("pk").annotate(rule=Cast("audience", TextField())).values("rule", *NAMES)


def _asked(row: Mapping[str, Any], running: Mapping[int, Upgrade], milestones: Mapping[int, Milestone]) -> Asked:
    milestone = milestones.get(row["milestone"]) if row["milestone"] else None
    survey = Survey(pk=row["survey"]) if row["survey"] else None
    return Asked(json.loads(row["rule"]), running[row["upgrade"]], milestone, survey)


def _turns(
    upgrade: Upgrade, running: Mapping[int, Upgrade], milestones: Mapping[int, Milestone], *, now: datetime
) -> dict[int, list[datetime]]:
    """Of cadences, by the notice that is for the next one."""
    steps = PlanStep.objects.filter(upgrade__in=list(running), trigger=Trigger.CADENCE, notice__state__in=WAITING)
    found: dict[int, list[datetime]] = defaultdict(list)
    for step in steps.exclude(upgrade=upgrade).select_related("notice").order_by("pk"):
        step.upgrade, step.milestone = running[step.upgrade_id], milestones[step.milestone_id]
        found[step.notice.pk] += [at for at in schedule.turns(step) if at > now]
    return found
