"""Who is impacted, and who can be reached, by whom, before whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, prefetch_related_objects

from accounts import policy
from accounts.models import Account
from feedback.models import Question
from notices.audiences.contacts import Contact, Reaching
from notices.audiences.crowds import NOBODY, Crowd, Crowds
from notices.lint.line import Line
from notices.pipeline.audience import BOUNCED, COMPLAINED, NO_ADDRESS
from notices.pipeline.outlets import offered
from stakeholders.enums import AddressState, Category
from stakeholders.models import Address, Group, Membership, Person
from upgrades.enums import Quadrant
from upgrades.models import Milestone, Stakeholder, Upgrade

DESK = r"\m(service|help)[ -]?desk\M"
EXTERNAL = (Category.VENDOR, Category.CUSTOMER, Category.REGULATOR)
REASONS = {AddressState.BOUNCED: BOUNCED, AddressState.COMPLAINED: COMPLAINED}


@dataclass(frozen=True)
class Members:
    """A group that uses a service or is a stakeholder, or that people call for help. `crowd` are those of its `size`
    active members who are in any audience of the plan. `lists`: those who are distribution lists."""

    group: Group
    size: int
    crowd: Crowd
    lists: int
    is_desk: bool
    is_concerned: bool

    @property
    def is_external(self) -> bool:
        return self.group.category in EXTERNAL

    @property
    def is_only_lists(self) -> bool:
        return 0 < self.size == self.lists


@dataclass(frozen=True, kw_only=True)
class People:
    """`unreachable`: by reason those whom no mail reaches. `lists`: distribution lists by key. `contacts`: what reaches
    a stakeholder, by key. `approvers`: accounts that may approve. `questions`: by survey. `lost`: groups that lines
    name, and that are no longer there. `beside`: by channel that lines use those whom it reaches; `not_set_up`: such
    channels that nobody has set up."""

    groups: tuple[Members, ...] = ()
    unreachable: Mapping[str, Crowd] = field(default_factory=dict)
    lists: Mapping[int, str] = field(default_factory=dict)
    contacts: Mapping[int, Sequence[Contact]] = field(default_factory=dict)
    approvers: frozenset[int] = frozenset()
    questions: Mapping[int, Sequence[Question]] = field(default_factory=dict)
    lost: frozenset[int] = frozenset()
    beside: Mapping[str, Crowd] = field(default_factory=dict)
    not_set_up: frozenset[str] = frozenset()

    @cached_property
    def desk(self) -> tuple[Members, ...]:
        """Groups that are called so; where there is none, IT groups that are concerned."""
        named = tuple(one for one in self.groups if one.is_desk and one.size)
        it = tuple(one for one in self.groups if one.group.category == Category.IT and one.is_concerned and one.size)
        return named or it

    @cached_property
    def it(self) -> Crowd:
        return _joined(one for one in self.groups if one.group.category == Category.IT or one.is_desk)

    @cached_property
    def managers(self) -> Crowd:
        return _joined(one for one in self.groups if one.group.category == Category.MANAGEMENT and one.is_concerned)

    @cached_property
    def external(self) -> tuple[Members, ...]:
        return tuple(one for one in self.groups if one.is_external and one.is_concerned)

    @cached_property
    def without_mail(self) -> Crowd:
        return reduce(or_, self.unreachable.values(), NOBODY)

    def most_of(self, crowd: Crowd) -> list[tuple[Group, int]]:
        """The concerned groups that most of these people belong to."""
        counted = [(one.group, (one.crowd & crowd).bit_count()) for one in self.groups if one.is_concerned]
        return sorted((pair for pair in counted if pair[1]), key=lambda pair: (-pair[1], pair[0].name))


def _joined(groups: Iterable[Members]) -> Crowd:
    return reduce(or_, (one.crowd for one in groups), NOBODY)


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    reaching: Reaching | None,
) -> People:
    prefetch_related_objects([upgrade], "services")
    return People(
        groups=_groups(upgrade, milestones, stakeholders, crowds),
        unreachable=_unreachable(crowds),
        lists=dict(Person.objects.active().filter(is_list=True).order_by("pk").values_list("pk", "name")),
        contacts=reaching.found(crowds).by_stakeholder if reaching else {},
        approvers=frozenset(_approvers().values_list("pk", flat=True)),
        questions=_questions(lines),
        lost=_lost(lines),
        **_beside(lines, crowds),
    )


def _approvers():
    roles = policy.roles_that_may("notices.approve")
    return Account.objects.filter(is_active=True, roles__overlap=roles).order_by("pk")


def _groups(
    upgrade: Upgrade, milestones: Sequence[Milestone], stakeholders: Sequence[Stakeholder], crowds: Crowds
) -> tuple[Members, ...]:
    services = {one.pk for one in upgrade.services.all()}
    services |= {one.pk for milestone in milestones for one in milestone.services.all()}
    uses = Group.objects.filter(services__in=services).values("pk")
    stakes = {one.group_id for one in stakeholders if one.group_id}
    concerned = set(Group.objects.filter(Q(pk__in=stakes) | Q(pk__in=uses)).order_by().values_list("pk", flat=True))
    desks = set(Group.objects.filter(name__iregex=DESK, category=Category.IT).order_by().values_list("pk", flat=True))
    rows = Group.objects.filter(pk__in=concerned | desks).order_by("name", "pk")
    members = _members(concerned | desks)
    return tuple(
        Members(row, len(all_of), crowds.mark(all_of), lists, row.pk in desks, row.pk in concerned)
        for row in rows
        for all_of, lists in [members.get(row.pk, ((), 0))]
    )


def _members(groups: Iterable[int]) -> dict[int, tuple[list[int], int]]:
    rows = Membership.objects.filter(group__in=groups, person__archived_at=None).order_by().values("group")
    rows = rows.annotate(all_of=ArrayAgg("person"), lists=ArrayAgg("pk", filter=Q(person__is_list=True), default=[]))
    return {row["group"]: (row["all_of"], len(row["lists"])) for row in rows}


def _unreachable(crowds: Crowds) -> dict[str, Crowd]:
    bad: Any = Person.objects.active().filter(Q(email="") | ~Q(email_state=AddressState.WORKING)).order_by()
    found: dict[str, list[int]] = {}
    for pk, email, state in bad.values_list("pk", "email", "email_state"):
        found.setdefault(REASONS[state] if email else NO_ADDRESS, []).append(pk)
    return {reason: crowds.mark(people) for reason, people in found.items()}


def _beside(lines: Sequence[Line], crowds: Crowds) -> dict[str, Any]:
    """Asks nothing for a plan that uses mail and pages alone."""
    used = {channel for line in lines for channel in line.channels} - {*offered.ALWAYS}
    if not used:
        return {}
    rows = Address.objects.filter(channel__in=used, state=AddressState.WORKING, person__archived_at=None)
    found: dict[str, list[int]] = {channel: [] for channel in used}
    for channel, person in rows.order_by().values_list("channel", "person"):
        found[channel].append(person)
    not_set_up = frozenset(used.intersection(offered.not_set_up(used)))
    return {
        "beside": {channel: crowds.mark(people) for channel, people in found.items() if channel not in not_set_up},
        "not_set_up": not_set_up,
    }


def close(
    upgrade: Upgrade, milestones: Iterable[Milestone], stakeholders: Iterable[Stakeholder], *, now: datetime
) -> Reaching | None:
    """What is there to reach those to manage closely."""
    those = [one for one in stakeholders if one.quadrant == Quadrant.MANAGE_CLOSELY]
    return Reaching.of(upgrade, those, milestones, now=now) if those else None


def _lost(lines: Sequence[Line]) -> frozenset[int]:
    named = {pk for line in lines for pk in line.asked.rule.get("groups", ())}
    return frozenset(named - set(Group.objects.filter(pk__in=named or [0]).order_by().values_list("pk", flat=True)))


def _questions(lines: Sequence[Line]) -> dict[int, list[Question]]:
    surveys = {line.notice.survey_id for line in lines if line.notice and line.notice.survey_id}
    found: dict[int, list[Question]] = {}
    for row in Question.objects.filter(survey__in=surveys).order_by("position", "pk") if surveys else ():
        found.setdefault(row.survey_id, []).append(row)
    return found
