"""Whether anonymous stays anonymous (PRV001)."""

import pytest

from feedback.enums import QuestionKind
from feedback.models import Question, Survey
from notices.enums import NoticeKind
from notices.lint.rules.privacy import ASKS_WHO
from tests import factories


@pytest.fixture
def window(db):
    staff = factories.group("Teaching", people=[factories.person() for _ in range(5)])
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


@pytest.fixture
def survey(window):
    return factories.survey(window.upgrade)


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def test_an_anonymous_survey_of_four_is_found(findings_of, window, survey, line):
    four = factories.group("Four", people=[factories.person() for _ in range(4)])
    line(window, NoticeKind.SURVEY, audience={"groups": [four.pk]}, notice={"survey": survey})

    assert "fewer than 5 people (4 people)" in findings_of("PRV001", window.upgrade)[at(survey)].sentence


def test_an_anonymous_survey_of_five_is_not(findings_of, window, survey, line):
    line(window, NoticeKind.SURVEY, notice={"survey": survey})

    assert findings_of("PRV001", window.upgrade) == {}


@pytest.fixture
def nosy(survey):
    Question.objects.create(
        survey=survey, key="who", kind=QuestionKind.TEXT, position=9, texts={"de": "Ihr Name und Vorname?"}
    )
    return survey


def test_a_question_for_the_name_is_found(findings_of, window, nosy, line):
    line(window, NoticeKind.SURVEY, notice={"survey": nosy})

    assert "asks who one is (“Ihr Name und Vorname?”)" in findings_of("PRV001", window.upgrade)[at(nosy)].sentence


def test_who_says_openly_that_it_is_not_anonymous_may_ask(findings_of, window, nosy, line):
    Survey.objects.update(is_anonymous=False)
    line(window, NoticeKind.SURVEY, notice={"survey": nosy})

    assert findings_of("PRV001", window.upgrade) == {}


@pytest.mark.parametrize(
    "text",
    [
        "What is your name?",
        "Please enter your full name",
        "Your e-mail address",
        "Your staff number",
        "Wie heißen Sie?",
        "Bitte Ihre E-Mail-Adresse angeben",
        "Personalnummer",
        "Quel est votre nom ?",
        "Votre adresse électronique",
        "Numéro de téléphone",
    ],
)
def test_these_ask_who_one_is(text):
    assert ASKS_WHO.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "How does the e-mail support your work?",
        "What is your biggest concern?",
        "Which days must not be disturbed?",
        "Was the number of messages right?",
        "Welche Namen sollten die Räume haben?",
        "Wie wichtig ist Ihnen E-Mail?",
        "Que pensez-vous de la messagerie ?",
    ],
)
def test_these_do_not(text):
    assert not ASKS_WHO.search(text)


def test_who_was_invited_before_shares_the_result(findings_of, window, survey, line):
    few = {"people": [factories.person().pk]}
    factories.released_notice(window, kind=NoticeKind.SURVEY, survey=survey, audience={"affected": True})
    line(window, NoticeKind.SURVEY, audience=few, notice={"survey": survey})

    assert findings_of("PRV001", window.upgrade) == {}
