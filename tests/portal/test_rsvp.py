"""Where somebody who is invited says whether they come. Following a link answers nothing."""

import re
from datetime import timedelta

import icalendar
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from commsplan.lib import tokens
from engagement import inviting, planning
from engagement.enums import Rsvp
from engagement.models import Engagement, Participant
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline.direct import meetings
from tests import factories

EVERYTHING = (
    "SELECT json_build_array((SELECT json_agg(p) FROM engagement_participant p),"
    " (SELECT json_agg(m) FROM notices_message m), (SELECT json_agg(r) FROM notices_receipt r),"
    " (SELECT json_agg(e) FROM engagement_engagement e))::text"
)


@pytest.fixture
def now(db):
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def hour(now, ana, cai):
    start = now + timedelta(days=3)
    made = factories.engagement(
        title="Open hour",
        place="Room 2.14",
        link="https://meet.example.org/x",
        topics="Your questions.",
        start=start,
        end=start + timedelta(hours=1),
        host=ana,
        people=[cai],
    )
    send(made, by=ana, now=now)
    return made


def send(engagement, *, by, now, how=meetings.invite):
    for notice in how(engagement, by=by, now=now):
        notice.messages.update(state=MessageState.SENT, sent_at=now, sha256=b"x" * 32)


def link(name="rsvp", person=None, **query):
    messages = Message.objects.order_by("pk")
    message = messages.filter(person=person).first() if person else messages.first()
    return reverse(name, args=[tokens.make("rsvp", message.pk)], query=query or None)


def comes(person) -> str:
    return Participant.objects.get(person=person).rsvp


def everything() -> str:
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING)
        return cursor.fetchone()[0]


def at(engagement, **later):
    """As if so much time had passed."""
    length = engagement.end - engagement.start
    start = timezone.now() + timedelta(**later)
    Engagement.objects.filter(pk=engagement.pk).update(start=start, end=start + length)


@pytest.mark.parametrize("answer", ["yes", "maybe", "no"])
def test_following_a_link_answers_nothing(client, hour, answer):
    before = everything()

    page = client.get(link(answer=answer))
    for name in ("rsvp", "rsvp_here", "rsvp_calendar"):
        client.get(link(name))
        client.head(link(name))

    assert page.status_code == 200
    assert everything() == before
    assert f'value="{answer}" checked' in page.text
    assert page.cookies == {}


def test_the_page_says_when_where_and_who(client, hour):
    page = client.get(link()).text

    for words in ("Open hour", "Room 2.14", "https://meet.example.org/x", "Your questions.", "Ana Abel", "Your time:"):
        assert words in page


def test_an_answer_is_noted_and_can_be_changed(client, hour, cai):
    client.handler.enforce_csrf_checks = True

    done = client.post(link(), {"rsvp": "yes", "remark": "Five minutes late"})
    first = Participant.objects.get(person=cai)
    client.post(link(), {"rsvp": "no"})

    assert done.url == f"{link()}?said=answered"
    assert (first.rsvp, first.remark) == (Rsvp.YES, "Five minutes late")
    assert comes(cai) == Rsvp.NO
    assert "You answered “I cannot”" in client.get(link()).text


@pytest.mark.parametrize("data", [{}, {"rsvp": "always"}, {"rsvp": "yes", "remark": "x" * 301}])
def test_what_is_no_answer_changes_nothing(client, hour, cai, data):
    assert client.post(link(), data).status_code == 422
    assert comes(cai) == Rsvp.NONE


def test_when_all_places_are_taken_nobody_else_gets_one(client, hour, ana, cai, dee, now):
    inviting.invite(hour, type(dee).objects.filter(pk=dee.pk))
    send(hour, by=ana, now=now)
    planning.change(hour, {"capacity": 1})
    client.post(link(person=cai), {"rsvp": "yes"})

    refused = client.post(link(person=dee), {"rsvp": "yes"})

    assert refused.status_code == 409
    assert "All places are taken, so you could not be noted as coming." in refused.text
    assert (comes(cai), comes(dee)) == (Rsvp.YES, Rsvp.NONE)
    assert [one.person for one in hour.participants.without_a_place()] == [dee]
    assert "Whoever invites you sees that you would like to come." in client.get(link(person=dee)).text
    client.post(link(person=cai), {"rsvp": "no"})
    client.post(link(person=dee), {"rsvp": "yes"})
    assert comes(dee) == Rsvp.YES
    assert list(hour.participants.without_a_place()) == []


def shown(page) -> str:
    return re.search('name="shown" value="([^"]+)"', page.text)[1]


def test_an_answer_counts_for_the_time_that_was_shown(client, hour, cai):
    seen = shown(client.get(link()))
    at(hour, days=5)

    refused = client.post(link(), {"rsvp": "yes", "shown": seen})

    assert (refused.status_code, comes(cai)) == (409, Rsvp.NONE)
    assert "The date has changed while you were here" in refused.text
    assert client.post(link(), {"rsvp": "yes", "shown": shown(refused)}).status_code == 302
    assert comes(cai) == Rsvp.YES


def test_an_answer_given_before_a_move_is_asked_for_again(client, hour, cai):
    client.post(link(), {"rsvp": "yes"})
    at(hour, days=5)

    page = client.get(link()).text
    client.post(link(), {"rsvp": "yes"})

    assert "before the date changed. Please answer again." in page
    assert 'value="yes" checked' in page
    assert "before the date changed" not in client.get(link()).text


def test_who_has_a_place_may_answer_again_when_all_are_taken(client, hour, cai):
    planning.change(hour, {"capacity": 1})
    client.post(link(), {"rsvp": "yes"})

    assert client.post(link(), {"rsvp": "yes", "remark": "Bringing cake"}).status_code == 302
    assert Participant.objects.get(person=cai).remark == "Bringing cake"


def test_what_was_called_off_says_so_and_takes_no_answer(client, hour, ana, cai, now):
    planning.cancel(hour, reason="Ana is ill.", by=ana, now=now)

    page = client.get(link())
    refused = client.post(link(), {"rsvp": "yes"})

    assert "This was called off. Please take it out of your calendar. Ana is ill." in page.text
    assert 'name="rsvp"' not in page.text
    assert (refused.status_code, comes(cai)) == (409, Rsvp.NONE)


def test_once_it_has_begun_it_takes_no_answers(client, hour, cai):
    at(hour, minutes=-5)

    assert 'name="rsvp"' not in client.get(link()).text
    assert client.post(link(), {"rsvp": "yes"}).status_code == 409
    assert comes(cai) == Rsvp.NONE


def test_who_was_taken_off_the_list_reads_only_what_they_were_told(client, hour, cai):
    inviting.uninvite(hour.participants.filter(person=cai))
    planning.change(hour, {"place": "Secret room"})

    page = client.get(link())

    assert "You need not come any more." in page.text
    assert "Room 2.14" in page.text
    assert "Secret room" not in page.text
    assert client.post(link(), {"rsvp": "yes"}).status_code == 409
    assert client.post(link("rsvp_here")).status_code == 409
    assert client.get(link("rsvp_calendar")).url == link()


def test_the_old_link_shows_what_holds_now(client, hour):
    planning.change(hour, {"start": hour.start + timedelta(days=1), "end": hour.end + timedelta(days=1)})

    assert "The date has changed since this message." in client.get(link()).text


@pytest.mark.parametrize(("minutes", "may"), [(31, False), (29, True), (-30, True), (-61, False)])
def test_one_checks_in_from_half_an_hour_before_until_the_end(client, hour, cai, minutes, may):
    at(hour, minutes=minutes)

    assert ("I am here" in client.get(link()).text) == may
    assert client.post(link("rsvp_here")).status_code == (302 if may else 409)
    seen = Participant.objects.get(person=cai)
    assert (seen.attended, seen.seen) == ((True, "self") if may else (None, ""))


def test_a_merged_person_answers_for_who_they_are_now(client, hour, cai, dee, now):
    hour.participants.update(person=dee)
    cai.merged_into, cai.archived_at = dee, now
    cai.save()

    client.post(link(), {"rsvp": "yes"})

    assert comes(dee) == Rsvp.YES


def opens_nothing(client, address) -> bool:
    """Neither to read nor to answer."""
    pages = [client.get(address), client.post(address, {"rsvp": "yes"})]
    return [page.status_code for page in pages] == [404, 404] and not any("Open hour" in page.text for page in pages)


def test_an_erased_person_has_no_page(client, hour, cai, now):
    cai.erased_at = cai.archived_at = now
    cai.save()

    assert opens_nothing(client, link())
    assert comes(cai) == Rsvp.NONE


def test_the_link_of_another_message_opens_nothing(client, hour, cai):
    other = factories.released_notice(people=[cai]).messages.get()

    for purpose in ("rsvp", "message"):
        assert opens_nothing(client, reverse("rsvp", args=[tokens.make(purpose, other.pk)]))
    assert comes(cai) == Rsvp.NONE


def test_a_list_cannot_answer(client, hour, cai):
    Message.objects.update(values={"is_list": True, "name": "All", "zone": "UTC"})

    assert opens_nothing(client, link())
    assert comes(cai) == Rsvp.NONE


def test_the_file_holds_what_holds_now(client, hour):
    planning.change(hour, {"place": "Room 3"})

    response = client.get(link("rsvp_calendar"))

    calendar = icalendar.Calendar.from_ical(response.content)
    entry = calendar.walk("VEVENT")[0]
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert calendar.get("METHOD") is None
    assert (str(entry["UID"]), entry["SEQUENCE"], str(entry["LOCATION"])) == (str(hour.uid), 1, "Room 3")
    assert entry.decoded("DTSTART") == hour.start


@pytest.mark.parametrize(("language", "word"), [("de", "Ich komme"), ("fr", "Je viens")])
def test_the_page_speaks_the_readers_language(client, hour, cai, language, word):
    cai.language = language
    cai.save()

    page = client.get(link()).text

    assert word in page
    assert f'<html lang="{language}"' in page


def test_the_personal_page_shows_the_same(client, hour):
    message = Message.objects.get()

    page = client.get(reverse("personal", args=[tokens.make("message", message.pk)])).text

    assert "Room 2.14" in page
    assert f'action="{link()}"' in page
