"""Fixes that write to people, as drafts that somebody reads before they go out."""

from datetime import datetime
from typing import Any

from notices.audiences.crowds import Crowd, size
from notices.enums import NoticeKind
from notices.lint import loading, telling
from notices.lint.acts import NotFixable, act
from notices.lint.fixes import slots
from notices.lint.phrases import people, when
from notices.lint.plan import LoadedPlan
from notices.lint.rules import coverage, expectation
from notices.models import Notice
from notices.pipeline import approve, byhand, correcting
from upgrades.enums import Status
from upgrades.models import Milestone, Upgrade


def _write(
    plan: LoadedPlan, crowd: Crowd, *, by: Any, title: str, kind: NoticeKind, about: Milestone | None, until: datetime
) -> str:
    """A draft for just these people."""
    if not crowd:
        raise NotFixable("Nobody has to be told any more.")
    made = byhand.draft(plan.upgrade, title=title[:120], kind=kind, by=by, milestone=about)
    send_at = slots.next_morning(plan, before=until)
    audience = {"people": sorted(plan.crowds.persons(crowd))}
    approve.save_draft(made, by=by, version=made.version, audience=audience, send_at=send_at)
    return (
        f"“{made.title}” is a draft for {people(size(crowd))}, to go out on {when(send_at, plan.upgrade.time_zone)}. "
        "Read it, and submit it."
    )


def _milestone(plan: LoadedPlan, pk: int) -> Milestone:
    found = next((one for one in plan.milestones if one.pk == pk), None)
    if found is None:
        raise NotFixable("That window is gone.")
    return found


@act("write_catch_up")
def write_catch_up(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    window = _milestone(plan, milestone)
    late = telling.joined_late(plan, window, by=coverage.CATCH_UP_BEFORE)
    until = telling.business_days_before(window.start, coverage.CATCH_UP_BEFORE, plan.calendar)
    limit = until if until > plan.now else window.start
    title = f"{window}: what you should know"
    return _write(plan, late, by=by, title=title, kind=NoticeKind.ANNOUNCEMENT, about=window, until=limit)


@act("write_correction")
def write_correction(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int | None) -> str:
    """`milestone`: what was found; a correction says all that its readers have wrong."""
    made = correcting.propose_now(upgrade, by=by, now=now)
    called = correcting.calls.open(upgrade).count()
    if not made and not called:
        raise NotFixable("Nobody has to be told any more.")
    said = [f"“{one.title}” waits for a word: it goes to {people(len(one.audience['people']))}." for one in made]
    if called:
        said.append(f"Nothing that we send reaches {people(called)}: call them.")
    return " ".join(said)


@act("write_status")
def write_status(upgrade: Upgrade, *, by: Any, now: datetime, milestone: int) -> str:
    plan = loading.load(upgrade, now=now)
    window = _milestone(plan, milestone)
    if window.status == Status.TENTATIVE:
        return write_correction(upgrade, by=by, now=now, milestone=milestone)
    crowd = expectation.believe_other_status(plan, window)
    title = f"{window}: confirmed"
    return _write(plan, crowd, by=by, title=title, kind=NoticeKind.ANNOUNCEMENT, about=window, until=window.start)


@act("ask_again")
def ask_again(upgrade: Upgrade, *, by: Any, now: datetime, notice: int) -> str:
    """Whoever clicks stands behind its words from now on, so somebody else approves them."""
    found: Notice | None = upgrade.notices.filter(pk=notice).first()
    if found is None:
        raise NotFixable("That notice is gone.")
    draft = approve.save_draft(found, by=by, version=found.version)
    approve.submit(draft, by=by, now=now)
    return f"“{draft.title}” waits for approval as it is now."
