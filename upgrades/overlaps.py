"""Where milestones of different upgrades meet: the same time, and the same service, site or group. Questions only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from upgrades import collisions, reach
from upgrades.collisions import over
from upgrades.models import Milestone, MilestoneQuerySet
from upgrades.reach import NOTHING, Reach


@dataclass(frozen=True)
class Overlap:
    """`milestone` is the one that was asked about."""

    milestone: Milestone
    other: Milestone
    shared: tuple[str, ...]  # names of what both touch
    is_hard: bool  # a service or a site; the same group alone is only better avoided


def of_milestones(milestones: MilestoneQuerySet) -> list[Overlap]:
    """Each pair once for each milestone that was asked about; hard ones first, then by start."""
    return of_moved(list(collisions.disturbing(milestones)))


def of_moved(milestones: Sequence[Milestone], *, reaches: Mapping[int | None, Reach] | None = None) -> list[Overlap]:
    """With the times that the rows have now, saved or not; the rest of the calendar is as it is stored.

    Where two of the rows meet each other, their times are the given ones. `reaches` as in `collisions.of_moved`.
    """
    asked = [milestone for milestone in milestones if collisions.disturbs(milestone)]
    if not asked:
        return []
    first, last = min(one.start for one in asked), max(over(one) for one in asked)
    given = [milestone.pk for milestone in milestones if milestone.pk is not None]
    others = collisions.disturbing(collisions.at_that_time(first, last).exclude(pk__in=given))
    return between(asked, [*asked, *others], reaches=reaches)


def between(
    asked: Sequence[Milestone], others: Sequence[Milestone], *, reaches: Mapping[int | None, Reach] | None = None
) -> list[Overlap]:
    pairs = list(_at_once(asked, others))
    felt = collisions.complete(reaches, [one for pair in pairs for one in pair], reach.of_milestones)
    found = [
        _overlap(one, other, shared)
        for one, other in pairs
        if (shared := felt.get(one.pk, NOTHING) & felt.get(other.pk, NOTHING))
    ]
    return sorted(
        found,
        key=lambda hit: (
            not hit.is_hard,
            hit.milestone.start,
            hit.milestone.pk or 0,
            hit.other.start,
            hit.other.pk or 0,
        ),
    )


def by_milestone(overlaps: Iterable[Overlap]) -> dict[int, list[Overlap]]:
    groups: dict[int, list[Overlap]] = {}
    for overlap in overlaps:
        groups.setdefault(overlap.milestone.pk, []).append(overlap)
    return groups


def _at_once(asked: Sequence[Milestone], others: Sequence[Milestone]) -> Iterator[tuple[Milestone, Milestone]]:
    """Both in the order of time; of the others only those that can still meet are looked at again."""
    waiting = sorted(others, key=lambda one: one.start)
    open_ones: list[Milestone] = []
    position = 0
    for one in sorted(asked, key=lambda one: one.start):
        end = over(one)
        while position < len(waiting) and waiting[position].start < end:
            open_ones.append(waiting[position])
            position += 1
        open_ones = [other for other in open_ones if over(other) > one.start]
        for other in open_ones:
            if other.upgrade_id != one.upgrade_id and other.start < end:
                yield one, other


def _overlap(one: Milestone, other: Milestone, shared: Iterable[reach.Thing]) -> Overlap:
    things = list(shared)
    return Overlap(one, other, reach.named(things), is_hard=reach.is_hard(things))
