"""Storing what people answer: once each, and nothing that leads back to them where that was promised.

What is promised for an anonymous survey:

- A response has a random key, no time, no language and no link to the invitation; an invitation says that somebody
  answered, never when.
- Both rows are written in one transaction, or an answer could be lost or counted twice. Until the urn has mixed them
  (feedback.urn), they share PostgreSQL's transaction id, which somebody who reads the database's system columns could
  join. After it, at least five responses and the invitations they belong to were rewritten together in random order:
  neither ids, nor transaction ids, nor the order on disk lead further than to that batch.
- Results and exports show mixed responses only, so that two looks at the results never differ by a single answer.
- Write-ahead logs and backups made in the meantime are outside of this promise.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from feedback import referrals, urn
from feedback.enums import Progress, SurveyState
from feedback.models import Invitation, Response, Survey


class NotAccepted(Exception):
    """The answers were not stored. The sentence says why."""


class AlreadyAnswered(NotAccepted):
    pass


class NotOpen(NotAccepted):
    pass


@transaction.atomic
def store(invitation: Invitation, answers: Mapping[str, Any], language: str, now: datetime) -> None:
    """Stores a set of answers once, however often and by how many processes it is sent.

    The invitation is the guard: only the one whose update finds it unanswered goes on. A process that dies in between
    leaves neither, so that the person can try again.
    """
    survey = invitation.survey
    if not survey.takes_answers(now=now):
        raise NotOpen("This survey takes no answers at the moment.")
    waiting = Invitation.objects.filter(pk=invitation.pk, progress=Progress.INVITED)
    if not waiting.update(progress=Progress.FINISHED):
        raise AlreadyAnswered("Your answers are already here.")
    invitation.progress = Progress.FINISHED
    kept = {"answers": dict(answers), "survey": survey}
    if not survey.is_anonymous:
        kept |= {"language": language, "invitation": invitation}
    else:
        kept |= {"language": ""}  # the only person who reads French would be known by it
    Response.objects.bulk_create([Response(**kept)])
    if not survey.is_anonymous:
        referrals.nominate(survey, answers, by=invitation.person)


def open_up(survey: Survey, *, now: datetime) -> None:
    """From now on it takes answers. Opening it again after it was closed is allowed."""
    if survey.closes_at is not None and survey.closes_at <= now:
        raise NotAccepted("Its closing date has passed. Change the date first, then open it.")
    if not survey.questions.exists():
        raise NotAccepted("It has no questions yet.")
    _change_state(survey, SurveyState.OPEN)


def close(survey: Survey, *, now: datetime) -> None:
    """No more answers. The last few anonymous ones are mixed into all the others, and the results are complete."""
    _change_state(survey, SurveyState.CLOSED)
    urn.mix(now=now)


def _change_state(survey: Survey, state: SurveyState) -> None:
    Survey.objects.filter(pk=survey.pk).exclude(state=state).update(state=state)
    survey.state = state


def set_anonymity(survey: Survey, *, is_anonymous: bool) -> None:
    """Raises NotAccepted once there is an answer; the database refuses it too."""
    try:
        with transaction.atomic():
            Survey.objects.filter(pk=survey.pk).update(is_anonymous=is_anonymous)
    except IntegrityError as error:
        raise NotAccepted("Somebody has answered: what was promised to them about anonymity stays.") from error
    survey.is_anonymous = is_anonymous
