"""A plan template as people read it: its steps from the first to the last, and drawn around the go-live."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log1p
from typing import Any

from notices.enums import Clock, Edge, Medium, NoticeKind, Sender, Trigger, Unit
from notices.insight import lines
from notices.models import PlanStep
from notices.pipeline import planning
from notices.pipeline.audience import Audience
from notices.pipeline.templates.shape import Offset, PlanTemplate, TemplateMilestone, TemplateStep
from stakeholders.enums import Category, Channel
from upgrades.models import Milestone, Upgrade

A_DAY = 24 * 60
WIDTH, HEIGHT, MARGIN = 640, 58, 16
AXIS = 34
IN_A_WEEK = 5  # business days
ON = {"each": "each window", "first": "the first window", "last": "the last window"}
GO_LIVE = "the go-live"


@dataclass(frozen=True)
class Rung:
    """One step. `number` is its place in the template; `day` is about how many days from the go-live it lies."""

    number: int
    step: TemplateStep
    when: str
    clock: str
    audience: str
    day: float

    @property
    def kind(self) -> str:
        return NoticeKind(self.step.kind).label if self.step.is_notice else Medium(self.step.medium).label

    @property
    def sender(self) -> str:
        return "" if self.step.sender == Sender.CONTACT else Sender(self.step.sender).label

    @property
    def channels(self) -> list[str]:
        return [Channel(name).label for name in self.step.channels] if self.step.is_notice else []

    @property
    def is_ready_only(self) -> bool:
        """It lies ready, and nobody knows whether it will be needed."""
        return self.step.trigger == Trigger.EVENT


@dataclass(frozen=True)
class Stretch:
    title: str
    icon: str
    rungs: list[Rung]


def of(template: PlanTemplate) -> list[Rung]:
    """In the order of time; what lies ready comes last."""
    others = {one.name: one for one in template.milestones}
    rungs = [_rung(number, step, template, others) for number, step in enumerate(template.steps)]
    return sorted(rungs, key=lambda rung: (rung.is_ready_only, rung.day, rung.number))


def stretches(template: PlanTemplate) -> list[Stretch]:
    rungs = of(template)
    dated = [rung for rung in rungs if not rung.is_ready_only]
    found = [
        Stretch("Before", icon="calendar", rungs=[rung for rung in dated if rung.day < 0]),
        Stretch("On the day", icon="flag", rungs=[rung for rung in dated if 0 <= rung.day < 1]),
        Stretch("Afterwards", icon="circle-check", rungs=[rung for rung in dated if rung.day >= 1]),
        Stretch(
            "Ready, should something happen", icon="lifebuoy", rungs=[rung for rung in rungs if rung.is_ready_only]
        ),
    ]
    return [stretch for stretch in found if stretch.rungs]


def _rung(number: int, step: TemplateStep, template: PlanTemplate, others: Mapping[str, TemplateMilestone]) -> Rung:
    return Rung(
        number=number,
        step=step,
        when=lines.in_words(as_step(step, template)),
        clock=_clock(step),
        audience=audience_words(step.audience),
        day=_day(step, others),
    )


def as_step(step: TemplateStep, template: PlanTemplate) -> PlanStep:
    """As if it were in a plan, on a milestone that is called what the template calls it."""
    window = ON.get(step.on, step.on) if template.has_waves else (GO_LIVE if step.on in ON else step.on)
    at = datetime(2000, 1, 3, 9, tzinfo=UTC)
    upgrade = Upgrade(name=template.name)
    milestone = Milestone(upgrade=upgrade, name=window, start=at, end=at + timedelta(hours=4))
    return PlanStep(upgrade=upgrade, milestone=milestone, **planning.fields_of(step))


def _clock(step: TemplateStep) -> str:
    """Of a cadence, and where each reader's own counts, `when` says it already."""
    counted = step.counted
    is_said = counted.at is None or step.clock == Clock.READER or step.trigger == Trigger.CADENCE
    return "" if is_said else f"{counted.at:%H:%M}"


def audience_words(rule: Mapping[str, Any]) -> str:
    """A sentence, without asking which groups there are."""
    named = list(rule.get("named", ()))
    known = {name: value for name, value in rule.items() if name not in ("named", "otherwise")}
    groups = list(range(1, len(named) + 1))
    said = Audience.from_json(known | {"groups": groups}).describe(dict(zip(groups, named, strict=True)))
    other = [Category(name).label for name in rule.get("otherwise", ())]
    stand_in = f" (or the {' and '.join(other)} groups, where there is none of that name)" if other else ""
    return f"{said.removesuffix('.')}{stand_in}"


def _day(step: TemplateStep, others: Mapping[str, TemplateMilestone]) -> float:
    """Days from the start of the window. Its end is the same evening; it is a drawing, not a calendar."""
    on = others.get(step.on)
    if on is None:
        return _ends(step.edge) + (_days(step.counted) if step.trigger == Trigger.OFFSET else 0)
    start = _ends(on.edge) + _days(Offset.read(on.offset, on.at))
    end = _ends(on.edge) + _days(Offset.read(on.end, on.end_at)) if on.end else start
    if step.trigger != Trigger.OFFSET:
        return start
    return (end if step.edge == Edge.END else start) + _days(step.counted)


def _ends(edge: str) -> float:
    return 0.25 if edge == Edge.END else 0


def _days(counted: Offset) -> float:
    if counted.unit == Unit.MINUTES:
        return counted.count / A_DAY
    weeks, rest = divmod(abs(counted.count), IN_A_WEEK)
    days = abs(counted.count) if counted.unit == Unit.CALENDAR_DAYS else weeks * 7 + rest
    return days if counted.count >= 0 else -days


# The drawing


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    words: str
    is_notice: bool


@dataclass(frozen=True)
class Drawing:
    dots: list[Dot]
    go_live: float
    ticks: list[tuple[float, str]]
    summary: str
    width: int = WIDTH
    height: int = HEIGHT
    axis: int = AXIS


TICKS = ((-180, "½ year"), (-90, "3 months"), (-30, "1 month"), (-7, "1 week"), (7, "1 week"), (30, "1 month"))


def draw(template: PlanTemplate) -> Drawing | None:
    """Near the go-live days are wide, far away they are narrow. None without a dated step."""
    rungs = [rung for rung in of(template) if not rung.is_ready_only]
    if not rungs:
        return None
    low, high = min(-8, rungs[0].day), max(8, rungs[-1].day)
    scale = _Scale(_bent(low), _bent(high))
    return Drawing(
        dots=_dots(rungs, scale),
        go_live=scale.x(0),
        ticks=[(scale.x(day), words) for day, words in TICKS if low <= day <= high],
        summary=_summary(template, rungs),
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def x(self, day: float) -> float:
        share = (_bent(day) - self.low) / (self.high - self.low)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)


def _bent(day: float) -> float:
    return log1p(abs(day) / 4) * (1 if day >= 0 else -1)


def _dots(rungs: Sequence[Rung], scale: _Scale) -> list[Dot]:
    """What would lie upon another one is lifted, up to three high."""
    found: list[Dot] = []
    for rung in rungs:
        x = scale.x(rung.day)
        under = sum(1 for dot in found if abs(dot.x - x) < 9)
        y = AXIS - 10 * min(under, 2)
        words = f"{rung.step.name}: {rung.when}"
        found.append(Dot(x, y, words, rung.step.is_notice))
    return found


def _summary(template: PlanTemplate, rungs: Sequence[Rung]) -> str:
    first, last = copy(rungs[0]), rungs[-1]
    return f"From “{first.step.name}” ({_far(first.day)}) to “{last.step.name}” ({_far(last.day)})."


def _far(day: float) -> str:
    days = round(abs(day))
    if not days:
        return "on the day"
    words = f"{round(days / 7)} weeks" if days > 13 else f"{days} day{'' if days == 1 else 's'}"
    return f"{words} {'before' if day < 0 else 'after'}"
