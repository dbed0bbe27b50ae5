"""What approvers look at when they approve a plan at once: what became of each notice, what the check says there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notices.enums import Severity
from notices.insight import since
from notices.insight.since import Since
from notices.lint import gate
from notices.lint.checking import Report
from notices.lint.findings import Finding
from notices.models import Notice


@dataclass(frozen=True)
class Standing:
    """`since` is None where nobody has approved it before. Errors among `findings` are in its way."""

    notice: Notice
    since: Since | None
    findings: Sequence[Finding]
    errors: Sequence[Finding]


def of(notices: Iterable[Notice], report: Report) -> list[Standing]:
    """The number of queries does not depend on how many notices there are."""
    rows = list(notices)
    before = since.last_approvals(rows)
    return [Standing(one, before.get(one.pk), here(one, report), errors(one, report)) for one in rows]


def here(notice: Notice, report: Report) -> list[Finding]:
    """What the check says now of this notice, its step, its survey and its milestone; of errors all that are in its
    way."""
    places = {("notice", notice.pk), ("planstep", notice.step_id), ("survey", notice.survey_id)}
    places |= {("milestone", notice.milestone_id)}
    return [
        one
        for one in report.findings
        if (one.place.kind, one.place.pk) in places or (one.severity == Severity.ERROR and gate.is_about(one, notice))
    ]


def errors(notice: Notice, report: Report) -> list[Finding]:
    return [one for one in report.errors if gate.is_about(one, notice)]
