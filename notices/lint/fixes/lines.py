"""Fixes that add lines to a plan."""

from datetime import datetime
from typing import Any

from notices.enums import Edge, NoticeKind, Unit
from notices.lint.acts import act
from notices.pipeline import planning
from stakeholders.enums import Channel
from upgrades.models import Upgrade


@act("add_completed")
def add_completed(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    window = upgrade.milestones.get(pk=milestone)
    line = planning.Line(
        name="Completed",
        milestone=window,
        edge=Edge.END,
        unit=Unit.MINUTES,
        at=None,
        audience={"affected": True},
        objective="People know that they can work again.",
        kind=NoticeKind.COMPLETED,
        channels=[Channel.EMAIL, Channel.PORTAL],
    )
    planning.add_step(upgrade, line, by=by)
    return f"“Completed” is in the plan, at the end of “{window}”."
