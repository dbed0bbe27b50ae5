"""What came back: counted right, with n, and never for a group below five."""

import csv
import io
import itertools

import pytest
from django.urls import reverse

from feedback import answering, inviting, results, urn
from feedback.enums import QuestionKind
from feedback.models import Invitation, Question, Response
from feedback.templatetags import charts
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW


def survey_of(kind, **fields):
    survey = factories.survey(questions=0, **{"is_anonymous": False, **fields})
    choices = [{"value": "few", "en": "Too few"}, {"value": "many", "en": "Too many"}]
    Question.objects.create(survey=survey, key="q", kind=kind, position=1, texts={"en": "How?"}, choices=choices)
    return survey


def answered(survey, *values, silent=0):
    people = [factories.person() for _ in range(len(values) + silent)]
    inviting.invite(survey, Person.objects.filter(pk__in=[one.pk for one in people]))
    invitations = Invitation.objects.filter(survey=survey, progress="invited").select_related("survey").order_by("pk")
    for value, invitation in zip(values, invitations, strict=False):
        answering.store(invitation, {} if value is None else {"q": value}, "en", NOW)
    urn.mix(now=NOW)
    return results.of(survey)


def closed(survey):
    answering.close(survey, now=NOW)
    return results.of(survey)


@pytest.mark.django_db
def test_satisfaction_is_the_share_of_the_two_best_answers():
    found = answered(survey_of(QuestionKind.CSAT), 5, 4, 4, 2, "na", None, silent=3)

    [one] = found.questions
    assert (found.answered, found.invited, found.rate) == (6, 9, 6 / 9)
    assert (one.n, one.not_applicable, one.top_two) == (4, 1, 0.75)
    assert [bar.count for bar in one.bars] == [0, 1, 0, 2, 1]


@pytest.mark.django_db
def test_the_net_score_has_its_n_and_its_margin():
    [one] = answered(survey_of(QuestionKind.NPS), 10, 9, 8, 0).questions

    assert one.n == 4
    assert one.net == results.Net(score=25, margin=82, promoters=2, passives=1, detractors=1)


@pytest.mark.django_db
def test_several_answers_of_one_person_count_as_one_n():
    [one] = answered(survey_of(QuestionKind.MULTIPLE), ["few", "many"], ["few"]).questions

    assert one.n == 2
    assert [(bar.label, bar.count, bar.share) for bar in one.bars] == [("Too few", 2, 1.0), ("Too many", 1, 0.5)]


@pytest.mark.django_db
def test_numbers_have_a_middle_and_ends():
    [one] = answered(survey_of(QuestionKind.NUMBER), 10, 30, 240, 20).questions

    assert (one.n, one.median, one.lowest, one.highest) == (4, 25, 10, 240)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [QuestionKind.CSAT, QuestionKind.TEXT])
def test_four_anonymous_answers_show_nothing_and_five_do(kind):
    survey = survey_of(kind, is_anonymous=True)
    value = 5 if kind == QuestionKind.CSAT else "quite a secret"

    few = answered(survey, *[value] * 4)
    assert (few.is_shown, few.n, few.answered, few.waiting) == (False, 0, 4, 4)
    assert "quite a secret" not in str(few)

    answered(survey, value)
    enough = closed(survey)
    assert (enough.is_shown, enough.n, enough.waiting) == (True, 5, 0)


@pytest.mark.django_db
def test_a_sixth_anonymous_answer_does_not_change_what_is_shown():
    survey = survey_of(QuestionKind.CSAT, is_anonymous=True)
    before = answered(survey, *[5] * 10)

    after = answered(survey, 1)

    assert (after.questions, after.n, after.waiting) == (before.questions, 5, 6)


@pytest.mark.django_db
@pytest.mark.parametrize("late", range(9))
def test_no_two_looks_differ_by_fewer_than_five_answers(late):
    survey = survey_of(QuestionKind.CSAT, is_anonymous=True)
    looks = [answered(survey, 5).n for _ in range(10 + late)]
    looks.append(closed(survey).n)

    steps = {after - before for before, after in itertools.pairwise(looks)}
    assert all(step == 0 or step >= 5 for step in steps), looks
    assert looks[-1] == 10 + late


@pytest.mark.django_db
def test_one_who_answers_after_a_closed_survey_was_opened_again_is_not_told_apart():
    survey = survey_of(QuestionKind.CSAT, is_anonymous=True)
    answered(survey, *[5] * 6)
    before = closed(survey)
    answering.open_up(survey, now=NOW)

    answered(survey, 1)
    after = closed(survey)

    assert (after.questions, after.n, after.waiting) == (before.questions, 6, 1)


@pytest.mark.django_db
def test_a_question_that_few_answered_is_hidden_in_an_anonymous_survey():
    survey = survey_of(QuestionKind.TEXT, is_anonymous=True)

    answered(survey, "secret", None, None, None, None)
    found = closed(survey)

    [one] = found.questions
    assert found.is_shown
    assert (one.is_shown, one.texts, one.n) == (False, [], 1)


@pytest.mark.django_db
def test_the_middle_of_neutral_stands_in_the_middle():
    [one] = answered(survey_of(QuestionKind.RATING), 1, 3, 3, 5).questions

    assert [(part.x, part.width) for part in charts.stacked(one.bars)] == [
        (25.0, 12.5),
        (37.5, 0.0),
        (37.5, 25.0),
        (62.5, 0.0),
        (62.5, 12.5),
    ]


@pytest.mark.django_db
def test_the_page_shows_a_chart_with_its_table(client, ana):
    survey = survey_of(QuestionKind.RATING)
    answered(survey, 4, 4, 2)
    client.force_login(ana)

    page = client.get(reverse("survey_results", args=[survey.pk])).content.decode()

    assert 'class="drawing drawing-diverging" role="img" aria-label="How? (numbers below)"' in page
    assert '<th scope="row">Agree</th><td class="number">2</td><td class="number">67\u00a0%</td>' in page
    assert "n = 3" in page
    assert 'style="' not in page


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(django_assert_num_queries, number):
    survey = survey_of(QuestionKind.TEXT)
    answered(survey, *["fine"] * number)

    with django_assert_num_queries(5):
        results.of(survey)


def rows_of(client, survey):
    response = client.get(reverse("survey_export", args=[survey.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.django_db
def test_the_file_for_spreadsheets_runs_no_formula(client, ana):
    survey = survey_of(QuestionKind.TEXT)
    answered(survey, '=HYPERLINK("https://evil.example","x")')
    client.force_login(ana)

    [head, row] = rows_of(client, survey)

    assert head == ["Name", "E-mail", "Language", "How?"]
    assert row[3] == '\'=HYPERLINK("https://evil.example","x")'


@pytest.mark.django_db
def test_the_file_of_an_anonymous_survey_names_nobody_and_waits_for_five(client, ana):
    survey = survey_of(QuestionKind.TEXT, is_anonymous=True)
    client.force_login(ana)

    answered(survey, *["secret"] * 4)
    assert rows_of(client, survey) == [["How?"]]

    answered(survey, "secret")
    closed(survey)
    assert rows_of(client, survey) == [["How?"]] + [["secret"]] * 5
    assert Response.objects.filter(invitation__isnull=False).count() == 0
