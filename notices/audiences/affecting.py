"""The rule of who is affected (notices.pipeline.audience), asked from the side of one person."""

from django.db.models import Exists, OuterRef, Q

from stakeholders.models import Membership, Person
from upgrades.enums import Impact
from upgrades.models import Milestone, MilestoneQuerySet, Service, Stakeholder, Upgrade


def milestones_affecting(person: Person) -> MilestoneQuerySet:
    """Those whose audience “everybody affected” the person is in."""
    if not Person.objects.active().filter(pk=person.pk).exists():
        return Milestone.objects.none()
    groups = Membership.objects.filter(person=person).values("group")
    hit = Stakeholder.objects.filter(impact_on_them__gt=Impact.NO_IMPACT)
    of_groups = Q(upgrade__in=hit.filter(group__in=groups).values("upgrade")) | _used_by(groups)
    alone = Q(upgrade__in=hit.filter(person=person).values("upgrade"))
    return Milestone.objects.filter(alone | (of_groups & _near(person)))


def _used_by(groups) -> Q:
    """Through the milestone's own services, or those of the upgrade where it names none."""
    services = Service.users.through.objects.filter(group__in=groups).values("service")
    named = Milestone.services.through.objects
    upgrades = Upgrade.services.through.objects.filter(service__in=services).values("upgrade")
    own = Q(pk__in=named.filter(service__in=services).values("milestone"))
    names_none = Q(~Exists(named.filter(milestone=OuterRef("pk"))))
    return own | (Q(upgrade__in=upgrades) & names_none)


def _near(person: Person) -> Q:
    """Somebody whose site nobody knows might be there."""
    if person.site_id is None:
        return Q()
    sites = Milestone.sites.through.objects.filter(milestone=OuterRef("pk"))
    return Q(~Exists(sites)) | Q(Exists(sites.filter(site=person.site_id)))
