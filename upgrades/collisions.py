"""Where milestones fall into critical days: the same time, and the same service, site or group. Questions only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, Min, Prefetch, Q
from django.db.models.functions import Coalesce

from upgrades.enums import Freeze, Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, Milestone, Service, Stakeholder


@dataclass(frozen=True)
class Collision:
    milestone: Milestone
    critical_days: CriticalDays
    shared: tuple[str, ...]  # names of what both touch; empty when the critical days are everybody's

    @property
    def is_hard(self) -> bool:
        return self.critical_days.freeze == Freeze.HARD


def of_milestones(milestones) -> list[Collision]:
    """`milestones` is a queryset. Hard ones first, then by start."""
    found = list(_disturbing(milestones))
    if not found:
        return []
    first, last = min(one.start for one in found), max(one.last_moment for one in found)
    return _collide(found, _entries(CriticalDays.objects.filter(start__lte=last, end__gt=first)))


def of_critical_days(entries) -> list[Collision]:
    """`entries` is a queryset."""
    span = entries.order_by().aggregate(first=Min("start"), last=Max("end"))
    if span["first"] is None:
        return []
    near = Milestone.objects.annotate(over_at=Coalesce("end", "start")).filter(
        start__lt=span["last"], over_at__gte=span["first"]
    )
    return _collide(list(_disturbing(near)), _entries(entries))


def by_milestone(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.milestone.pk)


def by_critical_days(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.critical_days.pk)


def _grouped(collisions, key) -> dict[int, list[Collision]]:
    groups = defaultdict(list)
    for collision in collisions:
        groups[key(collision)].append(collision)
    return dict(groups)


def _disturbing(milestones):
    """What can disturb: not a decision or a step that nobody notices, and nothing that is over."""
    services = Prefetch("services", Service.objects.order_by("name", "pk").prefetch_related("users", "sites"))
    of_upgrade = Prefetch(
        "upgrade__services", Service.objects.order_by("name", "pk").prefetch_related("users", "sites")
    )
    affected = (
        Stakeholder.objects.exclude(group=None).filter(impact_on_them__gt=Impact.NO_IMPACT).select_related("group")
    )
    return (
        milestones.exclude(status__in=[Status.CANCELLED, Status.COMPLETED])
        .filter(Q(kind__in=[MilestoneKind.GO_LIVE, MilestoneKind.WINDOW]) | Q(impact__gt=Impact.NO_IMPACT))
        .exclude(upgrade__phase=Phase.CANCELLED)
        .select_related("upgrade")
        .prefetch_related(services, of_upgrade, "sites", Prefetch("upgrade__stakeholders", affected))
        .order_by("start", "pk")
    )


def _entries(critical_days):
    return list(
        critical_days.select_related("entered_by")
        .prefetch_related("groups", "sites", "services")
        .order_by("start", "pk")
    )


def _collide(milestones: list[Milestone], entries: list[CriticalDays]) -> list[Collision]:
    touched = {milestone.pk: _touched(milestone) for milestone in milestones}
    found = []
    for milestone in milestones:
        for entry in entries:
            if milestone.start < entry.end and milestone.last_moment >= entry.start:
                protected = _protected(entry)
                shared = protected & touched[milestone.pk]
                if shared or not protected:
                    found.append(Collision(milestone, entry, tuple(sorted(row.name for row in shared))))
    return sorted(found, key=lambda one: (not one.is_hard, one.milestone.start, one.milestone.pk, one.critical_days.pk))


def _touched(milestone: Milestone) -> set:
    """Services, sites and groups that feel it. A milestone without sites is felt wherever its services are used."""
    services = list(milestone.services.all()) or list(milestone.upgrade.services.all())
    sites = set(milestone.sites.all()) or {site for service in services for site in service.sites.all()}
    users = {group for service in services for group in service.users.all()}
    affected = {stakeholder.group for stakeholder in milestone.upgrade.stakeholders.all()}
    return {*services, *sites, *users, *affected}


def _protected(entry: CriticalDays) -> set:
    return {*entry.groups.all(), *entry.sites.all(), *entry.services.all()}
