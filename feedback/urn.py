"""The urn: anonymous responses lose every trace of who gave them and in which order they came.

`mix()` looks for work by itself (level-triggered) and is safe to repeat and to run twice at once. An open survey is
mixed in batches of at least MINIMUM_GROUP; when it is over, what is left is mixed together with all the others.
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
        Survey.objects.filter(is_anonymous=True, responses__is_mixed=False)
        .annotate(unmixed=Count("responses", filter=Q(responses__is_mixed=False)))
        .order_by("pk")
    )
    return sum(
        _mix_one(survey.pk, now=now) for survey in waiting if survey.unmixed >= MINIMUM_GROUP or survey.is_over(now=now)
    )


@transaction.atomic
def _mix_one(pk: int, *, now: datetime) -> int:
    survey = Survey.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    unmixed = Response.objects.filter(survey=survey, is_mixed=False).count()
    if unmixed == 0 or (unmixed < MINIMUM_GROUP and not survey.is_over(now=now)):
        return 0  # somebody else was faster
    with connection.cursor() as cursor:
        cursor.execute(ALL if survey.is_over(now=now) else UNMIXED, {"survey": survey.pk})
        return cursor.rowcount
