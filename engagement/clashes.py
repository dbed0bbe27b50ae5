"""The same people needed twice: at a window or in a conversation of one upgrade, at the hours of another upgrade's.

At a window those are needed who are to be managed closely, or represent a group that is, and the owner. In a
conversation the host is, and who is invited and has not declined.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engagement.enums import EngagementState, Rsvp
from engagement.models import Engagement, Participant
from stakeholders.models import Membership, Person
from upgrades import collisions
from upgrades.enums import Quadrant
from upgrades.models import Milestone, Stakeholder, Upgrade

NAMED = 5
Occasion = Milestone | Engagement
Needed = dict[int, set[int]]  # key of an upgrade or engagement -> people


@dataclass(frozen=True)
class Clash:
    """`occasion` is the one that was asked about."""

    occasion: Occasion
    other: Occasion
    people: tuple[str, ...]  # the first few names
    number: int


def of_moved(occasions: Sequence[Occasion]) -> list[Clash]:
    """With the times that the rows have now, saved or not; the number of queries does not depend on theirs."""
    asked = [one for one in occasions if _counts(one)]
    if not asked:
        return []
    first, last = min(one.start for one in asked), max(_over(one) for one in asked)
    others: list[Occasion] = [*_windows(first, last, occasions), *_conversations(first, last, occasions)]
    pairs = [
        (one, other)
        for other in others
        for one in asked
        if one.upgrade_id != other.upgrade_id and one.start < _over(other) and other.start < _over(one)
    ]
    return _compare(pairs)


def _compare(pairs: Sequence[tuple[Occasion, Occasion]]) -> list[Clash]:
    involved = [one for pair in pairs for one in pair]
    closely = at_windows({one.upgrade_id for one in involved if isinstance(one, Milestone)})
    talking = in_conversations({one.pk for one in involved if isinstance(one, Engagement)})
    met = [
        (one, other, shared)
        for one, other in pairs
        if (shared := _needed(one, closely, talking) & _needed(other, closely, talking))
    ]
    names = _names({person for *_, shared in met for person in shared})
    found = [Clash(one, other, _first(shared, names), len(shared)) for one, other, shared in met]
    return sorted(found, key=lambda clash: (clash.other.start, -clash.number, clash.other.pk or 0))


def _needed(one: Occasion, closely: Needed, talking: Needed) -> set[int]:
    if isinstance(one, Milestone):
        return closely.get(one.upgrade_id, set())
    return talking.get(one.pk, set())


def at_windows(upgrades: Iterable[int]) -> Needed:
    """By upgrade."""
    keys = list(upgrades)
    if not keys:
        return {}
    stakes = Stakeholder.objects.filter(upgrade__in=keys).in_quadrants([Quadrant.MANAGE_CLOSELY]).order_by()
    groups = dict(stakes.exclude(group=None).values_list("pk", "upgrade"))
    by_stake = Membership.objects.filter(is_representative=True, group__stakes__in=groups)
    owners = Upgrade.objects.filter(pk__in=keys, owner__person__isnull=False)
    rows = [
        *stakes.exclude(person=None).values_list("upgrade", "person"),
        *(
            (groups[stake], person)
            for stake, person in by_stake.values_list("group__stakes", "person")
            if stake in groups
        ),
        *owners.values_list("pk", "owner__person"),
    ]
    return _grouped(rows)


def in_conversations(engagements: Iterable[int]) -> Needed:
    """By engagement."""
    keys = list(engagements)
    if not keys:
        return {}
    invited = Participant.objects.invited().filter(engagement__in=keys).exclude(rsvp=Rsvp.NO)
    hosts = Engagement.objects.filter(pk__in=keys, host__person__isnull=False)
    pairs = invited.order_by().values_list("engagement", "person")
    return _grouped(pairs.union(hosts.order_by().values_list("pk", "host__person")))


def _windows(first: datetime, last: datetime, given: Sequence[Occasion]) -> list[Milestone]:
    """Those that were given count where they are given, not where they are stored."""
    known = [one for one in given if isinstance(one, Milestone)]
    stored = collisions.at_that_time(first, last).exclude(pk__in=[one.pk for one in known if one.pk])
    return [*collisions.disturbing(stored), *(one for one in known if collisions.disturbs(one))]


def _conversations(first: datetime, last: datetime, given: Sequence[Occasion]) -> list[Engagement]:
    known = [one for one in given if isinstance(one, Engagement)]
    stored = Engagement.objects.planned().filter(start__lt=last, end__gt=first)
    rows = stored.exclude(pk__in=[one.pk for one in known if one.pk]).select_related("upgrade")
    return [*rows.order_by("start", "pk"), *(one for one in known if _counts(one))]


def _counts(one: Occasion) -> bool:
    return collisions.disturbs(one) if isinstance(one, Milestone) else one.state == EngagementState.PLANNED


def _over(one: Occasion) -> datetime:
    return collisions.over(one) if isinstance(one, Milestone) else max(one.end, one.start + timedelta(microseconds=1))


def _grouped(rows: Iterable[tuple[int, int]]) -> Needed:
    found: Needed = defaultdict(set)
    for key, person in rows:
        found[key].add(person)
    return found


def _names(people: set[int]) -> dict[int, str]:
    if not people:
        return {}
    active = Person.objects.filter(pk__in=people, archived_at=None)
    return dict(active.order_by("name", "pk").values_list("pk", "name"))


def _first(people: set[int], names: dict[int, str]) -> tuple[str, ...]:
    return tuple([name for person, name in names.items() if person in people][:NAMED])
