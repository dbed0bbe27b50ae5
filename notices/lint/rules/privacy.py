"""Whether anonymous stays anonymous."""

import re
from collections.abc import Iterator, Sequence

from django.urls import reverse

from feedback.enums import QuestionKind
from feedback.models import MINIMUM_GROUP, Question, Survey
from notices.audiences.crowds import NOBODY, Crowd, size
from notices.enums import NoticeKind, Severity
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.phrases import listed, people
from notices.lint.plan import LoadedPlan

ASKS_WHO = re.compile(  # in English, German and French
    r"\b(?:your|full|first|last|sur)[ -]?(?:full |first |last )?names?\b|\byour e-?mail|\be-?mail address|"
    r"\b(?:staff|employee|personnel|student|matriculation|phone|telephone|room|desk|extension) (?:number|no\.?|id)\b|"
    r"\byour (?:phone|telephone|date of birth|birthday|job title|address)\b|\bwho are you\b|"
    r"\b(?:ihr|dein)(?:e|en)? (?:voller |vollständiger )?(?:name|vorname|nachname|e-?mail|telefon|mailadresse|geburt)|"
    r"\b(?:vor- und nachname|wie heißen sie|personalnummer|matrikelnummer|telefonnummer|zimmernummer|e-?mail-?adresse)|"
    r"\b(?:votre|vos) (?:nom|prénoms?|e-?mail|courriel|adresse|téléphone|matricule|date de naissance)|"
    r"\b(?:numéro de (?:téléphone|personnel|matricule|bureau)|adresse (?:e-?mail|électronique)|qui êtes-vous)",
    re.IGNORECASE,
)


@rule("PRV001", Severity.ERROR, "An anonymous survey shows who answered", source="TEAMMATES 11793")
def anonymous_surveys_show_nobody(plan: LoadedPlan) -> Iterator[Found]:
    for survey, invited in _invitations(plan).items():
        problems = _too_few(invited) + _asks_who(plan.people.questions.get(survey.pk, ()))
        if problems:
            yield Found(
                place=Place.of(survey),
                sentence=f"“{survey}” is anonymous, and {listed(problems)}.",
                facts={"survey": survey.pk, "problems": [one.split(" (")[0] for one in problems]},
                fix=Fix("open", "Change the survey", {"url": reverse("survey_edit", args=[survey.pk])}),
            )


def _invitations(plan: LoadedPlan) -> dict[Survey, Crowd]:
    """By anonymous survey that is still to be asked, everybody who is or was invited: they share one result."""
    invited: dict[Survey, Crowd] = {}
    to_come = set()
    for line in plan.lines:
        survey = line.notice.survey if line.notice and line.kind == NoticeKind.SURVEY else None
        if survey and survey.is_anonymous and line.is_alive:
            invited[survey] = invited.get(survey, NOBODY) | plan.crowd(line)
            to_come |= set() if line.is_done else {survey}
    return {survey: crowd for survey, crowd in invited.items() if survey in to_come}


def _too_few(invited: Crowd) -> list[str]:
    number = size(invited)
    if not 0 < number < MINIMUM_GROUP:
        return []
    return [f"goes to fewer than {MINIMUM_GROUP} people ({people(number)}), so no result can ever be shown"]


def _asks_who(questions: Sequence[Question]) -> list[str]:
    asked = [one for one in questions if one.kind == QuestionKind.TEXT and _identifies(one)]
    return [f"asks who one is (“{one}”)" for one in asked]


def _identifies(question: Question) -> bool:
    return any(ASKS_WHO.search(text) for text in question.texts.values())
