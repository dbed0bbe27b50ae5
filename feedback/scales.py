"""The possible answers of a question, with words for every one of them in the active or a given language."""

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from feedback.enums import QuestionKind
from feedback.models import Question

NOT_APPLICABLE = "na"
AGREEMENT = (
    ("1", gettext_noop("Strongly disagree")),
    ("2", gettext_noop("Disagree")),
    ("3", gettext_noop("Neither agree nor disagree")),
    ("4", gettext_noop("Agree")),
    ("5", gettext_noop("Strongly agree")),
    (NOT_APPLICABLE, gettext_noop("Does not apply")),
)
SATISFACTION = (
    ("1", gettext_noop("Very dissatisfied")),
    ("2", gettext_noop("Dissatisfied")),
    ("3", gettext_noop("Neither satisfied nor dissatisfied")),
    ("4", gettext_noop("Satisfied")),
    ("5", gettext_noop("Very satisfied")),
    (NOT_APPLICABLE, gettext_noop("Does not apply")),
)
YES_NO = (("yes", gettext_noop("Yes")), ("no", gettext_noop("No")))
FIXED = {QuestionKind.RATING: AGREEMENT, QuestionKind.CSAT: SATISFACTION, QuestionKind.YES_NO: YES_NO}


def options(question: Question, language: str) -> list[tuple[str, str]]:
    """(value, words) in the order in which they are shown; none for text and numbers."""
    if question.kind in FIXED:
        with translation.override(language):
            return [(value, gettext(words)) for value, words in FIXED[QuestionKind(question.kind)]]
    if question.kind == QuestionKind.NPS:
        return [(str(value), str(value)) for value in range(11)]
    return [(str(choice["value"]), choice.get(language) or choice.get("en", "")) for choice in question.choices]
