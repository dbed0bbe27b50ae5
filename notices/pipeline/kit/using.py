"""One click: the plan changes, and those who were told of it hear so at once, in the words that lie ready."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction

from notices.channels.base import Envelope
from notices.enums import Edge, Event, Medium, NoticeKind, NoticeState, Unit
from notices.models import Comment, Notice, PlanStep, Revision
from notices.pipeline import approve, outbox, planning, render
from notices.pipeline.approve import NotAllowed
from notices.pipeline.kit import laying, waiting
from notices.pipeline.kit.buttons import BUTTONS, KINDS, Button
from notices.pipeline.kit.readers import told_of
from stakeholders.models import Person
from upgrades import moving_along
from upgrades.models import Milestone, Upgrade

ALONE = "Sent without a second pair of eyes"
NOBODY_KNOWS = "Nobody has been told of it yet, so nobody has to hear. Change the milestone instead."
OTHERWISE = "The plan has changed since you opened this page. Look at it again before you press."
SAID = {NoticeKind.STARTED}
REVIEW = "Review: what happened, and what we learn"
REVIEW_AFTER = 5  # business days
NO_TIME: dict[str, Any] = {"send_at": None, "local_on": None, "local_at": None, **approve.PLANNED}


class Used(NotAllowed):
    """Somebody was faster."""


@dataclass(frozen=True)
class Order:
    """What somebody filled in. `kit` is the line they saw, `seen` the milestone's sequence then. `along`: keys of what
    moves with it. `alone`: why nobody else could look at it first."""

    button: Button
    kit: int
    seen: int
    values: Mapping[str, Any]
    reason: str = ""
    alone: str = ""
    along: Collection[str] = ()


@transaction.atomic
def use(milestone: Milestone, order: Order, *, by, now: datetime) -> Notice:
    """Changes the plan and sends the notice, all or nothing. Where nobody stands behind its words yet, the plan is
    changed and the notice waits for somebody else (`approve_and_send`). A second click finds the line used."""
    row = _still_ready(milestone, order)
    place = _unchanged(milestone, order, now=now)
    before = row if is_ready(row, now=now) else None
    _change_plan(place, order, now=now)
    people = told_of(place, now=now)
    if not people:
        raise NotAllowed(NOBODY_KNOWS)
    rule = {"people": people, "in_person": True}
    stays = before is not None and not order.button.is_repeatable
    notice = _take_off(row, rule, is_approved=before is not None, stays=stays, by=by)
    laying.silence(place, order.button.also, but=notice, kinds={*KINDS, *SAID}, by=by, now=now)
    if order.button.is_repeatable:
        laying.lay_again(row, as_approved=before, milestone=place, now=now)
    send(notice, is_approved=before is not None, alone=order.alone, by=by, now=now)
    _ask_for_a_review(place, order.button, now=now)
    return notice


def is_ready(notice: Notice, *, now: datetime) -> bool:
    """Somebody stands behind its words, and nothing has changed since that they did not foresee."""
    told = notice.approved_revision.facts if notice.approved_revision else {}
    changed = approve.changed_facts(notice, told)
    return not notice.is_paused and approve.stays_approved(notice, changed, now=now)


def _still_ready(milestone: Milestone, order: Order) -> Notice:
    """Of this milestone and for this button: nobody approved other words for what is told here."""
    row = Notice.objects.filter(pk=order.kit, milestone=milestone, kind=order.button.kind).first()
    if row is None:
        raise Used("These words are no longer in the plan. Open the page again.")
    row = approve.lock(row)
    if row.step is None or not row.is_waiting:
        raise Used(f"Somebody has pressed this already: “{row.title}” {_what_became(row)}. Nothing is sent twice.")
    return row


def _what_became(row: Notice) -> str:
    return NoticeState(row.state).said


def _unchanged(milestone: Milestone, order: Order, *, now: datetime) -> Milestone:
    rows = Milestone.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade")
    row = rows.get(pk=milestone.pk)
    if row.sequence != order.seen:
        raise approve.Conflict(OTHERWISE)
    if why_not := order.button.why_not(row, now=now):
        raise NotAllowed(why_not)
    return row


def _change_plan(milestone: Milestone, order: Order, *, now: datetime) -> None:
    moving_along.change(milestone, **order.values, along=order.along, reason=order.reason, now=now)


def _take_off(row: Notice, audience: dict[str, Any], *, is_approved: bool, stays: bool, by) -> Notice:
    """The line is free for the next one, unless it happens once. Whoever approved the words stands behind these facts
    too; where nobody has yet, whoever filled in the facts is one of its writers."""
    values: dict[str, Any] = {
        "audience": audience,
        "is_urgent": True,
        "step": row.step if stays else None,
        "occurrence_of": None if stays else row.step,
        **NO_TIME,
        "waits_for": Event.ON_WORD,
        "reason": "",
    }
    if not is_approved:
        values |= {"author": by, "state": NoticeState.DRAFT, "needs_approval": True, **approve.UNAPPROVED}
    Notice.objects.filter(pk=row.pk).update(**values)
    return Notice.objects.get(pk=row.pk)


def send(notice: Notice, *, is_approved: bool, alone: str, by, now: datetime) -> None:
    """At once, if somebody stands behind it; else it waits for them, unless `alone` says why there is nobody."""
    if not is_approved and alone:
        _stand_alone(notice, alone, by=by, now=now)
    elif not is_approved:
        approve.submit(notice, by=by, now=now)
        return
    else:
        revision = approve.freeze(notice, by=None, now=now)
        Notice.objects.filter(pk=notice.pk).update(approved_revision=revision)
    outbox.send_now(notice, by=by, now=now)
    if alone and not is_approved:
        Notice.objects.filter(pk=notice.pk).update(reason=f"{ALONE} by {by}: {alone}"[:300])
    notice.refresh_from_db()


def may_send_alone(upgrade: Upgrade, button: Button, *, by) -> bool:
    """Only where something fails that nobody planned: there waiting harms more than a wrong word."""
    return (upgrade.is_unplanned or button.kind == NoticeKind.OUTAGE) and by.has_perm("notices.send")


def _stand_alone(notice: Notice, why: str, *, by, now: datetime) -> None:
    if not may_send_alone(notice.upgrade, _button_of(notice), by=by):
        raise NotAllowed("Only an unplanned outage may be told without a second pair of eyes.")
    revision = approve.submit(notice, by=by, now=now)
    size = approve.size_of(revision, now=now)
    approval = {"approved_revision": revision, "approved_by": by, "approved_at": now, "approved_size": size}
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.APPROVED, **approval)
    Comment.objects.create(notice=notice, revision=revision, text=f"{ALONE}: {why}", by=by, at=now)


def _button_of(notice: Notice) -> Button:
    return next(one for one in BUTTONS.values() if one.kind == notice.kind)


@transaction.atomic
def approve_and_send(notice: Notice, *, revision: Revision | None, by, now: datetime) -> int:
    """The second pair of eyes: they have read it as it is, and it goes out. Returns how many messages. Whoever approved
    it on its own page has not sent it yet."""
    row = approve.lock(notice)
    if not waiting.has(row):
        raise NotAllowed(f"It does not wait in the kit any more. It {_what_became(row)}.")
    if row.state == NoticeState.IN_REVIEW:
        approve.approve(notice, revision=revision, by=by, now=now)
    count = outbox.send_now(notice, by=by, now=now)
    line = PlanStep.objects.filter(occurrences=notice, notice=None).first()
    if line:  # it happens once, and has now
        Notice.objects.filter(pk=notice.pk).update(step=line, occurrence_of=None)
    return count


class _Enough(Exception):
    """Takes back what was done to look at it."""


def rehearse(milestone: Milestone, order: Order, *, reader: Person | None, now: datetime) -> Envelope | None:
    """The letter as a reader would get it. Really changes the plan, looks, and takes it back: so it cannot promise what
    the click does not do."""
    found: list[Envelope] = []
    try:
        with transaction.atomic():
            notice = Notice.objects.select_related("upgrade").get(pk=order.kit)
            place = Milestone.objects.select_related("upgrade").get(pk=milestone.pk)
            _change_plan(place, order, now=now)
            notice.milestone = place
            found.append(render.preview(notice, person=reader or render.sample_reader(notice), now=now))
            raise _Enough
    except _Enough:
        return found[0]
    return None


def _ask_for_a_review(milestone: Milestone, button: Button, *, now: datetime) -> None:
    """After a roll-back, and after an outage is over: somebody has to ask why. Once for each milestone."""
    is_over = button.kind == NoticeKind.COMPLETED and milestone.upgrade.is_unplanned
    if not (is_over or button.kind == NoticeKind.ROLLED_BACK):
        return
    line = planning.Line(
        name=REVIEW,
        medium=Medium.MEETING,
        milestone=milestone,
        edge=Edge.END,
        offset=REVIEW_AFTER,
        unit=Unit.BUSINESS_DAYS,
        at=time(10),
        audience={},
        objective="It does not happen twice for the same reason.",
    )
    if not PlanStep.objects.filter(milestone=milestone, name=REVIEW).exists():
        planning.add_step(milestone.upgrade, line, by=milestone.upgrade.owner, now=now)
