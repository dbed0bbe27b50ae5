"""A plan becomes a template: which steps go once and which for each window, without dates, facts and single people."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from feedback import sets
from feedback.models import Survey
from notices import translations, wording
from notices.enums import Clock, Edge, Medium, Trigger, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.audience import Audience
from notices.pipeline.templates import checking, files
from notices.pipeline.templates.shape import DECISIONS, WEEKDAYS, WINDOWS, Offset, PlanTemplate
from stakeholders.models import Group
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone, Upgrade

Row = dict[str, Any]
DATED = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}|\b\d{1,2}:\d{2}\b|"
    r"\b\d{1,2}\.?\s*(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[czs]|janv|févr|avr|juin|juil|août|déc)\w*",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True)
class Drawn:
    """What the template will hold, and in sentences what it will not."""

    template: PlanTemplate
    left_out: Sequence[str]


@dataclass
class _Notes:
    """What is left out, each sentence once."""

    said: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        if sentence not in self.said:
            self.said.append(sentence)


def of(upgrade: Upgrade) -> Drawn:
    """The plan of an upgrade as a template without a name."""
    notes = _Notes()
    milestones = list(upgrade.milestones.order_by("start", "pk"))
    windows = _windows(milestones)
    names = _names_of_others(milestones, windows)
    rows = _rows(upgrade, names, windows, notes)
    place = schedule.Place.of(upgrade)
    others = [_milestone(one, names[one.pk], windows, place) for one in milestones if one.pk in names]
    steps = _keep_right(_let_them_wait(rows, notes), list(names.values()), notes)
    data = {"name": upgrade.name, "has_waves": len(windows) > 1, "milestones": others, "steps": steps}
    return Drawn(files.read(data, key=""), notes.said)


def _windows(milestones: Sequence[Milestone]) -> list[Milestone]:
    """What the plan hangs on: go-lives, else other windows, else the first milestone there is."""
    alive = [one for one in milestones if one.status != Status.CANCELLED] or list(milestones)
    for kind in (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW):
        if found := [one for one in alive if one.kind == kind]:
            return found
    return alive[:1]


def _names_of_others(milestones: Sequence[Milestone], windows: Sequence[Milestone]) -> dict[int, str]:
    """Each its own name, by key. Cancelled ones and further windows of the same kind are not taken."""
    kinds = {one.kind for one in windows if one.kind == MilestoneKind.GO_LIVE}
    others = [one for one in milestones if one not in windows and one.kind not in kinds]
    taken: dict[int, str] = {}
    for one in others:
        if one.status == Status.CANCELLED:
            continue
        base = f"Milestone {one.name}" if one.name in WINDOWS else one.name
        again = sum(name == base or name.startswith(f"{base[:110]} (") for name in taken.values())
        taken[one.pk] = f"{base[:110]} ({again + 1})" if again else base
    return taken


def _milestone(one: Milestone, name: str, windows: Sequence[Milestone], place: schedule.Place) -> Row:
    """Counted from the end of the last window when it comes after that, else from the start of the first."""
    is_after = one.start >= windows[-1].last_moment
    anchor = windows[-1].last_moment if is_after else windows[0].start
    start = _offset(anchor, one.start, place)
    row: Row = {"name": name, "offset": start.text, "kind": str(one.kind)}
    row |= {"at": f"{start.at:%H:%M}"} if start.at else {}
    row |= {"on": "last", "edge": Edge.END.value} if is_after else {}
    row |= {"public": True} if one.is_public else {}
    if one.end:
        end = _offset(anchor, one.end, place)
        row |= {"end": end.text} | ({"end_at": f"{end.at:%H:%M}"} if end.at else {})
    return row


def _offset(anchor: datetime, moment: datetime, place: schedule.Place) -> Offset:
    """In business days where that leads there, else in calendar days, else in minutes."""
    zone = ZoneInfo(place.zone)
    first, wall = anchor.astimezone(zone).date(), moment.astimezone(zone)
    minutes = Offset(round((moment - anchor).total_seconds() / 60), Unit.MINUTES, None)
    if moment == anchor:
        return minutes
    at = wall.time().replace(second=0, microsecond=0)
    days = Offset((wall.date() - first).days, Unit.CALENDAR_DAYS, at)
    for candidate in (Offset(_business_days(first, wall.date(), place), Unit.BUSINESS_DAYS, at), days):
        if schedule.moment(anchor, candidate.count, unit=candidate.unit, at=at, place=place) == moment:
            return candidate
    return minutes


def _business_days(first: date, last: date, place: schedule.Place) -> int:
    step = 1 if last > first else -1
    between = range(first.toordinal() + step, last.toordinal() + step, step)
    return step * sum(place.is_business_day(date.fromordinal(day)) for day in between)


# Steps


def _rows(upgrade: Upgrade, names: dict[int, str], windows: Sequence[Milestone], notes: _Notes) -> list[Row]:
    """In the order of the plan. Steps of several windows that are alike become one."""
    position = {window.pk: number for number, window in enumerate(windows)}
    found: dict[tuple[str, int], Row] = {}
    where: dict[tuple[str, int], set[int]] = {}
    seen: dict[tuple[str, int], int] = {}
    for step, row in _each(upgrade, notes):
        if step.milestone_id not in position:
            if step.milestone_id in names:
                found[json.dumps(row, sort_keys=True), -step.pk] = row | {"on": names[step.milestone_id]}
            continue
        text = json.dumps(row, sort_keys=True)
        again = seen[text, step.milestone_id] = seen.get((text, step.milestone_id), -1) + 1
        found.setdefault((text, again), row)
        where.setdefault((text, again), set()).add(position[step.milestone_id])
    return [
        row if key not in where else row | on
        for key, row in found.items()
        if (on := _on(row["name"], where.get(key, {0}), len(windows), notes)) is not None
    ]


def _on(name: str, where: set[int], windows: int, notes: _Notes) -> Row | None:
    """On which window it goes; nothing for "first", and None where the template cannot say it."""
    if windows == 1 or where == {0}:
        return {}
    if where == {windows - 1}:
        return {"on": "last"}
    if len(where) > windows / 2:
        if len(where) < windows:
            notes.add(f"“{name}” is on {len(where)} of {windows} windows. In the template it is for each of them.")
        return {"on": "each"}
    notes.add(f"“{name}” is left out: it belongs to {len(where)} of {windows} windows alone.")
    return None


def _each(upgrade: Upgrade, notes: _Notes) -> Iterator[tuple[PlanStep, Row]]:
    steps = upgrade.steps.select_related("milestone", "notice__survey", "after").order_by("pk")
    group_names = dict(Group.objects.values_list("pk", "name"))
    keys = {survey.pk: _set_of(survey, notes) for survey in upgrade.surveys.prefetch_related("questions")}
    for step in steps:
        notice = getattr(step, "notice", None)
        if step.owner_id and step.owner_id != upgrade.owner_id:
            notes.add("Who sees to a step is left out: in a new upgrade that is its owner, until you say otherwise.")
        audience = _audience(step, group_names, notes)
        if step.medium != Medium.NOTICE:
            yield step, _of_step(step) | audience
        elif notice is None:
            notes.add(f"“{step.name}” is left out: it has no notice.")
        else:
            yield step, _of_step(step) | audience | _of_notice(step, notice, keys.get(notice.survey_id, ""), notes)


def _of_step(step: PlanStep) -> Row:
    counted = Offset(step.offset, Unit(step.unit), step.at)
    wall = {"at": f"{step.at:%H:%M}"} if step.at else {}
    values: Row = {"name": step.name, "medium": step.medium, "sender": step.sender, "objective": step.objective}
    if step.trigger == Trigger.CADENCE:
        values |= {"weekdays": [WEEKDAYS[day] for day in step.weekdays], "every_weeks": step.every_weeks} | wall
    elif step.trigger == Trigger.EVENT:
        values |= {"event": step.event} | ({"offset": counted.text} | wall if counted.text != "0m" else {})
    else:
        values |= {"offset": counted.text, "edge": step.edge} | wall
    if step.clock == Clock.READER and "at" in values:
        values["clock"] = step.clock
    if step.after and step.after.medium in DECISIONS:
        values["after"] = step.after.name
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}


def _audience(step: PlanStep, group_names: dict[int, str], notes: _Notes) -> Row:
    rule = Audience.from_json(step.audience).as_json()
    if rule.pop("people", None):
        notes.add(f"“{step.name}” also goes to single people. They are left out: a template names groups only.")
    names = sorted(group_names[pk] for pk in rule.pop("groups", ()) if pk in group_names)
    return {"audience": rule | ({"named": names} if names else {})}


def _of_notice(step: PlanStep, notice: Notice, survey: str, notes: _Notes) -> Row:
    values: Row = {"kind": notice.kind, "channels": list(notice.channels)}
    values |= {"survey": survey} if survey else {}
    values |= {"acknowledge": True} if notice.asks_acknowledgement else {}
    values |= {} if notice.needs_approval else {"approval": False}
    words = _words(step, notice, survey, notes)
    return values | ({"words": words} if words else {})


def _set_of(survey: Survey, notes: _Notes) -> str:
    """The set of questions that it came from, told by their keys."""
    own = [question.key for question in sorted(survey.questions.all(), key=lambda one: one.position)]
    shared = {one.key: len(set(own) & {row["key"] for row in one.questions}) for one in sets.all_sets()}
    same = [one.key for one in sets.all_sets() if [row["key"] for row in one.questions] == own]
    if same:
        return same[0]
    nearest = max(shared, key=lambda key: shared[key]) if any(shared.values()) else sets.EMPTY
    notes.add(f"The questions of “{survey.title}” are left out: a new upgrade starts with {_set_name(nearest)}.")
    return nearest


def _set_name(key: str) -> str:
    return "an empty survey" if key == sets.EMPTY else f"the set “{sets.get(key).title.replace('{service}', '…')}”"


def _words(step: PlanStep, notice: Notice, survey: str, notes: _Notes) -> list[Row]:
    """Its own, with placeholders for what is true of this upgrade alone; nothing for the usual words of its kind."""
    usual = [wording.of(notice.kind), wording.of(notice.kind, about=survey or step.event)]
    if notice.words in usual or not notice.words:
        return []
    facts = _facts(step.upgrade)
    words = [
        translations.plain(one) | {part: _generic(one[part], facts) for part in ("subject", "body")}
        for one in notice.words
    ]
    if any(DATED.search(PLACEHOLDER.sub("", one[part])) for one in words for part in ("subject", "body")):
        notes.add(f"The words of “{step.name}” name a date or a time, so the usual ones of its kind stand in for them.")
        return []
    return words


def _facts(upgrade: Upgrade) -> list[tuple[str, str]]:
    """What placeholders stand for, the longest first."""
    services = sorted(service.name for service in upgrade.services.all())
    pairs = [
        (upgrade.name, "{{ upgrade }}"),
        (upgrade.contact_name, "{{ contact_name }}"),
        (upgrade.contact_email, "{{ contact_email }}"),
        (upgrade.contact_phone, "{{ contact_phone }}"),
        *((services[0], "{{ services }}") for _ in services[:1] if len(services) == 1),
        *((getattr(upgrade, name), f"{{{{ {name} }}}}") for name in ("why", "why_now", "risk", "benefit", "objective")),
    ]
    return sorted(((text, name) for text, name in pairs if len(text) > 2), key=lambda pair: -len(pair[0]))  # fmt: skip


def _generic(text: str, facts: Iterable[tuple[str, str]]) -> str:
    """Only between placeholders: those stay as they are."""
    for fact, name in facts:
        parts = re.split(r"(\{\{.*?\}\}|\{%.*?%\})", text, flags=re.DOTALL)
        found = re.compile(rf"(?<!\w){re.escape(fact)}(?!\w)")
        text = "".join(part if part.startswith("{") else found.sub(lambda _: name, part) for part in parts)  # noqa: B023
    return text


def _let_them_wait(rows: list[Row], notes: _Notes) -> list[Row]:
    """What waits for a decision that is left out waits for nothing."""
    decided = {row["name"] for row in rows if row["medium"] in DECISIONS}
    for row in rows:
        if row.get("after") and (row["after"] not in decided or row["after"] == row["name"]):
            notes.add(f"“{row['name']}” waits for nothing: “{row.pop('after')}” is left out.")
    return rows


def _keep_right(rows: list[Row], milestones: Sequence[str], notes: _Notes) -> list[Row]:
    """What goes to single people only, or cannot be a step elsewhere for another reason, says so."""
    kept = []
    for row in rows:
        problem = next(checking.check_step(row, steps=rows, milestones=milestones), None)
        if problem is None:
            kept.append(row)
        elif problem.path[-1:] == ("audience",):
            notes.add(f"“{row['name']}” is left out: it goes to single people only.")
        else:
            notes.add(f"“{row['name']}” is left out: {problem.said}")
    return kept
