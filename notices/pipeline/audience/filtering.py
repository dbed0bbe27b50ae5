"""Whom the filters of a rule hold back: who has answered, or acknowledged."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from feedback.enums import Progress
from feedback.models import Invitation, Survey
from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Receipt
from notices.pipeline.audience.foreseen import AS_IT_IS, Foreseen
from notices.pipeline.audience.rule import Audience
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


def let_through(
    rule: Audience | Mapping[str, Any],
    *,
    upgrade: Upgrade,
    milestone: Milestone | None = None,
    survey: Survey | None = None,
) -> QuerySet[Person]:
    """Everybody whom the filters of a rule do not hold back, chosen or not."""
    audience = rule if isinstance(rule, Audience) else Audience.from_json(rule)
    return filtered(Person.objects.active(), audience, upgrade, milestone, survey, AS_IT_IS)


def filtered(
    people,
    audience: Audience,
    upgrade: Upgrade,
    milestone: Milestone | None,
    survey: Survey | None,
    foreseen: Foreseen,
):
    """Who stands in for somebody is reminded only where they have something to answer or acknowledge themselves."""
    if audience.not_answered:
        people = people.filter(_still_to_answer(survey, foreseen))
    if audience.not_acknowledged:
        people = people.filter(_still_to_acknowledge(upgrade, milestone, foreseen))
    return people


def _still_to_answer(survey: Survey | None, foreseen: Foreseen) -> Q:
    invitations = Invitation.objects.filter(survey=survey)
    waiting = Q(pk__in=invitations.filter(progress=Progress.INVITED).values("person"))
    begun = Q(pk__in=invitations.exclude(progress=Progress.INVITED).values("person"))
    for people in foreseen.asked.get(survey.pk, ()) if survey else ():
        waiting |= Q(pk__in=people.order_by().values("pk")) & ~begun
    return waiting


def _still_to_acknowledge(upgrade: Upgrade, milestone: Milestone | None, foreseen: Foreseen) -> Q:
    """Those who got a request to acknowledge, about this milestone if there is one, and have acknowledged none."""
    requests = Message.objects.filter(notice__upgrade=upgrade, notice__asks_acknowledgement=True)
    if milestone is not None:
        requests = requests.filter(notice__milestone=milestone)
    acknowledged = Receipt.objects.filter(kind=ReceiptKind.ACKNOWLEDGED, message__in=requests.values("pk"))
    have = acknowledged.values("message__person")
    asked = Q(pk__in=requests.filter(state=MessageState.SENT).exclude(person__in=have).values("person"))
    for notice, people in foreseen.requested:
        if notice.upgrade_id == upgrade.pk and (milestone is None or notice.milestone_id == milestone.pk):
            asked |= Q(pk__in=people.order_by().values("pk")) & ~Q(pk__in=have)
    return asked
