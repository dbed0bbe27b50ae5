"""Laying a line ready: one that is missing, and the same one again once it was used."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from notices.enums import WAITING, NoticeKind, NoticeState, Trigger, Unit
from notices.models import ApprovedAudience, Notice
from notices.pipeline import approve, planning
from notices.pipeline.approve import NotAllowed
from notices.pipeline.kit import waiting
from notices.pipeline.kit.buttons import Button
from stakeholders.enums import Channel
from upgrades.models import Milestone

BEST_FIRST = (NoticeState.APPROVED, NoticeState.IN_REVIEW, NoticeState.DRAFT)
SAME = [
    *("upgrade", "title", "kind", "channels", "audience", "words", "survey", "asks_acknowledgement"),
    *("needs_approval", "author", "waits_for"),
]


def find(milestone: Milestone, button: Button) -> Notice | None:
    """What lies ready on this milestone for that, the readiest first; where it happens once, also what the plan says
    at its time anyway, so that nobody hears it twice."""
    related = ("step", "upgrade", "milestone__upgrade", "approved_revision", "approved_by", "author")
    found = Notice.objects.filter(milestone=milestone, kind=button.kind, state__in=WAITING, step__isnull=False)
    lying = Q(step__event=button.event, step__trigger=Trigger.EVENT, send_at=None)
    planned = Q(pk__in=[]) if button.is_repeatable else Q(step__trigger=Trigger.OFFSET)
    rows = found.filter(lying | planned).select_related(*related).order_by("pk")
    return min(rows, key=lambda one: (BEST_FIRST.index(NoticeState(one.state)), one.send_at is not None), default=None)


@transaction.atomic
def lay(milestone: Milestone, button: Button, *, by, now: datetime) -> Notice:
    """Puts the usual words into the plan and submits them. What lies there as a draft is submitted as it is."""
    upgrade = milestone.upgrade
    notice = find(milestone, button) or Notice.objects.get(
        step=planning.add_step(
            upgrade,
            planning.Line(
                name=button.line,
                kind=button.kind,
                milestone=milestone,
                trigger=Trigger.EVENT,
                event=button.event,
                unit=Unit.MINUTES,
                at=None,
                channels=channels_of(milestone),
                audience={"affected": True},
                objective=button.objective,
            ),
            by=by,
        )
    )
    if notice.state == NoticeState.DRAFT:
        send_on = approve.submit if approve.takes_approval(notice, now=now) else approve.schedule
        send_on(notice, by=by, now=now)
    return notice


def channels_of(milestone: Milestone) -> list[Channel]:
    """What the public does not see is not told there either."""
    return [Channel.EMAIL, Channel.PORTAL] if milestone.is_public else [Channel.EMAIL]


def lay_again(used: Notice, *, as_approved: Notice | None, milestone: Milestone, now: datetime) -> Notice:
    """The same words on the same line, for the next time. `as_approved`: as it was before it was used, when somebody
    stood behind it: their approval was for what may happen, and it may happen again."""
    same: dict[str, Any] = {name: getattr(used, name) for name in SAME}
    again = Notice.objects.create(step=used.step, milestone=milestone, **same)
    if as_approved is None:
        return again
    revision = approve.freeze(again, by=None, now=now)
    Notice.objects.filter(pk=again.pk).update(
        state=NoticeState.APPROVED,
        approved_revision=revision,
        approved_by=as_approved.approved_by,
        approved_at=as_approved.approved_at,
        approved_size=as_approved.approved_size,
    )
    seen = ApprovedAudience.objects.filter(notice=used).values_list("people", flat=True).first()
    ApprovedAudience.objects.create(notice=again, people=seen or [])
    again.refresh_from_db()
    return again


def silence(milestone: Milestone, events: Iterable[str], *, but: Notice, kinds: Iterable[str], by, now) -> int:
    """What else would go out by itself because of the same change, and says the same; and what was pressed before and
    still waits: it would tell the plan of then."""
    pressed = waiting.of(milestone.upgrade).exclude(kind=NoticeKind.OUTAGE)
    same = Q(waits_for__in=events, kind__in=kinds) | Q(pk__in=pressed)
    others = Notice.objects.filter(same, milestone=milestone, state__in=WAITING)
    found = list(others.filter(send_at=None).exclude(pk=but.pk).order_by("pk"))
    for one in found:
        try:
            approve.cancel(one, by=by, reason=f"“{but.title}” says it.", now=now)
        except NotAllowed:  # somebody was faster
            continue
    return len(found)
