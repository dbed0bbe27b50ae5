"""Facts that were said in a conversation: kept with the values of that moment, for everybody who was there."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from engagement.models import Engagement, Telling
from engagement.planning import NotPossible
from upgrades import facts
from upgrades.models import Milestone, Upgrade

OF_A_MILESTONE = (
    *("start", "end", "downtime", "impact", "effect", "action", "action_deadline", "status", "services", "sites"),
)
OF_THE_UPGRADE = ("objective", "why", "why_now", "benefit", "services", "contact_name", "contact_email")
USUAL = ("start", "end", "downtime", "impact", "action", "action_deadline")


def known(upgrade: Upgrade, *, at: datetime | None = None) -> facts.Facts:
    """All facts of the upgrade and its milestones, by key: as they are now, or as the plan had them at that moment."""
    found = facts.of_upgrade(upgrade)
    for milestone in milestones_of(upgrade, at=at):
        found |= facts.of_milestone(milestone)
    return found


REMEMBERED = ("name", "start", "end", "status", "impact", "downtime", "effect", "action", "action_deadline", "sequence")


def _as_they_were(milestones: list[Milestone], at: datetime) -> list[Milestone]:
    """One query. What was entered later is as it was entered; services and sites are those of today."""
    events = Milestone.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj__in=[one.pk for one in milestones], pgh_created_at__lte=at
    )
    last = events.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id").values("pgh_obj_id", *REMEMBERED)
    past = {event["pgh_obj_id"]: event for event in last}
    for milestone in milestones:
        for name in REMEMBERED if milestone.pk in past else ():
            setattr(milestone, name, past[milestone.pk][name])
    return milestones


def milestones_of(upgrade: Upgrade, *, at: datetime | None = None) -> list[Milestone]:
    """As they are, or as the plan had them at that moment."""
    rows = upgrade.milestones.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    found = list(rows.order_by("start", "pk"))
    return _as_they_were(found, at) if at else found


def tellable(upgrade: Upgrade) -> list[str]:
    """The keys that may be chosen: those with a value."""
    keys = [f"{facts.subject(one)}.{name}" for one in milestones_of(upgrade) for name in OF_A_MILESTONE]
    values = known(upgrade)
    return [
        key for key in [*keys, *(f"upgrade.{name}" for name in OF_THE_UPGRADE)] if values.get(key) not in (None, "", [])
    ]


def usual(engagement: Engagement) -> list[str]:
    """What is chosen at first: the dates and consequences of the milestone that it is about."""
    if engagement.milestone is None:
        return []
    subject = facts.subject(engagement.milestone)
    possible = set(tellable(engagement.upgrade))
    return [key for name in USUAL if (key := f"{subject}.{name}") in possible]


@transaction.atomic
def tell(
    engagement: Engagement, keys: Iterable[str], *, by, now: datetime, as_planned_at: datetime | None = None
) -> Telling:
    """Keeps the values of these facts as told to all who attend, whoever is ticked before or after: those of now, or
    those that the plan had at an earlier moment. They count from the time of the conversation: what was sent later was
    said later."""
    if engagement.is_cancelled:
        raise NotPossible("It was called off: nobody was told anything there.")
    if engagement.start > now:
        raise NotPossible("It has not begun yet.")
    values = known(engagement.upgrade, at=as_planned_at)
    chosen = list(dict.fromkeys(keys))
    if not chosen:
        raise NotPossible("Choose at least one fact.")
    if strange := [key for key in chosen if key not in values]:
        raise NotPossible(f"These are no facts of this upgrade: {', '.join(strange)}.")
    return Telling.objects.create(
        engagement=engagement,
        facts={key: values[key] for key in chosen},
        at=min(now, engagement.end),
        recorded_by=by,
        recorded_at=now,
    )


def changed_since(engagement: Engagement) -> bool:
    """Whether the plan said something else about the facts people act on when the conversation ended."""
    then, now = known(engagement.upgrade, at=engagement.end), known(engagement.upgrade)
    acted_on = [key for key in now if key.rpartition(".")[2] in OF_A_MILESTONE]
    return any(then[key] != now[key] for key in acted_on)


def void(told: Telling, *, reason: str, by, now: datetime) -> bool:
    """It was a mistake: nobody believes it because of this any more. Whether this call changed it."""
    changed = Telling.objects.valid().filter(pk=told.pk)
    done = changed.update(voided_at=now, voided_by=by, void_reason=reason)
    told.refresh_from_db()
    return bool(done)
