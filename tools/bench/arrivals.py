"""How long it takes to say when notices reach their readers, with quiet hours and a cap of the week."""

from datetime import time, timedelta

from notices.models import DeliveryRules, Notice
from notices.simulation import arriving
from notices.simulation.play import AS_PLANNED, play
from tools.bench.organisation import NOW
from tools.bench.reporting import report
from upgrades.models import Upgrade

RELATED = ("upgrade", "milestone", "survey", "engagement", "approved_revision")
MONTH = timedelta(days=28)


def measure() -> None:
    rules = {"quiet_from": time(20), "quiet_until": time(7), "quiet_weekends": True, "most_per_week": 3}
    DeliveryRules.objects.create(pk=1, **rules)
    upgrade = Upgrade.objects.get(slug="upgrade-7")
    waiting = Notice.objects.waiting().filter(upgrade=upgrade).select_related(*RELATED)
    plan = list(waiting.order_by("send_at", "pk"))
    report("arrival of one notice", lambda: arriving.of(plan[:1], now=NOW))
    report("arrivals of one plan", lambda: arriving.of(plan, now=NOW))
    report("four weeks of one plan", lambda: _played(upgrade))
    DeliveryRules.objects.update(most_per_week=None)
    report("arrivals without a cap", lambda: arriving.of(plan, now=NOW))
    report("four weeks without a cap", lambda: _played(upgrade))
    DeliveryRules.objects.all().delete()


def _played(upgrade: Upgrade) -> int:
    return len(play([upgrade], now=NOW, until=NOW + MONTH, approvals=AS_PLANNED).tallies)
