"""The page of a message shows exactly what that person got."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import tokens
from notices.channels import mime
from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Receipt
from notices.pipeline import render
from tests import factories


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sent(cai, now):
    notice = factories.released_notice(people=[cai], now=now, asks_acknowledgement=True)
    message = Message.objects.select_related("notice", "variant__revision").get(notice=notice)
    raw = mime.build(render.of_message(message))
    message.state, message.sent_at, message.sha256 = MessageState.SENT, now, hashlib.sha256(raw).digest()
    message.attempts = 1
    message.save()
    return message


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_is_compared_with_what_was_sent(client, ana, sent):
    client.force_login(ana)

    page = text_of(client.get(sent.get_absolute_url()))

    assert "Identical to what was sent" in page
    assert sent.sha256.hex() in page


def test_a_difference_is_a_red_warning(client, ana, sent):
    Message.objects.filter(pk=sent.pk).update(values={**sent.values, "name": "Somebody Else"})
    client.force_login(ana)

    page = text_of(client.get(sent.get_absolute_url()))

    assert "This is not what was sent" in page
    assert "Identical" not in page


def test_later_changes_of_the_world_do_not_change_it(client, ana, sent):
    milestone, person = sent.notice.milestone, sent.person
    milestone.name, person.name = "Renamed", "Renamed"
    milestone.save()
    person.save()
    client.force_login(ana)

    assert "Identical to what was sent" in text_of(client.get(sent.get_absolute_url()))


@pytest.mark.parametrize("part", ["html", "text", "source"])
def test_nobody_gets_at_the_personal_links_of_somebody_else(client, ana, sent, part):
    token = tokens.make("message", sent.pk)
    client.force_login(ana)

    page = client.get(sent.get_absolute_url(), {"part": part}).content.decode()
    frame = client.get(reverse("message_frame", args=[sent.pk])).content.decode()

    assert token in render.of_message(sent).html
    assert token not in page + frame


def test_the_frame_cannot_do_anything(client, ana, sent):
    client.force_login(ana)

    response = client.get(reverse("message_frame", args=[sent.pk]))

    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "Hello Cai" in text_of(response)


def test_the_very_bytes_can_be_downloaded_by_those_who_send(client, ana, sent):
    url = reverse("message_download", args=[sent.pk])
    client.force_login(ana)
    mine = client.get(url)
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    assert hashlib.sha256(mine.content).digest() == sent.sha256
    assert client.get(url).status_code == 403


def test_the_calendar_is_shown_where_there_is_one(client, ana, sent):
    client.force_login(ana)

    assert "BEGIN:VCALENDAR" in text_of(client.get(sent.get_absolute_url(), {"part": "calendar"}))


def test_its_story_is_told_newest_first(client, ana, sent, now):
    Message.objects.filter(pk=sent.pk).update(answer="250 OK")
    Receipt.objects.create(message=sent, kind=ReceiptKind.ACKNOWLEDGED, at=timezone.now())
    client.force_login(ana)

    story = client.get(sent.get_absolute_url()).context["story"]

    assert [item["title"] for item in story] == [
        "Acknowledged",
        "Sent",
        "Written into the outbox",
    ]
    assert story[1]["words"].endswith("250 OK")


@pytest.mark.parametrize(("attempts", "title"), [(0, "Its turn comes then"), (1, "Tried; the next try is then")])
def test_waiting_for_ones_turn_is_no_failed_try(client, ana, sent, now, attempts, title):
    Message.objects.filter(pk=sent.pk).update(
        state=MessageState.DEFERRED, attempts=attempts, not_before=now + timedelta(minutes=1), sent_at=None, sha256=None
    )
    client.force_login(ana)

    assert client.get(sent.get_absolute_url()).context["story"][0]["title"] == title


def test_a_skipped_message_says_why_there_is_nothing(client, ana, now):
    notice = factories.released_notice(people=[factories.person(email="")], now=now)
    message = notice.messages.get()
    client.force_login(ana)

    page = text_of(client.get(message.get_absolute_url()))

    assert "No address" in page
    assert "There is nothing to see" in page
    assert client.get(reverse("message_frame", args=[message.pk])).status_code == 200


@pytest.mark.parametrize("part", ["html", "text", "source", "calendar"])
def test_it_asks_few_questions(client, ana, sent, django_assert_num_queries, part):
    client.force_login(ana)

    with django_assert_num_queries(5):
        client.get(sent.get_absolute_url(), {"part": part})
