"""Somebody's page: who they are, what they were told, and what comes next."""

from django.core.paginator import Paginator
from django.db.models import F, Value
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from commsplan.lib import time
from commsplan.lib.htmx import page
from feedback.models import Invitation
from notices import storyline
from notices.models import Message, Notice
from notices.pipeline import audience
from stakeholders.enums import Topic
from stakeholders.models import Person
from upgrades.enums import Quadrant
from upgrades.models import Stakeholder

PAGE = 25
LOOKED_AT = 60  # notices whose audience is asked for this person
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
    """The next waiting notices that would reach this person. One query asks all their audiences at once."""
    waiting = list(
        Notice.objects.waiting()
        .exclude(send_at=None)
        .select_related("upgrade", "milestone", "survey")
        .order_by("send_at", "pk")[:LOOKED_AT]
    )
    if not waiting or person.is_archived:
        return []
    hits = [reaches(notice, person) for notice in waiting]
    reached = set(hits[0].union(*hits[1:], all=True).values_list("notice", flat=True))
    return [notice for notice in waiting if notice.pk in reached][:SHOWN]


def reaches(notice: Notice, person: Person):
    """A query with one row when this person is in the audience."""
    rule = audience.resolve(notice.audience, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
    return rule.filter(pk=person.pk).order_by().values(notice=Value(notice.pk))


def invitations(person: Person):
    found = Invitation.objects.filter(person=person).select_related("survey__upgrade")
    return found.order_by("-survey__created_at", "-pk")[:20]


def preferences(person: Person) -> list[dict]:
    declined = set(person.opt_outs.values_list("topic", flat=True))
    return [{"topic": topic.label, "wants": topic not in declined} for topic in Topic]
