"""Invitations to engagements: who hears what, so that everybody who was invited knows what holds, and nobody hears
without need.

What a person knows is worked out from messages alone: what got through, or is on the wire, tells (`Known.told`); what
waits in the outbox will tell (`Known.waiting`). Each order here locks the engagement first, so that of two people who
press the same button the second finds nothing left to do.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from engagement import facts, inviting
from engagement.models import Engagement
from notices import wording
from notices.enums import MEETINGS, UNSENT, WAITING, MessageState, NoticeKind, NoticeState
from notices.models import Message, Notice, Revision
from notices.pipeline import approve
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct.saying import reachable, say
from notices.pipeline.schedule import COMES
from stakeholders.enums import Channel
from stakeholders.models import Person

Says = tuple  # engagement.facts.material, or OFF
OFF: Says = ("off",)
TOLD = [MessageState.SENT, MessageState.SENDING]
REPLACED = "A newer version took its place."


@dataclass(frozen=True)
class Known:
    """By person: what they were told last, and what waits in the outbox or for approval."""

    told: Mapping[int, Says] = field(default_factory=dict)
    waiting: Mapping[int, Says] = field(default_factory=dict)
    asked_soon: frozenset[int] = frozenset()  # named by an invitation that nobody has approved yet

    def of(self, person: int) -> Says:
        """What they know as soon as the outbox is empty; OFF when they are not invited as far as they know."""
        return self.waiting.get(person) or self.told.get(person) or OFF


@dataclass(frozen=True)
class Hearing:
    """Who has to hear something. Those whom mail does not reach are only counted."""

    to_invite: list[int]
    to_update: dict[int, Says]  # with what they believe
    to_call_off: list[int]
    unreachable: list[int]
    known: Known


def who_hears(engagement: Engagement) -> Hearing:
    """A handful of queries, whatever the number of people."""
    known = what_is_known(engagement)
    here = says(engagement)
    wanted = _wanted(engagement)
    everybody = wanted | known.told.keys() | known.waiting.keys()
    reached = set(reachable(Person.objects.filter(pk__in=everybody)).values_list("pk", flat=True))
    to_hear = {pk: known.of(pk) for pk in everybody if known.of(pk) != (here if pk in wanted else OFF)}
    to_invite = {pk for pk, last in to_hear.items() if last == OFF} - known.asked_soon
    return Hearing(
        to_invite=sorted(to_invite & reached),
        to_update={
            pk: last
            for pk, last in sorted(to_hear.items())
            if last != OFF and pk in wanted & reached - known.asked_soon
        },
        to_call_off=sorted(pk for pk, last in to_hear.items() if last != OFF and pk in reached - wanted),
        unreachable=sorted(pk for pk in to_hear if pk not in reached | known.asked_soon),
        known=known,
    )


def says(engagement: Engagement) -> Says:
    """What holds today, as far as it makes a difference to those who come."""
    return OFF if engagement.is_cancelled else facts.material(facts.of_engagement(engagement), engagement.pk)


def what_is_known(engagement: Engagement) -> Known:
    messages = Message.objects.filter(notice__engagement=engagement, notice__kind__in=MEETINGS, channel=Channel.EMAIL)
    rows = messages.filter(state__in=[*TOLD, *UNSENT]).order_by("pk")
    found = list(rows.values_list("person", "state", "notice__kind", "variant__revision", "sent_at", "pk"))
    revisions = Revision.objects.filter(pk__in={row[3] for row in found}).values_list("pk", "facts")
    asserted = {pk: facts.material(told, engagement.pk) for pk, told in revisions}
    owner = _owners({row[0] for row in found})
    told, waiting = {}, {}
    on_the_wire = [row for row in found if row[1] in TOLD]
    for person, _, kind, revision, *_ in sorted(on_the_wire, key=lambda row: (row[4] is None, row[4] or 0, row[5])):
        told[owner(person)] = OFF if kind == NoticeKind.MEETING_OFF else asserted[revision]
    for person, _, kind, revision, *_ in (row for row in found if row[1] in UNSENT):
        waiting[owner(person)] = OFF if kind == NoticeKind.MEETING_OFF else asserted[revision]
    return Known(told, waiting, _asked_soon(engagement))


def _owners(people: Collection[int]):
    """Who stands today for whom it was sent to: a merged person's messages are the other one's."""
    merged = inviting.standing(Person.objects.filter(pk__in=people).exclude(merged_into=None))
    return lambda pk: merged[pk].pk if pk in merged else pk


def _asked_soon(engagement: Engagement) -> frozenset[int]:
    rules = engagement.notices.filter(kind__in=COMES, state__in=WAITING).order_by().values_list("audience", flat=True)
    return frozenset(pk for rule in rules for pk in rule.get("people", ()))


def _wanted(engagement: Engagement) -> set[int]:
    if engagement.is_cancelled:
        return set()
    return set(engagement.participants.invited().order_by().values_list("person", flat=True))


@transaction.atomic
def invite(engagement: Engagement, *, by, now: datetime) -> list[Notice]:
    """Those who are on the list and were not invited by mail yet. Nobody else gets a second copy."""
    row = _lock(engagement)
    _demand_future(row, now=now)
    people = who_hears(row).to_invite
    if not people:
        raise NotAllowed("Everybody on the list whom mail reaches has been invited.")
    for missed in row.notices.filter(kind__in=COMES, state=NoticeState.MISSED):
        approve.cancel(missed, by=by, reason=REPLACED, now=now)
    return [_send(row, NoticeKind.MEETING, people, by=by, now=now)]


@transaction.atomic
def send_update(engagement: Engagement, *, by, now: datetime) -> list[Notice]:
    """Exactly those who were told another time, place, link or title. Empty when it was moved and moved back.

    What waits in the outbox and no longer holds stays here: who was never told anything is invited afresh.
    """
    row = _lock(engagement)
    late = not row.is_held and not row.is_cancelled and row.is_over(now) and who_may_still_come(who_hears(row), now=now)
    if not late:
        _demand_future(row, now=now)
    withdrawn = _withdraw(row, by=by, now=now)
    found = who_hears(row)
    changed = who_may_still_come(found, now=now) if late else list(found.to_update)
    afresh = [] if late else sorted(withdrawn & set(found.to_invite))
    told = [(NoticeKind.MEETING_CHANGED, changed), (NoticeKind.MEETING, afresh)]
    return [_send(row, kind, people, by=by, now=now) for kind, people in told if people]


@transaction.atomic
def send_cancellation(engagement: Engagement, *, by, now: datetime) -> list[Notice]:
    """All who were invited by mail, when it was called off; otherwise those who were taken off the list. Invitations
    that still wait here are cancelled, and nobody hears of them."""
    row = _lock(engagement)
    _withdraw(row, by=by, now=now)
    found = who_hears(row)
    if not found.to_call_off:
        return []
    about = "" if row.is_cancelled else "left_out"
    alike = by_belief(found.to_call_off, found.known)
    return [_send(row, NoticeKind.MEETING_OFF, people, by=by, now=now, about=about) for people in alike]


def who_may_still_come(hearing: Hearing, *, now: datetime) -> list[int]:
    """It was moved into the past, and they were told a time that is not over."""
    ends = {person: said[2] for person, said in hearing.to_update.items() if said != OFF and said[2]}
    return [person for person, end in ends.items() if datetime.fromisoformat(end) > now]


def by_belief(people: Iterable[int], known: Known) -> list[list[int]]:
    """Those who were told the same together, most first: each hears of the appointment they know."""
    found: dict[Says, list[int]] = {}
    for person in people:
        found.setdefault(known.of(person), []).append(person)
    return sorted(found.values(), key=lambda alike: (-len(alike), alike))


def _lock(engagement: Engagement) -> Engagement:
    rows = Engagement.objects.select_for_update(of=("self",), no_key=True).select_related("host", "upgrade")
    return rows.get(pk=engagement.pk)


def _demand_future(row: Engagement, *, now: datetime) -> None:
    if row.is_cancelled:
        raise NotAllowed("It was called off: nobody can be invited to it.")
    if row.is_held or row.is_over(now):
        raise NotAllowed("It is over: nobody can be invited to it.")


def _withdraw(row: Engagement, *, by, now: datetime) -> set[int]:
    """Takes back what says something else than what holds and has not left yet. Returns to whom it would have gone."""
    here, wanted = says(row), _wanted(row)
    waiting = row.notices.filter(kind__in=COMES, state__in=WAITING)
    for notice in waiting if row.is_cancelled else waiting.filter(kind=NoticeKind.MEETING_CHANGED):
        approve.cancel(notice, by=by, reason=row.cancel_reason or REPLACED, now=now)
    here_still = Message.objects.filter(notice__engagement=row, notice__kind__in=COMES, state__in=UNSENT)
    # Behind a lock, and asked again after it: what a worker takes meanwhile has left, and tells.
    found = here_still.select_for_update(of=("self",), no_key=True).order_by("pk").select_related("variant__revision")
    stale = [
        message
        for message in found
        if message.person_id not in wanted
        or message.variant is None
        or facts.material(message.variant.revision.facts, row.pk) != here
    ]
    keys = [message.pk for message in stale]
    Message.objects.filter(pk__in=keys).update(state=MessageState.CANCELLED, reason=REPLACED, lease_until=None)
    owner = _owners({message.person_id for message in stale})
    return {owner(message.person_id) for message in stale}


def _send(row: Engagement, kind: NoticeKind, people: Iterable[int], *, by, now: datetime, about: str = "") -> Notice:
    _number(row, OFF if kind == NoticeKind.MEETING_OFF else says(row))
    return say(
        row.upgrade,
        kind=kind,
        title=f"{kind.label}: {row.title}",
        people=people,
        words=wording.of(kind, about=about),
        by=by,
        now=now,
        expires_at=_useful_until(row),
        engagement=row,
    )


def _useful_until(row: Engagement) -> datetime:
    """As long as anybody may go there: until the latest end that anybody was told."""
    ends = [told.get(f"{facts.subject(row.pk)}.end") for _, told in _published(row)]
    return max([row.end, *(datetime.fromisoformat(end) for end in ends if end)])


def _number(row: Engagement, now_says: Says) -> None:
    """The sequence rises when what is published differs from what was published last. It never falls; gaps are fine."""
    published = _published(row)
    if not published:
        return
    kind, last = published[-1]
    last_says = OFF if kind == NoticeKind.MEETING_OFF else facts.material(last, row.pk)
    highest = max(told.get(f"{facts.subject(row.pk)}.sequence", 0) for _, told in published)
    if row.sequence < highest + (last_says != now_says):
        row.sequence = highest + (last_says != now_says)
        row.save(update_fields=["sequence"])


def _published(row: Engagement) -> list[tuple[str, facts.Facts]]:
    revisions = Revision.objects.filter(notice__engagement=row, notice__kind__in=MEETINGS)
    return list(revisions.order_by("notice", "number").values_list("notice__kind", "facts"))


def example(engagement: Engagement, kind: NoticeKind, *, reader: Person, by) -> Notice:
    """What would be said to one, for a look before it is sent. Not stored."""
    about = "left_out" if kind == NoticeKind.MEETING_OFF and not engagement.is_cancelled else ""
    return Notice(
        upgrade=engagement.upgrade,
        engagement=engagement,
        kind=kind,
        title=f"{kind.label}: {engagement.title}"[:120],
        channels=[Channel.EMAIL],
        audience={"people": [reader.pk]},
        words=wording.of(kind, about=about),
        author=by,
    )
