"""The plan of one upgrade: a table anchored to its milestones, and the acts on its lines."""

from collections import Counter
from datetime import datetime
from itertools import groupby

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys
from commsplan.lib.toasts import offer_undo
from notices.enums import NoticeState
from notices.forms.step import StepForm
from notices.insight import approval, ledger_short, lines, standing, unpublished
from notices.lint import checking, gate
from notices.models import PlanStep
from notices.pipeline import approve, planning
from notices.pipeline.byhand import recall, several
from notices.views.notice_acts import seals_of
from upgrades.models import Milestone, Upgrade


@require_GET
def plan(request, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    found = lines.of(upgrade, now=now)
    context = {
        "upgrade": upgrade,
        "sections": lines.by_milestone(found, upgrade),
        "counts": Counter(line.state for line in found if line.notice),
        "lines": found,
        "approvable": len(
            approval.approvable([line.notice for line in found if line.notice], by=request.user, now=now)
        ),
        "open_chores": sum(line.is_open_chore for line in found),
        "unpublished": unpublished.said(upgrade, [one.notice for one in found if one.notice]),
        "is_new": "new" in request.GET,
        "moved": (shown := moved(request, upgrade, found, now=now)),
        "expectations": ledger_short.of(upgrade, now=now) if shown else None,
        "outcome": request.session.pop("plan_outcome", None),
    }
    return render(request, "notices/plan.html", context)


def moved(request, upgrade: Upgrade, found: list[lines.Line], *, now: datetime):
    """What the move of a milestone did to the notices that hang on it, from → to."""
    pk = keys.number(request.GET.get("moved"))
    milestone = Milestone.objects.filter(upgrade=upgrade, pk=pk).first() if pk else None
    return milestone and lines.moved(milestone, found, now=now)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def step_new(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    if request.method == "POST":
        form = StepForm(request.POST, upgrade=upgrade)
        if form.is_valid():
            step = planning.add_step(upgrade, form.line(), by=request.user, now=timezone.now())
            messages.success(request, f"“{step.name}” is in the plan.")
            return to_step(step)
    else:
        form = StepForm(upgrade=upgrade, initial={"milestone": request.GET.get("milestone")})
    return render(request, "notices/step_new.html", {"upgrade": upgrade, "form": form})


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def step_edit(request, slug: str, pk: int):
    rows = PlanStep.objects.select_related("upgrade", "notice")
    lock = rows.select_for_update(of=("self",), no_key=True)
    step = get_object_or_404(lock if request.method == "POST" else rows, upgrade__slug=slug, pk=pk)
    name = step.name
    form = StepForm(request.POST if request.method == "POST" else None, upgrade=step.upgrade, step=step)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                planning.change_step(step, form.line(), by=request.user, now=timezone.now())
        except (planning.NotPossible, approve.NotAllowed) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"“{step.name}” is changed.")
            return to_step(step)
    return render(
        request, "notices/step_edit.html", {"upgrade": step.upgrade, "step": step, "name": name, "form": form}
    )


@require_POST
@permission_required("upgrades.edit")
def step_delete(request, slug: str, pk: int):
    step = get_object_or_404(PlanStep.objects.select_related("upgrade"), upgrade__slug=slug, pk=pk)
    name = step.name
    planning.delete_step(step, by=request.user, now=timezone.now())
    offer_undo(request, f"“{name}” is out of the plan.", url=reverse("step_restore", args=[slug, pk]))
    return redirect("upgrade_plan", slug)


@require_POST
@permission_required("upgrades.edit")
def step_restore(request, slug: str, pk: int):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    try:
        step = planning.restore_step(upgrade, pk)
    except planning.NotPossible as error:
        messages.error(request, str(error))
        return redirect("upgrade_plan", slug)
    messages.success(request, f"“{step.name}” is back.")
    return to_step(step)


@require_POST
@permission_required("notices.write")
def step_tick(request, slug: str, pk: int):
    step = get_object_or_404(PlanStep.objects.select_related("upgrade"), upgrade__slug=slug, pk=pk)
    try:
        planning.tick_off(step, by=request.user, now=timezone.now())
    except planning.NotPossible as error:
        messages.error(request, str(error))
    else:
        offer_undo(request, f"“{step.name}” is done.", url=reverse("step_untick", args=[slug, pk]))
    return redirect("home") if request.POST.get("next") == "home" else to_step(step)


@require_POST
@permission_required("notices.write")
def step_untick(request, slug: str, pk: int):
    step = get_object_or_404(PlanStep.objects.select_related("upgrade"), upgrade__slug=slug, pk=pk)
    planning.untick(step)
    messages.success(request, f"“{step.name}” is open again.")
    return to_step(step)


@require_POST
@permission_required("notices.write")
def plan_submit(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    drafts = upgrade.notices.filter(state=NoticeState.DRAFT).order_by("send_at", "pk")
    outcome = gate.submit_each(drafts, by=request.user, now=timezone.now(), hold=recall.HOLD)
    return tell(request, slug, outcome, done="submitted")


@require_http_methods(["GET", "POST"])
@permission_required("notices.approve")
def plan_approve(request, slug: str):
    """GET shows what differs from the last approvals, and what the check says; POST approves."""
    upgrade, now = get_object_or_404(Upgrade, slug=slug), timezone.now()
    waiting = upgrade.notices.needs_approval().select_related("upgrade", "milestone", "step").order_by("send_at", "pk")
    if request.method == "POST":
        outcome = gate.approve_each(waiting, by=request.user, now=now, hold=recall.HOLD, seals=seals_of(request))
        return tell(request, slug, outcome, done="approved")
    waiting = waiting.annotate(latest=approve.LATEST)
    own = approval.approvable(waiting, by=request.user, now=now)
    context = {
        "upgrade": upgrade,
        "seals": [approve.seal(one, one.latest) for one in own],  # type: ignore[attr-defined]
        "rows": standing.of(own, checking.check(upgrade, now=now)),
        "others": len(waiting) - len(own),
    }
    return render(request, "notices/plan_approve.html", context)


def tell(request, slug: str, outcome: several.Outcome, *, done: str):
    """The page after it lists what was refused, by reason."""
    refused = sorted(outcome.refused, key=lambda pair: pair[1])
    request.session["plan_outcome"] = {
        "done": len(outcome.done),
        "verb": done,
        "refused": [
            {
                "reason": reason,
                "notices": [{"title": notice.title, "url": notice.get_absolute_url()} for notice, _ in group],
            }
            for reason, group in groupby(refused, key=lambda pair: pair[1])
        ],
    }
    return redirect("upgrade_plan", slug)


def to_step(step: PlanStep):
    return redirect(f"{reverse('upgrade_plan', args=[step.upgrade.slug])}#step-{step.pk}")
