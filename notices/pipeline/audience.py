"""Who hears it: one rule, one queryset. Preview, count, simulation and `outbox.fill` all ask here.

A rule is a union of ways to be chosen, narrowed by filters. It is kept as a rule, not as a list of people, because
people join and leave until the last moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from engagement.models import Participant
from feedback.enums import Progress
from feedback.models import Invitation, Survey
from notices.channels import SENDERS
from notices.enums import PERSONAL, MessageState, ReceiptKind
from notices.models import Message, Notice, PlanStep, Receipt, Revision
from notices.pipeline import fate
from stakeholders.enums import SHOWN, AddressState, Category, Channel
from stakeholders.models import Absence, Address, Group, Membership, OptOut, Person, PersonQuerySet
from upgrades.enums import Impact, Quadrant
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

NO_ADDRESS = "no address"
BOUNCED = "address bounced"
COMPLAINED = "marked our mail as unwanted"
UNWANTED = "marked us as unwanted"
UNINVITED = "no longer invited"
MOST_STEPS = 3  # from somebody who is away to somebody who is there


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
    in_person: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Audience":
        """Names it does not know are an error: a rule that is half understood tells the wrong people."""
        values = dict(data or {})
        if unknown := values.keys() - {one.name for one in fields(cls)}:
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


@dataclass(frozen=True)
class Foreseen:
    """What will be otherwise by then, for those who look ahead: who has left, and whom notices that are still to go out
    will have asked. Delivery takes everything as it is."""

    gone: frozenset[int] = frozenset()
    asked: Mapping[int, tuple[QuerySet[Person], ...]] = field(default_factory=dict)  # by survey
    requested: tuple[tuple[Notice, QuerySet[Person]], ...] = ()  # to acknowledge

    @property
    def active(self) -> PersonQuerySet:
        people = Person.objects.active()
        return people.exclude(pk__in=self.gone) if self.gone else people


AS_IT_IS = Foreseen()
FILTER_WORDS = {
    "representatives_only": "only representatives of their groups",
    "not_answered": "only those who have not answered the survey",
    "not_acknowledged": "only those who have not acknowledged",
    "in_person": "and nobody in their place",
}


def resolve(
    rule: Audience | Mapping[str, Any],
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
    on: date | None = None,
    foreseen: Foreseen = AS_IT_IS,
) -> QuerySet[Person]:
    """Active people, each once, by name. Nobody is left out here because of an address or an opt-out: see recipients.

    `on`: whoever stands in on that day for people of the audience who are away joins it.
    """
    audience = rule if isinstance(rule, Audience) else Audience.from_json(rule)
    people = chosen(audience, upgrade=upgrade, milestone=milestone, survey=survey, foreseen=foreseen)
    if on is not None and not audience.in_person:
        people = people | _filtered(foreseen.active, audience, upgrade, milestone, survey, foreseen).filter(
            pk__in=_standing_in_for(people, on=on, foreseen=foreseen)
        )
    return people.order_by("name", "pk")


def chosen(
    audience: Audience,
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
    foreseen: Foreseen = AS_IT_IS,
) -> QuerySet[Person]:
    """In no order, and without those who stand in.

    "Only representatives" narrows the ways through groups. Somebody who was chosen in person stays.
    """
    members = Membership.objects.filter(is_representative=True) if audience.representatives_only else Membership.objects
    wanted = _named(audience, members) | _in_categories(audience, members, upgrade, milestone)
    wanted |= _in_quadrants(audience, members, upgrade)
    if audience.affected:
        wanted |= _affected(members, upgrade, milestone)
    return _filtered(foreseen.active.filter(wanted), audience, upgrade, milestone, survey, foreseen)


def _filtered(
    people,
    audience: Audience,
    upgrade: Upgrade,
    milestone: Milestone | None,
    survey: Survey | None,
    foreseen: Foreseen,
):
    """Who stands in for somebody is reminded only where they have something to answer or acknowledge themselves."""
    if audience.not_answered:
        people = people.filter(_still_to_answer(survey, foreseen))
    if audience.not_acknowledged:
        people = people.filter(_still_to_acknowledge(upgrade, milestone, foreseen))
    return people


def let_through(
    rule: Audience | Mapping[str, Any],
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
) -> QuerySet[Person]:
    """Everybody whom the filters of a rule do not hold back, chosen or not."""
    audience = rule if isinstance(rule, Audience) else Audience.from_json(rule)
    return _filtered(Person.objects.active(), audience, upgrade, milestone, survey, AS_IT_IS)


def day_of(line: Notice | PlanStep, *, now: datetime | None = None) -> date | None:
    """The day on which a notice goes out, where its upgrade is; whose absence counts is known once there is one. As
    seen at `now`, what is late goes out today at the earliest. None where nobody can stand in."""
    if getattr(line, "kind", None) in PERSONAL:
        return None
    released, moment = getattr(line, "released_at", None), getattr(line, "send_at", None)
    if released or not moment:
        return day_at(line.upgrade, released) if released else None
    return day_at(line.upgrade, max(moment, now or moment))


def day_at(upgrade: Upgrade, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(upgrade.time_zone)).date()


def recipients(
    source: Notice | Revision, *, channel: str, on: date | None = None, foreseen: Foreseen = AS_IT_IS
) -> QuerySet[Person]:
    """Who is counted with this channel; `skip_reason` says why somebody gets nothing over it ("" = goes out).

    That is everybody in the audience, but for those without an address for it who are counted with another channel of
    the notice. `on`: the day whose absences count; without it, that of the notice.
    """
    people = _audience(source, on=on, foreseen=foreseen)
    if elsewhere := counted_elsewhere(source, channel):
        people = people.exclude(elsewhere)
    return people.annotate(skip_reason=_why(notice_of(source), channel))


def everybody(source: Notice | Revision, *, on: date | None = None, foreseen: Foreseen = AS_IT_IS) -> QuerySet[Person]:
    """Everybody in the audience, over whatever channel; `skip_reason` says why none of them reaches somebody."""
    notice, people = notice_of(source), _audience(source, on=on, foreseen=foreseen)
    over = sent_over(source) or [Channel.EMAIL]
    if len(over) == 1:
        return people.annotate(skip_reason=_why(notice, over[0]))
    why = {f"why_{channel}": _why(notice, channel) for channel in over}
    reached = reduce(or_, (Q(**{name: ""}) for name in why))
    said = [When(~Q(**{f"why_{one}": no_address(one)}), then=F(f"why_{one}")) for one in over]
    return people.alias(**why).annotate(
        skip_reason=Case(
            When(reached, then=Value("")), *said, default=Value(no_address(over[0])), output_field=CharField()
        )
    )


def notice_of(source: Notice | Revision) -> Notice:
    return source.notice if isinstance(source, Revision) else source


def sent_over(source: Notice | Revision) -> list[Channel]:
    """The channels of a notice that come to people, in the order in which they count."""
    return [channel for channel in Channel if channel in SENDERS and channel in source.channels]


def counted_elsewhere(source: Notice | Revision, channel: str) -> Q | None:
    """Without an address for this channel: they are counted where they have one, or with the first if they have none,
    so that nobody's number that nobody knows makes a row of its own."""
    over = sent_over(source)
    if channel not in over or len(over) == 1:
        return None
    lacks, others = WITHOUT[channel], [WITHOUT[one] for one in over if one != channel]
    return lacks if channel != over[0] else lacks & reduce(or_, (~one for one in others))


def _audience(source: Notice | Revision, *, on: date | None, foreseen: Foreseen) -> QuerySet[Person]:
    notice = notice_of(source)
    return resolve(
        source.audience,
        upgrade=notice.upgrade,
        milestone=notice.milestone,
        survey=notice.survey,
        on=None if notice.kind in PERSONAL else on or day_of(notice),
        foreseen=foreseen,
    )


def _why(notice: Notice, channel: str) -> Case:
    rows = [When(condition, then=Value(reason)) for condition, reason in reasons(notice, channel)]
    return Case(*rows, default=Value(""), output_field=CharField())


def reasons(notice: Notice, channel: str) -> list[tuple[Any, str]]:
    """Why somebody gets nothing over this channel, the first that holds."""
    return [*ADDRESS_REASONS.get(channel, ()), *_declined(notice, channel), *_uninvited(notice)]


def no_address(channel: str) -> str:
    return NO_ADDRESS if channel == Channel.EMAIL else f"{NO_ADDRESS} for {Channel(channel).said}"


def address_over(channel: str) -> F | Coalesce:
    """As it is shown: what lets in whoever knows it stays with the address (stakeholders.addresses)."""
    own = Address.objects.filter(person=OuterRef("pk"), channel=channel).values("address")
    return F("email") if channel == Channel.EMAIL else Coalesce(Subquery(own), Value(""))


def _address(channel: str, **more) -> Exists:
    return Exists(Address.objects.filter(person=OuterRef("pk"), channel=channel, **more))


WITH_ADDRESSES = [channel.value for channel in Channel if channel != Channel.EMAIL and channel not in SHOWN]
WITHOUT: dict[str, Q] = {
    Channel.EMAIL.value: Q(email=""),
    **{channel: Q(~_address(channel)) for channel in WITH_ADDRESSES},
}
ADDRESS_REASONS: dict[str, list[tuple[Any, str]]] = {
    Channel.EMAIL.value: [
        (Q(email=""), NO_ADDRESS),
        (Q(email_state=AddressState.BOUNCED), BOUNCED),
        (Q(email_state=AddressState.COMPLAINED), COMPLAINED),
    ],
    **{
        channel: [
            (WITHOUT[channel], no_address(channel)),
            (Q(_address(channel, state=AddressState.BOUNCED)), BOUNCED),
            (Q(_address(channel, state=AddressState.COMPLAINED)), UNWANTED),
        ]
        for channel in WITH_ADDRESSES
    },
}


def opted_out(topic) -> str:
    return f"opted out: {topic.label.lower()}"


def refused(channel: str) -> str:
    return f"does not want {Channel(channel).said}"


def _declined(notice: Notice, channel: str) -> list[tuple[Any, str]]:
    """The one place where opt-outs and refused channels are applied: only to what can be declined."""
    if notice.topic is None:
        return []
    declined = OptOut.objects.filter(person=OuterRef("pk"), topic=notice.topic)
    return [
        (Exists(declined), opted_out(notice.topic)),
        (Q(refused_channels__contains=[channel]), refused(channel)),
    ]


def _uninvited(notice: Notice) -> list[tuple[Any, str]]:
    """Of those who are asked to come, whoever is not asked any more."""
    if notice.engagement_id is None or notice.kind not in fate.COMES:
        return []
    invited = Participant.objects.invited().filter(engagement=notice.engagement_id, person=OuterRef("pk"))
    return [(~Exists(invited), UNINVITED)]


# Standing in

LINES = """
WITH RECURSIVE line (away, deputy, until, step) AS (
    SELECT absence.person_id, absence.deputy_id, absence.end_on, 1
    FROM stakeholders_absence absence JOIN stakeholders_person deputy ON deputy.id = absence.deputy_id
    WHERE absence.start_on <= %s AND absence.end_on >= %s AND deputy.archived_at IS NULL AND deputy.id <> ALL(%s)
      AND absence.person_id IN ({people})
    UNION
    SELECT line.away, absence.deputy_id, line.until, line.step + 1
    FROM line
    JOIN stakeholders_absence absence ON absence.person_id = line.deputy
    JOIN stakeholders_person deputy ON deputy.id = absence.deputy_id
    WHERE absence.start_on <= %s AND absence.end_on >= %s AND deputy.archived_at IS NULL AND deputy.id <> ALL(%s)
      AND line.step < %s
)
SELECT {shown} FROM line WHERE NOT EXISTS (
    SELECT 1 FROM stakeholders_absence own
    WHERE own.person_id = line.deputy AND own.start_on <= %s AND own.end_on >= %s)
"""


def _standing_in_for(people: QuerySet[Person], *, on: date, foreseen: Foreseen) -> Any:
    """Keys of those who are there that day and stand in for somebody of `people`: the deputy, or where the deputy is
    away as well the deputy's deputy, up to three steps, which also ends a circle."""
    try:
        sql, params = _away(people, on=on)
    except EmptyResultSet:
        return ()
    return RawSQL(LINES.format(people=sql, shown="line.deputy"), _values(params, on=on, foreseen=foreseen))  # noqa: S611


def _away(people: QuerySet[Person], *, on: date) -> tuple[str, tuple[Any, ...]]:
    """Of these people, those whom somebody stands in for. Asked first, because there are few of them."""
    absences = Absence.objects.on(on).exclude(deputy=None)
    return people.filter(pk__in=absences.values("person")).order_by().values_list("pk").query.sql_with_params()


def _values(params: Iterable[Any], *, on: date, foreseen: Foreseen = AS_IT_IS) -> list[Any]:
    gone = sorted(foreseen.gone)
    return [on, on, gone, *params, on, on, gone, MOST_STEPS, on, on]


def days_with_deputies(days: Iterable[date]) -> set[date]:
    """Those on which anybody stands in for anybody. One query."""
    asked = sorted(days)
    absences = Absence.objects.exclude(deputy=None).filter(start_on__lte=asked[-1], end_on__gte=asked[0])
    spans = set(absences.values_list("start_on", "end_on").distinct())
    return {day for day in asked if any(start <= day <= end for start, end in spans)}


@dataclass(frozen=True)
class StandsIn:
    deputy: int
    person: Person
    until: date

    @property
    def said(self) -> str:
        return f"stands in for {self.person}, away until {self.until:%A} {self.until.day} {self.until:%B}"


def standing_in(notice: Notice, people: Iterable[int], *, on: date | None = None) -> dict[int, StandsIn]:
    """Of these people, those who get a notice only because they stand in for somebody, and for whom. Two queries."""
    day = None if notice.kind in PERSONAL else on or day_of(notice)
    asked = set(people)
    if day is None or not asked:
        return {}
    rule = Audience.from_json(notice.audience)
    if rule.in_person:
        return {}
    those = chosen(rule, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
    lines = _lines(those, asked, on=day)
    own = set(those.filter(pk__in=[deputy for deputy, _away, _until in lines]).values_list("pk", flat=True))
    away = Person.objects.in_bulk({away for _deputy, away, _until in lines})
    return {deputy: StandsIn(deputy, away[person], until) for deputy, person, until in lines if deputy not in own}


def _lines(people: QuerySet[Person], asked: set[int], *, on: date) -> list[tuple[int, int, date]]:
    try:
        sql, params = _away(people, on=on)
    except EmptyResultSet:
        return []
    lines = LINES.format(people=sql, shown="line.deputy, line.away, line.until") + " AND line.deputy = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"{lines} ORDER BY line.until, line.away DESC", [*_values(params, on=on), list(asked)])
        return cursor.fetchall()


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


def _still_to_answer(survey: Survey | None, foreseen: Foreseen) -> Q:
    invitations = Invitation.objects.filter(survey=survey)
    waiting = Q(pk__in=invitations.filter(progress=Progress.INVITED).values("person"))
    begun = Q(pk__in=invitations.exclude(progress=Progress.INVITED).values("person"))
    for people in foreseen.asked.get(survey.pk, ()) if survey else ():
        waiting |= Q(pk__in=people.order_by().values("pk")) & ~begun
    return waiting


def _still_to_acknowledge(upgrade: Upgrade, milestone: Milestone | None, foreseen: Foreseen) -> Q:
    """Those who got a request to acknowledge, about this milestone if there is one, and have acknowledged none."""
    requests = Message.objects.filter(notice__upgrade=upgrade, notice__asks_acknowledgement=True)
    if milestone is not None:
        requests = requests.filter(notice__milestone=milestone)
    acknowledged = Receipt.objects.filter(kind=ReceiptKind.ACKNOWLEDGED, message__in=requests.values("pk"))
    have = acknowledged.values("message__person")
    asked = Q(pk__in=requests.filter(state=MessageState.SENT).exclude(person__in=have).values("person"))
    for notice, people in foreseen.requested:
        if notice.upgrade_id == upgrade.pk and (milestone is None or notice.milestone_id == milestone.pk):
            asked |= Q(pk__in=people.order_by().values("pk")) & ~Q(pk__in=have)
    return asked


def _category(name: str) -> str:
    label = Category(name).label
    return label if label.isupper() else label.lower()


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
