"""What happened to a concern, and who did it: read from the history that triggers keep."""

from itertools import pairwise
from typing import Any

from accounts.models import Account
from engagement.enums import Source
from feedback.enums import ConcernState
from feedback.models import Concern

LONGEST = 200  # events that are looked at
COLUMNS = ("state", "answer", "is_public", "public_wording", "owner", "due_on", "close_reason", "kind")
ARRIVALS = {
    ConcernState.OPEN: ("Open again", "message-question", "warn"),
    ConcernState.ANSWERED: ("Answered", "message-check", "good"),
    ConcernState.CLOSED: ("Closed without an answer", "message-off", "quiet"),
}


def of(concern: Concern) -> list[dict[str, Any]]:
    """Newest first. Three queries."""
    events = list(
        Concern.pgh_event_model.objects.filter(pgh_obj=concern.pk)  # type: ignore[attr-defined]
        .order_by("pgh_id")
        .values("pgh_created_at", "pgh_context__metadata", *COLUMNS)[:LONGEST]
    )
    owners = {event["owner"] for event in events}
    names = dict(Account.objects.filter(pk__in=owners | {_by(event) for event in events}).values_list("pk", "name"))
    items = [_raised(event, concern, names) for event in events[:1]]
    for before, after in pairwise(events):
        items += _steps(before, after, names)
    return items[::-1]


def _raised(event: dict, concern: Concern, names: dict[int, str]) -> dict[str, Any]:
    """On the personal page it is the person who says it, whoever is signed in on that machine."""
    item = _item(event, "Raised", "message-plus", names=names)
    return item | {"who": str(concern.person or "")} if concern.source == Source.PAGE else item


def _steps(before: dict, after: dict, names: dict[int, str]):
    changed = {name for name in COLUMNS if before[name] != after[name]}
    if "state" in changed:
        title, icon, tone = ARRIVALS[after["state"]]
        yield _item(after, title, icon, tone=tone, names=names, words=after["close_reason"])
    elif "answer" in changed:
        yield _item(after, "Answer mended", "pencil", names=names)
    if "is_public" in changed or ("public_wording" in changed and after["is_public"]):
        words = "Shown on the status page" if after["is_public"] else "No longer on the status page"
        yield _item(after, words, "world", names=names)
    if "owner" in changed:
        yield _item(after, f"Now with {names.get(after['owner'], 'nobody')}", "user", names=names)
    if "due_on" in changed:
        due = f"{after['due_on']:%-d %b %Y}" if after["due_on"] else "no date"
        yield _item(after, f"To be answered by: {due}", "calendar-event", names=names)


def _by(event: dict) -> int | None:
    return (event["pgh_context__metadata"] or {}).get("user")


def _item(event: dict, title: str, icon: str, *, names: dict[int, str], **look) -> dict[str, Any]:
    who = names.get(_by(event), "")  # type: ignore[arg-type]
    return {"title": title, "icon": icon, "at": event["pgh_created_at"], "who": who, **look}
