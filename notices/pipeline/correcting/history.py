"""When the plan was changed, and since when it is otherwise than somebody was told.

Read from the history that the database keeps itself, so that a change by SQL or a restored backup counts like one in
the browser.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from django.apps import apps

from notices.pipeline.ledger.drift import Wrong
from notices.pipeline.ledger.plan import Plan
from upgrades.enums import Phase, Status
from upgrades.materiality import OVER, matters
from upgrades.models import Milestone, Upgrade

OF_A_MILESTONE = ("start", "end", "status", "impact", "downtime", "action", "action_deadline")
OF_THE_UPGRADE = ("contact_name", "contact_email", "contact_phone")
CHOSEN = {"services": ("MilestoneServicesEvent", "service"), "sites": ("MilestoneSitesEvent", "site")}
RECENT = timedelta(days=1)

Timeline = list[tuple[datetime, Any]]
Choice = tuple[datetime, int, str, str]  # when, of which row, "insert" or "delete", the name of what was chosen


@dataclass(frozen=True)
class History:
    """By fact its values, the oldest first; `changes`: when anything that can matter was changed."""

    values: Mapping[str, Timeline]
    changes: list[datetime] = field(default_factory=list)

    def began(self, wrong: Iterable[Wrong], plan: Plan) -> datetime | None:
        """Since when any of these facts is no longer as it was told; None where nobody changed it."""
        return min((at for one in wrong if (at := self._since(one, plan))), default=None)

    def last_change(self, *, since: datetime | None) -> datetime | None:
        return max((at for at in self.changes if since is None or at >= since), default=None)

    def _since(self, one: Wrong, plan: Plan) -> datetime | None:
        found = None
        for at, value in reversed(self.values.get(one.fact, [])):
            if not _differs(one, value, plan):
                break
            found = at
        return found


def _differs(one: Wrong, value: Any, plan: Plan) -> bool:
    return matters(
        one.fact,
        one.belief.value,
        value,
        zone=plan.upgrade.time_zone,
        status=plan.status_of(one.fact),
        thresholds=plan.thresholds,
    )


def of(plan: Plan, *, now: datetime) -> History:
    """Five queries. What is dated later than now, by another machine's clock, happened now."""
    values: dict[str, Timeline] = defaultdict(list)
    changes: list[datetime] = []
    _read_milestones(plan, values, changes, now=now)
    _read_choices(plan, values, changes, now=now)
    _read_upgrade(plan, values, changes, now=now)
    return History(values, sorted(changes))


def _read_milestones(plan: Plan, values: dict[str, Timeline], changes: list[datetime], *, now: datetime) -> None:
    keys = {one.pk: subject for subject, one in plan.milestones.items()}
    events = Milestone.pgh_event_model.objects.filter(pgh_obj_id__in=keys)  # type: ignore[attr-defined]
    rows = (
        events.exclude(pgh_label="delete")
        .order_by("pgh_id")
        .values_list("pgh_obj_id", "pgh_created_at", *OF_A_MILESTONE)
    )
    for key, at, *row in rows:
        for name, value in zip(OF_A_MILESTONE, row, strict=True):
            shown = value.isoformat() if isinstance(value, datetime) else value
            _note(values, changes, f"{keys[key]}.{name}", shown, min(at, now))


def _read_choices(plan: Plan, values: dict[str, Timeline], changes: list[datetime], *, now: datetime) -> None:
    """Of the last day. A milestone that names no services has those of its upgrade."""
    since = now - RECENT
    keys = {one.pk: subject for subject, one in plan.milestones.items()}
    of_all = _choices("UpgradeServicesEvent", "upgrade", "service", [plan.upgrade.pk], since=since)
    for name, (table, what) in CHOSEN.items():
        inherited = of_all if name == "services" else []
        own = _choices(table, "milestone", what, keys, since=since)
        changes += [min(at, now) for at, *_ in inherited + own]
        for subject, one in plan.milestones.items():
            chosen = {row.name for row in getattr(one, name).all()}
            shared = {*plan.facts["upgrade.services"]} if inherited else set()
            turns = [(at, label, row, shared) for at, _, label, row in inherited]
            turns += [(at, label, row, chosen) for at, key, label, row in own if keys[key] == subject]
            if turns:
                found = _back_from(chosen, shared, turns)
                values[f"{subject}.{name}"] = [(min(max(at, since), now), value) for at, value in found]


def _choices(table: str, whose: str, what: str, keys: Collection[int], *, since: datetime) -> list[Choice]:
    events = apps.get_model("upgrades", table).objects.filter(**{f"{whose}_id__in": keys}, pgh_created_at__gte=since)
    return list(events.order_by("pgh_id").values_list("pgh_created_at", f"{whose}_id", "pgh_label", f"{what}__name"))


def _back_from(own: set[str], shared: set[str], turns: Sequence[tuple[datetime, str, str, set[str]]]) -> Timeline:
    """From what is chosen now, one turn after the other is taken back. The first value is that before all of them."""
    found: Timeline = []
    for at, label, name, chosen in sorted(turns, key=itemgetter(0), reverse=True):
        found.insert(0, (at, sorted(own or shared)))
        (chosen.discard if label == "insert" else chosen.add)(name)
    return [(datetime.min.replace(tzinfo=UTC), sorted(own or shared)), *found]


def _read_upgrade(plan: Plan, values: dict[str, Timeline], changes: list[datetime], *, now: datetime) -> None:
    """Whoever cancels an upgrade cancels what of it is not over."""
    events = Upgrade.pgh_event_model.objects.filter(pgh_obj_id=plan.upgrade.pk)  # type: ignore[attr-defined]
    rows = events.exclude(pgh_label="delete").order_by("pgh_id").values_list("pgh_created_at", "phase", *OF_THE_UPGRADE)
    for at, phase, *row in rows:
        for name, value in zip(OF_THE_UPGRADE, row, strict=True):
            _note(values, changes, f"upgrade.{name}", value, min(at, now))
        _note(values, changes, "upgrade.is_off", phase == Phase.CANCELLED, min(at, now))
    if plan.upgrade.is_cancelled and (off := values["upgrade.is_off"]):
        for subject, one in plan.milestones.items():
            if one.status not in OVER:
                values[f"{subject}.status"].append((off[-1][0], Status.CANCELLED))


def _note(values: dict[str, Timeline], changes: list[datetime], fact: str, value: Any, at: datetime) -> None:
    """Only what is another value than before."""
    before = values[fact]
    if before and before[-1][1] == value:
        return
    if before:
        changes.append(at)
    before.append((at, value))
