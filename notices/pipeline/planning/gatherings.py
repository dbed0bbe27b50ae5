"""Steps of a plan that are meetings: each points to the conversation that it became, and is done when that was held."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import Medium
from notices.models import PlanStep
from notices.pipeline.planning.steps import NotPossible

GATHERINGS = (Medium.MEETING, Medium.TOWN_HALL, Medium.TRAINING)


@transaction.atomic
def attach(step: PlanStep, engagement: Engagement) -> None:
    """The step is this conversation from now on."""
    row = PlanStep.objects.select_for_update(of=("self",), no_key=True).get(pk=step.pk)
    if row.medium not in GATHERINGS:
        raise NotPossible("Only a meeting, a town hall or a training can be planned as one.")
    if row.engagement_id:
        raise NotPossible("It is planned already.")
    row.engagement = engagement
    row.save(update_fields=["engagement"])


def tick_held(*, now: datetime) -> int:
    """What was held is done, and what turned out not to be is open again. Returns how many steps it changed.

    A step that somebody ticked by hand keeps its tick: ours carry the end of the conversation as their moment."""
    steps = PlanStep.objects.filter(medium__in=GATHERINGS, engagement__isnull=False)
    done = steps.filter(done_at=None, engagement__state=EngagementState.HELD)
    undone = steps.filter(done_at=F("engagement__end")).exclude(engagement__state=EngagementState.HELD)
    return _update(done, done_at=_of_it("end"), done_by=_of_it("host")) + _update(undone, done_at=None, done_by=None)


def _update(steps: QuerySet[PlanStep], **values) -> int:
    found = list(steps.values_list("pk", flat=True))
    return PlanStep.objects.filter(pk__in=found).update(**values) if found else 0


def _of_it(name: str) -> Subquery:
    return Subquery(Engagement.objects.filter(step=OuterRef("pk")).values(name)[:1])
