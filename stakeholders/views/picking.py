"""What a field suggests while somebody types (commsplan.lib.picking)."""

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from commsplan.lib.picking import SHOWN
from stakeholders import tagging
from stakeholders.models import Group, Person
from stakeholders.sources import GROUPS, PEOPLE


@require_GET
def pick_people(request):
    found = Person.objects.active().found_by(words_of(request)).in_order()[:SHOWN]
    return suggest((person.pk, PEOPLE.say(person), person.department) for person in found)


@require_GET
def pick_groups(request):
    found = Group.objects.found_by(words_of(request)).order_by("name", "pk")[:SHOWN]
    return suggest((group.pk, GROUPS.say(group), group.get_category_display()) for group in found)


@require_GET
def pick_departments(request):
    found = Person.objects.departments(words_of(request))[:SHOWN]
    return suggest(("", department, "") for department in found)


@require_GET
def pick_tags(request):
    return suggest(("", tag.name, f"{tag.size:,}") for tag in tagging.suggested(words_of(request), limit=SHOWN))


def words_of(request) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:120]


def suggest(entries) -> JsonResponse:
    """`value` is what the field will hold; `key` is what a ticked box posts."""
    rows = [{"key": key, "value": value, "note": note} for key, value, note in entries]
    return JsonResponse({"entries": rows}, headers={"Cache-Control": "private, no-store"})
