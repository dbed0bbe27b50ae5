"""The day whose absences count."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from notices.enums import PERSONAL
from notices.models import Notice, PlanStep
from upgrades.models import Upgrade


def day_of(line: Notice | PlanStep, *, now: datetime | None = None) -> date | None:
    """The day on which a notice goes out, where its upgrade is; whose absence counts is known once there is one. As
    seen at `now`, what is late goes out today at the earliest. None where nobody can stand in."""
    if getattr(line, "kind", None) in PERSONAL:
        return None
    released, moment = getattr(line, "released_at", None), getattr(line, "send_at", None)
    if released or not moment:
        return day_at(line.upgrade, released) if released else None
    return day_at(line.upgrade, max(moment, now or moment))


def day_at(upgrade: Upgrade, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(upgrade.time_zone)).date()
