"""Two upgrades that say different things of one service in the same hours: which of them holds, nobody can know."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from upgrades.enums import Impact, Phase, Status
from upgrades.models import Milestone

AHEAD = (Status.TENTATIVE, Status.CONFIRMED, Status.IN_PROCESS)


def rivals_of(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Windows of other running upgrades that anybody feels, near these in time."""
    mine = [one for one in milestones if not one.is_over]
    if not mine:
        return []
    others = Milestone.objects.filter(upgrade__phase__in=[Phase.PLANNING, Phase.UNDER_WAY], status__in=AHEAD)
    others = others.exclude(upgrade__in={one.upgrade_id for one in mine}).filter(impact__gt=Impact.NO_IMPACT)
    near = others.filter(start__lt=max(one.last_moment for one in mine), end__gt=min(one.start for one in mine))
    return list(
        near.select_related("upgrade").prefetch_related("services", "upgrade__services").order_by("start", "pk")
    )


def of(window: Milestone, rivals: Iterable[Milestone]) -> Iterator[tuple[Milestone, list[str], list[str]]]:
    """With which of these it disagrees: about which services, and in what."""
    own = {one.name for one in services_of(window)}
    for rival in rivals:
        differs = differing(window, rival)
        shared = sorted(own & {one.name for one in services_of(rival)})
        if differs and shared and in_the_same_hours(window, rival):
            yield rival, shared, differs


def services_of(window: Milestone) -> list:
    return list(window.services.all()) or list(window.upgrade.services.all())


def in_the_same_hours(one: Milestone, other: Milestone) -> bool:
    """Most of the shorter one."""
    shared = min(one.last_moment, other.last_moment) - max(one.start, other.start)
    shorter = min(one.last_moment - one.start, other.last_moment - other.start)
    return shared > timedelta(0) and shared * 2 > shorter


def differing(one: Milestone, other: Milestone) -> list[str]:
    """Most of one outage says nothing of another: only what both state is compared."""
    found = ["impact"] if one.impact != other.impact else []
    if one.downtime is not None and other.downtime is not None and one.downtime != other.downtime:
        found.append("downtime")
    return found
