"""What people raise, in lists. The page of one, where it is answered, is above: notices.views.concerns."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from engagement.enums import Source
from feedback import concerns
from feedback.concern_forms import ConcernFilter, NewConcernForm
from feedback.models import Concern
from upgrades.models import Upgrade

PER_PAGE = 50


@require_GET
def concern_list(request, slug=None):
    """All of them, or those of one upgrade among its tabs. What is open and due first stands on top."""
    upgrade = get_object_or_404(Upgrade, slug=slug) if slug else None
    filters = ConcernFilter(request.GET)
    known = Concern.objects.filter(upgrade=upgrade) if upgrade else Concern.objects.all()
    found = filters.filter(known).select_related("upgrade", "person", "owner")
    shown = Paginator(found.in_order(), PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "concerns": [(one, one.is_overdue(today=today)) for one in shown],
        "shown": shown,
        "filters": filters,
        "upgrade": upgrade,
        "new_url": reverse("concern_new") + (f"?upgrade={upgrade.slug}" if upgrade else ""),
        "numbers": known.numbers(today),
        "turnaround": concerns.said(concerns.turnaround(known)),
    }
    return page(request, "feedback/concerns.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def concern_new(request):
    """`?upgrade=` is its slug, `?engagement=` the conversation in which it was said."""
    upgrade = Upgrade.objects.filter(slug=request.GET.get("upgrade", "").replace("\x00", "")).first()
    said_in = request.GET.get("engagement", "")
    initial = {"engagement": said_in if said_in.isdecimal() else None}
    form = NewConcernForm(request.POST if request.method == "POST" else None, upgrade=upgrade, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {"upgrade": upgrade, **form.values}
        source = Source.ENGAGEMENT if values.get("engagement") else Source.HAND
        made = concerns.raise_(values.pop("upgrade"), source=source, **values)
        messages.success(request, "Noted. It waits for an answer.")
        return redirect(made)
    return render(request, "feedback/concern_new.html", {"form": form, "upgrade": upgrade})
