"""What becomes of what people raise. Every act looks at the state in the database: of two managers who act at once, the
second one is told."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from feedback.enums import ConcernKind, ConcernState
from feedback.models import Concern, ConcernQuerySet
from stakeholders.models import Person
from upgrades.models import Upgrade

WORKING_DAYS = 3  # in which whoever asks may expect an answer
SATURDAY = 5


class NotPossible(Exception):
    """Nothing was changed. The sentence says why."""


def raise_(
    upgrade: Upgrade,
    *,
    text: str,
    kind: str = ConcernKind.QUESTION,
    source: str,
    person: Person | None = None,
    milestone=None,
    engagement=None,
    **more: Any,
) -> Concern:
    """It is the upgrade's owner's to answer, within three working days, unless `owner` and `due_on` say otherwise."""
    defaults = {"owner": upgrade.owner, "due_on": due_after(timezone.localdate())}
    return Concern.objects.create(
        upgrade=upgrade,
        text=text.strip(),
        kind=kind,
        source=source,
        person=person,
        milestone=milestone,
        engagement=engagement,
        **{**defaults, **more},
    )


def due_after(day: date) -> date:
    working = (later for later in _days_after(day) if later.weekday() < SATURDAY)
    return next(later for number, later in enumerate(working, 1) if number == WORKING_DAYS)


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day


def answer(concern: Concern, *, words: str, is_public: bool, by, now: datetime, public_wording: str = "") -> None:
    """A public answer shows `public_wording` instead of what was written, and never who asked. Answering again mends
    the answer; the first time counts for the turnaround."""
    if not words.strip():
        raise NotPossible("Write the answer first.")
    if is_public and not public_wording.strip():
        raise NotPossible("Say how everybody may read the question.")
    with transaction.atomic():
        row = _locked(concern)
        if is_public and names_who_asked(row, public_wording, words):
            raise NotPossible(f"It names {row.person}, who asked. Take the name out, or do not publish it.")
        if row.state == ConcernState.CLOSED:
            raise NotPossible("It is closed without an answer. Reopen it first.")
        row.state = ConcernState.ANSWERED
        row.answer, row.is_public, row.public_wording = words.strip(), is_public, public_wording.strip()
        row.answered_by, row.answered_at = row.answered_by or by, row.answered_at or now
        _save(row, concern, "state", "answer", "is_public", "public_wording", "answered_by", "answered_at")


def names_who_asked(concern: Concern, *texts: str) -> bool:
    """Their whole name, or their address."""
    if concern.person is None:
        return False
    person = concern.person
    said = " ".join(" ".join(texts).casefold().split())
    return any(one and one in said for one in (" ".join(person.name.casefold().split()), person.email.casefold()))


def close(concern: Concern, *, by, now: datetime, reason: str = "") -> None:
    """It needs no answer. Who closed it, and when, is in its history."""
    with transaction.atomic():
        row = _locked(concern)
        if not row.is_open:
            raise NotPossible(f"It is {row.get_state_display().lower()} already.")
        row.state, row.close_reason = ConcernState.CLOSED, reason.strip()
        _save(row, concern, "state", "close_reason")


def reopen(concern: Concern, *, by, now: datetime) -> None:
    """The answer stays as a draft, and nothing of it is public any more."""
    with transaction.atomic():
        row = _locked(concern)
        if row.is_open:
            raise NotPossible("It is open already.")
        row.state, row.is_public, row.close_reason = ConcernState.OPEN, False, ""
        row.answered_by, row.answered_at = None, None
        _save(row, concern, "state", "is_public", "close_reason", "answered_by", "answered_at")


def _locked(concern: Concern) -> Concern:
    return Concern.objects.select_for_update(of=("self",), no_key=True).get(pk=concern.pk)


def _save(row: Concern, shown: Concern, *names: str) -> None:
    row.save(update_fields=names)
    for name in names:
        setattr(shown, name, getattr(row, name))


class Median(models.Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def turnaround(concerns: ConcernQuerySet) -> timedelta | None:
    """The median time from raised to answered; None before the first answer."""
    taken = models.ExpressionWrapper(F("answered_at") - F("created_at"), models.DurationField())
    answered = concerns.answered().order_by()
    return answered.aggregate(median=Median(taken, output_field=models.DurationField()))["median"]


def said(taken: timedelta | None) -> str:
    """ "2 days", "5 hours"; empty before the first answer."""
    if taken is None:
        return ""
    hours = max(taken, timedelta(0)) / timedelta(hours=1)
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return "under an hour" if hours < 1 else "1 hour" if round(hours) == 1 else f"{round(hours)} hours"
