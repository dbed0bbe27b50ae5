"""What is said of an upgrade, and whether the public sees it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from upgrades.forms import UpgradeForm
from upgrades.models import Upgrade


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def upgrade_edit(request, slug):
    lock = Upgrade.objects.select_for_update(of=("self",), no_key=True)
    upgrade = get_object_or_404(lock if request.method == "POST" else Upgrade, slug=slug)
    name = upgrade.name
    form = UpgradeForm(request.POST if request.method == "POST" else None, instance=upgrade)
    if request.method == "POST" and form.is_valid():
        upgrade.version += 1
        form.save()
        messages.success(request, "Saved.")
        return redirect("upgrade_edit", slug)
    return render(request, "upgrades/upgrade_form.html", {"form": form, "upgrade": upgrade, "name": name})


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def upgrade_publish(request, slug):
    """GET asks, POST publishes: it leaves the house."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    if request.method == "POST":
        upgrade.publish(now=timezone.now())
        messages.success(request, f"The status page of {upgrade} is public.")
        return redirect("upgrade_edit", slug)
    found = upgrade.milestones.live().filter(is_public=True).order_by("start", "pk")
    return render(request, "upgrades/publish.html", {"upgrade": upgrade, "milestones": found})


@require_POST
@permission_required("upgrades.edit")
def upgrade_unpublish(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    upgrade.unpublish()
    messages.success(request, f"The status page of {upgrade} is no longer public.")
    return redirect("upgrade_edit", slug)
