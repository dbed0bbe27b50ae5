"""What Ctrl K finds: the places, the acts one may do, and by name the upgrades, people, groups and services."""

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from commsplan.navigation import ACTS, PLACES, address
from stakeholders.models import Group, Person
from upgrades.models import Service, Upgrade

SHORTEST = 2
LIMIT = 6


@require_GET
def palette(request):
    words = request.GET.get("q", "").replace("\x00", "").strip()
    entries = named(words) if len(words) >= SHORTEST else [*places(request.user), *acts(request.user)]
    return JsonResponse({"entries": entries}, headers={"Cache-Control": "private, no-store"})


def places(account) -> list[dict]:
    allowed = [place for place in PLACES if place.is_for(account)]
    return [entry(place.label, "Page", url) for place in allowed if (url := address(place.name))]


def acts(account) -> list[dict]:
    allowed = [act for act in ACTS if not act.permission or account.has_perm(act.permission)]
    return [entry(act.label, "Action", url) for act in allowed if (url := address(act.name))]


def named(words: str) -> list[dict]:
    found = {
        "Upgrade": Upgrade.objects.found_by(words),
        "Person": Person.objects.active().found_by(words),
        "Group": Group.objects.found_by(words),
        "Service": Service.objects.filter(name__icontains=words),
    }
    return [
        entry(str(row), hint, row.get_absolute_url())
        for hint, rows in found.items()
        for row in rows.order_by("name", "pk")[:LIMIT]
    ]


def entry(label: str, hint: str, url: str) -> dict:
    return {"label": label, "hint": hint, "url": url}
