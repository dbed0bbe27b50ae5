"""The first stage: who says what when. A template becomes milestones, steps and draft notices in one go."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from feedback import sets
from feedback.models import Survey
from notices import wording
from notices.enums import Edge, Medium, NoticeKind, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.enums import Channel
from stakeholders.models import Group, Site
from upgrades.enums import Impact, MilestoneKind
from upgrades.models import Milestone, Upgrade

FOLDER = Path(__file__).parent.parent / "plan_templates"
UNITS = {"d": Unit.CALENDAR_DAYS, "m": Unit.MINUTES}


@dataclass(frozen=True)
class Offset:
    """ "-10" business days, "-30d" calendar days, "-120m" minutes."""

    count: int
    unit: Unit
    at: time | None

    @classmethod
    def read(cls, text: str, at: str) -> "Offset":
        unit = UNITS.get(text[-1], Unit.BUSINESS_DAYS)
        count = int(text[:-1] if text[-1] in UNITS else text)
        return cls(count, unit, None if unit == Unit.MINUTES else time.fromisoformat(at))


@dataclass(frozen=True)
class TemplateStep:
    name: str
    offset: str
    audience: dict[str, Any]
    medium: str = Medium.NOTICE
    kind: str = ""
    on: str = "first"
    edge: str = Edge.START
    at: str = "09:00"
    channels: Sequence[str] = (Channel.EMAIL,)
    acknowledge: bool = False
    approval: bool = True
    survey: str = ""
    objective: str = ""


@dataclass(frozen=True)
class TemplateMilestone:
    name: str
    offset: str
    at: str
    kind: str = MilestoneKind.STEP
    public: bool = False


@dataclass(frozen=True)
class PlanTemplate:
    key: str
    name: str
    description: str
    order: int
    has_waves: bool
    steps: Sequence[TemplateStep]
    milestones: Sequence[TemplateMilestone] = field(default_factory=tuple)

    @property
    def notice_count(self) -> int:
        return sum(step.medium == Medium.NOTICE for step in self.steps)


@dataclass(frozen=True)
class Window:
    """`sites`: only there; empty: at the sites of the whole upgrade."""

    name: str
    start: datetime
    end: datetime | None
    sites: Sequence[Site] = ()


@cache
def templates() -> tuple[PlanTemplate, ...]:
    return tuple(sorted(map(_read, FOLDER.glob("*.toml")), key=lambda template: template.order))


def template(key: str) -> PlanTemplate:
    return next(found for found in templates() if found.key == key)


@transaction.atomic
def create_upgrade(
    *,
    by,
    template: PlanTemplate,
    windows: Sequence[Window],
    services=(),
    sites=(),
    impact: int = Impact.OUTAGE,
    downtime: int | None = None,
    **fields,
) -> Upgrade:
    """An upgrade with its windows and the whole plan of the template. `fields` are the upgrade's own.

    Windows are in the order of time; every one is at `sites` (empty: everywhere).
    """
    upgrade = Upgrade.objects.create(**{"owner": by, "slug": _free_slug(fields["name"])} | fields)
    upgrade.services.set(services)
    milestones = [_make_window(upgrade, window, impact=impact, downtime=downtime, sites=sites) for window in windows]
    lay_out(upgrade, template=template, milestones=milestones, by=by)
    return upgrade


@transaction.atomic
def lay_out(upgrade: Upgrade, *, template: PlanTemplate, milestones: Sequence[Milestone], by) -> list[PlanStep]:
    """Makes every step of the template, and a draft notice for each that is one. `milestones` are its windows."""
    first = min(milestones, key=lambda milestone: milestone.start)
    for extra in template.milestones:
        _make_milestone(upgrade, extra, anchor=first)
    surveys: dict[str, Survey] = {}
    made = []
    for template_step in template.steps:
        for milestone in _anchors(template_step, milestones):
            step = _make_step(upgrade, template_step, milestone)
            if step.medium == Medium.NOTICE:
                _draft(step, template_step, survey=_survey(upgrade, template_step, surveys, by=by), by=by)
            made.append(step)
    return made


def _read(path: Path) -> PlanTemplate:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    steps = tuple(TemplateStep(**step) for step in data.pop("steps"))
    milestones = tuple(TemplateMilestone(**milestone) for milestone in data.pop("milestones", ()))
    return PlanTemplate(key=path.stem, steps=steps, milestones=milestones, **data)


def _free_slug(name: str) -> str:
    stem = slugify(name)[:120] or "upgrade"
    taken = {"new", *Upgrade.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def _make_window(upgrade: Upgrade, window: Window, *, impact: int, downtime: int | None, sites) -> Milestone:
    milestone = Milestone.objects.create(
        upgrade=upgrade,
        name=window.name,
        kind=MilestoneKind.GO_LIVE,
        start=window.start,
        end=window.end,
        impact=impact,
        downtime=downtime,
    )
    milestone.sites.set(window.sites or sites)
    return milestone


def _make_milestone(upgrade: Upgrade, extra: TemplateMilestone, *, anchor: Milestone) -> Milestone:
    offset = Offset.read(extra.offset, extra.at)
    start = schedule.moment(
        anchor.start, offset.count, unit=offset.unit, at=offset.at, place=schedule.Place.of(upgrade)
    )
    return Milestone.objects.create(
        upgrade=upgrade,
        name=extra.name,
        kind=extra.kind,
        start=start,
        impact=Impact.NO_IMPACT,
        is_public=extra.public,
    )


def _anchors(step: TemplateStep, milestones: Sequence[Milestone]) -> Sequence[Milestone]:
    in_order = sorted(milestones, key=lambda milestone: milestone.start)
    return {"first": in_order[:1], "each": in_order, "last": in_order[-1:]}[step.on]


def _make_step(upgrade: Upgrade, step: TemplateStep, milestone: Milestone) -> PlanStep:
    offset = Offset.read(step.offset, step.at)
    return PlanStep.objects.create(
        upgrade=upgrade,
        milestone=milestone,
        name=step.name,
        medium=step.medium,
        edge=step.edge,
        offset=offset.count,
        unit=offset.unit,
        at=offset.at,
        audience=_audience(step.audience),
        objective=step.objective,
    )


def _audience(rule: dict[str, Any]) -> dict[str, Any]:
    """Names become groups; where there is none of that name, the categories beside them stand in."""
    rule = dict(rule)
    names = rule.pop("named", [])
    groups = list(Group.objects.filter(name__in=names).order_by("pk").values_list("pk", flat=True)) if names else []
    if groups:
        rule.pop("categories", None)
        rule["groups"] = groups
    return rule


def _survey(upgrade: Upgrade, step: TemplateStep, made: dict[str, Survey], *, by) -> Survey | None:
    if not step.survey:
        return None
    if step.survey not in made:
        made[step.survey] = sets.create(upgrade, step.survey, by=by)
    return made[step.survey]


def _draft(step: PlanStep, template_step: TemplateStep, *, survey: Survey | None, by) -> Notice:
    return Notice.objects.create(
        upgrade=step.upgrade,
        milestone=step.milestone,
        step=step,
        title=step.name,
        kind=NoticeKind(template_step.kind),
        channels=list(template_step.channels),
        audience=step.audience,
        words=wording.of(template_step.kind, about=template_step.survey),
        survey=survey,
        asks_acknowledgement=template_step.acknowledge,
        needs_approval=template_step.approval,
        send_at=schedule.due_at(step),
        author=by,
    )
