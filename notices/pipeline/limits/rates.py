"""What an administrator allows, as windows."""

from datetime import datetime, timedelta

from django.utils import timezone

from notices.models import DomainLimit, Outlet
from notices.pipeline.limits.windows import Window

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
LENGTHS = {"per_second": SECOND, "per_minute": MINUTE, "per_hour": HOUR, "per_day": DAY}
NO_LIMIT = 1_000_000  # a day: whoever gets there is warm


def windows_of(limited: Outlet | DomainLimit, *, now: datetime) -> tuple[Window, ...]:
    """The shortest first. Empty: no limits."""
    most = {name: getattr(limited, name, None) for name in LENGTHS}
    warm = warm_up_limit(limited, now=now) if isinstance(limited, Outlet) else None
    if warm is not None:
        most["per_day"] = min(warm, most["per_day"] or warm)
    return tuple(Window(LENGTHS[name], number) for name, number in most.items() if number is not None)


def warm_up_limit(outlet: Outlet, *, now: datetime) -> int | None:
    """In 24 hours, while the outlet is warming up: each day twice as many. None: it is not, or it is over."""
    if outlet.warm_up_from is None or outlet.warm_up_start is None:
        return None
    day = max(0, (timezone.localdate(now, timezone.get_default_timezone()) - outlet.warm_up_from).days)
    return warm_up_on(outlet, day)


def warm_up_on(outlet: Outlet, day: int) -> int | None:
    """On that day of the warm-up, counted from 0."""
    limit = (outlet.warm_up_start or 0) * 2 ** min(day, 40)
    return limit if limit < usual_day(outlet) else None


def usual_day(outlet: Outlet) -> int:
    """How many may leave in 24 hours when it is warm."""
    ways = [
        outlet.per_day,
        outlet.per_hour and outlet.per_hour * 24,
        outlet.per_minute and outlet.per_minute * 24 * 60,
        outlet.per_second and outlet.per_second * 24 * 60 * 60,
    ]
    return min((number for number in ways if number), default=NO_LIMIT)
