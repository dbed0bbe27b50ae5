"""The calendar of all upgrades, and moving a milestone in it."""

from calendar import monthrange
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib import time
from commsplan.lib.htmx import page
from notices.forms.calendar import CalendarFilter, MoveForm, number, read_start
from notices.insight import calendar as insight
from notices.insight import calendar_weeks, ledger_short, moving
from notices.insight.calendar_entries import DAY
from upgrades import moving_along, offers
from upgrades.enums import Status
from upgrades.models import Milestone
from upgrades.views import moving_back

VIEWS = {"month": "Month", "week": "Week", "year": "Year"}
ROOM = 6
YEARS = range(1971, 2200)
MONTHS = time.NAMES["en"][1]
WEEKDAYS = time.NAMES["en"][0]


@require_GET
def calendar(request):
    now = timezone.now()
    zone = request.user.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    filters = CalendarFilter(request.GET)
    view, on = chosen_view(request), chosen_day(request, today)
    first, last = stretch(view, on)
    context = {
        "filters": filters,
        "view": view,
        "on": on,
        "today": today,
        "title": title(view, on, first, last),
        "views": [{"value": key, "label": label, "active": key == view} for key, label in VIEWS.items()],
        "earlier": step(view, on, -1),
        "later": step(view, on, 1),
        "weekdays": WEEKDAYS,
        "back": request.GET.urlencode(),
        "hours": range(24),
        "minute": minute_of(now, zone),
        "zone": time.zone_name(now, zone),
        "may_move": request.user.has_perm("upgrades.edit"),
    } | laid_out(view, filters.choice, first, last, today=today, zone=zone)
    return page(request, "notices/calendar.html", context, partial="rows")


def laid_out(view: str, choice: insight.Choice, first: date, last: date, *, today: date, zone: str) -> dict:
    if view == "year":
        return year(choice, first, last, zone=zone)
    found = insight.load(choice, first=first, last=last, zone=zone, splits_sends=view == "day")
    if view == "day":
        return {"entries": found.entries, "is_empty": not found.entries}
    month = (first + 7 * DAY).month if view == "month" else 0
    weeks = calendar_weeks.weeks(
        found.entries, first=first, last=last, today=today, month=month, room=ROOM if view == "month" else 0
    )
    return {"weeks": weeks, "is_empty": not found.entries}


def year(choice: insight.Choice, first: date, last: date, *, zone: str) -> dict:
    """A list by months. Sends are only counted: a year has thousands."""
    found = insight.load(choice, first=first, last=last, zone=zone, counts_sends=True)
    sends = found.sends_by_month
    by_month = {key: list(rows) for key, rows in groupby(sorted(found.entries, key=begins(first)), key=month_in(first))}
    months = [
        {"on": date(first.year, number, 1), "name": MONTHS[number - 1], "entries": rows, "sends": sends.get(number, 0)}
        for number in range(1, 13)
        if (rows := by_month.get(number, [])) or sends.get(number)
    ]
    return {"months": months, "is_empty": not months}


def begins(first: date):
    return lambda entry: (max(entry.first, first), entry.order)


def month_in(first: date):
    return lambda entry: max(entry.first, first).month


def chosen_view(request) -> str:
    wanted = request.GET.get("view", "")
    return wanted if wanted in VIEWS or wanted == "day" else "month"


def chosen_day(request, today: date) -> date:
    try:
        wanted = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today
    return wanted if wanted.year in YEARS else today


def stretch(view: str, on: date) -> tuple[date, date]:
    """First and last day that are shown; a month begins with a Monday."""
    if view == "day":
        return on, on
    if view == "week":
        first = on - on.weekday() * DAY
        return first, first + 6 * DAY
    if view == "year":
        return date(on.year, 1, 1), date(on.year, 12, 31)
    begin, end = on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1])
    return begin - begin.weekday() * DAY, end + (6 - end.weekday()) * DAY


def minute_of(now: datetime, zone: str) -> int:
    local = now.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def step(view: str, on: date, way: int) -> date:
    if view in ("day", "week"):
        return on + way * (DAY if view == "day" else 7 * DAY)
    if view == "year":
        return date(on.year + way, 1, 1)
    index = on.year * 12 + on.month - 1 + way
    return date(index // 12, index % 12 + 1, 1)


def title(view: str, on: date, first: date, last: date) -> str:
    if view == "day":
        return time.day(on)
    if view == "year":
        return str(on.year)
    if view == "month":
        return f"{MONTHS[on.month - 1]} {on.year}"
    begin = f"{first.day} {MONTHS[first.month - 1]}" if first.month != last.month else str(first.day)
    begin += f" {first.year}" if first.year != last.year else ""
    return f"{begin} – {last.day} {MONTHS[last.month - 1]} {last.year}"


# Moving


@require_GET
def calendar_check(request, pk: int):
    """What a place would mean, for the hint beside the pointer. Changes nothing."""
    milestone = get_object_or_404(Milestone.objects.select_related("upgrade"), pk=pk)
    now = timezone.now()
    found = moving.to(milestone, proposed(request, milestone), now=now)
    zone = request.user.time_zone
    answer = {
        "start": time.wall_clock(found.there.start, zone=milestone.upgrade.time_zone),
        "when": time.window(found.there.start, found.there.end, zone=zone),
        "is_past": found.is_past,
        "hard": [said(hit) for hit in found.collisions if hit.is_hard]
        + [overlapping(hit) for hit in found.overlaps if hit.is_hard],
        "soft": [said(hit) for hit in found.collisions if not hit.is_hard]
        + [overlapping(hit) for hit in found.overlaps if not hit.is_hard]
        + [needed(clash) for clash in found.clashes],
        "moves": len(found.shifts),
        "missed": len(found.missed),
    }
    offered = found.slots if found.hard or "slots" in request.GET else []
    answer["slots"] = [
        {
            "start": time.wall_clock(slot.start, zone=milestone.upgrade.time_zone),
            "when": time.window(slot.start, slot.end, zone=zone),
            "cautions": slot.cautions,
        }
        for slot in offered
    ]
    return JsonResponse(answer, headers={"Cache-Control": "private, no-store"})


def proposed(request, milestone: Milestone) -> datetime:
    """?start= is a wall-clock time at the place; ?days= and ?minutes= are steps from where it is."""
    typed = read_start(request.GET.get("start", ""), milestone)
    if typed:
        return typed
    days, minutes = (number(request.GET.get(name, ""), most=most) for name, most in (("days", 3660), ("minutes", 1440)))
    return moving.shifted(milestone, days=days, minutes=minutes)


def said(hit) -> str:
    return f"Falls into {'a hard freeze' if hit.is_hard else 'critical days'}: {hit.critical_days}"


def overlapping(hit) -> str:
    return f"At the same time as {hit.other} of {hit.other.upgrade} ({', '.join(hit.shared[:3])})"


def needed(clash) -> str:
    names = ", ".join(clash.people[:3]) + (f" and {clash.number - 3} more" if clash.number > 3 else "")
    return f"Needed at “{clash.other}” of {clash.other.upgrade} too: {names}"


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def calendar_move(request, pk: int):
    """The "Move…" dialog, and the page of it."""
    rows = Milestone.objects.select_related("upgrade")
    lock = rows.select_for_update(of=("self",), no_key=True)
    milestone = get_object_or_404(lock if request.method == "POST" else rows, pk=pk)
    now, query = timezone.now(), request.POST.get("back", request.GET.get("back", ""))
    back = f"{reverse('calendar')}?{query}" if query else reverse("calendar")
    if reason := fixed(milestone):
        raise PermissionDenied(reason)
    if request.method == "POST":
        form = MoveForm(request.POST, milestone=milestone, now=now)
        if form.is_valid():
            return moved(request, milestone, form, back, now=now)
        start = form.cleaned_data.get("start", milestone.start)
    else:
        start = proposed(request, milestone)
        form = MoveForm(milestone=milestone, proposed=start, said=request.GET.get("why", ""), now=now)
    asked = request.POST if request.method == "POST" else request.GET
    context = {"form": form, "milestone": milestone, "found": moving.to(milestone, start, now=now)}
    context |= {"back": back, "query": query, "offer": offers.of(milestone, start, asked, now=now)}
    return page(request, "notices/calendar_move.html", context, partial="move")


def fixed(milestone: Milestone) -> str:
    """Why it stays where it is; empty when it can be moved."""
    if milestone.is_over or milestone.upgrade.is_cancelled:
        return f"{milestone} is over, so it stays where it is."
    if milestone.status == Status.IN_PROCESS:
        return f"{milestone} has begun, so it stays where it is. Its end can be changed on its own page."
    return ""


def moved(request, milestone: Milestone, form: MoveForm, back: str, *, now: datetime):
    start = form.cleaned_data["start"]
    end = milestone.end and start + (milestone.end - milestone.start)
    along, why = request.POST.getlist("along"), form.cleaned_data["why"]
    changes = moving_along.change(milestone, start=start, end=end, along=along, reason=why, now=now)
    if not changes:
        messages.info(request, f"{milestone} stays where it is.")
        return redirect(back)
    now_wrong = ledger_short.of(milestone.upgrade, now=now).said_now
    there = time.window(start, end, zone=milestone.upgrade.time_zone)
    sentences = [
        f"{milestone} is moved to {there}.",
        moving_back.with_it(changes),
        "What was not sent yet moves with it.",
        now_wrong,
    ]
    was_on = changes[0].was.get("start", start).astimezone(ZoneInfo(request.user.time_zone)).date()
    came_from = f"{reverse('calendar')}?on={was_on}"
    moving_back.offer(request, " ".join(filter(None, sentences)), changes, back=came_from)
    if form.understood:
        messages.warning(request, form.understood)
    return redirect(back)
