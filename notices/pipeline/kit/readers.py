"""Who has to hear that a milestone goes otherwise."""

from datetime import datetime

from notices.pipeline import ledger
from upgrades import facts
from upgrades.models import Milestone


def told_of(milestone: Milestone, *, now: datetime) -> list[int]:
    """Keys of everybody who was told anything of it that they can rely on, by a message that got through or is on its
    way, or in a conversation. Who was merged counts once, who has left not at all."""
    subject = f"{facts.subject(milestone)}."
    found = ledger.of_upgrade(milestone.upgrade, at=now, on_the_way=True)
    groups = (group.people for group in found if any(fact.startswith(subject) for fact in group.beliefs))
    return sorted({person for people in groups for person in people})
