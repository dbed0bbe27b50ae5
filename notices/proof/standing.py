"""How things stand when a pack is made: nothing here has a time of its own, and it may be otherwise in the next one."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q

from engagement.models import Engagement
from notices.enums import MessageState
from notices.models import Message, Notice
from notices.proof.entries import CHUNK, Entry, instant
from notices.proof.naming import Named
from upgrades.models import Upgrade

FROM_SERVERS = (MessageState.FAILED, MessageState.BOUNCED, MessageState.DEFERRED)


def standing(upgrade: Upgrade, *, people: Named) -> Iterator[Entry]:
    yield from _notices(upgrade, people)
    yield from _engagements(upgrade, people)
    yield from _not_told(upgrade, people)


def _notices(upgrade: Upgrade, people: Named) -> Iterator[Entry]:
    counts: dict[int, dict[str, int]] = {}
    rows = Message.objects.filter(notice__upgrade=upgrade).order_by().values_list("notice_id", "state")
    for notice, state, number in rows.annotate(number=Count("pk")):
        counts.setdefault(notice, {})[state] = number
    for one in Notice.objects.filter(upgrade=upgrade).order_by("pk").iterator(chunk_size=CHUNK):
        is_personal = one.concern_id or one.engagement_id
        yield {
            "kind": "notice",
            "id": one.pk,
            "type": one.kind,
            "title": people.text(one.title) if is_personal else one.title,
            "milestone": one.milestone_id,
            "state": one.state,
            "messages": counts.get(one.pk, {}),
        }


def _engagements(upgrade: Upgrade, people: Named) -> Iterator[Entry]:
    attended = Count("participants", filter=Q(participants__attended=True))
    for one in Engagement.objects.filter(upgrade=upgrade).annotate(there=attended).order_by("pk"):
        yield {
            "kind": "engagement",
            "id": one.pk,
            "type": one.kind,
            "title": people.text(one.title),
            "state": one.state,
            "start": instant(one.start),
            "attended": one.there,
        }


def _not_told(upgrade: Upgrade, people: Named) -> Iterator[Entry]:
    rows = Message.objects.filter(notice__upgrade=upgrade).exclude(state=MessageState.SENT).order_by("pk")
    names = ("pk", "notice_id", "channel", "state", "reason", "person_id", "values", "address", "person__erased_at")
    for pk, notice, channel, state, reason, person, values, address, erased in rows.values_list(*names).iterator(
        chunk_size=CHUNK
    ):
        yield {
            "kind": "message",
            "what": "not told",
            "id": pk,
            "notice": notice,
            "channel": channel,
            "state": state,
            "reason": _why(people, state, reason),
            "who": people.reader(person, values, address, erased=bool(erased)),
        }


def _why(people: Named, state: str, reason: str) -> Any:
    """Of what was skipped or missed in our own fixed words; of the rest as somebody wrote it, or a server."""
    if state in (MessageState.SKIPPED, MessageState.MISSED):
        return reason
    return people.server(reason) if state in FROM_SERVERS else people.text(reason)
