"""What the linter would say of a plan that is only played."""

from typing import Any

from notices.lint import checking, loading, showing
from notices.lint.findings import Finding
from notices.simulation.play import Play


def findings(played: Play) -> list[Finding]:
    """Of all upgrades of the play, with the milestones as its what-if has them."""
    milestones = {pk: one for pk, one in played.world.milestones.items() if _is_otherwise(pk, played)}
    return [
        finding
        for upgrade in played.upgrades
        for finding in checking.run(loading.load(upgrade, now=played.now, milestones=milestones))
    ]


def _is_otherwise(pk: int, played: Play) -> bool:
    return pk in played.what_if.slips or pk in played.what_if.cancelled


def as_json(finding: Finding) -> dict[str, Any]:
    return showing.finding(finding)


def sentence(finding: Finding) -> str:
    return f"{finding.rule.id} {finding.severity.value}: {finding.sentence}"
