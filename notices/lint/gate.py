"""Errors block approval. What an error is about decides which notices it blocks."""

from collections.abc import Iterable
from datetime import datetime

from notices.enums import Event, NoticeKind
from notices.lint import checking
from notices.lint.findings import Finding
from notices.models import Notice
from notices.pipeline import approve

AT_ONCE = (  # a plan with a gap is no reason to keep quiet about these
    NoticeKind.OUTAGE,
    NoticeKind.POSTPONED,
    NoticeKind.CANCELLED,
    NoticeKind.ROLLED_BACK,
)


class Blocked(approve.NotAllowed):
    """With the first error, and how many there are."""


def demand_clear(notice: Notice, *, now: datetime) -> None:
    """Raises Blocked. Whoever approves or schedules a notice asks here first."""
    if errors := blocking([notice], now=now).get(notice.pk, []):
        raise Blocked(said(errors))


def said(errors: list[Finding]) -> str:
    more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
    return f"The check of the plan has an error: {errors[0].sentence}{more} Mend it, or waive it with a reason."


def blocking(notices: Iterable[Notice], *, now: datetime) -> dict[int, list[Finding]]:
    """By notice the errors in its way. Each upgrade is checked once."""
    by_upgrade: dict[int, list[Notice]] = {}
    for notice in notices:
        by_upgrade.setdefault(notice.upgrade_id, []).append(notice)
    found: dict[int, list[Finding]] = {}
    for those in by_upgrade.values():
        errors = checking.check(those[0].upgrade, now=now).errors
        found |= {one.pk: [error for error in errors if is_about(error, one)] for one in those}
    return found


def is_about(error: Finding, notice: Notice) -> bool:
    """A notice that was written by hand, or that cannot wait, is blocked by what is wrong with itself alone. A line of
    the plan also by what is wrong with its milestone, and with the plan as a whole."""
    kind, pk = error.place.kind, error.place.pk
    if (kind, pk) in {("notice", notice.pk), ("planstep", notice.step_id), ("survey", notice.survey_id)}:
        return True
    if kind in ("notice", "planstep", "survey") or not notice.step_id or _cannot_wait(notice):
        return False
    return kind != "milestone" or pk == notice.milestone_id


def _cannot_wait(notice: Notice) -> bool:
    return notice.kind in AT_ONCE or notice.waits_for == Event.ON_WORD
