"""A template becomes milestones, steps and draft notices in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from feedback import sets
from feedback.models import Survey
from notices import wording
from notices.enums import Edge, NoticeKind
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.audience import Audience
from notices.pipeline.templates.shape import WEEKDAYS, Offset, PlanTemplate, TemplateMilestone, TemplateStep
from stakeholders.enums import ReaderLevel
from stakeholders.models import Group, Site
from upgrades.enums import Impact, MilestoneKind
from upgrades.models import Milestone, Upgrade


@dataclass(frozen=True)
class Window:
    """`sites`: only there; empty: at the sites of the whole upgrade."""

    name: str
    start: datetime
    end: datetime | None
    sites: Sequence[Site] = ()


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
    upgrade = Upgrade.objects.create(**{"owner": by, "slug": free_slug(fields["name"])} | fields)
    upgrade.services.set(services)
    milestones = [_make_window(upgrade, window, impact=impact, downtime=downtime, sites=sites) for window in windows]
    lay_out(upgrade, template=template, milestones=milestones, by=by)
    return upgrade


@transaction.atomic
def lay_out(upgrade: Upgrade, *, template: PlanTemplate, milestones: Sequence[Milestone], by) -> list[PlanStep]:
    """Makes every step of the template, and a draft notice for each that is one. `milestones` are its windows."""
    in_order = sorted(milestones, key=lambda milestone: milestone.start)
    anchors = {"first": in_order[:1], "each": in_order, "last": in_order[-1:]}
    for extra in template.milestones:
        anchors[extra.name] = [_make_milestone(upgrade, extra, anchor=anchors[extra.on][0])]
    surveys: dict[str, Survey] = {}
    made = []
    for template_step in template.steps:
        for milestone in anchors[template_step.on]:
            step = _make_step(upgrade, template_step, milestone)
            if template_step.is_notice:
                _draft(step, template_step, survey=_survey(upgrade, template_step, surveys, by=by), by=by)
            made.append((template_step, step))
    _let_them_wait(made)
    return [step for _, step in made]


def words_of(step: TemplateStep) -> list[wording.Words]:
    """What its notice starts with: its own words, else those of its kind."""
    own = [wording.Words(**{"level": ReaderLevel.PLAIN} | dict(words)) for words in step.words]  # type: ignore[typeddict-item]
    return own or wording.of(step.kind, about=step.survey or step.event)


def free_slug(name: str) -> str:
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
    place = schedule.Place.of(upgrade)
    counted_from = anchor.start if extra.edge == Edge.START else anchor.last_moment

    def at(offset: str, wall: str) -> datetime:
        counted = Offset.read(offset, wall)
        return schedule.moment(counted_from, counted.count, unit=counted.unit, at=counted.at, place=place)

    milestone = Milestone.objects.create(
        upgrade=upgrade,
        name=extra.name,
        kind=extra.kind,
        start=at(extra.offset, extra.at),
        end=at(extra.end, extra.end_at) if extra.end else None,
        impact=Impact.NO_IMPACT,
        is_public=extra.public,
    )
    milestone.sites.set(_sites_of_all(upgrade))
    return milestone


def _sites_of_all(upgrade: Upgrade) -> list[Site]:
    """Of its windows together; none, which means everywhere, when one of them is everywhere."""
    places = [set(window.sites.all()) for window in upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE)]
    return sorted(set().union(*places), key=lambda site: site.pk) if all(places) else []


def _make_step(upgrade: Upgrade, step: TemplateStep, milestone: Milestone) -> PlanStep:
    return PlanStep.objects.create(
        upgrade=upgrade, milestone=milestone, audience=audience_here(step.audience), **fields_of(step)
    )


def fields_of(step: TemplateStep) -> dict[str, Any]:
    """Those of a plan step that belong to no upgrade."""
    counted = step.counted
    return {
        "name": step.name,
        "medium": step.medium,
        "trigger": step.trigger,
        "edge": step.edge,
        "offset": counted.count,
        "unit": counted.unit,
        "at": counted.at,
        "clock": step.clock,
        "weekdays": sorted(WEEKDAYS.index(day) for day in step.weekdays),
        "every_weeks": step.every_weeks,
        "event": step.event,
        "sender": step.sender,
        "objective": step.objective,
    }


def audience_here(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Names become groups; where there is none of that name, the categories under `otherwise` stand in."""
    here = {name: value for name, value in rule.items() if name not in ("named", "otherwise")}
    names = rule.get("named", [])
    groups = list(Group.objects.filter(name__in=names).order_by("pk").values_list("pk", flat=True)) if names else []
    if groups:
        here["groups"] = groups
    elif rule.get("otherwise"):
        here["categories"] = sorted({*here.get("categories", ()), *rule["otherwise"]})
    return Audience.from_json(here).as_json()


def _let_them_wait(made: Sequence[tuple[TemplateStep, PlanStep]]) -> None:
    """For the decision on the same window, else for the one there is."""
    steps = [step for _, step in made]
    for template_step, step in made:
        if not template_step.after:
            continue
        named = [one for one in steps if one.name == template_step.after and one != step]
        here = [one for one in named if one.milestone_id == step.milestone_id]
        step.after = next(iter(here or named), None)
        step.save(update_fields=["after"])


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
        words=words_of(template_step),
        survey=survey,
        asks_acknowledgement=template_step.acknowledge,
        needs_approval=template_step.approval,
        **schedule.first_time(step),
        author=by,
    )
