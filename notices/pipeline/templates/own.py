"""Templates that people made: made, changed and taken back. What is stored was read once, so it can be laid out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from notices.models import SavedTemplate
from notices.pipeline.templates import files, known
from notices.pipeline.templates.shape import PlanTemplate
from upgrades.models import Upgrade

RESERVED = {"new", "upload", "restore"}


class NotPossible(Exception):
    """With a sentence for people."""


@transaction.atomic
def create(template: PlanTemplate, *, by, made_from: Upgrade | None = None) -> SavedTemplate:
    """Raises Refused. Its name must be free: see `free_name`."""
    content = _checked(template)
    return SavedTemplate.objects.create(
        slug=_free_slug(template.name),
        name=template.name,
        description=template.description,
        has_waves=template.has_waves,
        content=content,
        made_from=made_from,
        by=by,
    )


def copy(template: PlanTemplate, *, by) -> SavedTemplate:
    return create(replace(template, name=free_name(template.name)), by=by)


@transaction.atomic
def change(slug: str, *, version: int, **values: Any) -> SavedTemplate:
    """`values` are fields of a PlanTemplate. Raises NotPossible when somebody else was faster, and Refused."""
    row = _locked(slug)
    if row.version != version:
        raise NotPossible("Somebody else changed this template meanwhile. Look at it again before you go on.")
    before = known.of_row(row)
    if before is None:
        raise NotPossible("This template cannot be read any more.")
    after = replace(before, **values)
    row.name, row.description, row.has_waves = after.name, after.description, after.has_waves
    row.content = _checked(after)
    row.version += 1
    row.save()
    return row


@transaction.atomic
def take_back(slug: str, *, version: int) -> SavedTemplate:
    """Undoes the change that led to this version; nothing when there was another one since."""
    row = _locked(slug)
    events = SavedTemplate.pgh_event_model.objects.filter(pgh_obj_id=row.pk)  # type: ignore[attr-defined]
    past = events.filter(version=version - 1).order_by("-pgh_id").first()
    if row.version != version or past is None:
        raise NotPossible("There is nothing to take back: the template was changed again since.")
    row.name, row.description, row.has_waves = past.name, past.description, past.has_waves
    row.content, row.version = past.content, row.version + 1
    row.save()
    return row


def _locked(slug: str) -> SavedTemplate:
    row = SavedTemplate.objects.select_for_update(of=("self",), no_key=True).filter(slug=slug).first()
    if row is None:
        raise NotPossible("Somebody deleted this template meanwhile.")
    return row


def free_name(name: str) -> str:
    """The name, or with the next number when there is such a template already."""
    taken = {one.casefold() for one in SavedTemplate.objects.values_list("name", flat=True)}
    taken |= {one.name.casefold() for one in known.shipped()}
    stem = re.sub(r" \(\d+\)$", "", name)[:112]
    candidates = [name, *(f"{stem} ({number})" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if one.casefold() not in taken)


def is_taken(name: str, *, but: str = "") -> bool:
    own = SavedTemplate.objects.exclude(slug=but).filter(name__iexact=name.strip()).exists()
    return own or name.strip().casefold() in {one.name.casefold() for one in known.shipped()}


def with_step(template: PlanTemplate, row: Mapping[str, Any], at: int | None = None) -> PlanTemplate:
    """With one more step, or another one at this place. What waited for the old name waits for the new one."""
    rows = [dict(files.row_of(step)) for step in template.steps]
    if at is None:
        rows.append(dict(row))
    else:
        old, rows[at] = rows[at]["name"], dict(row)
        for other in rows:
            if other.get("after") == old and old not in {one["name"] for one in rows}:
                other["after"] = row["name"]
    return _read(template, rows)


def without_step(template: PlanTemplate, at: int) -> PlanTemplate:
    """What waited for it waits for nothing."""
    gone = template.steps[at].name
    left = [step for number, step in enumerate(template.steps) if number != at]
    still = {step.name for step in left}
    kept = [replace(step, after="") if step.after == gone and gone not in still else step for step in left]
    return replace(template, steps=tuple(kept))


def moved(template: PlanTemplate, at: int, *, by: int) -> PlanTemplate:
    """One place up (-1) or down (1); at the end it stays."""
    steps = list(template.steps)
    to = min(max(at + by, 0), len(steps) - 1)
    steps.insert(to, steps.pop(at))
    return replace(template, steps=tuple(steps))


def _read(template: PlanTemplate, rows: Sequence[Mapping[str, Any]]) -> PlanTemplate:
    data = files.as_data(template) | {"steps": list(rows)}
    return files.read(data, key=template.key, version=template.version)


def _checked(template: PlanTemplate) -> dict[str, Any]:
    files.read(files.as_data(template), key=template.key)
    return files.content(template)


def _free_slug(name: str) -> str:
    stem = slugify(name)[:120] or "template"
    taken = RESERVED | {one.key for one in known.shipped()}
    taken |= set(SavedTemplate.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)
