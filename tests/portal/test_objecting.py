""" "This date does not work for us", as somebody says it who was told a tentative date."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commsplan.lib import tokens
from feedback import objections
from feedback.enums import ConcernKind, Decision
from feedback.models import Concern
from notices.enums import MessageState, NoticeKind
from notices.models import Message
from notices.pipeline import render
from notices.pipeline.direct import objections as deciding
from portal import asking
from stakeholders.models import Person
from tests import factories
from upgrades.enums import Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
SAID = {"text": "We have exams <b>that</b> week.", "chosen": ""}


@pytest.fixture
def soon():
    return timezone.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def go_live(soon):
    return factories.milestone(name="Move", status=Status.TENTATIVE, start=soon + timedelta(days=30))


@pytest.fixture
def message(cai, go_live, soon):
    return told(cai, go_live, soon)


def told(person, milestone, now, **fields) -> Message:
    notice = factories.released_notice(milestone, people=[person], now=now, **fields)
    Message.objects.filter(notice=notice).update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)
    return notice.messages.get()


def link(message, name="personal_object") -> str:
    return reverse(name, args=[tokens.make("message", message.pk)])


def test_a_letter_with_a_tentative_date_links_to_the_form(message):
    envelope = render.of_message(message)

    assert f"{link(message)}\n" in envelope.text
    assert "This date does not work for us" in envelope.html


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Dieser Termin passt uns nicht"), ("fr", "Cette date ne nous convient pas")]
)
def test_the_link_is_said_in_the_language_of_the_letter(go_live, soon, language, said):
    words = [{"language": language, "level": "plain", "subject": "x", "body": "{{ start }}"}]
    message = told(factories.person(language=language), go_live, soon, words=words)

    assert said in render.of_message(message).text


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.CANCELLED])
def test_a_letter_with_a_settled_date_has_no_such_link(cai, go_live, soon, status):
    Milestone.objects.filter(pk=go_live.pk).update(status=status)
    go_live.refresh_from_db()

    assert "/object/" not in render.of_message(told(cai, go_live, soon, kind=NoticeKind.ANNOUNCEMENT)).text


def test_a_distribution_list_gets_no_personal_link(go_live, soon):
    message = told(factories.person(is_list=True), go_live, soon)

    assert "/object/" not in render.of_message(message).text


def test_a_letter_that_was_sent_before_renders_as_it_did(message):
    message.notice.release.pop("takes_objections")

    assert "/object/" not in render.of_message(message).text


def test_following_the_link_changes_nothing(client, message):
    assert client.get(link(message)).status_code == 200
    assert client.head(link(message)).status_code == 200

    assert not Concern.objects.exists()


def test_reason_days_alternative_and_groups_arrive(client, cai, message, go_live, soon):
    group = factories.group("Registry", people=[cai])
    first = (soon + timedelta(days=29)).date()
    given = {
        "critical_name": "Examinations",
        "critical_from": first,
        "critical_until": first + timedelta(days=3),
        "groups": [group.pk],
        "chosen": "own",
        "alternative": f"{soon + timedelta(days=60):%Y-%m-%d}T20:00",
    }
    page = client.post(link(message), SAID | given, follow=True).content.decode()

    concern = Concern.objects.get()
    said = objections.details_of(concern)
    assert (concern.kind, concern.person, concern.milestone) == (ConcernKind.OBJECTION, cai, go_live)
    assert (said.critical_name, said.critical_from, said.critical_until) == (
        "Examinations",
        first,
        first + timedelta(3),
    )
    assert list(said.groups.all()) == [group]
    assert said.alternative > soon
    assert "your objection has arrived" in page
    assert "We have exams &lt;b&gt;that&lt;/b&gt; week." in page


def test_a_free_window_is_chosen_with_one_click_and_kept_when_it_is_no_longer_offered(client, message, soon):
    start = (soon + timedelta(days=45)).isoformat()

    client.post(link(message), SAID | {"chosen": start})

    assert objections.details_of(Concern.objects.get()).alternative.isoformat() == start


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "Why does this date not work?"),
        ({"critical_from": "2020-01-01"}, "within the next three years"),
        ({"critical_until": "9999-12-31"}, "Which is the first day?"),
        ({"chosen": "own"}, "Which date would work for you?"),
        ({"chosen": "own", "alternative": "2020-01-01T10:00"}, "Choose a date in the future."),
        ({"chosen": "nonsense"}, "Which date would work?"),
        ({"groups": ["0"]}, "For whom do you speak?"),
        ({"text": "a\x00b"}, "Why does this date not work?"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, message, wrong, said):
    response = client.post(link(message), SAID | {"critical_name": "The council comes"} | wrong)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert "The council comes" in response.content.decode()
    assert not Concern.objects.exists()


def test_it_is_one_objection_that_can_be_changed_until_it_is_decided(client, message):
    client.post(link(message), SAID)
    client.post(link(message), SAID | {"text": "Another reason"})

    assert [one.text for one in Concern.objects.all()] == ["Another reason"]
    assert "Another reason" in client.get(link(message)).content.decode()


def test_words_on_the_personal_page_change_the_same_objection_and_keep_its_days(client, message, soon):
    client.post(link(message), SAID | {"critical_from": (soon + timedelta(days=3)).date()})
    client.post(link(message, "personal_ask"), {"ask-kind": "objection", "ask-text": "Still no."})

    concern = Concern.objects.get()
    assert concern.text == "Still no."
    assert objections.details_of(concern).critical_from == (soon + timedelta(days=3)).date()


def test_groups_of_others_cannot_be_spoken_for(client, message):
    other = factories.group("Board", people=[factories.person()])

    assert client.post(link(message), SAID | {"groups": [other.pk]}).status_code == 422


def test_after_the_window_it_says_so_kindly_and_takes_a_concern(client, message, go_live):
    objections.keep_window(go_live, days=None, closes_on=date(2020, 1, 1))
    page = client.get(link(message)).content.decode()

    client.post(link(message), {"text": "I still worry."})

    assert "The time to object ended on Wednesday 1 January 2020" in page
    assert (Concern.objects.get().kind, Concern.objects.get().text) == (ConcernKind.CONCERN, "I still worry.")


def test_a_settled_date_takes_a_concern(client, message, go_live):
    Milestone.objects.filter(pk=go_live.pk).update(status=Status.CONFIRMED)

    assert "This date is settled by now" in client.get(link(message)).content.decode()


def test_a_letter_about_no_date_leads_to_the_personal_page(client, cai, soon):
    words = [{"language": "en", "level": "plain", "subject": "News", "body": "All is well."}]
    notice = factories.released_notice(factories.upgrade(), people=[cai], now=soon, kind=NoticeKind.NEWS, words=words)

    assert client.get(link(notice.messages.get())).url == link(notice.messages.get(), "personal")


def test_a_link_speaks_only_about_its_own_date(client, message, cai, soon):
    other = factories.milestone(status=Status.TENTATIVE, start=soon + timedelta(days=40))

    client.post(link(message), SAID | {"milestone": other.pk})

    assert Concern.objects.get().milestone == message.notice.milestone


@pytest.mark.parametrize("token", ["nonsense", "unsubscribe"])
def test_only_the_link_of_the_letter_opens_it(client, message, token):
    token = tokens.make(token, message.pk) if token == "unsubscribe" else token

    assert client.get(reverse("personal_object", args=[token])).status_code == 404


def test_the_link_of_an_erased_person_opens_nothing(client, message, cai):
    Person.objects.filter(pk=cai.pk).update(erased_at=timezone.now(), archived_at=timezone.now())

    assert client.post(link(message), SAID).status_code == 404
    assert not Concern.objects.exists()


def test_of_a_merged_person_the_one_who_stays_objects(client, message, cai):
    kept = factories.person("Cai C.")
    Person.objects.filter(pk=cai.pk).update(merged_into=kept, archived_at=timezone.now())

    client.post(link(message), SAID)

    assert Concern.objects.get().person == kept


def test_nobody_floods_the_board(client, message, monkeypatch):
    cache.clear()
    answers = [client.post(link(message), SAID).status_code for _ in range(asking.PER_PERSON + 1)]

    assert answers == [302] * asking.PER_PERSON + [429]
    assert Concern.objects.count() == 1


def test_no_cookie_is_needed(message):
    client = Client(enforce_csrf_checks=True)

    assert client.post(link(message), SAID).status_code == 302
    assert not client.get(link(message)).cookies


def test_who_objected_reads_what_was_decided(client, message, go_live, ben, soon):
    client.post(link(message), SAID)
    deciding.decide(
        go_live,
        decision=Decision.DECLINE,
        answer="There is no other night.",
        looked_at=deciding.seen(go_live, deciding.waiting(go_live)),
        by=ben,
        now=soon,
    )

    page = client.get(link(message, "personal")).content.decode()

    assert "The date stays: " in page
    assert "There is no other night." in page
