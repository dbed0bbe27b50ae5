"""The next windows that are free: as long as this one, at the same time of day on the wall, on the same kind of day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from commsplan.lib import countries
from commsplan.lib.time import at_wall_clock
from upgrades import collisions, reach
from upgrades.collisions import over
from upgrades.enums import Freeze
from upgrades.models import CriticalDays, Milestone
from upgrades.reach import NOTHING, Reach

DAYS_AHEAD = 366
DAY = timedelta(days=1)


class Days(StrEnum):
    LIKE = "like"  # business days for a window on a business day, free days for one on a free day
    WEEKDAY = "weekday"  # only the same day of the week
    ANY = "any"


@dataclass(frozen=True)
class Slot:
    """`cautions` name what is better avoided and is there nevertheless; empty when nothing is."""

    start: datetime
    end: datetime | None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Something that is in the way of a milestone."""

    start: datetime
    end: datetime
    name: str
    is_hard: bool


def next_free(
    milestone: Milestone, *, after: datetime, days: Days = Days.LIKE, limit: int = 3, touched: Reach | None = None
) -> list[Slot]:
    """Soonest first, within a year after `after`. Places with something that is better avoided are offered only
    where a year has not enough without. `touched` is what the milestone touches, where that is not stored."""
    mine = reach.of_milestones([milestone]).get(milestone.pk, NOTHING) if touched is None else touched
    near = Near.load([milestone], after=after)
    return choose(milestone, list(near.blocks(milestone, mine)), after=after, days=days, limit=limit)


def next_free_of(
    milestones: Sequence[Milestone],
    *,
    now: datetime,
    also: Mapping[int, Sequence[Block]] | None = None,
    days: Days = Days.LIKE,
    limit: int = 3,
) -> dict[int, list[Slot]]:
    """By key, of each from where it is on; `also` is what else is in its way. As many queries for one as for all."""
    if not milestones:
        return {}
    more = also or {}
    felt, near = reach.of_milestones(milestones), Near.load(milestones, after=now)
    return {
        one.pk: choose(
            one,
            [*near.blocks(one, felt.get(one.pk, NOTHING)), *more.get(one.pk, ())],
            after=max(one.start, now),
            days=days,
            limit=limit,
        )
        for one in milestones
    }


def choose(
    milestone: Milestone, blocks: Sequence[Block], *, after: datetime, days: Days = Days.LIKE, limit: int = 3
) -> list[Slot]:
    """Pure: nothing but the milestone's own time, zone and country, and what is in the way."""
    free: list[Slot] = []
    second_best: list[Slot] = []
    length = over(milestone) - milestone.start
    starts = list(_starts(milestone, after, days))
    for start, met in zip(starts, _met(starts, length, blocks), strict=True):
        if any(block.is_hard for block in met):
            continue
        end = start + length if milestone.end else None
        slot = Slot(start, end, tuple(sorted({block.name for block in met})))
        (second_best if slot.cautions else free).append(slot)
        if len(free) == limit:
            return free
    return sorted([*free, *second_best[: limit - len(free)]], key=lambda slot: slot.start)


def _starts(milestone: Milestone, after: datetime, days: Days) -> Iterator[datetime]:
    upgrade = milestone.upgrade
    place = ZoneInfo(upgrade.time_zone)
    local = milestone.start.astimezone(place)
    first = after.astimezone(place).date()
    works = _works(upgrade, local.date())
    for day in (first + number * DAY for number in range(DAYS_AHEAD + 1)):
        if days == Days.WEEKDAY and day.weekday() != local.weekday():
            continue
        if days == Days.LIKE and _works(upgrade, day) != works:
            continue
        start = at_wall_clock(day, local.time(), zone=upgrade.time_zone)
        if start > after:
            yield start


def _works(upgrade, day: date) -> bool:
    return countries.is_business_day(day, country=upgrade.country, subdivision=upgrade.subdivision)


def _met(starts: Sequence[datetime], length: timedelta, blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """What is in the way of each start; `starts` come in the order of time."""
    waiting = sorted(blocks, key=lambda block: block.start)
    position, near = 0, []
    for start in starts:
        end = start + length
        while position < len(waiting) and waiting[position].start < end:
            near.append(waiting[position])
            position += 1
        near = [block for block in near if block.end > start]
        yield [block for block in near if block.start < end]


@dataclass(frozen=True)
class Near:
    """What lies within a year of some milestones: critical days and windows, and what they touch."""

    entries: Sequence[CriticalDays]
    scopes: Mapping[int, Reach]
    others: Sequence[Milestone]
    felt: Mapping[int, Reach]

    @classmethod
    def load(cls, milestones: Sequence[Milestone], *, after: datetime) -> "Near":
        longest = max(over(one) - one.start for one in milestones)
        until = max(after, *(one.start for one in milestones)) + (DAYS_AHEAD + 1) * DAY + longest
        entries = list(CriticalDays.objects.between(after, until))
        others = list(collisions.disturbing(collisions.at_that_time(after, until)))
        return cls(entries, reach.of_critical_days(entries), others, reach.of_milestones(others))

    def blocks(self, milestone: Milestone, mine: Reach) -> Iterator[Block]:
        yield from self._critical_days(mine)
        yield from self._windows(milestone, mine)

    def _critical_days(self, mine: Reach) -> Iterator[Block]:
        for entry in self.entries:
            scope = self.scopes.get(entry.pk, NOTHING)
            if not scope or scope & mine:
                yield Block(entry.start, entry.end, entry.name, is_hard=entry.freeze == Freeze.HARD)

    def _windows(self, milestone: Milestone, mine: Reach) -> Iterator[Block]:
        """Of other upgrades and, only better avoided, the other windows of the same one."""
        for other in self.others:
            shared = mine & self.felt.get(other.pk, NOTHING)
            if shared and other.pk != milestone.pk:
                is_own = other.upgrade_id == milestone.upgrade_id
                name = other.name if is_own else f"{other.name} of {other.upgrade}"
                yield Block(other.start, over(other), name, is_hard=not is_own and reach.is_hard(shared))
