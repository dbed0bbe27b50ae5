"""Over which channel somebody can still be told, and what is planned to tell them anyway."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Q, Value, When

from commsplan.lib.these import these
from notices.channels import KINDS
from notices.enums import PUT_RIGHT, MessageState, NoticeState
from notices.models import Message, Notice, Revision
from notices.pipeline import approve, audience, kit, outbox, render
from notices.pipeline.correcting.deciding import Planned, Way
from notices.pipeline.ledger import Plan
from notices.pipeline.outlets import offered
from notices.pipeline.schedule import fate, when
from stakeholders.enums import Channel, silent_with
from stakeholders.models import Person
from upgrades.enums import Impact, Status
from upgrades.facts import Facts
from upgrades.models import Upgrade

IN_VAIN = [MessageState.FAILED, MessageState.BOUNCED, MessageState.SKIPPED]
OUR_DOING = "Withdrawn: "  # how every reason begins for which no person, but the engine took a proposal back

BY_NOBODY = (OUR_DOING, fate.UPGRADE_IS_OFF)


@dataclass(frozen=True)
class Reader:
    """Somebody who is to be told, and the ways to them."""

    ways: list[Way]
    preferred: str = ""


@dataclass(frozen=True)
class Attempt:
    """A letter that put something right, or was to. `facts`: as it had them."""

    channel: str
    address: str
    state: str
    reason: str
    is_dismissed: bool
    facts: Facts

    def said(self, now: Mapping[str, object]) -> bool:
        return all(self.facts.get(fact) == value for fact, value in now.items())

    @property
    def was_in_vain(self) -> bool:
        """Over a channel that knows which addresses work, that knowledge counts: an address may have been mended."""
        if self.state == MessageState.FAILED:
            return True
        knows = self.channel in audience.ADDRESS_REASONS
        return self.state in IN_VAIN and not knows and self.reason != outbox.KNOWS


def readers(people: Collection[int], plan: Plan, *, now: datetime) -> dict[int, Reader]:
    """A query for each channel that sends and is set up."""
    down = _down(plan, now=now)
    ways: dict[int, list[Way]] = defaultdict(list)
    liked: dict[int, str] = {}
    for channel in offered.sending():
        why = [When(condition, then=Value(reason)) for condition, reason in audience.ADDRESS_REASONS[channel]]
        rows = Person.objects.active().filter(pk__in=these(people)).order_by("pk")
        told = rows.annotate(why_not=Case(*why, default=Value(""), output_field=CharField()))
        address = audience.address_over(channel)
        values = told.values_list("pk", address, "is_list", "refused_channels", "preferred_channel", "why_not")
        for key, own, is_list, refused, preferred, why_not in values:
            liked[key] = preferred
            if own or _may_reach(channel, is_list=is_list):
                ways[key].append(Way(channel, own, why_not, channel in down, channel in refused))
    return {key: Reader(found, liked[key]) for key, found in ways.items()}


def _may_reach(channel: Channel, *, is_list: bool) -> bool:
    """A room has no number, and nobody has a room of their own."""
    place = KINDS[channel].address
    return place.of_rooms if is_list else place.of_people


def _down(plan: Plan, *, now: datetime) -> set[str]:
    """Channels that a window takes away that is open right now."""
    open_now = [
        one
        for one in plan.milestones.values()
        if one.impact == Impact.OUTAGE
        and (one.status == Status.IN_PROCESS or (not one.is_over and one.start <= now < one.last_moment))
    ]
    services = [s for one in open_now for s in (one.services.all() or one.upgrade.services.all())]
    return silent_with(channel for service in services for channel in service.carries)


def attempts(upgrade: Upgrade, kind: str, people: Collection[int]) -> dict[int, list[Attempt]]:
    """What was tried before to tell these people by letters of that kind. Whoever was merged is whom they became."""
    rows = Message.objects.filter(
        Q(person__in=these(people)) | Q(person__merged_into__in=these(people)),
        notice__upgrade=upgrade,
        notice__kind=kind,
    ).order_by("pk")
    values = list(
        rows.values_list(
            *("person", "person__merged_into", "channel", "address", "state", "reason"),
            *("notice__state", "notice__reason", "variant__revision"),
        )
    )
    facts = dict(Revision.objects.filter(pk__in={row[-1] for row in values if row[-1]}).values_list("pk", "facts"))
    found: dict[int, list[Attempt]] = defaultdict(list)
    for person, became, channel, address, state, reason, notice_state, why, revision in values:
        is_dismissed = notice_state == NoticeState.CANCELLED and not why.startswith(BY_NOBODY)
        one = Attempt(channel, address, state, reason, is_dismissed, facts.get(revision, {}))
        found[became or person].append(one)
    for notice in _dismissed(upgrade, kind):
        for person in notice.audience.get("people", ()):
            latest = max(notice.revisions.all(), key=lambda one: one.number, default=None)
            if latest:
                found[person].append(Attempt("", "", MessageState.CANCELLED, notice.reason, True, latest.facts))
    return found


def _dismissed(upgrade: Upgrade, kind: str) -> list[Notice]:
    """What a person took back before it was released: they do not want it, as long as the plan stays as it was."""
    rows = Notice.objects.filter(upgrade=upgrade, kind=kind, state=NoticeState.CANCELLED, released_at=None)
    return [one for one in rows.prefetch_related("revisions").order_by("pk") if not one.reason.startswith(BY_NOBODY)]


def planned(upgrade: Upgrade, people: Collection[int], *, now: datetime, until: datetime) -> list[Planned]:
    """Approved notices that go out by then, also those that are due right now. What waits for a decision, or is paused,
    is not sure to."""
    rows = Notice.objects.filter(upgrade=upgrade, state=NoticeState.APPROVED, paused_at=None, send_at__lte=until)
    related = ("upgrade", "milestone__upgrade", "survey", "step__after", "engagement__host", "concern")
    rows = rows.exclude(kind__in=PUT_RIGHT).select_related(*related, "approved_revision").order_by("send_at", "pk")
    sure = [one for one in rows if not fate.undecided(one) and approve.is_approved_as_it_is(one)]
    return [Planned(_facts(one), _reaches(one, people, now=now)) for one in sure]


def in_a_hurry(upgrade: Upgrade, people: Collection[int], *, now: datetime) -> list[Planned]:
    """What was pressed in the kit and waits for a second pair of eyes. Somebody sees it, and whoever calls it off lets
    the correction go."""
    related = ("milestone__upgrade", "survey", "step__after", "engagement__host", "concern")
    rows = kit.waiting.of(upgrade).select_related("upgrade", *related).order_by("pk")
    return [Planned(_facts(one), _reaches(one, people, now=now)) for one in rows]


def _facts(notice: Notice) -> frozenset[str]:
    return frozenset(render.asserted_facts(notice, render.facts_of(notice), notice.words))


def _reaches(notice: Notice, people: Collection[int], *, now: datetime) -> dict[int, datetime]:
    """When whom. On the reader's wall where its hour is that of each reader."""
    found: dict[int, datetime] = {}
    for channel in audience.sent_over(notice):
        rows = audience.recipients(notice, channel=channel).filter(Q(skip_reason=""), pk__in=these(people)).order_by()
        for key, zone in rows.values_list("pk", "time_zone"):
            at = max(notice.send_at or now, now)
            if notice.local_on and notice.local_at:
                wall = when.local_moment(notice.local_on, notice.local_at, zone, place=notice.upgrade.time_zone)
                at = max(at, wall)
            found[key] = min(at, found.get(key, at))
    return found


def why_unreachable(ways: Iterable[Way]) -> str:
    """For a call: why nothing we send reaches them."""
    said = [f"{Channel(one.channel).label}: {one.why_not or 'it did not get through'}" for one in ways]
    return "; ".join(said)[:300] or "There is no channel that sends."
