"""Somebody's page: who they are, what they were told, and what comes next."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Value
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from commsplan.lib import time
from commsplan.lib.htmx import page
from feedback.models import Invitation
from notices.insight import storyline
from notices.insight.sizes import Asked
from notices.models import Message, Notice
from notices.pipeline import audience
from stakeholders.enums import Topic
from stakeholders.models import Person
from upgrades.enums import Quadrant
from upgrades.models import Stakeholder

PAGE = 25
LOOKED_AT = 60  # notices whose audience is asked for this person
AT_ONCE = 10
SHOWN = 8


@require_GET
def person(request: HttpRequest, pk: int):
    person = get_object_or_404(Person.objects.select_related("site", "account"), pk=pk)
    told = Message.objects.to(person).select_related("notice__upgrade").order_by("-created_at", "-pk")
    context = {
        "person": person,
        "told": Paginator(told, PAGE).get_page(request.GET.get("page")),
        "memberships": person.memberships.select_related("group").order_by("group__name", "pk"),
        "stakes": stakes(person),
        "next_notices": planned_for(person),
        "invitations": invitations(person),
        "preferences": preferences(person),
        "story": storyline.of_person(person)[:20],
        "clock": time.full(timezone.now(), zone=person.time_zone),
    }
    return page(request, "notices/person.html", context, partial="told")


def stakes(person: Person) -> list[dict]:
    """The upgrades in which this person, or a group of theirs, is a stakeholder; the person's own place first."""
    own = Stakeholder.objects.filter(person=person)
    through = Stakeholder.objects.filter(group__memberships__person=person)
    found = (own | through).distinct().assessed().select_related("upgrade", "group")
    return [
        {"stake": stake, "quadrant": quadrant_of(stake), "through": stake.group}
        for stake in found.order_by("upgrade__name", F("person").asc(nulls_last=True), "pk")
    ]


def quadrant_of(stake) -> Quadrant | None:
    if stake.influence is None:
        return None
    return Quadrant.of(influence=stake.influence, interest=stake.interest)


def planned_for(person: Person) -> list[Notice]:
    """The next waiting notices that would reach this person. Ten audiences are asked in one query, equal ones once,
    until there are enough."""
    if person.is_archived:
        return []
    waiting = Notice.objects.waiting().exclude(send_at=None).select_related("upgrade", "milestone", "survey")
    asked = [(notice, Asked.of(notice)) for notice in waiting.order_by("send_at", "pk")[:LOOKED_AT]]
    distinct = list({one.key: one for _, one in asked}.values())
    reached: set = set()
    for first in range(0, len(distinct), AT_ONCE):
        reached |= those_with(person, distinct[first : first + AT_ONCE])
        found = [notice for notice, one in asked if one.key in reached]
        if len(found) >= SHOWN:
            break
    return [notice for notice, one in asked if one.key in reached][:SHOWN]


def those_with(person: Person, audiences: list[Asked]) -> set:
    """The keys of those audiences to which this person belongs."""
    hits: list[Any] = [
        audience.resolve(one.rule, upgrade=one.upgrade, milestone=one.milestone, survey=one.survey)
        .filter(pk=person.pk)
        .order_by()
        .values(place=Value(place))
        for place, one in enumerate(audiences)
    ]
    return {audiences[place].key for place in hits[0].union(*hits[1:], all=True).values_list("place", flat=True)}


def invitations(person: Person):
    found = Invitation.objects.filter(person=person).select_related("survey__upgrade")
    return found.order_by("-survey__created_at", "-pk")[:20]


def preferences(person: Person) -> list[dict]:
    declined = set(person.opt_outs.values_list("topic", flat=True))
    return [{"topic": topic.label, "wants": topic not in declined} for topic in Topic]
