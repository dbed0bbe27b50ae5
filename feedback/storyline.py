"""What happened to a concern, and who did it: read from the history that triggers keep."""

from collections.abc import Iterator
from itertools import pairwise

from accounts.happenings import Item, events, item, names_of, signed
from engagement.enums import Source
from feedback.enums import ConcernState
from feedback.models import Concern

COLUMNS = ("state", "answer", "is_public", "public_wording", "owner", "due_on", "close_reason", "kind")
ARRIVALS = {
    ConcernState.OPEN: ("Open again", "message-question", "warn"),
    ConcernState.ANSWERED: ("Answered", "message-check", "good"),
    ConcernState.CLOSED: ("Closed without an answer", "message-off", "quiet"),
}


def of_concern(concern: Concern) -> list[Item]:
    """Newest first. Three queries."""
    past = events(Concern, COLUMNS, pgh_obj=concern.pk)
    owners = names_of(event["owner"] for event in past)
    items = []
    if past and past[0]["pgh_label"] == "insert":
        items.append(item(past[0], "Raised", icon="message-plus"))
    for before, after in pairwise(past):
        items += _steps(before, after, owners)
    return [_by_the_person(one, concern) for one in signed(items[::-1])]


def _by_the_person(one: Item, concern: Concern) -> Item:
    """On the personal page it is the person who says it, whoever is signed in on that machine."""
    is_theirs = one["title"] == "Raised" and concern.source == Source.PAGE
    return one | {"who": str(concern.person or "")} if is_theirs else one


def _steps(before: dict, after: dict, owners: dict[int, str]) -> Iterator[Item]:
    changed = {name for name in COLUMNS if before[name] != after[name]}
    if "state" in changed:
        title, icon, tone = ARRIVALS[after["state"]]
        yield item(after, title, icon=icon, tone=tone, words=after["close_reason"])
    elif "answer" in changed:
        yield item(after, "Answer mended", icon="pencil")
    if "is_public" in changed or ("public_wording" in changed and after["is_public"]):
        words = "Shown on the status page" if after["is_public"] else "No longer on the status page"
        yield item(after, words, icon="world")
    if "owner" in changed:
        yield item(after, f"Now with {owners.get(after['owner'], 'nobody')}", icon="user")
    if "due_on" in changed:
        due = f"{after['due_on']:%-d %b %Y}" if after["due_on"] else "no date"
        yield item(after, f"To be answered by: {due}", icon="calendar-event")
