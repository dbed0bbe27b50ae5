from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from upgrades import collisions, rescheduling, slipping
from upgrades.forms import MilestoneForm
from upgrades.models import Milestone, Upgrade


@require_GET
def milestones(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    found = upgrade.milestones.prefetch_related("services", "sites").order_by("start", "pk")
    hits = collisions.by_milestone(collisions.of_milestones(upgrade.milestones.all()))
    rows = [(one, slipping.sentence(one), hits.get(one.pk, [])) for one in found]
    return page(request, "upgrades/milestones.html", {"upgrade": upgrade, "rows": rows}, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def milestone_new(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = MilestoneForm(request.POST if request.method == "POST" else None, instance=Milestone(upgrade=upgrade))
    if request.method == "POST" and form.is_valid():
        milestone = form.save()
        messages.success(request, f"{milestone} is in the plan.")
        say_what_was_understood(request, form)
        return redirect("upgrade_milestones", slug)
    context: dict = {"form": form, "upgrade": upgrade, "milestone": None, "was": None, "collisions": []}
    return render(request, "upgrades/milestone_form.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def milestone_edit(request, slug, pk):
    rows = Milestone.objects.select_related("upgrade")
    lock = rows.select_for_update(of=("self",), no_key=True)
    milestone = get_object_or_404(lock if request.method == "POST" else rows, pk=pk, upgrade__slug=slug)
    was = {"name": milestone.name, "slip": slipping.sentence(milestone)}
    form = MilestoneForm(request.POST if request.method == "POST" else None, instance=milestone)
    if request.method == "POST" and form.is_valid():
        changed = rescheduling.change(milestone, **form.values)
        say_what_was_understood(request, form)
        return redirect(after_change(request, milestone, changed))
    hits = collisions.of_milestones(Milestone.objects.filter(pk=pk))
    context = {"form": form, "upgrade": milestone.upgrade, "milestone": milestone, "was": was, "collisions": hits}
    return render(request, "upgrades/milestone_form.html", context)


def after_change(request, milestone: Milestone, changed: list[str]) -> str:
    """A moved milestone leads to the plan, which lists the notices that move with it."""
    slug = milestone.upgrade.slug
    if {"start", "end", "status"} & set(changed):
        messages.success(request, f"{milestone} is changed. Below is what moves with it.")
        return f"{reverse('upgrade_plan', args=[slug])}?moved={milestone.pk}"
    messages.success(request, "Saved." if changed else "Nothing was changed.")
    return reverse("upgrade_milestones", args=[slug])


def say_what_was_understood(request, form: MilestoneForm) -> None:
    for sentence in form.understood:
        messages.warning(request, sentence)
