"""The urn: anonymous responses lose every trace of who gave them and in which order they came.

`mix()` looks for work by itself (level-triggered) and is safe to repeat and to run twice at once. An open survey is
mixed in batches of at least MINIMUM_GROUP, and as many answers always stay in the urn: when it is over, what is left is
mixed together with all the others, and it must not be a single answer by which the last look at the results differs
from the one before. Who answers after that, because a closed survey was opened again, waits for others too.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q

from feedback.models import MINIMUM_GROUP, Response, Survey

# One statement, so one snapshot: an answer that arrives meanwhile is in none of its parts. The rows get new random
# keys and a new place on disk in random order; the invitations that share a transaction with them get a new one.
REWRITE = """
WITH batch AS (
    SELECT id, xmin::text AS written_by FROM feedback_response WHERE survey_id = %(survey)s AND {which}
    ORDER BY random() LIMIT %(most)s
), touched AS (
    UPDATE feedback_invitation SET progress = progress
    WHERE survey_id = %(survey)s AND progress = 'finished'
      AND ({everybody} OR xmin::text IN (SELECT written_by FROM batch))
), taken AS (
    DELETE FROM feedback_response WHERE id IN (SELECT id FROM batch) RETURNING answers
)
INSERT INTO feedback_response (id, survey_id, invitation_id, answers, language, is_mixed)
SELECT gen_random_uuid(), %(survey)s, NULL, answers, '', TRUE FROM taken ORDER BY random()
"""
UNMIXED = REWRITE.format(which="NOT is_mixed", everybody="FALSE")
ALL = REWRITE.format(which="TRUE", everybody="TRUE")


def mix(*, now: datetime) -> int:
    """Mixes whatever may be mixed; returns the number of responses that were rewritten."""
    waiting = (
        Survey.objects.filter(is_anonymous=True)
        .annotate(
            unmixed=Count("responses", filter=Q(responses__is_mixed=False)),
            mixed=Count("responses", filter=Q(responses__is_mixed=True)),
        )
        .filter(unmixed__gt=0)
        .order_by("pk")
    )
    return sum(
        _mix_one(survey.pk, now=now) for survey in waiting if _ripe(survey, survey.unmixed, survey.mixed, now=now)
    )


def _ripe(survey: Survey, unmixed: int, mixed: int, *, now: datetime) -> int:
    """How many of the unmixed responses may be mixed now."""
    if survey.is_over(now=now):
        return unmixed if unmixed >= MINIMUM_GROUP or not mixed else 0
    return unmixed - MINIMUM_GROUP if unmixed >= 2 * MINIMUM_GROUP else 0


@transaction.atomic
def _mix_one(pk: int, *, now: datetime) -> int:
    survey = Survey.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    responses = Response.objects.filter(survey=survey)
    unmixed, mixed = (responses.filter(is_mixed=is_mixed).count() for is_mixed in (False, True))
    most = _ripe(survey, unmixed, mixed, now=now)
    if not most:
        return 0  # somebody else was faster
    is_over = survey.is_over(now=now)
    with connection.cursor() as cursor:
        cursor.execute(ALL if is_over else UNMIXED, {"survey": survey.pk, "most": None if is_over else most})
        return cursor.rowcount
