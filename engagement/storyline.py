"""What happened to a conversation, and who did it: read from the history that triggers keep."""

from itertools import pairwise
from typing import Any

from accounts.models import Account
from commsplan.lib import time
from engagement.enums import EngagementState
from engagement.models import Engagement, FollowUp, Telling

Item = dict[str, Any]
LONGEST = 100
COLUMNS = {
    "title": "Title",
    "kind": "Kind",
    "place": "Place",
    "link": "Link",
    "topics": "Topics",
    "capacity": "Places",
    "time_zone": "Time zone",
}
ARRIVALS = {
    EngagementState.PLANNED: {"title": "Takes place after all", "icon": "calendar-check", "tone": "info"},
    EngagementState.HELD: {"title": "Took place", "icon": "circle-check", "tone": "good"},
    EngagementState.CANCELLED: {"title": "Called off", "icon": "circle-x", "tone": "bad"},
}


def of_engagement(engagement: Engagement) -> list[Item]:
    """Newest first."""
    names = [*COLUMNS, "state", "start", "end", "notes", "cancel_reason"]
    events = _events(Engagement, names, pgh_obj=engagement.pk)
    items = []
    if events and events[0]["pgh_label"] == "insert":
        logged = events[0]["state"] == EngagementState.HELD
        items.append(_item(events[0], "Logged" if logged else "Planned", icon="calendar-plus"))
    for before, after in pairwise(events):
        items += _steps(before, after, zone=engagement.time_zone)
    for event in _events(Telling, ["facts", "voided_at", "void_reason"], engagement=engagement.pk):
        items.append(_of_telling(event))
    for event in _events(FollowUp, ["text", "done_at"], engagement=engagement.pk):
        items.append(_of_follow_up(event))
    return _named(sorted(items, key=lambda item: item["at"])[::-1][:LONGEST])


def _steps(before: dict, after: dict, *, zone: str):
    if after["state"] != before["state"]:
        arrival = ARRIVALS[after["state"]]
        title = "Is to be recorded again" if before["state"] == EngagementState.HELD else arrival["title"]
        yield _item(after, title, icon=arrival["icon"], tone=arrival["tone"], words=after["cancel_reason"])
    if (after["start"], after["end"]) != (before["start"], before["end"]):
        words = f"From {time.window(before['start'], before['end'], zone=zone)}"
        yield _item(after, "Moved", icon="arrow-move-right", tone="warn", words=words)
    changed = [
        f"{label}: {before[name] or 'empty'} → {after[name] or 'empty'}"
        for name, label in COLUMNS.items()
        if before[name] != after[name]
    ]
    if changed:
        yield _item(after, "Changed", icon="pencil", words="; ".join(changed))
    if after["notes"] != before["notes"]:
        yield _item(after, "Notes written", icon="notes")


def _of_telling(event: dict) -> Item:
    count = len(event["facts"])
    said = f"{count} fact{'' if count == 1 else 's'}"
    if event["pgh_label"] == "insert":
        return _item(event, f"Told: {said}", icon="speakerphone", tone="info")
    return _item(event, f"Taken back: {said}", icon="circle-x", tone="warn", words=event["void_reason"])


def _of_follow_up(event: dict) -> Item:
    words = {"insert": "To be done", "delete": "No longer to be done"}.get(event["pgh_label"])
    words = words or ("Done" if event["done_at"] else "Changed or open again")
    return _item(event, f"{words}: {event['text']}", icon="checklist")


def _events(model, columns: list[str], **of) -> list[dict]:
    """The newest ones in the order in which they happened."""
    names = ["pgh_id", "pgh_created_at", "pgh_label", "pgh_context__metadata", *columns]
    found = model.pgh_event_model.objects.filter(**of).order_by("-pgh_id")
    return list(found.values(*names)[:LONGEST])[::-1]


def _item(event: dict, title: str, **look) -> Item:
    by = (event["pgh_context__metadata"] or {}).get("user")
    return {"title": title, "at": event["pgh_created_at"], "by": by, **look}


def _named(items: list[Item]) -> list[Item]:
    names = dict(Account.objects.filter(pk__in={item["by"] for item in items if item["by"]}).values_list("pk", "name"))
    return [{**item, "who": names.get(item["by"], "")} for item in items]
