"""What goes out next, what waits for the reader, what is wrong."""

from typing import Any
from zoneinfo import ZoneInfo

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.enums import Role
from notices.insight import agenda, sizes
from notices.models import Notice
from upgrades.models import CriticalDays

SHOWN = 5


@require_GET
def home(request):
    now = timezone.now()
    upgrades = list(agenda.under_way(now=now))
    trouble = agenda.trouble_of(request.user, now=now)
    waiting = agenda.waits_for(request.user, now=now)
    context: dict[str, Any] = {
        "greeting": greeting(now.astimezone(ZoneInfo(request.user.time_zone)).hour),
        "first_steps": None if upgrades else agenda.first_steps(request.user),
        "coming": with_sizes(agenda.goes_out_next(now=now)),
        "waiting": waiting,
        "tasks": folded(waiting.tasks),
        "trouble": trouble,
        "troubles": folded(trouble or []),
        "upgrades": upgrades,
    }
    if request.user.has_role(Role.DEPARTMENT_CONTACT):
        context["critical_days"] = CriticalDays.objects.filter(entered_by=request.user, end__gt=now).order_by(
            "start", "pk"
        )
    return render(request, "notices/home.html", context)


def folded(lines: list) -> tuple[list, list]:
    """What a card shows at once, and what it keeps folded."""
    return lines[:SHOWN], lines[SHOWN:]


def greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"


def with_sizes(notices) -> list[tuple[Notice, int]]:
    found = list(notices)
    counted = sizes.of({notice.pk: sizes.Asked.reached_by(notice) for notice in found})
    return [(notice, counted[notice.pk]) for notice in found]
