"""The page of an engagement says who has to hear, and asks before anything leaves the house."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from engagement import inviting, planning
from engagement.enums import Rsvp, Source
from engagement.models import Engagement
from feedback.models import Concern
from notices.enums import MessageState, NoticeKind
from notices.models import Message, Notice
from notices.pipeline import outbox
from notices.pipeline.direct import meetings
from stakeholders.enums import Channel
from stakeholders.models import Person
from tests import factories


@pytest.fixture
def hour(db, ana, cai):
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    return factories.engagement(
        title="Open hour", place="Room 2.14", start=start, end=start + timedelta(hours=1), host=ana, people=[cai]
    )


@pytest.fixture
def shown(client, ana, hour):
    client.force_login(ana)
    return lambda: client.get(hour.get_absolute_url()).text


def invited(hour, *, by):
    meetings.invite(hour, by=by, now=timezone.now())
    get_through()


def get_through():
    Message.objects.filter(state=MessageState.QUEUED).update(
        state=MessageState.SENT, sent_at=timezone.now(), sha256=b"x" * 32
    )


def send(client, hour, name, **data):
    return client.post(reverse(name, args=[hour.pk]), data, follow=True)


def test_it_offers_to_invite_and_asks_first(client, shown, hour, cai):
    assert "1 person on the list has got no invitation yet." in shown()

    asked = client.get(reverse("engagement_send_invitation", args=[hour.pk])).text

    for words in ("1 person, at once", "Cai Carter", "E-mail", "Invitation: Open hour", "Room 2.14", "when-there"):
        assert words in asked
    assert Notice.objects.count() == 0

    done = send(client, hour, "engagement_send_invitation")

    assert "1 mail goes out now." in done.text
    assert Message.objects.get().person == cai
    assert "has got no invitation yet" not in done.text


def test_after_a_change_it_says_who_still_believes_the_old_time(client, shown, hour, ana):
    invited(hour, by=ana)
    planning.change(hour, {"start": hour.start + timedelta(days=1), "end": hour.end + timedelta(days=1)})

    page = shown()

    assert "1 person was told something that no longer holds." in page
    assert f"1 was told {(hour.start - timedelta(days=1)).astimezone(ZoneInfo(hour.time_zone)):%A}" in page
    assert "1 mail goes out now." in send(client, hour, "engagement_send_update").text
    assert "told something that no longer holds" not in shown()


def test_moved_into_the_past_it_still_says_who_may_come_and_tells_them(client, shown, hour, ana):
    invited(hour, by=ana)
    planning.change(hour, {"start": hour.start - timedelta(days=9), "end": hour.end - timedelta(days=9)})

    assert "It is over, but 1 person was told a time that is to come." in shown()
    assert "1 mail goes out now." in send(client, hour, "engagement_send_update").text
    assert factories.names(outbox.claim(Channel.EMAIL, limit=9, now=timezone.now())) == ["Cai Carter"]
    assert "a time that is to come" not in shown()


def test_a_change_of_mind_sends_nothing(client, shown, hour, ana):
    invited(hour, by=ana)

    assert "Everybody who was invited knows what holds." in send(client, hour, "engagement_send_update").text
    assert Notice.objects.filter(kind=NoticeKind.MEETING_CHANGED).count() == 0


def test_once_it_is_called_off_it_offers_the_cancellation(client, shown, hour, ana):
    invited(hour, by=ana)
    planning.cancel(hour, reason="Ana is ill.", by=ana, now=timezone.now())

    assert "1 person still expects it to take place." in shown()
    assert "Ana is ill." in client.get(reverse("engagement_send_cancellation", args=[hour.pk])).text
    send(client, hour, "engagement_send_cancellation")
    assert Message.objects.filter(notice__kind=NoticeKind.MEETING_OFF).count() == 1


def test_who_was_taken_off_the_list_is_told(client, shown, hour, ana, cai):
    invited(hour, by=ana)
    inviting.uninvite(hour.participants.filter(person=cai))

    assert "1 person is no longer on the list, and do not know it." not in shown()
    assert "1 person is no longer on the list, and does not know it." in shown()
    page = client.get(reverse("engagement_send_cancellation", args=[hour.pk])).text
    assert "You need not come any more." in " ".join(page.split())  # where a line breaks depends on the date


def test_what_is_over_offers_nothing(client, shown, hour, ana):
    type(hour).objects.filter(pk=hour.pk).update(start=hour.start - timedelta(days=9), end=hour.end - timedelta(days=9))

    assert "has got no invitation yet" not in shown()
    assert "It is over: nobody can be invited to it." in send(client, hour, "engagement_send_invitation").text


def test_it_names_whom_mail_does_not_reach(shown, hour, cai):
    Person.objects.filter(pk=cai.pk).update(email="")

    assert "1 person is not reached by mail" in shown()


def test_one_order_can_cover_the_series(client, ana, cai):
    client.force_login(ana)
    start = timezone.now() + timedelta(days=2)
    upgrade = factories.upgrade()
    first, second = (
        factories.engagement(
            upgrade, series="6b0d0f8e-2c68-4b05-bb2d-1f8c45ad7d01", people=[cai], host=ana, start=begin
        )
        for begin in (start, start + timedelta(days=7))
    )

    asked = client.get(reverse("engagement_send_invitation", args=[first.pk])).text
    send(client, first, "engagement_send_invitation", scope="following")

    assert "Also for the 1 after it in the series: 1 more mail" in asked
    assert sorted(Notice.objects.values_list("engagement", flat=True)) == sorted([first.pk, second.pk])


@pytest.mark.parametrize(
    "name", ["engagement_send_invitation", "engagement_send_update", "engagement_send_cancellation"]
)
def test_readers_send_nothing(client, hour, name):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    assert client.get(reverse(name, args=[hour.pk])).status_code == 403
    assert client.post(reverse(name, args=[hour.pk])).status_code == 403


def test_concerns_raised_there_are_listed(shown, hour, cai):
    Concern.objects.create(
        upgrade=hour.upgrade, engagement=hour, person=cai, text="What of my phone?", source=Source.ENGAGEMENT
    )

    assert "What of my phone?" in shown()


def test_the_page_asks_as_much_for_three_as_for_one(client, ana, hour, django_assert_max_num_queries):
    client.force_login(ana)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            inviting.invite(hour, Person.objects.filter(pk=factories.person().pk))
        invited(hour, by=ana)
        with django_assert_max_num_queries(60) as asked:
            client.get(hour.get_absolute_url())
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_the_host_sees_who_answered_another_time_and_who_found_no_place(shown, hour, cai, dee):
    Engagement.objects.update(capacity=1)
    planning.answer(hour.participants.get(person=cai), rsvp=Rsvp.YES, now=timezone.now())
    planning.found_full(factories.participant(hour, dee), now=timezone.now())
    planning.change(hour, {"start": hour.start + timedelta(days=1), "end": hour.end + timedelta(days=1)})

    page = shown()

    assert "1 before the change" in page
    assert page.count("Before the change") == 1
    assert "Wanted to come, found no place" in page
