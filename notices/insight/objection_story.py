"""What happened to a conflict, and who did it: read from the history that triggers keep."""

from collections.abc import Iterator
from itertools import pairwise

from accounts.happenings import Item, events, item, signed
from feedback.enums import Decision
from feedback.models import Conflict, ConflictOption

TEXTS = {
    "their_position": "Their position written",
    "our_position": "Position of IT written",
    "root_cause": "Root cause written",
    "follow_up": "Follow-up written",
}
COLUMNS = (*TEXTS, "decision", "answer", "follow_up_done_at")


def of_conflict(conflict: Conflict) -> list[Item]:
    """Newest first. Three queries."""
    past = events(Conflict, COLUMNS, pgh_obj=conflict.pk)
    items = []
    if past and past[0]["pgh_label"] == "insert":
        items.append(item(past[0], "Taken up", icon="messages"))
    for before, after in pairwise(past):
        items += _steps(before, after)
    for event in events(ConflictOption, ("text",), conflict=conflict.pk):
        if event["pgh_label"] in ("insert", "delete"):
            said = "Option added" if event["pgh_label"] == "insert" else "Option removed"
            items.append(item(event, said, icon="list-check", words=event["text"]))
    return signed(sorted(items, key=lambda one: one["at"])[::-1])


def _steps(before: dict, after: dict) -> Iterator[Item]:
    if before["decision"] != after["decision"]:
        if after["decision"]:
            yield item(after, Decision(after["decision"]).label, icon="gavel", tone="good", words=after["answer"])
        else:
            yield item(after, "Decision taken back", icon="arrow-back-up", tone="warn")
    for name, said in TEXTS.items():
        if before[name] != after[name]:
            yield item(after, said, icon="pencil", words=after[name])
    if after["follow_up_done_at"] and not before["follow_up_done_at"]:
        yield item(after, "Follow-up done", icon="check", tone="good")
