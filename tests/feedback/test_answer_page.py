"""The page on which people answer."""

import pytest
from django.urls import reverse

from commsplan.lib import tokens
from feedback import answering, inviting, sets
from feedback.enums import Progress, QuestionKind, SurveyState
from feedback.models import Invitation, Question, Response, Survey
from stakeholders.models import Person
from tests import factories


@pytest.fixture
def asked(db):
    """A survey with one question of each kind."""
    survey = factories.survey(questions=0, is_anonymous=False, thanks="We read all of it.")
    choices = [{"value": "few", "en": "Too few", "de": "Zu wenige"}, {"value": "many", "en": "Too many"}]
    for position, kind in enumerate(QuestionKind, 1):
        Question.objects.create(
            survey=survey,
            key=f"of-{kind}".replace("_", "-"),
            kind=kind,
            position=position,
            texts={"en": f"Question of kind {kind}?", "de": f"Frage der Art {kind}?"},
            choices=choices if kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE) else [],
            is_required=kind == QuestionKind.RATING,
        )
    return survey


def link_to(survey, person) -> str:
    inviting.invite(survey, Person.objects.filter(pk=person.pk))
    return reverse("answer", args=[tokens.make("survey", Invitation.objects.get(survey=survey, person=person).pk)])


ANSWERS = {
    "of-rating": "4",
    "of-csat": "na",
    "of-nps": "0",
    "of-single": "few",
    "of-multiple": ["few", "many"],
    "of-yes-no": "no",
    "of-text": "  Fine. ",
    "of-number": "0",
}


def test_every_kind_of_answer_is_stored_as_what_it_is(client, cai, asked):
    page = client.post(link_to(asked, cai), ANSWERS).content.decode()

    assert Response.objects.get().answers == {
        "of-rating": 4,
        "of-csat": "na",
        "of-nps": 0,
        "of-single": "few",
        "of-multiple": ["few", "many"],
        "of-yes-no": "no",
        "of-text": "Fine.",
        "of-number": 0,
    }
    assert "Thank you. Your answers are in." in page
    assert "We read all of it." in page


def test_what_was_left_out_is_not_stored(client, cai, asked):
    client.post(link_to(asked, cai), {"of-rating": "1"})

    assert Response.objects.get().answers == {"of-rating": 1}


def test_a_missing_answer_is_named_and_the_others_are_kept(client, cai, asked):
    response = client.post(link_to(asked, cai), {**ANSWERS, "of-rating": "", "of-text": "Keep me"})

    page = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#q-of-rating">1. Question of kind rating?</a>' in page
    assert "Please answer this question." in page
    assert "Keep me" in page
    assert Response.objects.count() == 0
    assert Invitation.objects.get().progress == Progress.INVITED


@pytest.mark.parametrize(
    "wrong",
    [{"of-rating": "6"}, {"of-nps": "11"}, {"of-single": "other"}, {"of-number": "-1"}, {"of-text": "x" * 5001}],
)
def test_an_answer_that_was_not_offered_is_refused(client, cai, asked, wrong):
    assert client.post(link_to(asked, cai), {**ANSWERS, **wrong}).status_code == 422
    assert Response.objects.count() == 0


def test_a_link_with_a_score_only_fills_the_form_in(client, cai, asked):
    page = client.get(link_to(asked, cai) + "?of-nps=9").content.decode()

    assert '<input type="radio" name="of-nps" value="9" id="id_of-nps_9" checked>' in page
    assert Response.objects.count() == 0


def test_every_point_of_a_scale_has_words_and_can_be_not_applicable(client, cai, asked):
    page = client.get(link_to(asked, cai)).content.decode()

    for words in ("Strongly disagree", "Neither agree nor disagree", "Strongly agree", "Does not apply"):
        assert words in page
    for words in ("0 = Not at all likely", "10 = Extremely likely", "Question 2 of 9", "required", "optional"):
        assert words in page


def test_the_survey_speaks_the_language_of_the_person(client, cai, asked):
    Person.objects.filter(pk=cai.pk).update(language="de")
    Survey.objects.update(translations={"de": {"title": "Wie war es?"}})

    page = client.get(link_to(asked, cai)).content.decode()

    for words in ("Wie war es?", "Frage der Art nps?", "Zu wenige", "Too many", '<html lang="de">'):
        assert words in page


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_a_second_answer_is_refused_politely(client, cai, is_anonymous):
    survey = factories.survey(is_anonymous=is_anonymous)
    link = link_to(survey, cai)
    client.post(link, {"question-1": "5"})

    again = client.post(link, {"question-1": "1"})

    assert again.status_code == 409
    assert "You have answered already" in again.content.decode()
    assert "You have answered already" in client.get(link).content.decode()
    assert [one.answers for one in Response.objects.all()] == [{"question-1": 5}]


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [(SurveyState.CLOSED, 410, "This survey is closed"), (SurveyState.DRAFT, 403, "This survey is not open yet")],
)
def test_a_survey_that_is_not_open_says_so(client, cai, state, code, words):
    link = link_to(factories.survey(), cai)
    Survey.objects.update(state=state)

    assert words in client.get(link).content.decode()
    assert client.post(link, {"question-1": "5"}).status_code == code
    assert Response.objects.count() == 0


def test_anonymity_is_promised_only_where_it_is_kept(client, cai):
    open_one, named = factories.survey(is_anonymous=True), factories.survey(is_anonymous=False)

    assert "Your answers are anonymous" in client.get(link_to(open_one, cai)).content.decode()
    assert "Your name is kept with your answers" in client.get(link_to(named, cai)).content.decode()


@pytest.mark.parametrize("number", [1, 5])
def test_the_number_of_queries_does_not_grow(client, cai, django_assert_num_queries, number):
    link = link_to(factories.survey(questions=number), cai)

    with django_assert_num_queries(2):
        client.get(link)


@pytest.mark.django_db
@pytest.mark.parametrize("key", [one.key for one in sets.all_sets()])
def test_every_set_of_questions_can_be_answered_in_every_language(client, cai, ana, key):
    upgrade = factories.upgrade(services=[factories.service("Mail"), factories.service("Calendar")])
    survey = sets.create(upgrade, key, by=ana)
    answering.open_up(survey, now=factories.NOW)
    link = link_to(survey, cai)

    for language, joined in (("en", "Calendar and Mail"), ("de", "Calendar und Mail"), ("fr", "Calendar et Mail")):
        page = client.get(f"{link}?lang={language}").content.decode()
        assert joined in page
        assert "{service}" not in page
        for question in survey.questions.all():
            assert set(question.texts) == {"en", "de", "fr"}
            assert all(set(choice) == {"value", "en", "de", "fr"} for choice in question.choices)
