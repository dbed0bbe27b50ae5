"""Somebody's page: what they were told, what comes next, and who changed what."""

from datetime import time as clock
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from engagement import saying
from engagement.enums import Rsvp, Source
from engagement.models import Nomination, Telling
from feedback.enums import Progress
from feedback.models import Concern, Invitation
from notices.enums import MessageState
from notices.models import Message
from notices.register import portrait
from stakeholders.enums import Channel, Tie, Topic
from stakeholders.models import Absence, Address, Person, Relation
from tests import factories
from tests.factories import NOW
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

    response = see(cai, tab="told")

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

    text = text_of(see(cai, tab="said"))

    assert "How was it?" in text
    assert Progress.FINISHED.label in text


def test_their_preferences(see, dee):
    dee.opt_in(Topic.NEWS)

    wants = {each["topic"]: each["wants"] for each in see(dee).context["topics"]}

    assert wants == {Topic.PROGRESS.label: False, Topic.SURVEY.label: False, Topic.NEWS.label: True}


def test_the_history_says_who_changed_what(see, client, ana, cai):
    group = factories.group("Finance")
    cai.department = "Finance"
    cai.save()
    factories.Membership.objects.create(group=group, person=cai)
    cai.opt_out(Topic.NEWS)
    client.force_login(ana)
    client.post(reverse("person_archive", args=[cai.pk]))

    story = see(cai, tab="history").context["story"]

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


def test_what_was_told_in_a_conversation_counts_only_for_those_who_were_there(see, ana, cai, dee):
    engagement = factories.engagement()
    factories.participant(engagement, cai, attended=True)
    factories.participant(engagement, dee, attended=False)
    facts = {"milestone:1.start": "2026-03-16T08:00:00+00:00", "milestone:1.effect": ""}
    said = {"facts": facts, "at": NOW, "recorded_by": ana, "recorded_at": NOW}
    one = Telling.objects.create(engagement=engagement, **said)
    Telling.objects.create(engagement=engagement, **said, voided_at=NOW, voided_by=ana)

    (told,) = see(cai, tab="told").context["told_in_person"]

    assert told.facts == [
        ("Start", "Monday 16 March 2026, 09:00 Europe/Berlin (CET)"),
        ("What people will notice", "nothing"),
    ]
    (there,) = saying.of_telling(one, upgrade=engagement.upgrade, values={})
    assert told.facts == [(said.label, said.words) for said in there.facts]
    assert see(dee, tab="told").context["told_in_person"] == []


def test_what_they_said_and_who_named_them(see, cai, dee):
    upgrade = factories.upgrade("ERP")
    Concern.objects.create(upgrade=upgrade, person=cai, text="What about exams?", source=Source.PAGE)
    Nomination.objects.create(upgrade=upgrade, by=cai, name="Eve Early", source=Source.PAGE)
    Nomination.objects.create(upgrade=upgrade, by=dee, person=cai, name="Cai", source=Source.PAGE)

    text = text_of(see(cai, tab="said"))

    assert "What about exams?" in text
    assert "Named Eve Early" in text
    assert f'href="{dee.get_absolute_url()}">Dee Dorn</a>' in text.partition("Was named by")[2]


def test_engagements_say_invited_answered_and_there(see, cai):
    engagement = factories.engagement(title="Town hall")
    factories.participant(engagement, cai, rsvp=Rsvp.YES, rsvp_at=NOW, remark="Ten minutes late", attended=True)

    text = text_of(see(cai, tab="engagements"))

    assert 'data-label="Invited">Yes<' in text
    assert "Ten minutes late" in text
    assert 'data-label="Was there">Yes<' in text


@pytest.mark.parametrize(
    ("hour", "hours", "days", "is_at_work"),
    [
        (9, ("09:00", "17:00"), [1], True),
        (8, ("10:00", "17:00"), [1], False),
        (9, ("09:00", "17:00"), [2], False),
        (23, ("22:00", "06:00"), [1], True),
        (12, ("22:00", "06:00"), [1], False),
        (9, None, [1], None),
    ],
)
def test_whether_they_are_at_work_where_they_are(hour, hours, days, is_at_work):
    begins, ends = (clock.fromisoformat(one) for one in hours) if hours else (None, None)
    person = Person(time_zone="Europe/Berlin", works_from=begins, works_until=ends, works_on=days)

    now = NOW.replace(hour=hour - 1)  # a Monday in winter

    assert portrait.clock(person, now=now).is_at_work is is_at_work


@pytest.mark.parametrize("tab", ["overview", "told", "engagements", "said", "history"])
@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_number_of_questions_however_much_there_is(
    see, ana, cai, now, django_assert_num_queries, number, tab
):
    for _ in range(number):
        upgrade = factories.upgrade()
        factories.stakeholder(cai, of=upgrade)
        factories.group(people=[cai])
        factories.released_notice(factories.milestone(upgrade), people=[cai], now=now)
        factories.notice(upgrade, people=[cai], audience={"affected": True}, author=ana, send_at=now)
        Invitation.objects.create(survey=factories.survey(upgrade), person=cai)
        engagement = factories.engagement(upgrade)
        factories.participant(engagement, cai, attended=True)
        factories.follow_up(engagement, person=cai, owner=ana)
        Telling.objects.create(engagement=engagement, facts={"a.b": 1}, at=now, recorded_by=ana, recorded_at=now)
        Concern.objects.create(upgrade=upgrade, person=cai, text="Why?", source=Source.PAGE)
        Nomination.objects.create(upgrade=upgrade, by=cai, name="Eve", source=Source.PAGE)
        days = {"start_on": now.date(), "end_on": now.date()}
        other = factories.person()
        Absence.objects.create(person=cai, deputy=other, **days)
        Absence.objects.create(person=other, deputy=cai, **days)
        Relation.objects.create(person=cai, tie=Tie.REPORTS_TO, to_person=other)
        Relation.objects.create(person=other, tie=Tie.DEPENDS_ON, to_person=cai)

    with django_assert_num_queries(QUERIES[tab]):
        assert see(cai, tab=tab).status_code == 200


QUERIES = {"overview": 28, "told": 8, "engagements": 6, "said": 7, "history": 7}


def test_a_person_is_shown_the_channels_that_reach_them_and_no_others(client, ana, cai):
    dee = factories.person("Dee Dale", refused_channels=["matrix"])
    Address.objects.create(person=dee, channel=Channel.SMS, address="+441632960001")
    room = factories.person("#it-news", email="", is_list=True)
    Address.objects.create(person=room, channel=Channel.MATTERMOST, address="#it-news")
    client.force_login(ana)

    def shown(person):
        return [each["channel"] for each in client.get(person.get_absolute_url()).context["channels"]]

    assert shown(cai) == [Channel.EMAIL]
    assert set(shown(dee)) == {Channel.EMAIL, Channel.SMS, Channel.MATRIX}
