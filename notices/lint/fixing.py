"""One click: a fix is a normal edit, made by the domain function that a page would call, and taken back like one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import F

from commsplan.lib import history
from commsplan.lib.time import full
from feedback.models import Question, Survey
from notices.enums import Clock, Medium, NoticeKind, NoticeState
from notices.lint import checking, loading
from notices.lint.acts import ACTS, NotFixable
from notices.lint.findings import Finding, Fix
from notices.lint.line import Line
from notices.lint.plan import LoadedPlan
from notices.models import Notice, PlanStep, Revision
from notices.pipeline.audience import Audience
from stakeholders.enums import Channel
from upgrades.models import Milestone, Upgrade

UNDONE: tuple[type[models.Model], ...] = (Question, Notice, PlanStep, Survey, Milestone)  # last what others point to


class NotFound(NotFixable):
    """What it would mend is mended."""


class HasChanged(NotFixable):
    """It would do something else than what somebody saw."""


class _Enough(Exception):
    """Everything is seen: back to how it was."""


@dataclass(frozen=True)
class Preview:
    """What a fix would do: the sentence, the lines of the plan that differ, the findings that go and come."""

    sentence: str
    changes: tuple["Change", ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]


@dataclass(frozen=True)
class Change:
    """A line of the plan before and after, of which only what differs; empty where there is none."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@transaction.atomic
def apply(upgrade: Upgrade, fix: Fix, *, by, now: datetime) -> str:
    if fix.act not in ACTS:
        raise NotFixable("This one has to be mended by hand.")
    return ACTS[fix.act](upgrade, by=by, now=now, **fix.values)


@transaction.atomic
def mend(upgrade: Upgrade, *, rule: str, place: str, seen: str, by, now: datetime) -> str:
    """One after the other: whoever clicks second finds that it is mended. `seen`: the promise that somebody looked at,
    if anybody did."""
    row = Upgrade.objects.select_for_update(of=("self",), no_key=True).get(pk=upgrade.pk)
    finding = checking.check(row, now=now).find(rule, place)
    if finding is None or finding.fix is None or finding.fix.act == "open":
        raise NotFound("That is not found any more. Nothing is left to mend there.")
    if seen and seen != finding.promise:
        raise HasChanged("The plan has changed since you opened this page. This is what it would do now.")
    return apply(row, finding.fix, by=by, now=now)


def undo(act: UUID) -> bool:
    """All of what a fix did, or nothing: whoever changed any of it since wants it as it is."""
    touched = Milestone.pgh_event_model.objects.filter(pgh_context=act).values("pgh_obj")  # type: ignore[attr-defined]
    moved = list(Milestone.objects.filter(pk__in=touched).order_by("pk"))
    try:
        with transaction.atomic():
            history.bring_back(act, *reversed(UNDONE))
            if not history.take_back(act, *UNDONE) or _is_outdated(act):
                raise _Enough
            for one in moved:  # calendars have seen it: moving back is one move more
                Milestone.objects.filter(pk=one.pk).update(sequence=one.sequence + 1)
    except _Enough:
        return False
    return True


def _is_outdated(act: UUID) -> bool:
    """An approval would come back although there is a newer revision: the old one never goes out."""
    notices = Notice.pgh_event_model.objects.filter(pgh_context=act).values("pgh_obj")  # type: ignore[attr-defined]
    newer = Revision.objects.filter(notice__in=notices, notice__state=NoticeState.APPROVED)
    return newer.filter(pk__gt=F("notice__approved_revision")).exists()


LINE_ITSELF = ("when", "what", "how", "to", "subject en")  # of one that comes or goes


def preview(upgrade: Upgrade, fix: Fix, *, by, now: datetime) -> Preview:
    """Really does it, looks, and takes it all back: so it cannot promise what the fix does not do."""
    before = loading.load(upgrade, now=now)
    result: list[Preview] = []
    try:
        with transaction.atomic():
            sentence = apply(upgrade, fix, by=by, now=now)
            after = loading.load(Upgrade.objects.get(pk=upgrade.pk), now=now)
            result.append(_compare(sentence, before, after))
            raise _Enough
    except _Enough:
        return result[0]


def _compare(sentence: str, before: LoadedPlan, after: LoadedPlan) -> Preview:
    old, new = ({one.key: one for one in checking.run(plan)} for plan in (before, after))
    return Preview(
        sentence,
        tuple(_changes(before, after)),
        tuple(one for key, one in old.items() if key not in new),
        tuple(one for key, one in new.items() if key not in old),
    )


def _changes(before: LoadedPlan, after: LoadedPlan) -> Iterator[Change]:
    was, now = ({str(line.place): line for line in plan.lines if line.is_alive} for plan in (before, after))
    for key in sorted(was.keys() | now.keys()):
        old, new = (_said(plan[key]) if key in plan else {} for plan in (was, now))
        if old != new:
            wanted = (new | old).keys() if old and new else LINE_ITSELF
            differing = [name for name in wanted if old.get(name) != new.get(name)]
            parts = [tuple(one[name] for name in differing if one.get(name)) for one in (old, new)]
            yield Change((now.get(key) or was[key]).name, *parts)


def _said(line: Line) -> dict[str, str]:
    """What a reader of the plan sees of a line."""
    kind = NoticeKind(line.kind).label if line.kind else Medium(line.medium).label
    due = full(line.due, zone=line.asked.upgrade.time_zone) if line.due else "no time yet"
    told = {
        "when": due,
        "what": kind,
        "how": ", ".join(Channel(channel).label for channel in line.channels),
        "to": Audience.from_json(line.asked.rule).describe(),
    }
    if line.step:
        told |= {"wall": f"at the time of day {Clock(line.step.clock).label}", "waits": _waits(line.step)}
    for text in line.notice.words if line.notice else ():
        told[f"subject {text['language']}"] = f"Subject ({text['language']}): {text['subject']}"
        told |= {f"{text['language']} {number}": part for number, part in enumerate(text["body"].split("\n")) if part}
    return told


def _waits(step: PlanStep) -> str:
    return f"waits for “{step.after}”" if step.after else ""
