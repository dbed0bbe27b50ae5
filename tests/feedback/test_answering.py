"""Answers are stored once, and an anonymous one leads back to nobody."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from feedback import answering, inviting, urn
from feedback.enums import Progress, SurveyState
from feedback.models import Invitation, Response, Survey
from stakeholders.models import Person
from tests.factories import NOW, person, survey


def invited(to, number=1):
    people = [person() for _ in range(number)]
    inviting.invite(to, Person.objects.filter(pk__in=[one.pk for one in people]))
    return list(Invitation.objects.filter(survey=to).order_by("pk"))


def answer(invitation, words="fine"):
    answering.store(invitation, {"question-1": words}, "fr", NOW)


@pytest.mark.django_db
def test_inviting_twice_makes_one_invitation_each():
    asked = survey()
    cai = person("Cai")

    inviting.invite(asked, Person.objects.filter(pk=cai.pk))
    inviting.invite(asked, Person.objects.filter(pk=cai.pk))

    assert [one.person for one in asked.invitations.all()] == [cai]


@pytest.mark.django_db
def test_a_distribution_list_is_not_invited():
    asked = survey()
    person("All staff", is_list=True)

    inviting.invite(asked, Person.objects.all())

    assert asked.invitations.count() == 0


@pytest.mark.django_db
def test_a_named_answer_is_kept_with_its_invitation_and_language():
    asked = survey(is_anonymous=False)
    [cai] = invited(asked)

    answer(cai)

    stored = Response.objects.get()
    assert (stored.invitation, stored.language, stored.answers) == (cai, "fr", {"question-1": "fine"})


@pytest.mark.django_db
def test_an_anonymous_answer_has_neither_invitation_nor_language():
    asked = survey(is_anonymous=True)
    [cai] = invited(asked)

    answer(cai)

    stored = Response.objects.get()
    assert (stored.invitation, stored.language, stored.answers) == (None, "", {"question-1": "fine"})
    assert Invitation.objects.get().progress == Progress.FINISHED


@pytest.mark.django_db
@pytest.mark.parametrize("is_anonymous", [True, False])
def test_a_second_answer_is_refused(is_anonymous):
    asked = survey(is_anonymous=is_anonymous)
    [cai] = invited(asked)
    answer(cai)

    with pytest.raises(answering.AlreadyAnswered):
        answer(cai, "changed my mind")

    assert [one.answers["question-1"] for one in Response.objects.all()] == ["fine"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [{"state": SurveyState.DRAFT}, {"state": SurveyState.CLOSED}, {"closes_at": NOW - timedelta(seconds=1)}],
)
def test_a_survey_that_is_not_open_takes_no_answer(fields):
    [cai] = invited(survey())
    Survey.objects.update(**fields)

    with pytest.raises(answering.NotOpen):
        answer(Invitation.objects.select_related("survey").get(pk=cai.pk))

    assert Response.objects.count() == 0
    assert Invitation.objects.get().progress == Progress.INVITED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_anonymous", [True, False])
def test_ten_posts_at_once_with_one_link_store_one_answer(is_anonymous):
    [cai] = invited(survey(is_anonymous=is_anonymous))
    start = Barrier(10)

    def post(number):
        start.wait()
        try:
            answer(Invitation.objects.select_related("survey").get(pk=cai.pk), str(number))
            return "stored"
        except answering.AlreadyAnswered:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(post, range(10)))

    assert sorted(outcomes) == ["refused"] * 9 + ["stored"]
    assert Response.objects.count() == 1


def column(table, name, *, order="ctid"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}::text FROM {table} ORDER BY {order}")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_mixed_answers_share_no_transaction_with_one_invitation():
    asked = survey(is_anonymous=True)
    for number, invitation in enumerate(invited(asked, 6)):
        answer(invitation, str(number))
    before = column("feedback_response", "xmin")
    assert len(set(before)) == 6, "each answer shares a transaction with one invitation until it is mixed"
    assert set(before) <= set(column("feedback_invitation", "xmin"))

    answering.close(asked, now=NOW)

    after = column("feedback_response", "xmin")
    assert len(set(after)) == 1
    assert set(column("feedback_invitation", "xmin")) == set(after)
    assert not set(before) & set(after)


@pytest.mark.django_db(transaction=True)
def test_a_batch_of_an_open_survey_leads_no_further_than_to_the_batch():
    asked = survey(is_anonymous=True)
    for number, invitation in enumerate(invited(asked, 12)):
        answer(invitation, str(number))

    assert urn.mix(now=NOW) == 7

    transactions = Counter(column("feedback_response", "xmin"))
    assert sorted(transactions.values()) == [1] * 5 + [7]
    assert Counter(column("feedback_invitation", "xmin")) == transactions


@pytest.mark.django_db(transaction=True)
def test_mixed_answers_have_new_keys_and_lose_the_order_of_arrival():
    asked = survey(is_anonymous=True)
    arrived = [str(number) for number in range(30)]
    for number, invitation in zip(arrived, invited(asked, 30), strict=True):
        answer(invitation, number)
    keys = set(Response.objects.values_list("pk", flat=True))
    assert column("feedback_response", "answers->>'question-1'") == arrived

    answering.close(asked, now=NOW)

    on_disk = column("feedback_response", "answers->>'question-1'")
    assert sorted(on_disk) == sorted(arrived)
    assert on_disk != arrived  # one in 30! times it is
    assert not keys & set(Response.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_fewer_than_five_wait_until_the_survey_is_over():
    asked = survey(is_anonymous=True, closes_at=NOW + timedelta(days=1))
    for invitation in invited(asked, 4):
        answer(invitation)

    assert urn.mix(now=NOW) == 0
    assert urn.mix(now=NOW + timedelta(days=2)) == 4
    assert urn.mix(now=NOW + timedelta(days=2)) == 0


@pytest.mark.django_db
def test_the_last_few_are_mixed_with_all_others_when_it_closes():
    asked = survey(is_anonymous=True)
    everybody = invited(asked, 12)
    for invitation in everybody[:10]:
        answer(invitation)
    assert urn.mix(now=NOW) == 5
    for invitation in everybody[10:]:
        answer(invitation)
    early = set(Response.objects.filter(is_mixed=True).values_list("pk", flat=True))

    answering.close(asked, now=NOW)

    assert Response.objects.filter(is_mixed=True).count() == 12
    assert not early & set(Response.objects.values_list("pk", flat=True)), "all of them were rewritten"


@pytest.mark.django_db
def test_named_answers_are_left_alone():
    asked = survey(is_anonymous=False, state=SurveyState.OPEN)
    for invitation in invited(asked, 6):
        answer(invitation)

    assert urn.mix(now=NOW) == 0
    assert Response.objects.filter(invitation__isnull=False).count() == 6


@pytest.mark.django_db
@pytest.mark.parametrize("was", [True, False])
def test_anonymity_is_fixed_by_the_first_answer_even_for_sql(was):
    asked = survey(is_anonymous=was)
    [cai] = invited(asked)
    answering.set_anonymity(asked, is_anonymous=not was)
    answering.set_anonymity(asked, is_anonymous=was)
    answer(cai)

    with pytest.raises(answering.NotAccepted, match="promised"):
        answering.set_anonymity(asked, is_anonymous=not was)
    with pytest.raises(IntegrityError, match="anonymity_is_fixed_by_the_first_answer"):
        type(asked).objects.filter(pk=asked.pk).update(is_anonymous=not was)


@pytest.mark.django_db
def test_an_empty_survey_and_one_whose_date_has_passed_are_not_opened():
    with pytest.raises(answering.NotAccepted, match="no questions"):
        answering.open_up(survey(questions=0, state=SurveyState.DRAFT), now=NOW)
    with pytest.raises(answering.NotAccepted, match="date has passed"):
        answering.open_up(survey(state=SurveyState.DRAFT, closes_at=NOW), now=NOW)
