"""Dates that do not work for somebody: what collides, whom it stands for, how long others can still object, and the
next date that avoids it all. As many queries for one date as for many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from feedback import objections
from feedback.models import Concern, Conflict
from notices.pipeline.direct import objections as deciding
from upgrades import collisions, slots
from upgrades.collisions import Collision
from upgrades.models import Milestone, Upgrade
from upgrades.slots import Slot

SHOWN = 3  # objections of a date, on the board


@dataclass(frozen=True)
class Row:
    """A date that waits for a decision."""

    milestone: Milestone
    found: list[Concern]
    conflict: Conflict | None
    collisions: list[Collision]
    stands_for: int
    closes_at: datetime | None
    slots: list[Slot]
    now: datetime

    @property
    def state(self) -> str:
        return "discussed" if self.conflict else "open"

    @property
    def shown(self) -> list[Concern]:
        return self.found[:SHOWN]

    @property
    def more(self) -> int:
        return max(len(self.found) - SHOWN, 0)

    @property
    def slot(self) -> Slot | None:
        return self.slots[0] if self.slots else None

    @property
    def is_closed(self) -> bool:
        return self.closes_at is not None and self.closes_at <= self.now

    @property
    def last_day(self) -> date | None:
        """On which objections are taken, at the place."""
        return last_day(self.closes_at, zone=self.milestone.upgrade.time_zone)

    @property
    def days_left(self) -> int | None:
        """0 on the last day."""
        if self.last_day is None or self.is_closed:
            return None
        return (self.last_day - self.now.astimezone(ZoneInfo(self.milestone.upgrade.time_zone)).date()).days


def last_day(closes_at: datetime | None, *, zone: str) -> date | None:
    if closes_at is None:
        return None
    local = closes_at.astimezone(ZoneInfo(zone))
    return date.fromordinal(local.toordinal() - 1)  # it closes as the next day begins


def board(upgrade: Upgrade | None = None, *, now: datetime) -> list[Row]:
    """What waits, and soonest closed first."""
    known = Concern.objects.to_decide()
    begun = Conflict.objects.undecided().exclude(milestone=None)
    if upgrade:
        known, begun = known.filter(upgrade=upgrade), begun.filter(upgrade=upgrade)
    found = known.select_related("person", "objection", "milestone__upgrade")
    return rows(
        list(found.prefetch_related("objection__groups").order_by("created_at", "pk")),
        list(begun.select_related("milestone__upgrade").order_by("pk")),
        now=now,
    )


def of_milestone(milestone: Milestone, *, now: datetime) -> Row:
    begun = Conflict.objects.undecided().filter(milestone=milestone).select_related("milestone__upgrade")
    made = rows(deciding.waiting(milestone), list(begun), now=now, milestones={milestone.pk: milestone})
    return made[0]


def rows(
    found: Sequence[Concern],
    begun: Sequence[Conflict],
    *,
    now: datetime,
    milestones: dict[int, Milestone] | None = None,
) -> list[Row]:
    about = dict(milestones or {})
    by_milestone: dict[int, list[Concern]] = defaultdict(list)
    for one in found:
        if one.milestone:
            about.setdefault(one.milestone.pk, one.milestone)
            by_milestone[one.milestone.pk].append(one)
    conflicts = {one.milestone.pk: one for one in begun if one.milestone}
    about = {pk: one.milestone for pk, one in conflicts.items() if one.milestone} | about
    dates = list(about.values())
    hits = collisions.by_milestone(collisions.of_moved(dates))
    people, closes = objections.stands_for(found), deciding.windows_of(dates)
    free = slots.next_free_of(dates, now=now, also={pk: _days(one, by_milestone[pk]) for pk, one in about.items()})
    made = [
        Row(
            milestone=one,
            found=by_milestone[one.pk],
            conflict=conflicts.get(one.pk),
            collisions=hits.get(one.pk, []),
            stands_for=people.get(one.pk, 0),
            closes_at=closes[one.pk],
            slots=free.get(one.pk, []),
            now=now,
        )
        for one in dates
    ]
    return sorted(made, key=lambda row: (row.closes_at or row.milestone.start, row.milestone.pk))


def _days(milestone: Milestone, found: Sequence[Concern]) -> list[slots.Block]:
    said = [one for each in found if (one := deciding.said_by(each))]
    return objections.blocks(said, zone=milestone.upgrade.time_zone)


def without_a_date(upgrade: Upgrade | None = None) -> list[Concern]:
    """Objections that name no milestone: somebody has to say which date is meant."""
    found = Concern.objects.open().objections().filter(milestone=None)
    found = found.filter(upgrade=upgrade) if upgrade else found
    return list(found.select_related("upgrade", "person").order_by("created_at", "pk")[:50])


def decided(upgrade: Upgrade | None = None):
    """The newest first, each with `number`: how many objections it settled."""
    found = Conflict.objects.decided().select_related("upgrade", "milestone", "decided_by", "follow_up_owner")
    found = found.filter(upgrade=upgrade) if upgrade else found
    return found.annotate(number=Count("objections")).order_by("-decided_at", "-pk")


@dataclass(frozen=True)
class Undecided:
    slug: str
    upgrade: str
    dates: int
    count: int

    @property
    def title(self) -> str:
        return f"{self.count:,} objection{' waits' if self.count == 1 else 's wait'} for a decision"


def undecided() -> list[Undecided]:
    """Per upgrade: one query."""
    found = Concern.objects.to_decide().order_by().values("upgrade__slug", "upgrade__name")
    found = found.annotate(dates=Count("milestone", distinct=True), count=Count("pk"))
    found = found.order_by("upgrade__name", "upgrade__slug")
    return [Undecided(*row) for row in found.values_list("upgrade__slug", "upgrade__name", "dates", "count")]


def to_follow(account, *, by: date) -> list[Conflict]:
    """Follow-ups of conflicts that this account took on and are due."""
    mine = Conflict.objects.to_follow().filter(Q(follow_up_on__lte=by) | Q(follow_up_on=None), follow_up_owner=account)
    return list(mine.select_related("upgrade").order_by("follow_up_on", "pk")[:20])
