"""What goes out next, what waits for the reader, what is wrong."""

from typing import Any
from zoneinfo import ZoneInfo

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.enums import Role
from notices.insight import agenda, outlook, trouble
from upgrades.models import CriticalDays

SHOWN = 5
MOST_UPGRADES = 8


@require_GET
def home(request):
    now = timezone.now()
    upgrades = outlook.under_way(now=now)
    notices = agenda.ahead(request.user, now=now)
    wrong = trouble.of_account(request.user, now=now, upgrades=upgrades)
    waiting = agenda.waits_for(request.user, now=now, notices=notices, upgrades=upgrades)
    context: dict[str, Any] = {
        "greeting": greeting(now.astimezone(ZoneInfo(request.user.time_zone)).hour),
        "first_steps": None if upgrades else agenda.first_steps(request.user),
        "coming": notices.coming,
        "waiting": waiting,
        "tasks": folded(waiting.tasks),
        "trouble": wrong,
        "troubles": folded(wrong or []),
        "upgrades": upgrades[:MOST_UPGRADES],
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
