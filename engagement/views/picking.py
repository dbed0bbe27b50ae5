"""Choosing people one by one out of a register that is too long for a list."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from commsplan.lib import keys
from stakeholders.models import Person

FOUND = 8


@require_GET
def people_pick(request):
    """Those who are chosen already stay, with the best matches below them."""
    name = request.GET.get("name", "people")
    chosen = keys.numbers(request.GET.getlist(name))
    words = request.GET.get(f"{name}-search", "").strip()[:200]
    found = Person.objects.active().found_by(words).exclude(pk__in=chosen).in_order()[:FOUND] if words else []
    context = {
        "name": name,
        "chosen": Person.objects.filter(pk__in=chosen).in_order() if chosen else [],
        "found": list(found),
        "words": words,
    }
    return render(request, "engagement/fields/people_chosen.html", context)
