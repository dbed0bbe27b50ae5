"""Taking a finding upon oneself. A waiver counts as long as the facts it was given for are the same."""

from dataclasses import dataclass
from datetime import datetime

from notices.lint.findings import Finding
from notices.models import Waiver
from upgrades.models import Upgrade


class NotWaivable(Exception):
    """With a sentence for people."""


@dataclass(frozen=True)
class Waived:
    finding: Finding
    waiver: Waiver


def waive(upgrade: Upgrade, finding: Finding, *, reason: str, by, now: datetime) -> Waiver:
    if not reason.strip():
        raise NotWaivable("Say why: whoever reads it later has to understand it.")
    key, place = finding.key
    given = {
        "digest": finding.digest,
        "sentence": finding.sentence[:500],
        "reason": reason.strip(),
        "by": by,
        "at": now,
    }
    return Waiver.objects.update_or_create(upgrade=upgrade, rule=key, place=place, defaults=given)[0]


def take_back(upgrade: Upgrade, *, rule: str, place: str) -> bool:
    return bool(Waiver.objects.filter(upgrade=upgrade, rule=rule, place=place).delete()[0])


def of(upgrade: Upgrade) -> dict[tuple[str, str], Waiver]:
    rows = Waiver.objects.filter(upgrade=upgrade).select_related("by").order_by("pk")
    return {(row.rule, row.place): row for row in rows}
