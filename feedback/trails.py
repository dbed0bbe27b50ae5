"""What is told of surveys and concerns. Answers are kept nowhere but where they are counted."""

from accounts.trails import Part, Trail
from feedback.enums import SurveyState
from feedback.models import Concern, Question, Survey


def why_not(survey: Survey) -> str:
    return "" if survey.state == SurveyState.DRAFT else "People have seen it: a survey stays as it was asked."


TRAILS = (
    Trail(
        kind="survey",
        model=Survey,
        noun="Survey",
        edits="surveys.edit",
        plain=("title", "intro", "thanks", "closes_at", "translations"),
        parts=(Part.of(Question, "survey_id", "Question", name="key"),),
        related=("upgrade",),
        zone=lambda row: row.upgrade.time_zone,
        why_not=why_not,
    ),
    Trail(
        kind="concern",
        model=Concern,
        noun="Concern",
        related=("upgrade",),
        zone=lambda row: row.upgrade.time_zone,
    ),
)
