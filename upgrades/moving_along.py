"""What hangs on a window and moves with it: the deadline of what people must do, and the decisions and steps before it.

`of` decides, and saves nothing; `change` is rescheduling.change for a window and all that somebody chose to take along;
`move_back` takes all of it back at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from commsplan.lib import countries
from commsplan.lib.time import at_wall_clock
from upgrades import rescheduling
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone, Upgrade

DAY = timedelta(days=1)
NEAR = 14 * DAY
WINDOWS = (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW)
MOMENTS = ("start", "end", "action_deadline")


@dataclass(frozen=True)
class Companion:
    """`values` is what would change of `milestone`; `is_near` is what usually moves with the window."""

    key: str
    name: str
    milestone: Milestone  # as it is stored
    values: Mapping[str, datetime | None]
    is_near: bool
    is_past: bool

    @property
    def is_deadline(self) -> bool:
        return "start" not in self.values

    @property
    def before(self) -> datetime | None:
        return self.milestone.action_deadline if self.is_deadline else self.milestone.start

    @property
    def after(self) -> datetime | None:
        return self.values["action_deadline" if self.is_deadline else "start"]

    @property
    def is_usual(self) -> bool:
        return self.is_near and not self.is_past


@dataclass(frozen=True)
class Change:
    """What was really changed, so that it can be taken back."""

    milestone: Milestone
    was: Mapping[str, Any]
    became: Mapping[str, Any]
    reason_was: str


def others_of(window: Milestone) -> QuerySet[Milestone]:
    """The other milestones of its upgrade."""
    return Milestone.objects.filter(upgrade=window.upgrade_id).exclude(pk=window.pk).order_by("start", "pk")


def of(window: Milestone, start: datetime, *, others: Iterable[Milestone], now: datetime) -> list[Companion]:
    """What hangs on the window, with its place if the window began at `start`. Each keeps its distance on the wall of
    the place; what was on a business day goes back to one."""
    found = [
        _deadline(window, start, now=now),
        *(_step(one, window, start, now=now) for one in _before(window, others)),
    ]
    open_ones = [one for one in found if one and not _is_over(one, now)]
    return sorted(open_ones, key=lambda one: (one.before or now, one.key))


def _is_over(one: Companion, now: datetime) -> bool:
    """A decision that was made stays made; a deadline that has passed may come again."""
    return not one.is_deadline and (one.before or now) <= now


def _before(window: Milestone, others: Iterable[Milestone]) -> list[Milestone]:
    """After the previous window: what lies before that one hangs on it."""
    if window.kind not in WINDOWS:
        return []
    rows = [one for one in others if one.start < window.start and one.status != Status.CANCELLED]
    since = max((one.last_moment for one in rows if one.kind in WINDOWS), default=None)
    free = (Status.TENTATIVE, Status.CONFIRMED)
    steps = [one for one in rows if one.kind not in WINDOWS and one.status in free]
    return [one for one in steps if since is None or one.start >= since]


def _deadline(window: Milestone, start: datetime, *, now: datetime) -> Companion | None:
    if window.action_deadline is None or window.action_deadline > window.start:
        return None
    moved = _shifted(window.action_deadline, window, start)
    values = {"action_deadline": moved}
    name = "Deadline of what people must do"
    return Companion(deadline_of(window), name, window, values, is_near=True, is_past=moved <= now)


def deadline_of(window: Milestone) -> str:
    """The key under which it moves along."""
    return f"{window.pk}-deadline"


def _step(one: Milestone, window: Milestone, start: datetime, *, now: datetime) -> Companion:
    moved = _shifted(one.start, window, start)
    values: dict[str, datetime | None] = {"start": moved, "end": one.end and moved + (one.end - one.start)}
    if one.action_deadline:
        values["action_deadline"] = _shifted(one.action_deadline, window, start)
    is_near = window.start - one.start <= NEAR
    return Companion(f"{window.pk}-{one.pk}", one.name, one, values, is_near=is_near, is_past=moved <= now)


def _shifted(moment: datetime, window: Milestone, start: datetime) -> datetime:
    """As far from the new start as it was from the old one, by the clock and the calendar of the place."""
    upgrade = window.upgrade
    place = ZoneInfo(upgrade.time_zone)
    was, there, here = (one.astimezone(place).replace(tzinfo=None, fold=0) for one in (window.start, start, moment))
    if there == was:
        return moment
    moved = here + (there - was)
    while _works(upgrade, here) and not _works(upgrade, moved):
        moved -= DAY
    return at_wall_clock(moved.date(), moved.time(), zone=upgrade.time_zone)


def _works(upgrade: Upgrade, local: datetime) -> bool:
    return countries.is_business_day(local.date(), country=upgrade.country, subdivision=upgrade.subdivision)


@transaction.atomic
def change(
    window: Milestone, *, along: Collection[str] = (), reason: str = "", now: datetime, **values: Any
) -> list[Change]:
    """That of the window comes first, if there is any. `along`: keys of what moves with it; a deadline that is typed
    itself is not moved on top."""
    stored = Milestone.objects.select_related("upgrade").get(pk=window.pk)
    start = values.get("start", stored.start)
    chosen = []
    if start != stored.start and along:
        rows = others_of(stored).select_related("upgrade").select_for_update(of=("self",), no_key=True)
        chosen = [one for one in of(stored, start, others=rows, now=now) if one.key in along and not one.is_past]
    if values.get("action_deadline", stored.action_deadline) == stored.action_deadline:
        values |= next((one.values for one in chosen if one.is_deadline), {})
    changes = [_change(window, stored, reason, values)]
    changes += [_change(one.milestone, one.milestone, reason, one.values) for one in chosen if not one.is_deadline]
    return [one for one in changes if one]


def _change(milestone: Milestone, stored: Milestone, reason: str, values: Mapping[str, Any]) -> Change | None:
    was = {name: getattr(stored, name) for name in (*MOMENTS, "status")} | {"reason": stored.change_reason}
    if not (names := rescheduling.change(milestone, **values, reason=reason)):
        return None
    kept = [name for name in names if name in was]
    return Change(
        milestone, {name: was[name] for name in kept}, {name: values[name] for name in kept}, str(was["reason"])
    )


class ChangedSince(Exception):
    """Somebody moved one of them again: all of it stays."""


def kept(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """What `move_back` takes, as text."""
    return [
        {
            "pk": one.milestone.pk,
            "sequence": one.milestone.sequence,
            "was": _as_text(one.was),
            "became": _as_text(one.became),
            "reason": one.reason_was,
        }
        for one in changes
    ]


@transaction.atomic
def move_back(rows: Sequence[Mapping[str, Any]]) -> list[Milestone]:
    """As changes of their own: calendars outside have seen the new places already. All or nothing."""
    locked = Milestone.objects.select_related("upgrade").select_for_update(of=("self",), no_key=True)
    found = {one.pk: one for one in locked.filter(pk__in=[row["pk"] for row in rows]).order_by("pk")}
    if not all(_is_as_left(found.get(row["pk"]), row) for row in rows):
        raise ChangedSince
    for row in rows:
        rescheduling.change(found[row["pk"]], **_as_values(row["was"]), reason=row["reason"])
    return [found[row["pk"]] for row in rows]


def _is_as_left(milestone: Milestone | None, row: Mapping[str, Any]) -> bool:
    if milestone is None or milestone.upgrade.is_cancelled or milestone.sequence != row["sequence"]:
        return False
    return all(getattr(milestone, name) == value for name, value in _as_values(row["became"]).items())


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.isoformat() if isinstance(value, datetime) else value or "" for name, value in values.items()}


def _as_values(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: (_moment(text) if name in MOMENTS else text) for name, text in texts.items()}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
