"""Whether an outlet works, as those who send over it find."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from notices.enums import OutletLogKind
from notices.models import Health, Outlet, OutletLog
from notices.pipeline.outlets.choosing import fallback_of
from notices.pipeline.outlets.telling import note

DOWN_TRIES = 3
DOWN_FOR = timedelta(seconds=30)


def up(outlet: Outlet, *, now: datetime) -> None:
    """Something was accepted. Costs one look when there was no trouble."""
    gone = list(Health.objects.filter(outlet=outlet))
    if not gone or not Health.objects.filter(outlet=outlet).delete()[0]:
        return
    if gone[0].is_replaced or _is_long(gone[0], now=now):
        note(outlet, OutletLogKind.UP, f"It had not worked since {gone[0].down_since:%Y-%m-%d %H:%M} UTC.", at=now)


@transaction.atomic
def down(outlet: Outlet, reason: str, *, now: datetime) -> None:
    """Nothing could be sent over it now. After a few times over half a minute the fallback takes over, if there is
    one."""
    values = {"down_since": now, "reason": reason[:300], "tried_at": now}
    _, is_new = Health.objects.get_or_create(outlet=outlet, defaults=values)
    if not is_new:
        Health.objects.filter(outlet=outlet).update(tries=F("tries") + 1, reason=reason[:300], tried_at=now)
    health = Health.objects.select_for_update().get(outlet=outlet)
    if health.tries < DOWN_TRIES or not _is_long(health, now=now):
        return
    if not OutletLog.objects.filter(outlet=outlet, kind=OutletLogKind.DOWN, at__gte=health.down_since).exists():
        note(outlet, OutletLogKind.DOWN, reason, at=now)
    if not health.is_replaced and not outlet.is_fallback and fallback_of(outlet.channel):
        Health.objects.filter(outlet=outlet).update(is_replaced=True)
        note(outlet, OutletLogKind.FALLBACK, reason, at=now)


def _is_long(health: Health, *, now: datetime) -> bool:
    return abs(now - health.down_since) >= DOWN_FOR
