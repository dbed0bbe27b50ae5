"""Names from surveys: with names they wait at once; from anonymous ones nothing stored leads to who gave them."""

import pytest
from django.urls import reverse

from commsplan.lib import tokens
from engagement import nominating
from engagement.enums import Source, Verdict
from engagement.models import Nomination
from feedback import answering, inviting, referrals, results, urn
from feedback.enums import QuestionKind
from feedback.models import Invitation, Question
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades.models import Upgrade

EVA = {"name": "Eva Ernst", "email": "eva@example.org", "why": "Runs the mail room."}


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail")


def survey_of(upgrade, **fields):
    survey = factories.survey(upgrade, questions=0, **fields)
    Question.objects.create(
        survey=survey, key="who", kind=QuestionKind.REFERRAL, position=1, texts={"en": "Who else?", "de": "Wer noch?"}
    )
    return survey


def answered(survey, *answers):
    """Each by somebody of their own."""
    people = [factories.person() for _ in answers]
    inviting.invite(survey, Person.objects.filter(pk__in=[one.pk for one in people]))
    for person, given in zip(people, answers, strict=True):
        invitation = Invitation.objects.select_related("survey__upgrade", "person").get(survey=survey, person=person)
        answering.store(invitation, {"who": given} if given else {}, "en", NOW)
    urn.mix(now=NOW)
    return people


def waiting(upgrade):
    return referrals.waiting(Upgrade.objects.filter(pk=upgrade.pk)).get(upgrade.pk, [])


# Answering


def link_to(survey, person) -> str:
    inviting.invite(survey, Person.objects.filter(pk=person.pk))
    return reverse("answer", args=[tokens.make("survey", Invitation.objects.get(survey=survey, person=person).pk)])


def test_up_to_three_people_are_named_and_what_is_empty_is_not_stored(client, cai, upgrade):
    survey = survey_of(upgrade, is_anonymous=False)
    boxes = {"who_0": "Eva Ernst", "who_1": "eva@example.org", "who_2": "Runs the mail room.", "who_6": " Otto "}

    page = client.get(link_to(survey, cai)).content.decode()
    client.post(link_to(survey, cai), boxes)

    assert page.count('name="who_') == 9
    assert survey.responses.get().answers == {"who": [EVA, {"name": "Otto"}]}
    assert list(Nomination.objects.order_by("pk").values_list("name", "email", "source", "by", "verdict")) == [
        ("Eva Ernst", "eva@example.org", Source.SURVEY, cai.pk, Verdict.WAITING),
        ("Otto", "", Source.SURVEY, cai.pk, Verdict.WAITING),
    ]


@pytest.mark.parametrize(
    ("boxes", "said"),
    [({"who_1": "eva@example.org"}, "Please give the name"), ({"who_0": "Eva", "who_1": "eva"}, "valid email")],
)
def test_what_is_wrong_is_said_and_kept(client, cai, upgrade, boxes, said):
    survey = survey_of(upgrade)

    response = client.post(link_to(survey, cai), boxes)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert 'value="eva' in response.content.decode()
    assert not survey.responses.exists()


def test_nothing_named_is_nothing_stored(client, cai, upgrade):
    survey = survey_of(upgrade, is_anonymous=False)

    client.post(link_to(survey, cai), {"who_0": " "})

    assert survey.responses.get().answers == {}
    assert not Nomination.objects.exists()


# Anonymous


def test_an_anonymous_answer_stores_no_nomination(upgrade):
    answered(survey_of(upgrade), [EVA], [EVA], None, None, None)

    assert not Nomination.objects.exists()


def test_names_of_an_anonymous_survey_wait_only_from_five_mixed_answers_on(upgrade):
    survey = survey_of(upgrade)
    answered(survey, [EVA], [EVA], None, None)
    answering.close(survey, now=NOW)
    assert waiting(upgrade) == []

    second = survey_of(upgrade)
    answered(second, [EVA], [{"name": "eva  ernst"}], None, None)
    assert waiting(upgrade) == []
    answered(second, None)
    assert waiting(upgrade) == []  # five are in, and none is mixed yet
    answering.close(second, now=NOW)

    [entry] = waiting(upgrade)
    assert (entry.name, entry.email, entry.count) == ("Eva Ernst", "eva@example.org", 2)
    assert (entry.said_by, entry.nomination) == (["anonymous survey"], None)


def closed(upgrade, *answers):
    survey = survey_of(upgrade)
    answered(survey, *answers)
    answering.close(survey, now=NOW)
    return survey


def test_deciding_stores_one_nomination_without_who_gave_the_name(upgrade, ana):
    closed(upgrade, [EVA], [EVA, {"name": "Otto"}], None, None, None)

    nomination = referrals.take_up(upgrade, name="Eva Ernst", email="EVA@example.org")
    nominating.accept(nomination, by=ana, now=NOW)

    assert [(one.name, one.by, one.source, one.verdict) for one in Nomination.objects.all()] == [
        ("Eva Ernst", None, Source.SURVEY, Verdict.ACCEPTED)
    ]
    assert [one.name for one in waiting(upgrade)] == ["Otto"]


def test_a_refusal_taken_back_waits_again_and_is_counted_once(upgrade, ana):
    closed(upgrade, [EVA], [EVA], None, None, None)
    nomination = referrals.take_up(upgrade, name="Eva Ernst", email="eva@example.org")
    nominating.decline(nomination, by=ana, now=NOW)
    assert waiting(upgrade) == []

    nominating.reconsider(nomination)

    assert [(one.name, one.count) for one in waiting(upgrade)] == [("Eva Ernst", 2)]


def test_a_name_that_nobody_gave_cannot_be_taken_up(upgrade):
    closed(upgrade, [EVA], None, None, None, None)

    with pytest.raises(nominating.NotPossible):
        referrals.take_up(upgrade, name="Somebody Else", email="")

    assert not Nomination.objects.exists()


def test_the_same_person_from_page_and_survey_is_one_entry(upgrade, cai):
    closed(upgrade, [EVA], [{"name": "Eva Ernst"}], None, None, None)
    nominating.nominate(upgrade, name="E. Ernst", email="eva@example.org", source=Source.PAGE, by=cai)

    assert [(one.email, one.count, one.said_by) for one in waiting(upgrade)] == [
        ("eva@example.org", 2, ["Cai Carter", "anonymous survey"]),
        ("", 1, ["anonymous survey"]),
    ]


def test_the_number_of_queries_does_not_grow(upgrade, cai, django_assert_num_queries):
    for number in range(3):
        closed(upgrade, [{"name": f"Name {number}"}], None, None, None, None)
        nominating.nominate(upgrade, name=f"Other {number}", source=Source.PAGE, by=cai)

    with django_assert_num_queries(4):
        assert len(waiting(upgrade)) == 6


# Results


def test_results_count_each_person_once_and_the_file_says_it_in_words(client, ana, upgrade):
    survey = closed(upgrade, [EVA], [EVA], None, None, None)
    client.force_login(ana)

    [found] = results.of(survey).questions
    page = client.get(reverse("survey_results", args=[survey.pk])).content.decode()
    file = b"".join(client.get(reverse("survey_export", args=[survey.pk])).streaming_content).decode()

    assert (found.n, [(one.name, one.count) for one in found.named]) == (2, [("Eva Ernst", 2)])
    assert "Eva Ernst, eva@example.org (2 times)" in page
    assert file.count("Eva Ernst <eva@example.org>: Runs the mail room.") == 2


def test_no_row_of_the_file_leads_from_a_name_to_other_answers(client, ana, upgrade):
    survey = closed(upgrade, None, None, [EVA], None, None, [{"name": "Ada"}])
    Question.objects.create(survey=survey, key="why", kind=QuestionKind.TEXT, position=2, texts={"en": "Why?"})
    for response in survey.responses.all():
        why = "named somebody" if response.answers else "named nobody"
        survey.responses.filter(pk=response.pk).update(answers={**response.answers, "why": why})

    head, rows = results.table(survey)

    assert head == ["Who else? (sorted: not of the same row)", "Why?"]
    names, whys = zip(*rows, strict=True)
    assert names == ("Ada", "Eva Ernst <eva@example.org>: Runs the mail room.", "", "", "", "")
    assert sorted(whys) == ["named nobody"] * 4 + ["named somebody"] * 2


def test_the_file_shows_no_question_that_fewer_than_five_answered(upgrade):
    survey = closed(upgrade, None, None, None, None, None)
    Question.objects.create(survey=survey, key="why", kind=QuestionKind.TEXT, position=2, texts={"en": "Why?"})
    one = survey.responses.first()
    survey.responses.filter(pk=one.pk).update(answers={"why": "Only I wrote"})

    _, rows = results.table(survey)

    assert list(rows) == [["", ""]] * 5


def test_results_of_too_few_name_nobody(client, ana, upgrade):
    survey = closed(upgrade, [EVA], [EVA], None, None)
    client.force_login(ana)

    assert "Eva Ernst" not in client.get(reverse("survey_results", args=[survey.pk])).content.decode()
