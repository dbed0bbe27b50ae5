"""Inviting many at once: one statement, whatever the number of people."""

from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from feedback.enums import Progress, SurveyState
from feedback.models import Survey
from stakeholders.models import Person

INVITE = """
INSERT INTO feedback_invitation (survey_id, person_id, progress)
SELECT %s, chosen.id, %s FROM ({people}) AS chosen (id)
ON CONFLICT (survey_id, person_id) DO NOTHING
"""


def obstacle(survey: Survey, *, at: datetime) -> str:
    """Why asking people at that time would waste theirs; empty when nothing speaks against it."""
    if not survey.questions.exists():
        return "Its survey has no questions yet."
    if survey.is_over(now=at):
        return "Its survey takes no answers any more by then."
    return ""


def invite(survey: Survey, people: QuerySet[Person]) -> int:
    """Whoever is invited already stays so. A distribution list is nobody who could answer. Returns how many are new.

    The first invitation opens a draft: who is asked must be able to answer.
    """
    Survey.objects.filter(pk=survey.pk, state=SurveyState.DRAFT).update(state=SurveyState.OPEN)
    try:
        chosen, params = people.filter(is_list=False).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INVITE.format(people=chosen), [survey.pk, Progress.INVITED, *params])
        return cursor.rowcount
