"""Calendar files of departments: uploaded, looked at, applied at once or not at all."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.paging import Paginator
from commsplan.lib.toasts import offer_undo
from upgrades import calendar_following
from upgrades.calendar_following import OLD_PREVIEW, Choices, NotPossible
from upgrades.calendar_forms import CalendarFileForm, SealedForm
from upgrades.enums import Freeze
from upgrades.models import ImportedCalendar

PER_PAGE = 50
SHOWN = 200  # of each kind of change, in the preview
OWN_ONLY = "Only those who brought this calendar, and those who plan upgrades, may change it."


def may_change(account, calendar: ImportedCalendar) -> bool:
    if account.has_perm("upgrades.edit"):
        return True
    return account.has_perm("critical_days.enter") and calendar.entered_by_id == account.pk


@require_GET
def imported_calendars(request):
    ahead = Count("entries", filter=Q(entries__end__gt=timezone.now()))
    found = ImportedCalendar.objects.annotate(ahead=ahead).select_related("entered_by").order_by("name", "pk")
    return render(request, "upgrades/calendars.html", {"calendars": found})


@require_GET
def imported_calendar(request, pk):
    shown = get_object_or_404(ImportedCalendar.objects.select_related("entered_by"), pk=pk)
    entries = shown.entries.upcoming(timezone.now()).order_by("start", "pk")
    context = {
        "calendar": shown,
        "whom": Choices.of(shown),
        "entries": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        "refused": "" if may_change(request.user, shown) else OWN_ONLY,
    }
    return render(request, "upgrades/calendar.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("critical_days.enter")
def imported_calendar_new(request):
    return upload(request, ImportedCalendar(entered_by=request.user, time_zone=request.user.time_zone))


@require_http_methods(["GET", "POST"])
@permission_required("critical_days.enter")
def imported_calendar_update(request, pk):
    return upload(request, permitted(request, pk))


def upload(request, calendar: ImportedCalendar):
    """The answer to a file is its preview; nothing is stored yet."""
    now = timezone.now()
    files = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CalendarFileForm(*files, instance=calendar, now=now)
    if request.method == "POST" and form.is_valid():
        return preview(request, form, now=now)
    stored = ImportedCalendar.objects.filter(pk=calendar.pk).first()
    return render(request, "upgrades/calendar_form.html", {"form": form, "calendar": stored})


def preview(request, form: CalendarFileForm, *, now):
    plan = form.plan
    compared = calendar_following.compare(plan, now=now)
    context = {
        "plan": plan,
        "compared": compared,
        "left_out": form.reading.left_out,
        "whom": plan.choices,
        "freeze": Freeze(plan.freeze).label,
        "parts": {name: part(getattr(compared, name)) for name in ("changed", "gone", "new")},
        "sealed": calendar_following.seal(plan),
        "back": reverse("imported_calendar", args=[plan.pk]) if plan.pk else reverse("imported_calendars"),
    }
    return render(request, "upgrades/calendar_preview.html", context)


def part(rows) -> dict:
    return {"rows": rows[:SHOWN], "more": max(0, len(rows) - SHOWN)}


@require_POST
@permission_required("critical_days.enter")
def imported_calendar_apply(request):
    form = SealedForm(request.POST)
    if not form.is_valid():
        messages.error(request, OLD_PREVIEW)
        return redirect("imported_calendars")
    try:
        plan, _seen = calendar_following.unseal(form.cleaned_data["sealed"])
        if plan.pk:
            permitted(request, plan.pk)
        done = calendar_following.apply_sealed(form.cleaned_data["sealed"], by=request.user, now=timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("imported_calendars")
    offer_undo(request, f"{done.calendar}: {said(done)}.", url=reverse("imported_calendar_undo", args=[done.act]))
    return redirect(done.calendar)


def said(done: calendar_following.Applied) -> str:
    counts = {"new": done.comparison.new, "changed": done.comparison.changed, "gone": done.comparison.gone}
    return ", ".join(f"{len(rows):,} {word}" for word, rows in counts.items() if rows) or "the entries are as they were"


@require_POST
@permission_required("critical_days.enter")
def imported_calendar_delete(request, pk):
    calendar = permitted(request, pk)
    sentence = f"The calendar {calendar} is deleted, with its critical days."
    act = calendar_following.delete(calendar)
    offer_undo(request, sentence, url=reverse("imported_calendar_undo", args=[act]))
    return redirect("imported_calendars")


@require_POST
@permission_required("critical_days.enter")
def imported_calendar_undo(request, act):
    touched = calendar_following.touched_by(act)
    if not touched or not all(may_change(request.user, calendar) for calendar in touched):
        raise PermissionDenied(OWN_ONLY)
    if calendar_following.undo(act):
        messages.success(request, "Taken back.")
    else:
        messages.error(request, "The calendar was changed again since, so it stays as it is.")
    return redirect("imported_calendars")


def permitted(request, pk) -> ImportedCalendar:
    calendar = get_object_or_404(ImportedCalendar, pk=pk)
    if not may_change(request.user, calendar):
        raise PermissionDenied(OWN_ONLY)
    return calendar
