"""Whom the ways of a rule choose: by name, through groups, by quadrant, or because they are affected."""

from django.db.models import Exists, Q, QuerySet

from feedback.models import Survey
from notices.pipeline.audience.filtering import filtered
from notices.pipeline.audience.foreseen import AS_IT_IS, Foreseen
from notices.pipeline.audience.rule import Audience
from stakeholders.models import Group, Membership, Person
from upgrades.enums import Impact
from upgrades.models import Milestone, Service, Stakeholder, Upgrade


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
    return filtered(foreseen.active.filter(wanted), audience, upgrade, milestone, survey, foreseen)


def _named(audience: Audience, members) -> Q:
    """Who was merged since stands for the person they became."""
    merged = Person.objects.filter(pk__in=audience.people).exclude(merged_into=None).values("merged_into")
    people = Q(pk__in=audience.people) | Q(pk__in=merged) if audience.people else Q(pk__in=())
    return people | Q(pk__in=members.filter(group__in=audience.groups).values("person"))


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


def _users(upgrade: Upgrade, milestone: Milestone | None) -> QuerySet:
    """Ids of the groups that use the services."""
    return Service.users.through.objects.filter(service__in=services_of(upgrade, milestone)).values("group")


def services_of(upgrade: Upgrade, milestone: Milestone | None) -> QuerySet[Service]:
    """The milestone's own, or the upgrade's when it names none."""
    all_of_them = Service.objects.filter(upgrades=upgrade)
    if milestone is None:
        return all_of_them
    own = Service.objects.filter(milestones=milestone)
    return Service.objects.filter(Q(pk__in=own.values("pk")) | (~Exists(own) & Q(pk__in=all_of_them.values("pk"))))
