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


def known(upgrade: Upgrade) -> facts.Facts:
    """All facts of the upgrade and its milestones, as they are now, by key."""
    found = facts.of_upgrade(upgrade)
    for milestone in milestones_of(upgrade):
        found |= facts.of_milestone(milestone)
    return found


def milestones_of(upgrade: Upgrade) -> list[Milestone]:
    rows = upgrade.milestones.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    return list(rows.order_by("start", "pk"))


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
def tell(engagement: Engagement, keys: Iterable[str], *, by, now: datetime) -> Telling:
    """Keeps the present values of these facts as told to all who attend, whoever is ticked before or after. They count
    from the time of the conversation: what was sent later was said later."""
    if engagement.is_cancelled:
        raise NotPossible("It was called off: nobody was told anything there.")
    if engagement.start > now:
        raise NotPossible("It has not begun yet.")
    values = known(engagement.upgrade)
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


def void(told: Telling, *, reason: str, by, now: datetime) -> bool:
    """It was a mistake: nobody believes it because of this any more. Whether this call changed it."""
    changed = Telling.objects.valid().filter(pk=told.pk)
    done = changed.update(voided_at=now, voided_by=by, void_reason=reason)
    told.refresh_from_db()
    return bool(done)
