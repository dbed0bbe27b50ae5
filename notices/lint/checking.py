"""Running the rules over a plan, and keeping what came out for pages that show many plans."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from notices.enums import Severity
from notices.lint import catalogue, loading, waiving
from notices.lint.findings import Finding, Found, Rule
from notices.lint.plan import LoadedPlan
from notices.lint.waiving import Waived
from notices.models import PlanCheck
from upgrades.enums import ENDED
from upgrades.models import Upgrade

log = logging.getLogger(__name__)

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
KEPT = 20  # findings that are kept for the home page
FRESH = timedelta(minutes=10)
AT_ONCE = 10


@dataclass(frozen=True)
class Report:
    """`findings` count; `waived` are those that somebody took upon themselves; of a `lapsed` waiver the facts have
    changed, so its finding counts again."""

    upgrade: Upgrade
    at: datetime
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    lapsed: tuple[Waived, ...] = ()

    @property
    def errors(self) -> list[Finding]:
        return [one for one in self.findings if one.severity == Severity.ERROR]

    @property
    def counts(self) -> dict[str, int]:
        """By severity, also those that are none."""
        found = Counter(one.severity for one in self.findings)
        return {severity.value: found[severity] for severity in ORDER}

    @property
    def exit_status(self) -> int:
        """0 clean, 1 warnings, 2 errors. A hint leaves a plan clean."""
        return 2 if self.counts[Severity.ERROR] else 1 if self.counts[Severity.WARNING] else 0

    def find(self, rule: str, place: str) -> Finding | None:
        return next((one for one in self.findings if one.key == (rule, place)), None)


def check(upgrade: Upgrade, *, now: datetime) -> Report:
    """As it is at this moment."""
    return judge(upgrade, run(loading.load(upgrade, now=now)), now=now)


def run(plan: LoadedPlan) -> list[Finding]:
    """Errors first, then by rule and place. Of what has ended there is nothing to mend."""
    if plan.upgrade.phase in ENDED:
        return []
    found = [Finding(rule, one) for rule in catalogue.rules() for one in _found(rule, plan)]
    return sorted(found, key=lambda one: (ORDER[one.severity], one.rule.id, one.place.kind, one.place.pk))


def _found(rule: Rule, plan: LoadedPlan) -> list[Found]:
    """One that fails takes nothing else down, and is no rule that found nothing."""
    try:
        return list(rule.check(plan))
    except Exception as error:
        log.exception("rule failed", extra={"rule": rule.id, "upgrade": plan.upgrade.pk})
        return [_broken(plan, error)]


def _broken(plan: LoadedPlan, error: Exception) -> Found:
    return Found(
        place=plan.place,
        sentence="This could not be checked: the rule itself failed. Look at the plan with your own eyes, and tell "
        "whoever runs this system; the log says more.",
        facts={"failed": type(error).__name__},
        is_broken=True,
    )


def judge(upgrade: Upgrade, findings: Iterable[Finding], *, now: datetime) -> Report:
    waivers = waiving.of(upgrade)
    counting, waived, lapsed = [], [], []
    for finding in findings:
        waiver = waivers.get(finding.key)
        if waiver and waiver.digest == finding.digest:
            waived.append(Waived(finding, waiver))
            continue
        counting.append(finding)
        if waiver:
            lapsed.append(Waived(finding, waiver))
    return Report(upgrade, now, tuple(counting), tuple(waived), tuple(lapsed))


def keep(report: Report) -> PlanCheck:
    """For the home page and the list of upgrades."""
    values = {
        "errors": report.counts[Severity.ERROR],
        "warnings": report.counts[Severity.WARNING],
        "hints": report.counts[Severity.INFO],
        "waived": len(report.waived),
        "findings": [_line(one) for one in report.findings[:KEPT]],
        "at": report.at,
    }
    return PlanCheck.objects.update_or_create(upgrade=report.upgrade, defaults=values)[0]


def keep_some(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Checks running plans whose last check is no longer fresh, the oldest first. Returns how many. One that cannot be
    checked keeps none of the others waiting."""
    fresh = PlanCheck.objects.filter(at__gt=now - FRESH, at__lte=now).values("upgrade")
    stale = Upgrade.objects.running().exclude(pk__in=fresh).order_by(F("check_result__at").asc(nulls_first=True), "pk")
    return sum(_keep_one(upgrade, now=now) for upgrade in stale[:limit])


def _keep_one(upgrade: Upgrade, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            keep(check(upgrade, now=now))
    except Exception:
        log.exception("check of a plan failed", extra={"upgrade": upgrade.pk})
        return False
    return True


def _line(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.value,
        "place": str(finding.place),
        "name": finding.place.name,
        "sentence": finding.sentence,
    }
