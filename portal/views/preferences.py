"""What a person gets from us, and how: their own page, reached by the link in every message."""

from functools import partial
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from commsplan.lib import time
from commsplan.lib.links import language_for, opened_by
from portal import preferences
from portal.forms import AwayForm, PreferencesForm
from portal.views.personal import find
from stakeholders.enums import Topic
from stakeholders.models import Person

CHOSEN = (
    *("language", "time_zone", "reader_level", "wants_invitations", "works_from", "works_until", "works_on"),
    *("preferred_channel", "refused_channels"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("preferences")
def preferences_page(request, pk, token):
    person = find(pk).person
    if request.method != "POST":
        with language_for(request, person.language):
            return show(request, person)
    if "away" in request.POST:
        return away(request, person)
    if "back" in request.POST:
        return back(request, person)
    return choose(request, person)


def choose(request, person: Person) -> HttpResponse:
    form = PreferencesForm(request.POST, person=person)
    with language_for(request, person.language):
        if not form.is_valid():
            return show(request, person, form=form, status=422)
    chosen = {name: value for name, value in form.cleaned_data.items() if name != "topics"}
    person = preferences.save(person, declined=form.declined, **chosen)
    with language_for(request, person.language):
        return show(request, person, saved=True)


def away(request, person: Person) -> HttpResponse:
    with language_for(request, person.language):
        form = AwayForm(request.POST, own_address=person.email)
        if not form.is_valid():
            return show(request, person, away_form=form, status=422)
        data = form.cleaned_data
        preferences.go_away(person, start=data["start_on"], end=data["end_on"], address=data["deputy"])
        return show(request, person, saved=True)


def back(request, person: Person) -> HttpResponse:
    key = request.POST["back"]
    if key.isascii() and key.isdigit() and len(key) < 19:
        preferences.come_back(person, absence=int(key))
    with language_for(request, person.language):
        return show(request, person, saved=True)


def show(request, person: Person, *, form=None, away_form=None, saved=False, status=200) -> HttpResponse:
    context = {
        "form": form or PreferencesForm(initial=current(person), person=person),
        "away_form": away_form or AwayForm(),
        "absences": absences(person),
        "person": person,
        "saved": saved,
    }
    return render(request, "portal/preferences.html", context, status=status)


def current(person: Person) -> dict:
    declined = set(person.opt_outs.values_list("topic", flat=True))
    topics = [topic for topic in Topic.values if topic not in declined]
    return {"topics": topics} | {name: getattr(person, name) for name in CHOSEN}


def absences(person: Person) -> list[dict]:
    """Those that are not over. Who was named by address is shown by that address, known to us or not."""
    today = timezone.now().astimezone(ZoneInfo(person.time_zone)).date()
    rows = person.absences.filter(end_on__gte=today).select_related("deputy").order_by("start_on", "pk")
    said = partial(time.day, language=get_language())
    return [
        {"pk": row.pk, "start": said(row.start_on), "end": said(row.end_on), "deputy": row.note or row.deputy or ""}
        for row in rows
    ]
