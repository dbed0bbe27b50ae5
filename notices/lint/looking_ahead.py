"""What the linter would say of a plan that is only played."""

from typing import Any

from notices.lint import checking, loading, showing
from notices.lint.findings import Finding
from notices.lint.supposing import Supposed
from notices.simulation.play import Play


def findings(played: Play) -> list[Finding]:
    """Of all upgrades of the play, as its what-if has them. What is waived counts once the waiver would lapse."""
    otherwise = supposed(played)
    return [
        finding
        for upgrade in played.upgrades
        for finding in checking.judge(
            upgrade, checking.run(loading.load(upgrade, now=played.now, supposed=otherwise)), now=played.now
        ).findings
    ]


def supposed(played: Play) -> Supposed:
    """That somebody leaves or approves is nothing that the check knows."""
    what_if = played.what_if
    return Supposed(
        milestones={
            pk: one for pk, one in played.world.milestones.items() if pk in what_if.slips.keys() | what_if.cancelled
        },
        critical_days=what_if.critical_days(),
        scopes=what_if.scopes(),
        dropped=what_if.dropped,
    )


def as_json(finding: Finding) -> dict[str, Any]:
    return showing.finding(finding)


def sentence(finding: Finding) -> str:
    return f"{finding.rule.id} {finding.severity.value}: {finding.sentence}"
