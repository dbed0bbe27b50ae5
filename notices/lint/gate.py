"""Errors block approval. What an error is about decides which notices it blocks."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from notices.enums import Event, NoticeKind, NoticeState
from notices.lint import checking
from notices.lint.findings import Finding
from notices.models import Notice, Revision
from notices.pipeline import approve, outbox
from notices.pipeline.byhand import several

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


def demand_sound(notice: Notice, *, now: datetime) -> None:
    """Of the next turn of a cadence, which nobody looks at before it is scheduled. What is wrong elsewhere in the plan
    does not silence a series that people have been promised."""
    own = {("notice", notice.pk), ("planstep", notice.step_id), ("survey", notice.survey_id)}
    errors = checking.check(notice.upgrade, now=now).errors
    if found := [error for error in errors if (error.place.kind, error.place.pk) in own]:
        raise Blocked(said(found))


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
    the plan also by what is wrong with its milestone, and with the plan as a whole. Where a rule failed, nobody knows
    which ones it would have blocked."""
    kind, pk = error.place.kind, error.place.pk
    if error.is_broken:
        return not _cannot_wait(notice)
    if (kind, pk) in {("notice", notice.pk), ("planstep", notice.step_id), ("survey", notice.survey_id)}:
        return True
    if kind in ("notice", "planstep", "survey") or not notice.step_id or _cannot_wait(notice):
        return False
    return kind != "milestone" or pk == notice.milestone_id


def _cannot_wait(notice: Notice) -> bool:
    return notice.kind in AT_ONCE or notice.waits_for == Event.ON_WORD


def approve_one(
    notice: Notice,
    *,
    revision: Revision | None,
    by,
    now: datetime,
    hold: timedelta = approve.AT_ONCE,
    seals: Collection[str] | None = None,
) -> None:
    demand_clear(notice, now=now)
    approve.approve(notice, revision=revision, by=by, now=now, hold=hold, seals=seals)


def schedule_one(notice: Notice, *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> None:
    """Without approval, where none is needed; not past an error either."""
    demand_clear(notice, now=now)
    approve.schedule(notice, by=by, now=now, hold=hold)


def send_now(notice: Notice, *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> None:
    """What was missed may never have been approved as it is: sending it now is approving it."""
    with transaction.atomic():
        row = approve.lock(notice)  # the clock may have found it missed since somebody opened it
        if row.state == NoticeState.MISSED:
            demand_clear(row, now=now)
        outbox.send_now(notice, by=by, now=now, hold=hold)


def approve_each(
    notices: Iterable[Notice],
    *,
    by,
    now: datetime,
    hold: timedelta = approve.AT_ONCE,
    seals: Collection[str] | None = None,
) -> several.Outcome:
    return _each(list(notices), partial(several.approve_each, seals=seals), by=by, now=now, hold=hold)


def submit_each(drafts: Iterable[Notice], *, by, now: datetime, hold: timedelta = approve.AT_ONCE) -> several.Outcome:
    """To review, errors or not: an approver may waive them. What needs no approval has to be clear."""
    found = list(drafts)
    to_review = {one.pk for one in found if approve.takes_approval(one, now=now)}
    outcome = _each([one for one in found if one.pk not in to_review], several.submit_each, by=by, now=now, hold=hold)
    submitted = several.submit_each([one for one in found if one.pk in to_review], by=by, now=now)
    return several.Outcome([*submitted.done, *outcome.done], [*submitted.refused, *outcome.refused])


def _each(
    notices: list[Notice], act: Callable[..., several.Outcome], *, by, now: datetime, hold: timedelta
) -> several.Outcome:
    errors = {key: found for key, found in blocking(notices, now=now).items() if found}
    outcome = act([one for one in notices if one.pk not in errors], by=by, now=now, hold=hold)
    outcome.refused += [(one, said(errors[one.pk])) for one in notices if one.pk in errors]
    return outcome
