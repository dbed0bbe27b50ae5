"""Reading a trail: one page of it at a time, with a number of queries that does not grow with what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery, Value

from accounts.happenings import names_of
from accounts.trails.trail import OURS, Part, Trail
from commsplan.lib import time as words

PAGE = 30
NOBODY = "system"  # the clock, a worker, a command
VERBS = {"insert": "added", "update": "changed", "delete": "removed"}
LONG = 80


@dataclass(frozen=True)
class Change:
    """`is_text`: long enough to be shown word by word."""

    label: str
    before: str
    after: str

    @property
    def is_text(self) -> bool:
        return max(len(self.before), len(self.after)) > LONG


@dataclass
class Entry:
    """`key` names the event of the object itself that can be taken back; `why_not` says why it cannot."""

    at: datetime
    title: str
    how: str
    who: str
    changes: list[Change] = field(default_factory=list)
    key: int = 0
    why_not: str = ""


def entries(
    trail: Trail, row: Any, *, page: Any, zone: str, who: str = "", first: date | None = None, last: date | None = None
) -> Page:
    """Newest first. `who`: the key of an account, or NOBODY; the days are those of `zone`."""
    sources = trail.sources
    found = [_found(part, row, who=who, first=first, last=last, zone=zone) for part in sources]
    rows = [
        one.annotate(source=Value(number)).values_list("pgh_created_at", "pgh_id", "source")
        for number, one in enumerate(found)
    ]
    told = rows[0].union(*rows[1:], all=True).order_by("-pgh_created_at", "-source", "-pgh_id")
    shown = Paginator(told, PAGE).get_page(page)
    shown.object_list = _entries(trail, row, list(shown.object_list), zone=zone)
    return shown


def _found(part: Part, row: Any, *, who: str, first: date | None, last: date | None, zone: str) -> QuerySet:
    found = part.events._default_manager.filter(**{part.column: row.pk}).order_by()
    if who == NOBODY:
        found = found.filter(pgh_context__metadata__user=None) | found.filter(pgh_context=None)
    elif who:
        found = found.filter(pgh_context__metadata__user=int(who))
    if first:
        found = found.filter(pgh_created_at__gte=_start(first, zone))
    if last and last < date.max:
        found = found.filter(pgh_created_at__lt=_start(date.fromordinal(last.toordinal() + 1), zone))
    return found


def _start(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


def _entries(trail: Trail, row: Any, keys: Sequence[tuple], *, zone: str) -> list[Entry]:
    sources = trail.sources
    known: dict[tuple[int, int], tuple[Any, Any]] = {}
    for number, part in enumerate(sources):
        wanted = [key for _, key, source in keys if source == number]
        if wanted:
            known |= {(number, event.pgh_id): (event, before) for event, before in _with_before(part, wanted)}
    pairs = [(sources[source], source, *known[source, key]) for _, key, source in keys]
    names = _Names.of((part, one) for part, _, event, before in pairs for one in (event, before) if one)
    accounts = names_of(_user(event) for _, _, event, _ in pairs)
    why_not = trail.why_not(row)
    return [
        _entry(trail, part, event, before, names, accounts, is_own=source == 0, why_not=why_not, zone=zone)
        for part, source, event, before in pairs
    ]


def _with_before(part: Part, keys: Sequence[int]) -> list[tuple[Any, Any]]:
    """Each event with the one before it of the same row; tables of choices have none."""
    events = part.events._default_manager.select_related("pgh_context").filter(pgh_id__in=keys)
    if not has_rows(part):
        return [(event, None) for event in events]
    earlier = part.events._default_manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    found = list(events.annotate(earlier=Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])))
    before = part.events._default_manager.in_bulk({event.earlier for event in found if event.earlier})
    return [(event, before.get(event.earlier)) for event in found]


def has_rows(part: Part) -> bool:
    return any(one.name == "pgh_obj" for one in part.events._meta.fields)


def columns(part: Part) -> list[models.Field]:
    hidden = {*part.hides, *OURS, "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id"}
    kept = [
        one for one in part.events._meta.concrete_fields if one.attname not in hidden and one.attname != part.column
    ]
    return [one for one in kept if not one.attname.startswith("pgh_")]


def differing(part: Part, before: Any, after: Any) -> list[models.Field]:
    return [one for one in columns(part) if getattr(before, one.attname) != getattr(after, one.attname)]


def _user(event: Any) -> int | None:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return (metadata or {}).get("user")


def _who(event: Any, accounts: Mapping[int, str]) -> str:
    metadata = (event.pgh_context.metadata if event.pgh_context else {}) or {}
    return accounts.get(metadata.get("user", 0)) or metadata.get("directory") or metadata.get("vendor") or "The system"


def _entry(trail, part, event, before, names, accounts, *, is_own: bool, why_not: str, zone: str) -> Entry:
    how = event.pgh_label if event.pgh_label in VERBS else "update"
    name = names.said(part, event, part.name, zone=zone) if part.name else ""
    entry = Entry(
        event.pgh_created_at, f"{part.noun} {VERBS[how]}{': ' if name else ''}{name}", how, _who(event, accounts)
    )
    if how == "update" and before is not None:
        changed = differing(part, before, event)
        entry.changes = [names.change(part, one, before, event, zone=zone) for one in changed]
        entry.key = event.pgh_id if is_own and changed else 0
        entry.why_not = why_not or not_plain(trail, changed) if entry.key else ""
    elif has_rows(part) and not is_own:
        kept = [one for one in columns(part) if one.attname != part.name]
        told = [names.change(part, one, None, event, zone=zone) for one in kept]
        entry.changes = [one for one in told if one.after not in (EMPTY, "no")]
    return entry


def not_plain(trail: Trail, changed: Iterable[models.Field]) -> str:
    """Why not all of these can be taken back."""
    if not trail.edits:
        return "This is changed on its own page only."
    said = [one for one in changed if one.attname not in trail.carries]
    if not said:
        return "Only its state changed: that goes on from here, on its own page."
    others = [label(one) for one in said if one.attname not in trail.plain]
    return f"More hangs on it: {', '.join(others)}. Change it on its own page." if others else ""


def label(column: models.Field) -> str:
    said = str(column.verbose_name)
    return said[:1].upper() + said[1:]


EMPTY = "empty"


@dataclass(frozen=True)
class _Names:
    """What the rows are called that events point to: by model and key. One query for each model."""

    known: Mapping[type[models.Model], Mapping[Any, str]]

    @classmethod
    def of(cls, events: Iterable[tuple[Part, Any]]) -> "_Names":
        wanted: dict[type[models.Model], set] = {}
        for part, event in events:
            for one in [
                *columns(part),
                *([part.events._meta.get_field(part.name.removesuffix("_id"))] if part.name else []),
            ]:
                if isinstance(one, models.ForeignKey) and (key := getattr(event, one.attname)) is not None:
                    wanted.setdefault(one.related_model, set()).add(key)
        return cls({model: _called(model, keys) for model, keys in wanted.items()})

    def change(self, part: Part, column: models.Field, before: Any, after: Any, *, zone: str) -> Change:
        then = self.said(part, before, column.attname, zone=zone) if before else ""
        return Change(label(column), then, self.said(part, after, column.attname, zone=zone))

    def said(self, part: Part, event: Any, name: str, *, zone: str) -> str:
        value = getattr(event, name)
        if name in part.says:
            return part.says[name](value) or EMPTY
        column = part.events._meta.get_field(name.removesuffix("_id"))
        if isinstance(column, models.ForeignKey) and value is not None:
            return self.known.get(column.related_model, {}).get(value, "what is gone")
        return _shown(column, value, zone=zone)


def _called(model: Any, keys: set) -> dict[Any, str]:
    related = [one.name for one in model._meta.fields if one.name in ("person", "group", "notice")]
    rows = model._default_manager.select_related(*related).filter(pk__in=keys)
    return {row.pk: str(row) for row in rows}


def _shown(column: Any, value: Any, *, zone: str) -> str:
    choices = dict(getattr(column.base_field if isinstance(column, ArrayField) else column, "flatchoices", ()))
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return words.full(value, zone=zone)
    if isinstance(column, ArrayField):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if isinstance(value, dict | list):
        return "\n".join(_lines(value))
    return str(choices.get(value, value))


def _lines(value: Any, name: str = "") -> Iterable[str]:
    """JSON as people read it: one line for each value."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _lines(one, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for one in value:
            yield from _lines(one, name)
    else:
        said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{name}: {said}" if name else said
