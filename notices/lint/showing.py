"""A report as text, like a compiler's, and as JSON."""

from typing import Any

from notices.enums import Severity
from notices.lint.checking import Report
from notices.lint.findings import Finding


def as_text(report: Report) -> str:
    """ "mail-2026:planstep 7 COV007 error: The only channel … [fix: Add a text message]", a line each."""
    lines = [_line(report.upgrade.slug, one) for one in report.findings]
    lines += [f"{_line(report.upgrade.slug, one.finding)} [waived: {one.waiver.reason}]" for one in report.waived]
    return "\n".join([*lines, summary(report)])


def summary(report: Report) -> str:
    """ "2 errors, 1 warning, 4 hints; 1 waived." """
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
    counted = [(report.counts[severity], word) for severity, word in words.items()]
    said = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in counted if number]
    waived = f"; {len(report.waived)} waived" if report.waived else ""
    return f"{', '.join(said) or 'Clean'}{waived}."


def _line(slug: str, one: Finding) -> str:
    fix = f" [fix: {one.fix.label}]" if one.fix else ""
    said = f"{one.place.kind} {one.place.pk} {one.rule.id} {one.severity.value}: {one.sentence}{fix}"
    return f"{slug}:{' '.join(said.split())}"


def as_json(report: Report) -> dict[str, Any]:
    return {
        "upgrade": report.upgrade.slug,
        "checked_at": report.at.isoformat(),
        "counts": report.counts,
        "findings": [finding(one) for one in report.findings],
        "waived": [
            finding(one.finding)
            | {"reason": one.waiver.reason, "by": str(one.waiver.by), "at": one.waiver.at.isoformat()}
            for one in report.waived
        ],
    }


def finding(one: Finding) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "severity": one.severity.value,
        "title": one.rule.title,
        "place": {"kind": one.place.kind, "id": one.place.pk, "name": one.place.name},
        "sentence": one.sentence,
        "source": one.rule.source,
        "fix": {"label": one.fix.label, "act": one.fix.act} if one.fix else None,
    }
