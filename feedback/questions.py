"""What is done to the questions of a survey. From the first answer on only their wording may still be mended."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from commsplan.lib import history
from feedback.models import Question, Survey


class Fixed(Exception):
    """Somebody has answered; the sentence says what is not possible any more."""


@transaction.atomic
def add(survey: Survey, **values: Any) -> Question:
    _refuse_if_answered(survey, "The questions stay as they were answered: none can be added.")
    taken = set(survey.questions.values_list("key", flat=True))
    last = survey.questions.order_by("-position", "-pk").first()
    return Question.objects.create(
        survey=survey,
        key=_free_key(slugify(values["texts"].get("en", ""))[:36].strip("-") or "question", taken),
        position=last.position + 1 if last else 1,
        **values,
    )


@transaction.atomic
def change(question: Question, **values: Any) -> None:
    """`key` never changes: it is what answers are stored under."""
    if any(getattr(question, name) != value for name, value in values.items() if name != "texts"):
        _refuse_if_answered(question.survey, "Somebody has answered: only the wording can be changed.")
    for name, value in values.items():
        setattr(question, name, value)
    question.save(update_fields=list(values))


@transaction.atomic
def move(question: Question, *, step: int) -> None:
    """One place up (-1) or down (+1). Positions are numbered anew, so gaps and doubles heal."""
    rows = list(question.survey.questions.select_for_update(of=("self",), no_key=True).order_by("position", "pk"))
    here = next(place for place, row in enumerate(rows) if row.pk == question.pk)
    rows.insert(min(max(here + step, 0), len(rows) - 1), rows.pop(here))
    for position, row in enumerate(rows, 1):
        row.position = position
    Question.objects.bulk_update(rows, ["position"])


@transaction.atomic
def remove(question: Question) -> None:
    _refuse_if_answered(question.survey, "The questions stay as they were answered: none can be removed.")
    question.delete()


@transaction.atomic
def bring_back(survey: Survey, act: UUID) -> int:
    _refuse_if_answered(survey, "Somebody has answered in the meantime: the question cannot come back.")
    return history.bring_back(act, Question)


def _refuse_if_answered(survey: Survey, sentence: str) -> None:
    if survey.responses.exists():
        raise Fixed(sentence)


def _free_key(wanted: str, taken: set[str]) -> str:
    return next(key for key in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if key not in taken)
