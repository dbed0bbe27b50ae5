"""What happened to a notice or a person, and who did it: read from the history that triggers keep."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from accounts.happenings import Item, events, item, signed
from commsplan.lib import time
from notices.enums import NoticeState
from notices.insight import comparison
from notices.models import Notice, Revision
from stakeholders.enums import AddressState, Topic
from stakeholders.models import Membership, OptOut, Person


@dataclass(frozen=True)
class Arrival:
    title: str
    icon: str
    tone: str


ARRIVALS = {
    NoticeState.DRAFT: Arrival("Back to draft", icon="pencil", tone="quiet"),
    NoticeState.IN_REVIEW: Arrival("Submitted for approval", icon="user-question", tone="warn"),
    NoticeState.APPROVED: Arrival("Approved and scheduled", icon="circle-check", tone="info"),
    NoticeState.RELEASED: Arrival("Started to go out", icon="send", tone="busy"),
    NoticeState.MISSED: Arrival("Missed its time", icon="clock-exclamation", tone="bad"),
    NoticeState.CANCELLED: Arrival("Cancelled", icon="circle-x", tone="quiet"),
}
NOTICE_COLUMNS = ["state", "reason", "version", "send_at", "paused_at", "pause_reason"]
PERSON_COLUMNS = {
    "name": "Name",
    "email": "E-mail address",
    "email_state": "State of the address",
    "phone": "Phone",
    "department": "Department",
    "job_title": "Job title",
    "time_zone": "Time zone",
    "language": "Language",
    "reader_level": "Reads",
    "wants_invitations": "Calendar invitations",
    "is_list": "Distribution list",
    "external_id": "External id",
    "site__name": "Site",
    "tags": "Tags",
    "works_from": "Works from",
    "works_until": "Works until",
    "works_on": "Works on",
    "preferred_channel": "Preferred channel",
    "refused_channels": "Refused channels",
    "archived_at": "Archived",
    "merged_into__name": "Merged into",
    "erased_at": "Erased",
}


def of_notice(notice: Notice) -> list[Item]:
    """Newest first."""
    past = events(Notice, NOTICE_COLUMNS, pgh_obj=notice.pk)
    items = []
    if past and past[0]["pgh_label"] == "insert":
        items.append(item(past[0], "Drafted", icon="file-plus"))
    for before, after in pairwise(past):
        items += _steps(before, after, zone=notice.upgrade.time_zone)
    return signed(_without_repeats(items)[::-1])


def of_person(person: Person) -> list[Item]:
    """Newest first: changes of the record, groups, preferences."""
    items = list(_changes_of_the_record(person))
    for event in events(Membership, ["is_representative", "group__name"], person=person.pk):
        joined = event["pgh_label"] != "delete"
        if event["pgh_label"] == "update":
            words = "Represents" if event["is_representative"] else "No longer represents"
            items.append(item(event, f"{words} {event['group__name'] or 'a group'}", icon="flag"))
        else:
            words = "Joined" if joined else "Left"
            items.append(item(event, f"{words} {event['group__name'] or 'a group'}", icon="users-group"))
    for event in events(OptOut, ["topic"], person=person.pk):
        words = "Wants again" if event["pgh_label"] == "delete" else "Declined"
        items.append(item(event, f"{words}: {Topic(event['topic']).label}", icon="bell-off", tone="warn"))
    return signed(sorted(items, key=lambda one: one["at"])[::-1])


def revisions(notice: Notice) -> list[Item]:
    """Newest first, each with what it changed against the one before."""
    found = list(notice.revisions.select_related("author").prefetch_related("variants").order_by("number"))
    previous: Revision | None = None
    items = []
    for revision in found:
        items.append(
            {
                "revision": revision,
                "is_approved": revision.pk == notice.approved_revision_id,
                "is_first": previous is None,
                "changes": _changes(previous, revision, zone=notice.upgrade.time_zone) if previous else [],
            }
        )
        previous = revision
    return items[::-1]


def _changes(old: Revision, new: Revision, *, zone: str) -> list[comparison.Change]:
    words = comparison.of_words(_words(old), _words(new))
    return words + comparison.of_facts(old.facts, new.facts, zone=zone)


def _words(revision: Revision) -> list[dict]:
    return [
        {"language": variant.language, "level": variant.level, "subject": variant.subject, "body": variant.body}
        for variant in sorted(revision.variants.all(), key=lambda variant: variant.pk)
    ]


def _steps(before: dict, after: dict, *, zone: str) -> Iterator[Item]:
    if after["state"] != before["state"]:
        arrival = ARRIVALS[after["state"]]
        words = after["reason"] if after["reason"] != before["reason"] else ""
        yield item(after, arrival.title, icon=arrival.icon, tone=arrival.tone, words=words)
    elif after["version"] != before["version"]:
        yield item(after, "Edited", icon="pencil")
    if after["paused_at"] and not before["paused_at"]:
        yield item(after, "Paused", icon="player-pause", tone="warn", words=after["pause_reason"])
    if before["paused_at"] and not after["paused_at"]:
        yield item(after, "Resumed", icon="player-play", tone="busy")
    if after["send_at"] != before["send_at"] and after["send_at"]:
        words = f"To {time.full(after['send_at'], zone=zone)}"
        yield item(after, "Moved", icon="calendar-event", words=words)


def _changes_of_the_record(person: Person) -> Iterator[Item]:
    past = events(Person, list(PERSON_COLUMNS), pgh_obj=person.pk)
    if past and past[0]["pgh_label"] == "insert":
        yield item(past[0], "Added", icon="user-plus")
    elif past and past[0]["erased_at"]:
        yield _erasure(past[0])
    for before, after in pairwise(past):
        changed = [name for name in PERSON_COLUMNS if before[name] != after[name]]
        if changed:
            words = "; ".join(_said(name, before[name], after[name]) for name in changed)
            yield item(after, "Changed", icon="pencil", words=words)


def _erasure(event: dict) -> Item:
    """Nothing that happened before it is remembered."""
    why = (event["pgh_context__metadata"] or {}).get("reason", "")
    return item(event, "Erased on request", icon="eraser", words=why)


def _said(name: str, before, after) -> str:
    if name == "archived_at":
        return "Archived" if after else "Restored"
    if name == "erased_at":
        return "Erased on request"
    if name == "email_state":
        before, after = AddressState(before).label, AddressState(after).label
    return f"{PERSON_COLUMNS[name]}: {_shown(before)} → {_shown(after)}"


def _shown(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value not in ("", None) else "empty"


def _without_repeats(items: Iterable[Item]) -> list[Item]:
    """Somebody who writes saves many times; that is told once, with the last time."""
    kept: list[Item] = []
    for one in items:
        if kept and one["title"] == kept[-1]["title"] == "Edited" and one["by"] == kept[-1]["by"]:
            kept.pop()
        kept.append(one)
    return kept
