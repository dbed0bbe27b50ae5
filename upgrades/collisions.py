"""Where milestones fall into critical days: the same time, and the same service, site or group. Questions only.

One rule for all who ask: pages, the home page, the linter, what-if. Times are taken from the rows as they are given, so
that a milestone can be asked about at a place where it is not stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from upgrades import reach
from upgrades.enums import Freeze, Impact, MilestoneKind, Phase, Status
from upgrades.models import CriticalDays, CriticalDaysQuerySet, Milestone, MilestoneQuerySet
from upgrades.reach import NOTHING, Reach

INSTANT = timedelta(microseconds=1)
DISTURBING_KINDS = (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW)


@dataclass(frozen=True)
class Collision:
    milestone: Milestone
    critical_days: CriticalDays
    shared: tuple[str, ...]  # names of what both touch; empty when the critical days are everybody's

    @property
    def is_hard(self) -> bool:
        return self.critical_days.freeze == Freeze.HARD


def of_milestones(milestones: MilestoneQuerySet, *, among: CriticalDaysQuerySet | None = None) -> list[Collision]:
    """Hard ones first, then by start."""
    return of_moved(list(disturbing(milestones)), among=among)


def of_moved(
    milestones: Sequence[Milestone],
    *,
    reaches: Mapping[int | None, Reach] | None = None,
    among: CriticalDaysQuerySet | None = None,
) -> list[Collision]:
    """With the times that the rows have now, saved or not. `reaches` (by key, None for a row without one) is what they
    touch where that is not stored, for example what somebody ticks in a form."""
    found = [milestone for milestone in milestones if disturbs(milestone)]
    if not found:
        return []
    first, last = min(one.start for one in found), max(over(one) for one in found)
    near = CriticalDays.objects.all() if among is None else among
    return between(found, list(near.between(first, last)), reaches=reaches)


def of_critical_days(entries: Sequence[CriticalDays]) -> list[Collision]:
    return of_typed(entries)


def of_typed(entries: Sequence[CriticalDays], *, scopes: Mapping[int | None, Reach] | None = None) -> list[Collision]:
    """With the times that the entries have now, saved or not; `scopes`: whom they protect where that is not stored."""
    if not entries:
        return []
    first, last = min(one.start for one in entries), max(one.end for one in entries)
    return between(list(disturbing(at_that_time(first, last))), entries, scopes=scopes)


def between(
    milestones: Sequence[Milestone],
    entries: Sequence[CriticalDays],
    *,
    reaches: Mapping[int | None, Reach] | None = None,
    scopes: Mapping[int | None, Reach] | None = None,
) -> list[Collision]:
    """Of all these with all those. What is not given is looked up, for all at once."""
    pairs = [
        (one, entry) for one in milestones for entry in entries if one.start < entry.end and over(one) > entry.start
    ]
    felt = complete(reaches, [one for one, _ in pairs], reach.of_milestones)
    protected = complete(scopes, [entry for _, entry in pairs], reach.of_critical_days)
    found = [
        Collision(one, entry, reach.named(shared))
        for one, entry in pairs
        if (shared := felt.get(one.pk, NOTHING) & (scope := protected.get(entry.pk, NOTHING))) or not scope
    ]
    return sorted(
        found, key=lambda hit: (not hit.is_hard, hit.milestone.start, _key(hit.milestone), _key(hit.critical_days))
    )


def by_milestone(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.milestone.pk)


def by_critical_days(collisions: Iterable[Collision]) -> dict[int, list[Collision]]:
    return _grouped(collisions, lambda collision: collision.critical_days.pk)


def _grouped(collisions, key) -> dict[int, list[Collision]]:
    groups = defaultdict(list)
    for collision in collisions:
        groups[key(collision)].append(collision)
    return dict(groups)


# What can disturb: not a decision or a step that nobody notices, and nothing that is over


def disturbing(milestones: MilestoneQuerySet) -> MilestoneQuerySet:
    return (
        milestones.exclude(status__in=[Status.CANCELLED, Status.COMPLETED])
        .exclude(upgrade__phase=Phase.CANCELLED)
        .filter(Q(kind__in=DISTURBING_KINDS) | Q(impact__gt=Impact.NO_IMPACT))
        .select_related("upgrade")
        .order_by("start", "pk")
    )


def disturbs(milestone: Milestone) -> bool:
    """The same, of one row."""
    is_off = milestone.is_over or milestone.upgrade.is_cancelled
    return not is_off and (milestone.kind in DISTURBING_KINDS or milestone.impact > Impact.NO_IMPACT)


def over(milestone: Milestone) -> datetime:
    """From when on it disturbs no more; a single moment is the shortest window."""
    return milestone.end or milestone.start + INSTANT


def at_that_time(first: datetime, last: datetime) -> MilestoneQuerySet:
    """Milestones that meet a stretch of time, its end not included."""
    return Milestone.objects.filter(Q(end__gt=first) | Q(end=None, start__gte=first), start__lt=last)


def complete(given: Mapping[int | None, Reach] | None, rows: Sequence, look_up) -> dict[int | None, Reach]:
    known = dict(given or {})
    missing = {row.pk: row for row in rows if row.pk not in known and row.pk is not None}
    return known | look_up(list(missing.values()))


def _key(row) -> int:
    return row.pk or 0
