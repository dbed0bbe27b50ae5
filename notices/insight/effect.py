"""What one approval changes: people, channels, messages, load, findings; against the plan as it was approved last."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.channels import SENDERS
from notices.enums import MessageState
from notices.lint import checking, loading
from notices.lint.checking import Report
from notices.lint.findings import Finding
from notices.lint.supposing import Supposed
from notices.models import Message, Notice, PlanStep, Revision
from notices.pipeline import audience, hours
from notices.simulation import arriving
from notices.simulation.fatigue import CAP

WEEK = timedelta(days=7)
MOST = 200  # other notices of the same week


@dataclass(frozen=True)
class Side:
    """`each`: notices that one of its people gets in that week on average, this one counted; `over`: how many people
    get more than the cap, `held` for how many it waits because of quiet hours or the cap of the week."""

    people: int = 0
    channels: Sequence[str] = ()
    messages: int = 0
    each: float = 0.0
    over: int = 0
    held: int = 0

    @property
    def each_said(self) -> str:
        return f"{self.each:.1f}"


@dataclass(frozen=True)
class Effect:
    """`before` is empty where nobody has approved it yet: then it is compared with a plan without it."""

    before: Side
    after: Side
    is_first: bool
    gained: Sequence[Finding]
    lost: Sequence[Finding]
    cap: int


def of(notice: Notice, report: Report, *, now: datetime) -> Effect:
    """`report`: what the check says of the plan as it is. The number of queries does not depend on how many people and
    lines there are."""
    then = as_approved(notice)
    rules = hours.rules()
    sides = _sides(notice, then.notice if then else None, rules=rules, now=now)
    before, after = _keyed(_findings_before(notice, then, now=now)), _keyed(report.findings)
    return Effect(
        before=sides[0],
        after=sides[1],
        is_first=then is None,
        gained=[one for key, one in after.items() if key not in before],
        lost=[one for key, one in before.items() if key not in after],
        cap=_cap(rules),
    )


def _cap(rules: hours.Rules) -> int:
    return rules.most_per_week or CAP


@dataclass(frozen=True)
class Approved:
    """A notice as somebody stood behind it last, and until when it was so."""

    notice: Notice
    at: datetime


def as_approved(notice: Notice) -> Approved | None:
    events: Any = Notice.pgh_event_model.objects  # type: ignore[attr-defined]
    then = events.filter(pgh_obj_id=notice.pk, approved_revision__isnull=False).order_by("-pgh_id").first()
    revision = Revision.objects.filter(pk=then.approved_revision_id).first() if then else None
    if revision is None:
        return None
    texts = revision.variants.order_by("pk").values("language", "level", "subject", "body")
    was = copy(notice)
    was.words, was.audience, was.channels = list(texts), revision.audience, revision.channels
    was.send_at, was.local_on, was.local_at = then.send_at, then.local_on, then.local_at
    return Approved(was, then.pgh_created_at)


def _findings_before(notice: Notice, then: Approved | None, *, now: datetime) -> Sequence[Finding]:
    supposed = Supposed(notices={notice.pk: then.notice if then else None}, steps=_step_before(notice, then))
    plan = loading.load(notice.upgrade, now=now, supposed=supposed)
    return checking.judge(notice.upgrade, checking.run(plan), now=now).findings


def _step_before(notice: Notice, then: Approved | None) -> Mapping[int, PlanStep | None]:
    """Its step as it was at that time; without its notice there is none."""
    if notice.step_id is None:
        return {}
    if then is None:
        return {notice.step_id: None}
    events: Any = PlanStep.pgh_event_model.objects  # type: ignore[attr-defined]
    known = events.filter(pgh_obj_id=notice.step_id, pgh_created_at__lte=then.at)
    event = known.order_by("-pgh_id").first()
    if event is None:
        return {}
    names = [one.attname for one in PlanStep._meta.concrete_fields if not one.generated and not one.primary_key]
    return {notice.step_id: PlanStep(pk=notice.step_id, **{name: getattr(event, name) for name in names})}


def _keyed(findings: Sequence[Finding]) -> dict[tuple[str, str], Finding]:
    return {one.key: one for one in findings}


def _sides(notice: Notice, then: Notice | None, *, rules: hours.Rules, now: datetime) -> tuple[Side, Side]:
    asked = [Asked.reached_by(one, now=now) for one in (then, notice) if one]
    others = [Asked.reached_by(one, now=now) for one in _of_that_week(notice)]
    known = crowds.load([*asked, *others])
    digits = crowds.count([*(known.of(one) for one in others), *_sent_already(known, notice, now=now)])
    own = [known.of(one) for one in asked]
    before = _side(then, own[0], digits, rules=rules, now=now) if then else Side()
    return before, _side(notice, own[-1], digits, rules=rules, now=now)


def _side(notice: Notice, crowd: int, digits: Sequence[int], *, rules: hours.Rules, now: datetime) -> Side:
    people = crowds.size(crowd)
    pushes = [crowd] if audience.sent_over(notice) else []
    there = crowds.count(pushes, on=[digit & crowd for digit in digits])
    number = sum(crowds.size(digit) << place for place, digit in enumerate(there))
    return Side(
        people=people,
        channels=sorted(notice.channels),
        messages=people if pushes else 0,
        each=number / people if people else 0.0,
        over=crowds.size(crowds.more_than(_cap(rules), there) & crowd),
        held=_held(notice, now=now) if rules.hold or rules.most_per_week else 0,
    )


def _held(notice: Notice, *, now: datetime) -> int:
    arrives = arriving.if_written_so(notice, now=now)
    return arrives.waiting if arrives else 0


def _of_that_week(notice: Notice) -> Sequence[Notice]:
    if notice.send_at is None:
        return []
    monday, sunday = _week(notice.send_at)
    found = Notice.objects.waiting().filter(send_at__gte=monday, send_at__lt=sunday, channels__overlap=list(SENDERS))
    rows = found.exclude(pk=notice.pk).select_related("upgrade", "milestone", "survey", "step")
    return list(rows.order_by("send_at", "pk")[:MOST])


def _week(at: datetime) -> tuple[datetime, datetime]:
    """From Monday on (UTC), as the load of people is counted."""
    monday = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return monday, monday + WEEK


def _sent_already(known: crowds.Crowds, notice: Notice, *, now: datetime) -> list[int]:
    if notice.send_at is None:
        return []
    monday, sunday = _week(notice.send_at)
    if monday > now:
        return []
    sent = Message.objects.filter(state=MessageState.SENT, sent_at__gte=monday, sent_at__lt=min(now, sunday))
    rows = sent.order_by().values_list("notice", "person").distinct()  # once, whatever the number of channels
    people: dict[int, list[int]] = {}
    for pk, person in rows.iterator(chunk_size=10_000):
        people.setdefault(pk, []).append(person)
    return [known.mark(those) for those in people.values()]
