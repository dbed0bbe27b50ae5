"""What is otherwise than in the database, of a plan that is only thought."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from notices.models import Notice, PlanStep
from upgrades.models import CriticalDays, Milestone
from upgrades.reach import Reach


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """`milestones` by key, of any upgrade. `critical_days` have keys of their own; `scopes` says whom they protect.
    `dropped` are channels that carry nothing. `notices` and `steps` by key are as they were; None: there was none."""

    milestones: Mapping[int, Milestone] = field(default_factory=dict)
    critical_days: Sequence[CriticalDays] = ()
    scopes: Mapping[int | None, Reach] = field(default_factory=dict)
    dropped: Collection[str] = ()
    notices: Mapping[int, Notice | None] = field(default_factory=dict)
    steps: Mapping[int, PlanStep | None] = field(default_factory=dict)


NOTHING = Supposed()
