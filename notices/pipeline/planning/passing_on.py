"""A cascade: managers tell their own people. Each is ticked off, and the step is done when all have been."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from notices.enums import Medium
from notices.models import PassedOn, PlanStep
from notices.pipeline import audience
from notices.pipeline.planning.steps import NotPossible
from stakeholders.models import Person


def managers(step: PlanStep) -> QuerySet[Person]:
    """Those who are asked to pass it on, each with `passed_at` (None: not yet) and `noted_by`."""
    return noted(step, audience.resolve(step.audience, upgrade=step.upgrade, milestone=step.milestone))


def noted(step: PlanStep, people: QuerySet[Person]) -> QuerySet[Person]:
    rows = _rows(step)
    return people.annotate(
        passed_at=Subquery(rows.values("at")[:1]), noted_by=Subquery(rows.values("noted_by__name")[:1])
    )


@transaction.atomic
def pass_on(step: PlanStep, person: Person, *, by, now: datetime) -> None:
    """Twice is once. The last one makes the step done."""
    row = _lock(step)
    if not managers(row).filter(pk=person.pk).exists():
        raise NotPossible(f"{person} is not among those who pass it on.")
    PassedOn.objects.get_or_create(step=row, person=person, defaults={"at": now, "noted_by": by})
    if row.done_at is None and not _still_to_tell(row).exists():
        row.done_at, row.done_by = now, by
        row.save(update_fields=["done_at", "done_by"])


@transaction.atomic
def take_back(step: PlanStep, person: Person) -> None:
    """It was a mistake. A step that this person had made done is open again; one that somebody ticked off stays so."""
    row = _lock(step)
    passed = PassedOn.objects.filter(step=row, person=person).first()
    if passed is None:
        return
    passed.delete()
    if row.done_at is not None and row.done_at == passed.at:
        row.done_at = row.done_by = None
        row.save(update_fields=["done_at", "done_by"])


def _lock(step: PlanStep) -> PlanStep:
    rows = PlanStep.objects.select_for_update(of=("self",), no_key=True).select_related("upgrade", "milestone")
    row = rows.get(pk=step.pk)
    if row.medium != Medium.CASCADE:
        raise NotPossible("Only a manager cascade is passed on.")
    return row


def told(step: PlanStep) -> QuerySet[Person]:
    """Of those who are asked, those who have passed it on."""
    return managers(step).filter(Exists(_rows(step)))


def _still_to_tell(step: PlanStep) -> QuerySet[Person]:
    return managers(step).filter(~Exists(_rows(step)))


def _rows(step: PlanStep) -> QuerySet[PassedOn]:
    return PassedOn.objects.filter(step=step, person=OuterRef("pk"))
