"""What happened to a conversation, and who did it: read from the history that triggers keep."""

from collections.abc import Iterator
from itertools import pairwise

from accounts.happenings import Item, events, item, signed
from commsplan.lib import time
from engagement.enums import EngagementState
from engagement.models import Engagement, FollowUp, Telling

LONGEST = 100  # items that are shown
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
    past = events(Engagement, names, pgh_obj=engagement.pk)
    items = []
    if past and past[0]["pgh_label"] == "insert":
        logged = past[0]["state"] == EngagementState.HELD
        items.append(item(past[0], "Logged" if logged else "Planned", icon="calendar-plus"))
    for before, after in pairwise(past):
        items += _steps(before, after, zone=engagement.time_zone)
    for event in events(Telling, ["facts", "voided_at", "void_reason"], engagement=engagement.pk):
        items.append(_of_telling(event))
    for event in events(FollowUp, ["text", "done_at"], engagement=engagement.pk):
        items.append(_of_follow_up(event))
    return signed(sorted(items, key=lambda one: one["at"])[::-1][:LONGEST])


def _steps(before: dict, after: dict, *, zone: str) -> Iterator[Item]:
    if after["state"] != before["state"]:
        arrival = ARRIVALS[after["state"]]
        title = "Is to be recorded again" if before["state"] == EngagementState.HELD else arrival["title"]
        yield item(after, title, icon=arrival["icon"], tone=arrival["tone"], words=after["cancel_reason"])
    if (after["start"], after["end"]) != (before["start"], before["end"]):
        words = f"From {time.window(before['start'], before['end'], zone=zone)}"
        yield item(after, "Moved", icon="arrow-move-right", tone="warn", words=words)
    changed = [
        f"{label}: {before[name] or 'empty'} → {after[name] or 'empty'}"
        for name, label in COLUMNS.items()
        if before[name] != after[name]
    ]
    if changed:
        yield item(after, "Changed", icon="pencil", words="; ".join(changed))
    if after["notes"] != before["notes"]:
        yield item(after, "Notes written", icon="notes")


def _of_telling(event: dict) -> Item:
    count = len(event["facts"])
    said = f"{count} fact{'' if count == 1 else 's'}"
    if event["pgh_label"] == "insert":
        return item(event, f"Told: {said}", icon="speakerphone", tone="info")
    return item(event, f"Taken back: {said}", icon="circle-x", tone="warn", words=event["void_reason"])


def _of_follow_up(event: dict) -> Item:
    words = {"insert": "To be done", "delete": "No longer to be done"}.get(event["pgh_label"])
    words = words or ("Done" if event["done_at"] else "Changed or open again")
    return item(event, f"{words}: {event['text']}", icon="checklist")
