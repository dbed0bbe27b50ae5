"""One set of steps, several windows: a further wave gets what another wave of the same upgrade has."""

from copy import copy

from django.db import transaction

from notices.enums import NoticeState
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from notices.pipeline.planning.making import Window
from upgrades.enums import MilestoneKind, Status
from upgrades.models import Milestone, Upgrade

OF_NOTICE = ("title", "kind", "channels", "audience", "words", "survey", "asks_acknowledgement", "needs_approval")


def to_copy_from(upgrade: Upgrade) -> list[Milestone]:
    """Windows with steps, the last one first: it is the most like the next."""
    kinds = [MilestoneKind.GO_LIVE, MilestoneKind.WINDOW]
    found = upgrade.milestones.filter(kind__in=kinds, steps__isnull=False).exclude(status=Status.CANCELLED)
    return list(found.distinct().order_by("-start", "-pk"))


def shared_steps(window: Milestone) -> list[PlanStep]:
    """Those that other windows have as well; all, when it is the only one. What goes once stays where it is."""
    steps = list(window.steps.select_related("after", "notice").order_by("pk"))
    others = [one for one in to_copy_from(window.upgrade) if one != window]
    if not others:
        return steps
    elsewhere = {
        (step.name, step.medium, step.trigger)
        for step in PlanStep.objects.filter(milestone__in=others).only("name", "medium", "trigger")
    }
    return [step for step in steps if (step.name, step.medium, step.trigger) in elsewhere]


@transaction.atomic
def add(upgrade: Upgrade, window: Window, *, like: Milestone, by) -> Milestone:
    """A window with copies of the steps of another one; the notices are drafts with the same words."""
    milestone = Milestone.objects.create(
        upgrade=upgrade, name=window.name, kind=like.kind, start=window.start, end=window.end, impact=like.impact,
        downtime=like.downtime, effect=like.effect, action=like.action, is_public=like.is_public,
    )  # fmt: skip
    milestone.sites.set(window.sites or like.sites.all())
    milestone.services.set(like.services.all())
    made = {step.pk: _copied(step, milestone, by=by) for step in shared_steps(like)}
    _wait_here(made)
    return milestone


def _copied(step: PlanStep, milestone: Milestone, *, by) -> PlanStep:
    notice = getattr(step, "notice", None)
    new = copy(step)
    new.pk, new._state.adding = None, True
    new._state.fields_cache = {}
    new.upgrade, new.milestone = milestone.upgrade, milestone
    new.engagement = new.done_at = new.done_by = None
    new.save()
    if notice:
        _draft(notice, new, by=by)
    return new


def _draft(notice: Notice, step: PlanStep, *, by) -> Notice:
    """Its history knows both: who wrote the words, and who took them over."""
    made = Notice.objects.create(
        upgrade=step.upgrade,
        milestone=step.milestone,
        step=step,
        state=NoticeState.DRAFT,
        author=notice.author,
        **schedule.first_time(step),
        **{name: getattr(notice, name) for name in OF_NOTICE},
    )
    Notice.objects.filter(pk=made.pk).update(author=by)
    made.author = by
    return made


def _wait_here(made: dict[int, PlanStep]) -> None:
    """What waited for the decision of the other window waits for that of this one."""
    for step in made.values():
        if step.after_id in made:
            step.after = made[step.after_id]
            step.save(update_fields=["after"])


@transaction.atomic
def take_out(milestone: Milestone) -> bool:
    """Undoes `add`, as long as nobody has worked on what it made: False, and nothing happens, otherwise."""
    notices = Notice.objects.select_for_update(of=("self",), no_key=True).filter(milestone=milestone).order_by("pk")
    steps = PlanStep.objects.filter(milestone=milestone)
    is_touched = any(one.state != NoticeState.DRAFT or one.version > 1 or one.step_id is None for one in notices)
    if is_touched or steps.exclude(done_at=None, engagement=None).exists():
        return False
    notices.delete()
    steps.delete()
    milestone.delete()
    return True
