from copy import copy
from itertools import groupby

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keeping, time
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from upgrades import collisions
from upgrades.forms import CriticalDaysFilter, CriticalDaysForm
from upgrades.models import CriticalDays
from upgrades.reach import Thing

SCOPES = {"group": "groups", "site": "sites", "service": "services"}
SALT = "critical days that were deleted"
OF_A_CALENDAR = "These critical days come from a calendar. Change them there, then upload the newer file."
OWN_ONLY = "Only those who entered these critical days, and those who plan upgrades, may change them."


@require_GET
def critical_days(request):
    filters = CriticalDaysFilter(request.GET)
    found = filters.filter(CriticalDays.objects.with_scope(), now=timezone.now())
    entries = list(found.select_related("entered_by", "calendar").prefetch_related("groups", "sites", "services"))
    hits = collisions.by_critical_days(collisions.of_critical_days(entries))
    rows = [(entry, hits.get(entry.pk, []), may_change(request.user, entry)) for entry in entries]
    context = {"filters": filters, "months": by_month(rows)}
    return page(request, "upgrades/critical_days.html", context, partial="rows")


def by_month(rows):
    """Months as they are on the wall of each entry's place."""

    def month(row):
        return time.month(row[0].start, zone=row[0].time_zone)

    return [(name, list(group)) for name, group in groupby(rows, key=month)]


def may_change(account, entry: CriticalDays) -> bool:
    """By hand. What comes from a calendar file is changed there, or the next file would undo it."""
    if entry.calendar_id:
        return False
    if account.has_perm("upgrades.edit"):
        return True
    return account.has_perm("critical_days.enter") and entry.entered_by_id == account.pk


@require_http_methods(["GET", "POST"])
@permission_required("critical_days.enter")
@transaction.atomic
def critical_days_new(request):
    entry = CriticalDays(entered_by=request.user, time_zone=request.user.time_zone)
    typed = request.POST if request.method == "POST" else None
    form = CriticalDaysForm(typed, instance=entry, initial=proposed(request.GET))
    if request.method == "POST" and not only_asks(request) and form.is_valid():
        form.save()
        say(request, f"{entry} is in the calendar.", form)
        return redirect("critical_days")
    return shown(request, form, entry=None)


def proposed(query) -> dict:
    """What another page, a what-if for example, has filled in already."""
    found = {name: query[name] for name in ("name", "freeze", "start", "end", "time_zone") if query.get(name)}
    keys = {name: [key for key in query.getlist(name) if key.isdigit()] for name in ("groups", "sites", "services")}
    return found | {name: those for name, those in keys.items() if those}


@require_http_methods(["GET", "POST"])
@permission_required("critical_days.enter")
@transaction.atomic
def critical_days_edit(request, pk):
    lock = CriticalDays.objects.select_for_update(of=("self",), no_key=True)
    entry = permitted(request, lock if request.method == "POST" else CriticalDays, pk)
    form = CriticalDaysForm(request.POST if request.method == "POST" else None, instance=entry)
    hits = None if request.method == "POST" else collisions.of_critical_days([entry])
    if request.method == "POST" and not only_asks(request) and form.is_valid():
        form.save()
        say(request, "Saved.", form)
        return redirect("critical_days")
    return shown(request, form, entry=entry, hits=hits)


def only_asks(request) -> bool:
    """Which windows meet what is typed; nothing is saved."""
    return "check" in request.POST


def shown(request, form: CriticalDaysForm, *, entry: CriticalDays | None, hits: list | None = None):
    found = hits_of_typed(form) if only_asks(request) else hits
    context = {"form": form, "entry": entry, "hits": found}
    return page(request, "upgrades/critical_days_form.html", context, partial="hits")


def hits_of_typed(form: CriticalDaysForm) -> list[collisions.Collision] | None:
    """None while the times are not complete."""
    form.is_valid()
    typed = form.cleaned_data
    if not (typed.get("start") and typed.get("end")):
        return None
    one = copy(form.instance)
    one.start, one.end, one.freeze = typed["start"], typed["end"], typed.get("freeze") or one.freeze
    things = [Thing(kind, row.pk, row.name) for kind, field in SCOPES.items() for row in typed.get(field, ())]
    return collisions.of_typed([one], scopes={one.pk: frozenset(things)})


@require_POST
@permission_required("critical_days.enter")
def critical_days_delete(request, pk):
    entry = permitted(request, CriticalDays, pk)
    kept = signing.dumps(keeping.pack(entry), salt=SALT, compress=True)
    entry.delete()
    offer_undo(request, f"{entry} is deleted.", url=reverse("critical_days_bring_back", args=[kept]))
    return redirect("critical_days")


@require_POST
@permission_required("critical_days.enter")
def critical_days_bring_back(request, kept):
    try:
        entry = keeping.unpack(CriticalDays, signing.loads(kept, salt=SALT))
    except signing.BadSignature as error:
        raise PermissionDenied("This cannot be brought back.") from error
    messages.success(request, f"{entry} is back.")
    return redirect("critical_days")


def permitted(request, rows, pk) -> CriticalDays:
    entry = get_object_or_404(rows, pk=pk)
    if entry.calendar_id:
        raise PermissionDenied(OF_A_CALENDAR)
    if not may_change(request.user, entry):
        raise PermissionDenied(OWN_ONLY)
    return entry


def say(request, sentence: str, form: CriticalDaysForm) -> None:
    messages.success(request, sentence)
    for understood in form.understood:
        messages.warning(request, understood)
