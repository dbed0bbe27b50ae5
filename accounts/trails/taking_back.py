"""One change of an object is taken back where that is safe: by the same rules as any edit, and told in the trail."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.permissions import refusal
from accounts.trails.reading import differing, label, not_plain
from accounts.trails.trail import Trail


class Refused(Exception):
    """With a sentence for people."""


@transaction.atomic
def take_back(trail: Trail, pk: int, *, event: int, by: Any, now: datetime) -> Any:
    """What that event changed is as it was before it. What somebody changed again since stays."""
    row = trail.model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    after, before = _events(trail, pk, event)
    if row is None or after is None or before is None:
        raise Refused("There is nothing to take back.")
    changed = differing(trail.itself, before, after)
    may_not = refusal(by, trail.edits) if trail.edits else ""
    if reason := may_not or trail.why_not(row) or not_plain(trail, changed):
        raise Refused(reason)
    changed = [one for one in changed if one.attname not in trail.carries]
    if any(getattr(row, one.attname) != getattr(after, one.attname) for one in changed):
        raise Refused("It was changed again since. Take the newer change back first.")
    values = {one.attname: getattr(before, one.attname) for one in changed}
    if gone := [label(one) for one in changed if _is_gone(trail, one.attname, values[one.attname])]:
        raise Refused(f"What it was then is gone: {', '.join(gone)}.")
    try:
        trail.puts_back(row, values, by=by, now=now)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return row


def _is_gone(trail: Trail, name: str, value: Any) -> bool:
    column = trail.model._meta.get_field(name)
    if value is None or not isinstance(column, models.ForeignKey):
        return False
    return not column.related_model._default_manager.filter(pk=value).exists()


def _events(trail: Trail, pk: int, event: int) -> tuple[Any, Any]:
    """The change, and how it was before."""
    events = trail.model.pgh_event_model._default_manager.filter(pgh_obj_id=pk)
    after = events.filter(pgh_id=event, pgh_label="update").first()
    before = events.filter(pgh_id__lt=event).order_by("-pgh_id").first() if after else None
    return after, before
