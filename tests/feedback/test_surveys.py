"""The side of those who ask."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from feedback import answering, inviting, questions, sets
from feedback.enums import QuestionKind, SurveyState
from feedback.forms import read_choices, write_choices
from feedback.models import Invitation, Question, Survey
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW


@pytest.fixture
def reader(db):
    return factories.account("Rita Reader", role=Role.READER)


@pytest.fixture
def survey(db):
    return factories.survey(state=SurveyState.DRAFT, questions=3)


def answer_once(survey):
    cai = factories.person("Cai")
    inviting.invite(survey, Person.objects.filter(pk=cai.pk))
    Survey.objects.filter(pk=survey.pk).update(state=SurveyState.OPEN)
    invitation = Invitation.objects.select_related("survey").get(survey=survey)
    answering.store(invitation, {"question-1": 5}, "en", NOW)


def seen(client, address):
    """What the form shows, as the browser sends it back."""
    return client.get(address).context["form"]["seen"].value()


def order(survey):
    return [one.key for one in survey.questions.order_by("position", "pk")]


PAGES = ["survey", "survey_edit", "survey_results", "survey_preview", "survey_question_new"]
ACTS = ["survey_open", "survey_close"]


@pytest.mark.parametrize("name", [*PAGES, *ACTS])
def test_nobody_gets_in_without_signing_in(client, survey, name):
    response = (
        client.post(reverse(name, args=[survey.pk])) if name in ACTS else client.get(reverse(name, args=[survey.pk]))
    )

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_reader_reads_and_changes_nothing(client, reader, survey):
    client.force_login(reader)
    question = survey.questions.first()

    for name in ("survey", "survey_results", "survey_preview"):
        assert client.get(reverse(name, args=[survey.pk])).status_code == 200
    for name in ("survey_edit", "survey_question_new", "survey_export"):
        assert client.get(reverse(name, args=[survey.pk])).status_code == 403
    for name in ACTS:
        assert client.post(reverse(name, args=[survey.pk])).status_code == 403
    for name in ("survey_question_edit", "survey_question_move", "survey_question_remove"):
        assert client.post(reverse(name, args=[question.pk])).status_code == 403
    assert client.post(reverse("survey_new")).status_code == 403
    assert Survey.objects.get().state == SurveyState.DRAFT


def test_ana_makes_a_survey_from_a_set(client, ana):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail")])
    client.force_login(ana)

    assert "{service}" not in client.get(reverse("survey_new")).content.decode()
    client.post(reverse("survey_new"), {"upgrade": upgrade.pk, "set": "pulse"})

    made = Survey.objects.get()
    assert (made.title, made.state, made.upgrade) == ("How did it go with Mail?", SurveyState.DRAFT, upgrade)
    assert made.words_in("de")["title"] == "Wie lief es mit Mail?"
    assert order(made) == ["overall-satisfaction", "remark"]


def test_opening_and_closing(client, ana, survey):
    client.force_login(ana)

    client.post(reverse("survey_open", args=[survey.pk]))
    assert Survey.objects.get().state == SurveyState.OPEN

    client.post(reverse("survey_close", args=[survey.pk]))
    assert Survey.objects.get().state == SurveyState.CLOSED


def test_words_are_kept_in_all_languages(client, ana, survey):
    client.force_login(ana)
    words = {"title": "How was it?", "intro": "We ask.", "thanks": "", "is_anonymous": "on"}

    address = reverse("survey_edit", args=[survey.pk])
    client.post(address, {**words, "title_de": "Wie war es?", "seen": seen(client, address)})

    kept = Survey.objects.get()
    assert kept.words_in("de") == {"title": "Wie war es?", "intro": "We ask.", "thanks": ""}


def test_anonymity_cannot_be_switched_after_the_first_answer(client, ana, survey):
    answer_once(survey)
    client.force_login(ana)

    address = reverse("survey_edit", args=[survey.pk])
    client.post(address, {"title": "Still", "is_anonymous": "", "seen": seen(client, address)})

    kept = Survey.objects.get()
    assert (kept.title, kept.is_anonymous) == ("Still", True)


def test_questions_are_added_moved_and_removed_and_come_back(client, ana, survey):
    client.force_login(ana)
    first = survey.questions.get(key="question-1")

    client.post(reverse("survey_question_move", args=[first.pk]), {"step": "down"})
    assert order(survey) == ["question-2", "question-1", "question-3"]
    client.post(reverse("survey_question_move", args=[first.pk]), {"step": "up"})
    client.post(reverse("survey_question_move", args=[first.pk]), {"step": "up"})
    assert order(survey) == ["question-1", "question-2", "question-3"]

    fields = {"text_en": "Was it clear?", "text_de": "War es klar?", "kind": QuestionKind.YES_NO}
    client.post(reverse("survey_question_new", args=[survey.pk]), fields)
    assert order(survey)[-1] == "was-it-clear"

    page = client.post(reverse("survey_question_remove", args=[first.pk]), follow=True).content.decode()
    assert order(survey) == ["question-2", "question-3", "was-it-clear"]
    undo = page.split("/questions/restore/")[1].split('"')[0]
    client.post(f"/surveys/{survey.pk}/questions/restore/{undo}")
    assert order(survey) == ["question-1", "question-2", "question-3", "was-it-clear"]


@pytest.mark.parametrize("name", ["survey_edit", "survey_question_edit"])
def test_two_editors_of_one_thing_get_a_conflict(client, ana, survey, name):
    client.force_login(ana)
    address = reverse(name, args=[survey.pk if name == "survey_edit" else survey.questions.first().pk])
    field = "title_de" if name == "survey_edit" else "text_de"
    fields = {"title": "How?", "text_en": "How?", "kind": QuestionKind.RATING, "seen": seen(client, address)}

    assert client.post(address, {**fields, field: "Die erste"}).status_code == 302
    page = client.post(address, {**fields, field: "Die zweite"}).content.decode()

    assert "Somebody else saved this" in page
    assert "Die zweite" not in str([list(Survey.objects.values()), list(Question.objects.values())])


def test_a_choice_needs_two_different_answers(client, ana, survey):
    client.force_login(ana)
    fields = {"text_en": "Which?", "kind": QuestionKind.SINGLE}
    address = reverse("survey_question_new", args=[survey.pk])

    assert "at least two choices" in client.post(address, {**fields, "choices_written": "One"}).content.decode()
    assert "the same" in client.post(address, {**fields, "choices_written": "One\nOne"}).content.decode()
    client.post(address, {**fields, "choices_written": "Few | Wenige\nMany"})
    assert survey.questions.get(key="which").choices == [
        {"value": "few", "en": "Few", "de": "Wenige"},
        {"value": "many", "en": "Many"},
    ]


def test_choices_survive_being_written_and_read():
    choices = [{"value": "1", "en": "Too few", "de": "Zu wenige", "fr": "Trop peu"}, {"value": "2", "en": "Right"}]

    assert read_choices(write_choices(choices), choices) == choices


def test_after_the_first_answer_only_the_wording_is_mended(survey):
    answer_once(survey)
    question = survey.questions.get(key="question-1")

    questions.change(question, kind=question.kind, texts={"en": "Better words?"})
    assert Question.objects.get(pk=question.pk).text_in("en") == "Better words?"
    with pytest.raises(questions.Fixed):
        questions.change(question, kind=QuestionKind.TEXT)
    with pytest.raises(questions.Fixed):
        questions.remove(question)
    with pytest.raises(questions.Fixed):
        questions.add(survey, kind=QuestionKind.TEXT, texts={"en": "One more?"})


def test_the_preview_keeps_no_answers(client, ana, survey):
    client.force_login(ana)
    address = reverse("survey_preview", args=[survey.pk])

    assert "This is a preview" in client.get(address).content.decode()
    assert client.post(address, {"question-1": "5"}).status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(client, ana, django_assert_num_queries, number):
    upgrade = factories.upgrade()
    for _ in range(number):
        sets.create(upgrade, "pulse", by=ana)
    client.force_login(ana)

    with django_assert_num_queries(4):
        client.get(reverse("surveys"))


def test_the_surveys_of_one_upgrade_are_among_its_tabs(client, ana, survey):
    other = factories.survey(title="Of another upgrade")
    client.force_login(ana)

    page = client.get(reverse("upgrade_surveys", args=[survey.upgrade.slug])).content.decode()

    assert survey.get_absolute_url() in page
    assert other.title not in page
    assert 'aria-label="Pages of this upgrade"' in page


@pytest.mark.parametrize("name", ["surveys", "survey_new"])
def test_a_damaged_upgrade_in_the_address_breaks_no_page(client, ana, name):
    client.force_login(ana)

    assert client.get(reverse(name), {"upgrade": "\x00"}).status_code == 200


def test_a_question_does_not_come_back_once_somebody_has_answered(client, ana, cai):
    survey = factories.survey(questions=2)
    client.force_login(ana)
    gone = survey.questions.get(key="question-1")
    page = client.post(reverse("survey_question_remove", args=[gone.pk]), follow=True).content.decode()
    undo = page.split("/questions/restore/")[1].split('"')[0]
    inviting.invite(survey, Person.objects.filter(pk=cai.pk))
    answering.store(Invitation.objects.select_related("survey").get(), {"question-2": "5"}, "en", NOW)

    client.post(f"/surveys/{survey.pk}/questions/restore/{undo}")

    assert order(survey) == ["question-2"]
