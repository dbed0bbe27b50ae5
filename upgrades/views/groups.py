"""The page of one group: who is in it, what they use, which upgrades reach them."""

from django.contrib import messages
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from commsplan.lib.toasts import offer_undo
from stakeholders.models import Group, Person
from upgrades.forms import MemberFilter
from upgrades.models import Upgrade

PER_PAGE = 50
SUGGESTIONS = 20


@require_GET
def group(request, pk):
    shown = get_object_or_404(Group, pk=pk)
    filters = MemberFilter(request.GET)
    part = "candidates" if request.htmx.target == "candidates" else "members"
    if part == "candidates":  # nothing else of the page is asked for
        words = request.GET.get("add", "")
        context = {"group": shown, "add": words, "candidates": candidates(shown, words)}
        return page(request, "upgrades/group.html", context, partial=part)
    context = {
        "group": shown,
        "filters": filters,
        "members": members(request, shown, filters.chosen.get("q", "")),
        "add": request.GET.get("add", ""),
        "candidates": candidates(shown, request.GET.get("add", "")),
        "services": shown.services.order_by("name", "pk"),
        "upgrades": Upgrade.objects.reaching(shown).order_by("-created_at", "pk"),
        "deletable": not shown.memberships.exists() and not usage(shown),
    }
    return page(request, "upgrades/group.html", context, partial=part)


def members(request, shown: Group, words: str):
    people = Person.objects.active().found_by(words)
    found = shown.memberships.filter(person__in=people) if words else shown.memberships.filter(person__archived_at=None)
    ordered = found.order_by(Lower("person__name"), "pk")
    dressed = Paginator(ordered, PER_PAGE, dress=lambda rows: rows.select_related("person"))
    return dressed.get_page(request.GET.get("page"))


def candidates(shown: Group, words: str):
    """Nobody until somebody is asked for."""
    if not words.strip():
        return Person.objects.none()
    return Person.objects.active().found_by(words).exclude(memberships__group=shown).in_order()[:SUGGESTIONS]


def usage(shown: Group) -> list[str]:
    """What would lose something if the group were gone. Archived people count: they may come back."""
    uses = {
        "people": shown.memberships,
        "services": shown.services,
        "upgrades": shown.stakes,
        "critical days": shown.critical_days,
    }
    return [name for name, rows in uses.items() if rows.exists()]


@require_POST
@permission_required("people.edit")
def group_delete(request, pk):
    shown = get_object_or_404(Group, pk=pk)
    if used := usage(shown):
        messages.error(request, f"{shown} is still in use by {', '.join(used)}. Take it out there first.")
        return redirect(shown)
    shown.delete()
    offer_undo(request, f"{shown} is deleted.", url=reverse("group_bring_back", args=[history.act()]))
    return redirect("groups")


@require_POST
@permission_required("people.edit")
def group_bring_back(request, act):
    if history.bring_back(act, Group):
        messages.success(request, "The group is back.")
    else:
        messages.error(request, "There is nothing to bring back. Is there a new group of that name?")
    return redirect("groups")
