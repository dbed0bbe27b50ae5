"""Somebody's page: who they are, what they were told, what they said, and who changed what."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from notices.insight import ledger_person, reach, storyline
from notices.models import Message
from notices.register import portrait, reachable, working
from notices.register.rooms import has_rooms
from stakeholders.models import Person

PAGE = 25
STORY = 50


@require_GET
def person(request: HttpRequest, pk: int):
    person = get_object_or_404(Person.objects.select_related("site", "account", "merged_into"), pk=pk)
    chosen = request.GET.get("tab", "")
    tab = chosen if chosen in TABS else "overview"
    tab = "history" if person.is_shell and tab == "overview" else tab
    context = {"person": person, "tab": tab, "tabs": tabs(person, tab), **TABS[tab](request, person)}
    return page(request, "notices/person.html", context, partial="tab")


def tabs(person: Person, chosen: str) -> list[dict]:
    number = portrait.counts(person)
    said = number["n_concerns"] + number["n_nominations"] + number["n_nominated"]
    rows: list[tuple[str, str, str, int | None]] = [
        ("overview", "Overview", "user", None),
        ("told", "Told", "mail", number["n_messages"]),
        ("engagements", "Engagements", "users", number["n_participations"]),
        ("said", "Said", "message", said + number["n_invitations"]),
        ("history", "History", "history", None),
    ]
    return [
        {"label": label, "icon": icon, "count": count, "active": name == chosen, "url": f"?tab={name}"}
        for name, label, icon, count in rows
        if name != "overview" or not person.is_shell
    ]


def overview(request: HttpRequest, person: Person) -> dict[str, Any]:
    return {
        "clock": portrait.clock(person, now=timezone.now()),
        "memberships": person.memberships.select_related("group").order_by("group__name", "pk"),
        "stakes": portrait.stakes(person),
        "next_notices": reach.planned_for(person, now=timezone.now()),
        "addresses": (own := list(person.addresses.order_by("channel", "pk"))),
        "given_up": working.given_up(person, own),
        "room_edit": any(has_rooms(one.channel) for one in own) and person.is_list and not person.email,
        "reached_beside_mail": bool(reachable.kinds([one.channel for one in own])),
        "topics": portrait.topics(person),
        "channels": portrait.channels(person),
        "own_choices": portrait.own_choices(person),
        "absences": portrait.absences(person),
        "stands_in": portrait.stands_in(person),
        "relations": person.relations.select_related("to_person", "to_group").order_by("tie", "pk"),
        "related_from": person.related_from.select_related("person").order_by("tie", "pk"),
        "shells": portrait.shells(person),
        "believes": ledger_person.everywhere(person, now=timezone.now()),
    }


def told(request: HttpRequest, person: Person) -> dict[str, Any]:
    messages = Message.objects.to(person).order_by("-created_at", "-pk")
    pages = Paginator(messages, PAGE, dress=lambda rows: rows.select_related("notice__upgrade"))
    return {
        "told": pages.get_page(request.GET.get("page")),
        "told_in_person": portrait.told_in_person(person),
    }


def engagements(request: HttpRequest, person: Person) -> dict[str, Any]:
    return {"participations": portrait.participations(person), "follow_ups": portrait.follow_ups(person)}


def said(request: HttpRequest, person: Person) -> dict[str, Any]:
    return {
        "concerns": portrait.concerns(person),
        "nominations": portrait.nominations(person),
        "invitations": portrait.invitations(person),
    }


def history(request: HttpRequest, person: Person) -> dict[str, Any]:
    return {"story": storyline.of_person(person)[:STORY]}


TABS: dict[str, Callable[[HttpRequest, Person], dict[str, Any]]] = {
    "overview": overview,
    "told": told,
    "engagements": engagements,
    "said": said,
    "history": history,
}
