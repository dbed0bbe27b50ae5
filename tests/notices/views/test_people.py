"""Somebody's page: what they were told, what comes next, and who changed what."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from feedback.enums import Progress
from feedback.models import Invitation
from notices.enums import MessageState
from notices.models import Message
from stakeholders.enums import Topic
from tests import factories
from upgrades.enums import Quadrant


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def see(client, ana):
    client.force_login(ana)
    return lambda person, **query: client.get(reverse("person", args=[person.pk]), query)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_everything_they_were_sent_the_newest_first(see, cai, now):
    first = factories.released_notice(title="First", people=[cai], now=now - timedelta(days=2))
    second = factories.released_notice(title="Second", people=[cai, factories.person()], now=now)
    Message.objects.filter(notice=first).update(state=MessageState.BOUNCED, reason="nobody there")

    response = see(cai)

    assert [message.notice for message in response.context["told"]] == [second, first]
    assert "nobody there" in text_of(response)


def test_what_comes_next_for_them_and_for_nobody_else(see, ana, cai, now):
    group = factories.group(people=[cai])
    upgrade = factories.upgrade(services=[factories.service(users=[group])])
    milestone = factories.milestone(upgrade, start=now + timedelta(days=20))
    affected = factories.notice(
        milestone, title="For the affected", audience={"affected": True}, author=ana, send_at=now + timedelta(days=2)
    )
    chosen = factories.notice(title="For Cai", people=[cai], author=ana, send_at=now + timedelta(days=1))
    factories.notice(title="For others", people=[factories.person()], author=ana, send_at=now + timedelta(days=1))

    assert see(cai).context["next_notices"] == [chosen, affected]


def test_nothing_comes_next_for_somebody_who_left(see, ana, cai, now):
    factories.notice(people=[cai], author=ana, send_at=now + timedelta(days=1))
    cai.archive(now=now)

    assert see(cai).context["next_notices"] == []


def test_their_place_in_each_upgrade(see, cai):
    group = factories.group("Finance", people=[cai])
    first, second = factories.upgrade("A"), factories.upgrade("B")
    factories.assessment(factories.stakeholder(cai, of=first), influence=80, interest=20)
    factories.stakeholder(group, of=second)

    stakes = see(cai).context["stakes"]

    assert [(each["stake"].upgrade, each["quadrant"], each["through"]) for each in stakes] == [
        (first, Quadrant.KEEP_SATISFIED, None),
        (second, None, group),
    ]


def test_surveys_say_that_they_answered_and_never_what(see, cai):
    survey = factories.survey(title="How was it?", is_anonymous=True)
    Invitation.objects.create(survey=survey, person=cai, progress=Progress.FINISHED)

    text = text_of(see(cai))

    assert "How was it?" in text
    assert Progress.FINISHED.label in text


def test_their_preferences(see, dee):
    dee.opt_in(Topic.NEWS)

    wants = {each["topic"]: each["wants"] for each in see(dee).context["preferences"]}

    assert wants == {Topic.PROGRESS.label: False, Topic.SURVEY.label: False, Topic.NEWS.label: True}


def test_the_history_says_who_changed_what(see, client, ana, cai):
    group = factories.group("Finance")
    cai.department = "Finance"
    cai.save()
    factories.Membership.objects.create(group=group, person=cai)
    cai.opt_out(Topic.NEWS)
    client.force_login(ana)
    client.post(reverse("person_archive", args=[cai.pk]))

    story = see(cai).context["story"]

    assert sorted((item["title"], item.get("words", ""), item["who"]) for item in story) == [
        ("Added", "", ""),
        ("Changed", "Archived", "Ana Abel"),
        ("Changed", "Department: empty → Finance", ""),
        (f"Declined: {Topic.NEWS.label}", "", ""),
        ("Joined Finance", "", ""),
    ]


def test_a_reader_sees_why_they_may_not_edit(client, cai):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    response = client.get(reverse("person", args=[cai.pk]))

    assert response.status_code == 200
    assert "not available: This takes the role" in text_of(response)


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_number_of_questions_however_much_there_is(
    see, ana, cai, now, django_assert_num_queries, number
):
    for _ in range(number):
        upgrade = factories.upgrade()
        factories.stakeholder(cai, of=upgrade)
        factories.group(people=[cai])
        factories.released_notice(factories.milestone(upgrade), people=[cai], now=now)
        factories.notice(upgrade, people=[cai], audience={"affected": True}, author=ana, send_at=now)
        Invitation.objects.create(survey=factories.survey(upgrade), person=cai)

    with django_assert_num_queries(14):
        see(cai)
