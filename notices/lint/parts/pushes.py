"""What comes to people, of all upgrades together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.audiences.crowds import Crowds
from notices.lint.line import Line
from upgrades.models import Milestone, Stakeholder, Upgrade


@dataclass(frozen=True, kw_only=True)
class Pushes:
    """Loaded by `load`."""


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    *,
    now: datetime,
) -> Pushes:
    return Pushes()
