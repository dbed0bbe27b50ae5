"""The trail of one object of any kind, and one change of it taken back."""

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import trails
from accounts.permissions import refusal, require
from accounts.trails import Trail
from commsplan.lib import keys
from commsplan.lib.htmx import page
from notices.forms.trail import TrailFilter
from notices.insight import comparison
from notices.insight.trails import TRAILS


@require_GET
def history(request, kind: str, pk: int):
    trail, row = find(request, kind, pk)
    form = TrailFilter(request.GET)
    zone = trail.zone(row) or request.user.time_zone
    shown = trails.entries(trail, row, page=request.GET.get("page"), zone=zone, **form.chosen)
    context = {
        "trail": trail,
        "row": row,
        "form": form,
        "shown": shown,
        "entries": [(entry, [told(one) for one in entry.changes]) for entry in shown],
        "address": trail.url(row),
        "zone": zone,
        "may_not": refusal(request.user, trail.edits) if trail.edits else "",
    }
    return page(request, "notices/history.html", context, partial="rows")


def told(change: trails.Change) -> dict:
    """Long texts word by word."""
    pieces = comparison.shorten(comparison.compare(change.before, change.after)) if change.is_text else []
    return {"change": change, "pieces": pieces}


def find(request: HttpRequest, kind: str, pk: int):
    trail: Trail | None = TRAILS.get(kind)
    if trail is None:
        raise Http404("There is no history of this kind.")
    if trail.reads:
        require(request, trail.reads)
    row = trail.get(pk)
    if row is None:
        raise Http404("It is gone.")
    return trail, row


@require_POST
def history_take_back(request: HttpRequest, kind: str, pk: int):
    trail, _ = find(request, kind, pk)
    require(request, trail.edits or "accounts.manage")
    event = keys.number(request.POST.get("event"))
    try:
        trails.take_back(trail, pk, event=event, by=request.user, now=timezone.now())
    except trails.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back. That is in the history too.")
    return redirect("history", kind, pk)
