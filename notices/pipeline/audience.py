"""Who hears it: one rule, one queryset. Preview, count, simulation and `outbox.fill` all ask here.

A rule is a union of ways to be chosen, narrowed by filters. It is kept as a rule, not as a list of people, because
people join and leave until the last moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from feedback.enums import Progress
from feedback.models import Invitation, Survey
from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Notice, Receipt, Revision
from stakeholders.enums import AddressState, Category, Channel
from stakeholders.models import Group, Membership, OptOut, Person
from upgrades.enums import Impact, Quadrant
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

NO_ADDRESS = "no address"
BOUNCED = "address bounced"
COMPLAINED = "marked our mail as unwanted"


@dataclass(frozen=True)
class Audience:
    """Lists are sorted tuples, so that two equal rules are equal."""

    affected: bool = False
    groups: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    quadrants: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    representatives_only: bool = False
    not_answered: bool = False
    not_acknowledged: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Audience":
        """Names it does not know are an error: a rule that is half understood tells the wrong people."""
        values = dict(data or {})
        if unknown := values.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"An audience has no {', '.join(sorted(unknown))}.")
        clean: dict[str, Any] = {
            name: bool(value) if isinstance(getattr(cls, name), bool) else tuple(sorted(value or ()))
            for name, value in values.items()
        }
        return cls(**clean)

    def as_json(self) -> dict[str, Any]:
        """Only what is set."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items() if value
        }

    def describe(self, names: Mapping[int, str] | None = None) -> str:
        """A sentence. One query when the rule names groups, unless `names` has those of all groups."""
        chosen = self._ways(names)
        if not chosen:
            return "Nobody."
        sentence = _listed(chosen)
        filters = [words for name, words in FILTER_WORDS.items() if getattr(self, name)]
        return f"{sentence[0].upper()}{sentence[1:]}{''.join(f', {words}' for words in filters)}."

    def _ways(self, names: Mapping[int, str] | None) -> list[str]:
        ways = ["everybody affected"] if self.affected else []
        ways += [f"stakeholders to {Quadrant(name).label.lower()}" for name in self.quadrants]
        ways += [f"the {_category(name)} groups concerned" for name in self.categories]
        ways += sorted(self._group_names() if names is None else (names[pk] for pk in self.groups if pk in names))
        if self.people:
            ways.append("one person" if len(self.people) == 1 else f"{len(self.people)} people chosen one by one")
        return ways

    def _group_names(self) -> Iterable[str]:
        return Group.objects.filter(pk__in=self.groups).order_by("name").values_list("name", flat=True)


FILTER_WORDS = {
    "representatives_only": "only representatives of their groups",
    "not_answered": "only those who have not answered the survey",
    "not_acknowledged": "only those who have not acknowledged",
}


def resolve(
    rule: Audience | Mapping[str, Any],
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
) -> QuerySet[Person]:
    """Active people, each once, by name. Nobody is left out here because of an address or an opt-out: see recipients.

    "Only representatives" narrows the ways through groups. Somebody who was chosen in person stays.
    """
    audience = rule if isinstance(rule, Audience) else Audience.from_json(rule)
    members = Membership.objects.filter(is_representative=True) if audience.representatives_only else Membership.objects
    wanted = _named(audience, members) | _in_categories(audience, members, upgrade, milestone)
    wanted |= _in_quadrants(audience, members, upgrade)
    if audience.affected:
        wanted |= _affected(members, upgrade, milestone)
    people = Person.objects.active().filter(wanted)
    if audience.not_answered:
        people = people.filter(pk__in=_still_to_answer(survey))
    if audience.not_acknowledged:
        people = people.filter(pk__in=_still_to_acknowledge(upgrade, milestone))
    return people.order_by("name", "pk")


def recipients(source: Notice | Revision, *, channel: str) -> QuerySet[Person]:
    """Everybody in the audience; `skip_reason` says why somebody gets nothing over this channel ("" = goes out)."""
    notice = source.notice if isinstance(source, Revision) else source
    people = resolve(source.audience, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
    reasons = [*ADDRESS_REASONS.get(channel, ()), *_declined(notice)]
    return people.annotate(
        skip_reason=Case(
            *(When(condition, then=Value(reason)) for condition, reason in reasons),
            default=Value(""),
            output_field=CharField(),
        )
    )


ADDRESS_REASONS: dict[str, list[tuple[Any, str]]] = {
    Channel.EMAIL: [
        (Q(email=""), NO_ADDRESS),
        (Q(email_state=AddressState.BOUNCED), BOUNCED),
        (Q(email_state=AddressState.COMPLAINED), COMPLAINED),
    ]
}


def opted_out(topic) -> str:
    return f"opted out: {topic.label.lower()}"


def _declined(notice: Notice) -> list[tuple[Any, str]]:
    """The one place where opt-outs are applied."""
    if notice.topic is None:
        return []
    declined = OptOut.objects.filter(person=OuterRef("pk"), topic=notice.topic)
    return [(Exists(declined), opted_out(notice.topic))]


def services_of(upgrade: Upgrade, milestone: Milestone | None) -> QuerySet[Service]:
    """The milestone's own, or the upgrade's when it names none."""
    all_of_them = Service.objects.filter(upgrades=upgrade)
    if milestone is None:
        return all_of_them
    own = Service.objects.filter(milestones=milestone)
    return Service.objects.filter(Q(pk__in=own.values("pk")) | (~Exists(own) & Q(pk__in=all_of_them.values("pk"))))


def _users(upgrade: Upgrade, milestone: Milestone | None) -> QuerySet:
    """Ids of the groups that use the services."""
    return Service.users.through.objects.filter(service__in=services_of(upgrade, milestone)).values("group")


def _affected(members, upgrade: Upgrade, milestone: Milestone | None) -> Q:
    """A person who is a stakeholder is affected wherever they are; of a group, those who are at the sites."""
    hit = Stakeholder.objects.filter(upgrade=upgrade, impact_on_them__gt=Impact.NO_IMPACT)
    users = members.filter(group__in=_users(upgrade, milestone))
    of_groups = members.filter(group__in=hit.exclude(group=None).values("group"))
    there = Q(pk__in=users.values("person")) | Q(pk__in=of_groups.values("person"))
    return (there & _at_the_sites(milestone)) | Q(pk__in=hit.exclude(person=None).values("person"))


def _at_the_sites(milestone: Milestone | None) -> Q:
    """Somebody whose site nobody knows might be there."""
    if milestone is None:
        return Q()
    sites = Milestone.sites.through.objects.filter(milestone=milestone)
    return Q(site=None) | Q(site__in=sites.values("site")) | Q(~Exists(sites))


def _named(audience: Audience, members) -> Q:
    """Who was merged since stands for the person they became."""
    merged = Person.objects.filter(pk__in=audience.people).exclude(merged_into=None).values("merged_into")
    chosen = Q(pk__in=audience.people) | Q(pk__in=merged) if audience.people else Q(pk__in=())
    return chosen | Q(pk__in=members.filter(group__in=audience.groups).values("person"))


def _in_categories(audience: Audience, members, upgrade: Upgrade, milestone: Milestone | None) -> Q:
    if not audience.categories:
        return Q(pk__in=())
    stakes = Stakeholder.objects.filter(upgrade=upgrade).exclude(group=None)
    groups = Group.objects.filter(category__in=audience.categories).filter(
        Q(pk__in=stakes.values("group")) | Q(pk__in=_users(upgrade, milestone))
    )
    return Q(pk__in=members.filter(group__in=groups.values("pk")).values("person"))


def _in_quadrants(audience: Audience, members, upgrade: Upgrade) -> Q:
    """What is known of a person beats what is known of the group."""
    if not audience.quadrants:
        return Q(pk__in=())
    stakes = Stakeholder.objects.filter(upgrade=upgrade)
    wanted = stakes.in_quadrants(audience.quadrants)
    known = stakes.filter(assessments__isnull=False).exclude(person=None)
    of_groups = members.filter(group__in=wanted.exclude(group=None).values("group")).exclude(
        person__in=known.values("person")
    )
    return Q(pk__in=wanted.exclude(person=None).values("person")) | Q(pk__in=of_groups.values("person"))


def _still_to_answer(survey: Survey | None) -> QuerySet:
    return Invitation.objects.filter(survey=survey, progress=Progress.INVITED).values("person")


def _still_to_acknowledge(upgrade: Upgrade, milestone: Milestone | None) -> QuerySet:
    """Those who got a request to acknowledge, about this milestone if there is one, and have acknowledged none."""
    requests = Message.objects.filter(notice__upgrade=upgrade, notice__asks_acknowledgement=True)
    if milestone is not None:
        requests = requests.filter(notice__milestone=milestone)
    acknowledged = Receipt.objects.filter(kind=ReceiptKind.ACKNOWLEDGED, message__in=requests.values("pk"))
    return (
        requests.filter(state=MessageState.SENT)
        .exclude(person__in=acknowledged.values("message__person"))
        .values("person")
    )


def _category(name: str) -> str:
    label = Category(name).label
    return label if label.isupper() else label.lower()


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
