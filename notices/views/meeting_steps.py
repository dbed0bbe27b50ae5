"""A step of the plan that is a meeting becomes a conversation with a date and people."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from engagement.views.planning import check, plan_it
from notices.forms.meeting_step import MeetingStepForm
from notices.models import PlanStep
from notices.pipeline import planning
from notices.pipeline.planning import gatherings


def step_of(slug: str, pk: int) -> PlanStep:
    rows = PlanStep.objects.filter(medium__in=gatherings.GATHERINGS).select_related(
        "upgrade", "milestone", "engagement"
    )
    return get_object_or_404(rows, upgrade__slug=slug, pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def step_meeting(request, slug: str, pk: int):
    step = step_of(slug, pk)
    if step.engagement:
        return redirect(step.engagement)
    form = MeetingStepForm(request.POST if request.method == "POST" else None, step=step, host=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                if made := plan_it(request, form, step.upgrade):
                    gatherings.attach(step, made[0])
                    return redirect(made[0])
        except planning.NotPossible as error:
            messages.error(request, str(error))
            return redirect("upgrade_plan", slug)
    address = reverse("step_meeting_check", args=[slug, pk])
    return render(request, "engagement/plan.html", {"form": form, "upgrade": step.upgrade, "check": address})


@require_POST
@permission_required("engagements.edit")
def step_meeting_check(request, slug: str, pk: int):
    return check(request, MeetingStepForm(request.POST, step=step_of(slug, pk), host=request.user))
