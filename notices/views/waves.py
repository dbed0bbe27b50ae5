"""A further wave of an upgrade, with the steps of another one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.toasts import offer_undo
from notices.forms.plan_template import WaveForm
from notices.pipeline.planning import waves
from upgrades.models import Milestone, Upgrade


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def wave_new(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    windows = waves.to_copy_from(upgrade)
    if not windows:
        messages.error(request, "Give the upgrade a window with steps first: a wave is like another one.")
        return redirect("upgrade_plan", slug)
    form = WaveForm(request.POST if request.method == "POST" else None, upgrade=upgrade, windows=windows)
    if request.method == "POST" and form.is_valid():
        made = waves.add(upgrade, form.window(), like=form.cleaned_data["like"], by=request.user)
        offer_undo(request, f"“{made.name}” is in the plan.", url=reverse("wave_undo", args=[slug, made.pk]))
        return redirect("upgrade_plan", slug)
    return render(request, "notices/wave_new.html", {"upgrade": upgrade, "form": form, "windows": windows})


@require_POST
@permission_required("upgrades.edit")
def wave_undo(request, slug: str, pk: int):
    """As long as nothing of it has gone out or was ticked off."""
    milestone = get_object_or_404(Milestone.objects.select_related("upgrade"), upgrade__slug=slug, pk=pk)
    if waves.take_out(milestone):
        messages.success(request, f"“{milestone.name}” is out of the plan again.")
    else:
        messages.error(request, f"“{milestone.name}” stays: something of it has been changed, approved or sent since.")
    return redirect("upgrade_plan", slug)
