"""What of an upgrade reaches each stakeholder: its notices, meetings and engagements.

A notice or meeting of the plan reaches a group when at least half of its active members are in the audience, or when it
is for representatives only and one of them is. A conversation reaches a group when a representative takes part, or at
least half of the members. An invitation to a conversation is an e-mail of the week, and tells nothing by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from engagement.enums import EngagementKind, EngagementState, Rsvp
from engagement.models import Engagement, Participant
from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.audiences.crowds import NOBODY, Crowds, size
from notices.enums import Medium, NoticeKind
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.enums import Category, Channel
from stakeholders.models import Group
from upgrades.enums import Means
from upgrades.models import Milestone, Stakeholder, Upgrade

LOOK_BACK = 200  # released notices
THIS_WEEK = timedelta(days=7)
MEANS_OF_TALK: dict[str, Means] = {
    EngagementKind.ONE_TO_ONE: Means.ONE_TO_ONE,
    EngagementKind.INTERVIEW: Means.ONE_TO_ONE,
    EngagementKind.CALL: Means.ONE_TO_ONE,
    EngagementKind.MEETING: Means.MEETING,
    EngagementKind.FOCUS_GROUP: Means.MEETING,
    EngagementKind.BOARD: Means.MEETING,
    EngagementKind.TOWN_HALL: Means.BRIEFING,
    EngagementKind.TRAINING: Means.TRAINING,
}
MEANS_OF_STEP = {
    Medium.MEETING: Means.MEETING,
    Medium.TOWN_HALL: Means.BRIEFING,
    Medium.TRAINING: Means.TRAINING,
}
IN_A_CROWD = {Means.BRIEFING, Means.TRAINING}
MEANS_OF_KIND = {
    NoticeKind.BRIEFING: Means.BRIEFING,
    NoticeKind.EXECUTIVE: Means.BRIEFING,
    NoticeKind.NEWS: Means.NEWSLETTER,
}
ANNOUNCES = {NoticeKind.SAVE_THE_DATE, NoticeKind.ANNOUNCEMENT, NoticeKind.ACTION}
USERS = {Category.STAFF, Category.CUSTOMER}


@dataclass(frozen=True)
class Contact:
    """Something that reaches a stakeholder at a moment."""

    at: datetime
    means: frozenset[Means]
    is_talk: bool = False
    is_mail: bool = False
    notice: Notice | None = None

    @property
    def kind(self) -> str:
        return self.notice.kind if self.notice else ""

    @property
    def is_in_private(self) -> bool:
        """Few enough to decide with. In front of a hall, or a class, nobody does."""
        return self.is_talk and not self.means & IN_A_CROWD

    @property
    def asks(self) -> bool:
        return self.notice is not None and self.notice.survey_id is not None


@dataclass(frozen=True)
class Found:
    """By stakeholder what reaches them, in the order of time; who has something to do; when users hear of it first."""

    by_stakeholder: Mapping[int, list[Contact]] = field(default_factory=dict)
    must_act: frozenset[int] = frozenset()
    users_hear: datetime | None = None


@dataclass(frozen=True)
class Line:
    """A notice or step of the plan."""

    asked: Asked
    contact: Contact


@dataclass(frozen=True)
class Reaching:
    """What is there to reach the stakeholders, before anybody is counted. `people` and `groups`: their stakeholders."""

    upgrade: Upgrade
    people: Mapping[int, int]
    groups: Mapping[int, int]
    lines: Sequence[Line]
    duties: Sequence[Asked]

    @classmethod
    def of(
        cls, upgrade: Upgrade, stakeholders: Iterable[Stakeholder], milestones: Iterable[Milestone], *, now: datetime
    ) -> "Reaching":
        rows = list(stakeholders)
        whole = _whole(upgrade)
        return cls(
            upgrade=upgrade,
            people={one.person_id: one.pk for one in rows if one.person_id},
            groups={one.group_id: one.pk for one in rows if one.group_id},
            lines=_simplified([*_notices(upgrade, now=now), *_steps(upgrade, now=now)], whole),
            duties=_duties(upgrade, milestones, whole, now=now),
        )

    @property
    def asked(self) -> list[Asked]:
        return [line.asked for line in self.lines] + [*self.duties]

    def found(self, known: Crowds) -> Found:
        """`known` has all that is asked, and the groups."""
        distinct = {one.key: one for one in self.asked}
        reached = {key: _reached(one, known, self.people, self.groups) for key, one in distinct.items()}
        found: dict[int, list[Contact]] = {key: [] for key in (*self.people.values(), *self.groups.values())}
        for line in self.lines:
            for key in reached[line.asked.key]:
                found[key].append(line.contact)
        sizes = {group: size(known.groups.get(group, NOBODY)) for group in self.groups}
        for key, contact in _talks(self.upgrade, self.people, self.groups, sizes):
            found[key].append(contact)
        in_order = {key: sorted(contacts, key=_when) for key, contacts in found.items()}
        must_act = frozenset().union(*(reached[one.key] for one in self.duties))
        return Found(in_order, must_act, _users_hear(self.lines))


def of(upgrade: Upgrade, stakeholders: list[Stakeholder], milestones: list[Milestone], *, now: datetime) -> Found:
    """The number of queries does not depend on how many stakeholders, notices and milestones there are."""
    reaching = Reaching.of(upgrade, stakeholders, milestones, now=now)
    return reaching.found(crowds.load(reaching.asked, groups=reaching.groups))


def _when(contact: Contact) -> datetime:
    return contact.at


def _notices(upgrade: Upgrade, *, now: datetime) -> list[Line]:
    rows = Notice.objects.filter(upgrade=upgrade).select_related("milestone", "survey")
    waiting = rows.waiting().filter(send_at__gte=now).order_by("send_at", "pk")
    released = rows.released().filter(Q(engagement=None) | Q(released_at__gte=now - THIS_WEEK))
    return [
        _line(notice, upgrade, now=now) for notice in [*waiting, *released.order_by("-released_at", "-pk")[:LOOK_BACK]]
    ]


def _line(notice: Notice, upgrade: Upgrade, *, now: datetime) -> Line:
    notice.upgrade = upgrade
    is_mail = Channel.EMAIL in notice.channels
    means = {MEANS_OF_KIND[kind] for kind in MEANS_OF_KIND if kind == notice.kind}
    means |= {Means.MAIL} if is_mail else set()
    means |= {Means.PORTAL} if Channel.PORTAL in notice.channels and upgrade.is_published else set()
    means = set() if notice.engagement_id else means
    at = notice.released_at or notice.send_at or notice.created_at
    return Line(Asked.of(notice, now=now), Contact(at, frozenset(means), is_mail=is_mail, notice=notice))


def _duties(upgrade: Upgrade, milestones: Iterable[Milestone], whole: Collection[int], *, now: datetime) -> list[Asked]:
    """Those whom a milestone ahead asks to do something."""
    ahead = [one for one in milestones if one.action and one.last_moment > now]
    return [_simpler(Asked({"affected": True}, upgrade, one), whole) for one in ahead]


def _users_hear(lines: Iterable[Line]) -> datetime | None:
    announced = [line for line in lines if line.contact.is_mail and line.contact.kind in ANNOUNCES]
    named = {pk for line in announced for pk in line.asked.rule.get("groups", ())}
    users = set(Group.objects.filter(pk__in=named, category__in=USERS).values_list("pk", flat=True))
    return min((line.contact.at for line in announced if _is_for_users(line.asked.rule, users)), default=None)


def _is_for_users(rule: Mapping[str, Any], users: Collection[int]) -> bool:
    return bool(rule.get("affected") or USERS & {*rule.get("categories", ())} or {*users} & {*rule.get("groups", ())})


def _steps(upgrade: Upgrade, *, now: datetime) -> list[Line]:
    """Meetings and trainings of the plan. One that has an engagement counts by who is invited to that."""
    rows = PlanStep.objects.filter(upgrade=upgrade, medium__in=MEANS_OF_STEP, engagement=None)
    lines = []
    for step in rows.select_related("milestone").order_by("pk"):
        step.upgrade = upgrade
        at = step.done_at or schedule.due_at(step)
        if at and (step.done_at or at >= now):
            lines.append(
                Line(Asked.of(step, now=now), Contact(at, frozenset({MEANS_OF_STEP[Medium(step.medium)]}), True))
            )
    return lines


def _whole(upgrade: Upgrade) -> set[int]:
    """Milestones without services and sites of their own."""
    return set(Milestone.objects.filter(upgrade=upgrade, services=None, sites=None).values_list("pk", flat=True))


def _simplified(lines: list[Line], whole: Collection[int]) -> list[Line]:
    """Few audiences instead of one for each day: deputies are left out, who stand in for somebody and are no other
    stakeholder; a milestone without services and sites of its own touches whom the upgrade touches."""
    return [replace(line, asked=_simpler(line.asked, whole)) for line in lines]


def _simpler(asked: Asked, whole: Collection[int]) -> Asked:
    is_whole = asked.milestone is None or asked.milestone.pk in whole
    milestone = None if is_whole and not asked.rule.get("not_acknowledged") else asked.milestone
    return replace(asked, milestone=milestone, on=None)


def _reached(one: Asked, known: Crowds, people: Mapping[int, int], groups: Mapping[int, int]) -> set[int]:
    """Stakeholders in an audience."""
    crowd = known.of(one)
    found = {people[person] for person in known.persons(crowd & known.mark(people))}
    by_speakers = bool(one.rule.get("representatives_only"))
    for group, stake in groups.items():
        members = known.groups.get(group, NOBODY)
        there = size(crowd & (known.speakers[group] if by_speakers else members)) if members else 0
        if there and (by_speakers or there * 2 >= size(members)):
            found.add(stake)
    return found


def _talks(
    upgrade: Upgrade, people: Mapping[int, int], groups: Mapping[int, int], sizes: Mapping[int, int]
) -> list[tuple[int, Contact]]:
    """Engagements with those who take part, or took part as far as anybody knows."""
    rows = Engagement.objects.filter(upgrade=upgrade).exclude(state=EngagementState.CANCELLED)
    contacts = {one.pk: _talk(one) for one in rows.only("kind", "start")}
    there = Participant.objects.filter(engagement__in=contacts).exclude(rsvp=Rsvp.NO).exclude(attended=False)
    pairs = there.filter(person__in=people).order_by().values_list("engagement", "person")
    found = [(people[person], contacts[engagement]) for engagement, person in pairs]
    members = there.filter(person__memberships__group__in=groups, person__archived_at=None).order_by()
    counted = members.values("engagement", "person__memberships__group").annotate(
        members=Count("pk"), speakers=Count("pk", filter=Q(person__memberships__is_representative=True))
    )
    for row in counted:
        group = row["person__memberships__group"]
        if row["speakers"] or row["members"] * 2 >= sizes.get(group, 0):
            found.append((groups[group], contacts[row["engagement"]]))
    return found


def _talk(engagement: Engagement) -> Contact:
    return Contact(engagement.start, frozenset({MEANS_OF_TALK[engagement.kind]}), is_talk=True)
