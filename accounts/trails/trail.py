"""What of an object is told, and what of it can be taken back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

OURS = ("id", "version", "uid", "sequence", "created_at", "digest")  # says nothing to people


@dataclass(frozen=True)
class Part:
    """Rows that belong to the object: `events` keep them, `column` points to it, `name` says which one it is."""

    events: type[models.Model]
    column: str
    noun: str
    name: str = ""
    hides: Collection[str] = ()
    says: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Any, column: str, noun: str, **values: Any) -> "Part":
        return cls(model.pgh_event_model, column, noun, **values)


def save(row: Any, values: Mapping[str, Any], *, by: Any, now: datetime) -> None:
    """As a form does: with all rules of the row, and seen by whoever edits it at this moment."""
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    names = list(values)
    if hasattr(row, "version"):
        row.version += 1
        names.append("version")
    row.save(update_fields=[row._meta.get_field(name).name for name in names])


def nothing(row: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Trail:
    """`plain` are the columns of which one change can be taken back by somebody who has the permission `edits`, with
    `puts_back`; what `carries` names changes along with them, and follows by itself. `why_not` says why nothing of this
    row can. `reads` is the permission it takes to read; empty: everybody who signs in."""

    kind: str
    model: Any
    noun: str
    edits: str = ""
    reads: str = ""
    plain: Collection[str] = ()
    carries: Collection[str] = ()
    hides: Collection[str] = ()
    says: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    related: Sequence[str] = ()
    url: Callable[[Any], str] = lambda row: row.get_absolute_url()
    zone: Callable[[Any], str] = lambda row: getattr(row, "time_zone", "")
    why_not: Callable[[Any], str] = nothing
    puts_back: Callable[..., None] = save

    @property
    def itself(self) -> Part:
        return Part(self.model.pgh_event_model, "pgh_obj_id", self.noun, hides=self.hides, says=self.says)

    @property
    def sources(self) -> list[Part]:
        return [self.itself, *self.parts]

    def get(self, pk: int) -> Any:
        return self.model._default_manager.select_related(*self.related).filter(pk=pk).first()
