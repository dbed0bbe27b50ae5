from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from upgrades.forms import ServiceFilter, ServiceForm
from upgrades.models import Milestone, Service, Upgrade, people_who_use


@require_GET
def services(request):
    filters = ServiceFilter(request.GET)
    found = filters.filter(Service.objects.select_related("owner").prefetch_related("sites"))
    shown = found.annotate(groups_count=Count("users", distinct=True)).order_by("name", "pk")
    return page(request, "upgrades/services.html", {"filters": filters, "services": shown}, partial="rows")


@require_GET
def service(request, pk):
    shown = get_object_or_404(Service.objects.select_related("owner"), pk=pk)
    context = {
        "service": shown,
        "users": shown.users.with_size().order_by("name", "pk"),
        "people": people_who_use([shown]).count(),
        "sites": shown.sites.order_by("name", "pk"),
        "upgrades": Upgrade.objects.touching(shown).order_by("-created_at", "pk"),
        "milestones": Milestone.objects.touching(shown).live().select_related("upgrade").order_by("start", "pk"),
    }
    return render(request, "upgrades/service.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def service_new(request):
    form = ServiceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect(form.save())
    return render(request, "upgrades/service_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def service_edit(request, pk):
    lock = Service.objects.select_for_update(of=("self",), no_key=True)
    edited = get_object_or_404(lock if request.method == "POST" else Service, pk=pk)
    name = edited.name
    form = ServiceForm(request.POST if request.method == "POST" else None, instance=edited)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect(edited)
    return render(request, "upgrades/service_form.html", {"form": form, "service": edited, "name": name})
