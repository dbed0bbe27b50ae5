"""What vendors announce: read in, decided on, made a milestone."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from vendors import receiving
from vendors.forms import AdoptForm, MaintenanceFilter, NotesForm, ServicesForm
from vendors.models import Circuit, Maintenance

PAGE = 50
LONGEST_KEY = 10  # digits


@require_GET
def maintenance_list(request):
    filters = MaintenanceFilter(request.GET)
    now = timezone.now()
    found = filters.filter(Maintenance.objects.select_related("milestone__upgrade"), now=now)
    context = {
        "filters": filters,
        "rows": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "waiting": Maintenance.objects.waiting(now).count(),
        "is_empty": not filters.is_on and not Maintenance.objects.exists(),
    }
    return page(request, "vendors/maintenance_list.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def maintenance_read(request):
    form = NotesForm(request.POST, request.FILES) if request.method == "POST" else NotesForm()
    if request.method == "POST" and form.is_valid():
        received = receiving.receive(form.cleaned_data["notes"], now=timezone.now())
        for sentence in receiving.said(received):
            messages.success(request, sentence)
        return redirect(received[0].maintenance if len(received) == 1 else "maintenance_list")
    return render(request, "vendors/maintenance_read.html", {"form": form})


@require_GET
def maintenance(request, pk):
    row = get_object_or_404(Maintenance.objects.select_related("milestone__upgrade", "ignored_by"), pk=pk)
    context = {
        "maintenance": row,
        "circuits": receiving.circuits_of(row),
        "adopt": AdoptForm(),
        "services": receiving.services_on(row).order_by("name", "pk"),
        "back": f"?from={row.pk}",
    }
    return render(request, "vendors/maintenance.html", context)


@require_POST
@permission_required("upgrades.edit")
def maintenance_adopt(request, pk):
    row = get_object_or_404(Maintenance, pk=pk)
    form = AdoptForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose the upgrade that it belongs to.")
        return redirect(row)
    try:
        milestone = receiving.adopt(row, upgrade=form.cleaned_data["upgrade"])
    except receiving.NotPossible as error:
        messages.error(request, str(error))
        return redirect(row)
    messages.success(request, f"{milestone} is in the plan. Later notes of the vendor move it.")
    return redirect("upgrade_milestones", milestone.upgrade.slug)


@require_POST
@permission_required("upgrades.edit")
def maintenance_ignore(request, pk):
    row = get_object_or_404(Maintenance, pk=pk)
    receiving.ignore(row, by=request.user, now=timezone.now())
    offer_undo(request, f"{row} is ignored.", url=reverse("maintenance_heed", args=[pk]))
    return redirect("maintenance_list")


@require_POST
@permission_required("upgrades.edit")
def maintenance_heed(request, pk):
    row = get_object_or_404(Maintenance, pk=pk)
    receiving.heed(row)
    messages.success(request, f"{row} waits for a decision again.")
    return redirect(row)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def circuit(request, pk):
    row = get_object_or_404(Circuit, pk=pk)
    form = ServicesForm(
        request.POST if request.method == "POST" else None, initial={"services": row.services.order_by("pk")}
    )
    if request.method == "POST" and form.is_valid():
        row.services.set(form.cleaned_data["services"])
        messages.success(request, f"Saved: what runs on {row}.")
        return redirect(_seen_before(request.GET.get("from", "")) or "maintenance_list")
    return render(request, "vendors/circuit.html", {"form": form, "circuit": row})


def _seen_before(key: str) -> Maintenance | None:
    """The note from which somebody came here."""
    is_key = key.isascii() and key.isdecimal() and len(key) < LONGEST_KEY
    return Maintenance.objects.filter(pk=int(key)).first() if is_key else None
