"""What somebody can rely on who is invited: named and typed as upgrades.facts, under the subject "engagement:<id>"."""

from engagement.models import Engagement
from upgrades.facts import Facts

MATERIAL = ("title", "start", "end", "place", "link")  # whoever was told another one of these has to hear


def of_engagement(engagement: Engagement) -> Facts:
    """Needs the host."""
    values = {
        "title": engagement.title,
        "kind": engagement.kind,
        "state": engagement.state,
        "cancel_reason": engagement.cancel_reason,
        "uid": str(engagement.uid),
        "sequence": engagement.sequence,
        "start": engagement.start.isoformat(),
        "end": engagement.end.isoformat(),
        "time_zone": engagement.time_zone,
        "place": engagement.place,
        "link": engagement.link,
        "topics": engagement.topics,
        "host": engagement.host.name,
        "host_email": engagement.host.email,
    }
    return {f"{subject(engagement.pk)}.{name}": value for name, value in values.items()}


def subject(pk: int) -> str:
    return f"engagement:{pk}"


def material(facts: Facts, pk: int) -> tuple:
    """What of these facts makes a difference to somebody who wants to be there."""
    return tuple(facts.get(f"{subject(pk)}.{name}") for name in MATERIAL)
