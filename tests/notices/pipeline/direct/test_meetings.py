"""Everybody who was invited knows what holds, and nobody hears without need."""

import contextlib
import email
import email.policy
import itertools
from datetime import timedelta

import icalendar
import pytest
import vobject
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement import inviting, planning
from engagement.models import Engagement, Participant
from notices.channels import mime
from notices.enums import MessageState, NoticeKind, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve, clockwork, deliver, outbox, render
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct import meetings
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Absence, Person
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact

KINDS = [NoticeKind.MEETING, NoticeKind.MEETING_CHANGED, NoticeKind.MEETING_OFF]


@pytest.fixture
def eve(db):
    return factories.person("Eve Early", email="eve@example.org")


@pytest.fixture
def hour(db, cai, eve):
    """Two are invited to an open hour."""
    return factories.engagement(title="Open hour", place="Room 2.14", people=[cai, eve])


def get_through(messages=None, *, at=NOW):
    """As if a mail server had taken all that waits."""
    waiting = (Message.objects if messages is None else messages).filter(
        state__in=[MessageState.QUEUED, MessageState.DEFERRED]
    )
    waiting.update(state=MessageState.SENT, sent_at=at, sha256=b"x" * 32)


def heard(notices) -> list[tuple[str, list[str]]]:
    return [(notice.kind, sorted(notice.messages.values_list("person__name", flat=True))) for notice in notices]


def move(engagement, **later):
    planning.change(
        engagement, {"start": engagement.start + timedelta(**later), "end": engagement.end + timedelta(**later)}
    )


def test_everybody_on_the_list_is_invited_once(hour, ana):
    notices = meetings.invite(hour, by=ana, now=NOW)

    assert heard(notices) == [("meeting", ["Cai Carter", "Eve Early"])]
    (notice,) = notices
    assert (notice.state, notice.engagement, notice.expires_at) == (NoticeState.RELEASED, hour, hour.end)
    with pytest.raises(NotAllowed, match="Everybody on the list"):
        meetings.invite(hour, by=ana, now=NOW)


def test_who_joins_later_gets_an_invitation_of_their_own(hour, ana, dee):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    inviting.invite(hour, Person.objects.filter(pk=dee.pk))

    assert heard(meetings.invite(hour, by=ana, now=NOW)) == [("meeting", ["Dee Dorn"])]


def test_an_update_goes_to_exactly_those_who_were_told_something_else(hour, ana, dee):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    move(hour, hours=1)
    inviting.invite(hour, Person.objects.filter(pk=dee.pk))
    meetings.invite(hour, by=ana, now=NOW)
    get_through()

    assert heard(meetings.send_update(hour, by=ana, now=NOW)) == [("meeting_changed", ["Cai Carter", "Eve Early"])]
    get_through()
    assert meetings.send_update(hour, by=ana, now=NOW) == []


@pytest.mark.parametrize(
    ("values", "is_material"),
    [
        ({"title": "Closed hour"}, True),
        ({"place": "Room 3"}, True),
        ({"link": "https://meet.example.org/x"}, True),
        ({"topics": "All new"}, False),
        ({"time_zone": "Europe/Paris"}, False),
        ({"capacity": 3}, False),
    ],
)
def test_only_what_makes_a_difference_is_worth_an_update(hour, ana, values, is_material):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    planning.change(hour, values)

    assert bool(meetings.send_update(hour, by=ana, now=NOW)) == is_material


def test_moved_and_moved_back_is_no_news(hour, ana):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    move(hour, hours=1)
    move(hour, hours=-1)

    assert meetings.send_update(hour, by=ana, now=NOW) == []


def test_an_update_that_waits_is_taken_back_when_it_is_moved_back(hour, ana):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    move(hour, hours=1)
    (update,) = meetings.send_update(hour, by=ana, now=NOW)
    move(hour, hours=-1)

    assert meetings.send_update(hour, by=ana, now=NOW) == []
    assert set(update.messages.values_list("state", flat=True)) == {MessageState.CANCELLED}


def test_who_was_not_told_yet_is_invited_to_what_holds_now(hour, ana):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    get_through(invitation.messages.filter(person__name="Cai Carter"))
    move(hour, hours=1)

    notices = meetings.send_update(hour, by=ana, now=NOW)

    assert heard(notices) == [("meeting_changed", ["Cai Carter"]), ("meeting", ["Eve Early"])]
    assert invitation.messages.get(person__name="Eve Early").state == MessageState.CANCELLED


def test_whose_invitation_bounced_hears_no_update(hour, ana, eve):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    get_through()
    invitation.messages.filter(person=eve).update(state=MessageState.BOUNCED)
    Person.objects.filter(pk=eve.pk).update(email_state=AddressState.BOUNCED)
    move(hour, hours=1)

    assert heard(meetings.send_update(hour, by=ana, now=NOW)) == [("meeting_changed", ["Cai Carter"])]
    assert meetings.who_hears(hour).unreachable == [eve.pk]


def test_a_cancellation_goes_to_those_whose_invitation_got_through(hour, ana):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    get_through(invitation.messages.filter(person__name="Cai Carter"))
    planning.cancel(hour, reason="Ana is ill.", by=ana, now=NOW)

    assert heard(meetings.send_cancellation(hour, by=ana, now=NOW)) == [("meeting_off", ["Cai Carter"])]
    assert invitation.messages.get(person__name="Eve Early").state == MessageState.CANCELLED
    assert meetings.send_cancellation(hour, by=ana, now=NOW) == []


def test_who_is_taken_off_the_list_hears_it_and_may_come_back(hour, ana, eve):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    inviting.uninvite(hour.participants.filter(person=eve))

    (off,) = meetings.send_cancellation(hour, by=ana, now=NOW)
    get_through()
    inviting.invite(hour, Person.objects.filter(pk=eve.pk))
    (again,) = meetings.invite(hour, by=ana, now=NOW)

    assert heard([off, again]) == [("meeting_off", ["Eve Early"]), ("meeting", ["Eve Early"])]
    assert "No longer needed" in off.words[0]["subject"]
    assert sequences() == [0, 1, 2]


def sequences() -> list[int]:
    """In the order in which they were published."""
    facts = Notice.objects.order_by("pk").values_list("approved_revision__facts", flat=True)
    return [value for each in facts for name, value in each.items() if name.endswith(".sequence")]


def test_the_sequence_rises_with_what_is_published_and_not_with_late_additions(hour, ana, dee):
    meetings.invite(hour, by=ana, now=NOW)
    inviting.invite(hour, Person.objects.filter(pk=dee.pk))
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    Engagement.objects.filter(pk=hour.pk).update(place="Room 9")  # by a road that raises nothing
    meetings.send_update(hour, by=ana, now=NOW)
    get_through()
    Engagement.objects.filter(pk=hour.pk).update(state="cancelled")
    meetings.send_cancellation(hour, by=ana, now=NOW)

    assert sequences() == [0, 0, 1, 2]


def test_whoever_was_taken_off_while_it_waited_gets_nothing(hour, ana, eve):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    inviting.uninvite(hour.participants.filter(person=eve))

    assert factories.names(outbox.claim(Channel.EMAIL, limit=9, now=NOW)) == ["Cai Carter"]
    left_out = invitation.messages.get(person=eve)
    assert (left_out.state, left_out.reason) == (MessageState.SKIPPED, "no longer invited")


def test_nothing_asks_to_come_to_what_was_called_off(hour, ana):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    planning.cancel(hour, reason="", by=ana, now=NOW)

    assert outbox.claim(Channel.EMAIL, limit=9, now=NOW) == []
    assert set(invitation.messages.values_list("state", "reason")) == {("skipped", "it was called off")}


def test_an_invitation_is_too_late_when_it_is_over(hour, ana):
    (invitation,) = meetings.invite(hour, by=ana, now=NOW)

    assert outbox.claim(Channel.EMAIL, limit=9, now=hour.end) == []
    assert set(invitation.messages.values_list("state", flat=True)) == {MessageState.MISSED}
    with pytest.raises(NotAllowed, match="It is over"):
        meetings.invite(hour, by=ana, now=hour.end)


def test_a_cancellation_is_useful_until_the_latest_end_that_anybody_was_told(hour, ana):
    told_until = hour.end
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    move(hour, hours=-3)
    planning.cancel(hour, reason="", by=ana, now=NOW)

    (off,) = meetings.send_cancellation(hour, by=ana, now=NOW)

    assert off.expires_at == told_until


def test_a_cancellation_names_the_appointment_that_its_reader_knows(hour, ana, dee):
    first = hour.start
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    move(hour, hours=1)
    inviting.invite(hour, Person.objects.filter(pk=dee.pk))
    meetings.invite(hour, by=ana, now=NOW)
    get_through(at=NOW + timedelta(minutes=1))
    second = hour.start
    move(hour, days=2)  # and nobody is told
    planning.cancel(hour, reason="", by=ana, now=NOW)

    notices = meetings.send_cancellation(hour, by=ana, now=NOW)

    assert heard(notices) == [("meeting_off", ["Cai Carter", "Eve Early"]), ("meeting_off", ["Dee Dorn"])]
    said = [notice.approved_revision.facts for notice in notices]
    assert [one[f"engagement:{hour.pk}.start"] for one in said] == [first.isoformat(), second.isoformat()]
    assert len({one[f"engagement:{hour.pk}.sequence"] for one in said}) == 1
    assert approve.refresh(now=NOW) == 0
    get_through(at=NOW + timedelta(minutes=2))
    assert meetings.send_cancellation(hour, by=ana, now=NOW) == []


def test_the_preview_of_a_cancellation_names_it_too(hour, ana, cai):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    told = hour.start
    move(hour, days=2)
    planning.cancel(hour, reason="", by=ana, now=NOW)

    seen = render.preview(meetings.example(hour, NoticeKind.MEETING_OFF, reader=cai, by=ana), person=cai, now=NOW)

    assert f"{told:%-d %B}" in str(seen.text)
    assert f"{hour.start:%-d %B}" not in str(seen.text)


def test_invitations_cannot_be_declined_by_topic(ana, dee):
    hour = factories.engagement(people=[dee])

    (notice,) = meetings.invite(hour, by=ana, now=NOW)

    assert notice.messages.get().state == MessageState.QUEUED
    assert notice.asks_acknowledgement is False


def test_a_window_that_is_an_outage_does_not_make_its_meeting_one(ana, cai):
    milestone = factories.milestone(impact=Impact.OUTAGE)
    hour = factories.engagement(milestone.upgrade, milestone=milestone, people=[cai])

    assert meetings.invite(hour, by=ana, now=NOW)[0].state == NoticeState.RELEASED


@pytest.fixture
def town_hall(db, monkeypatch, cai, eve):
    """So many are invited that it takes a second pair of eyes."""
    monkeypatch.setattr(approve.who_may, "MANY", 1)
    return factories.engagement(title="Town hall", people=[cai, eve])


def test_many_are_invited_once_somebody_else_approves(town_hall, ana, ben):
    (notice,) = meetings.invite(town_hall, by=ana, now=NOW)

    assert (notice.state, notice.messages.count()) == (NoticeState.IN_REVIEW, 0)
    assert NOW < notice.send_at < town_hall.start
    with pytest.raises(NotAllowed):  # they are about to be invited
        meetings.invite(town_hall, by=ana, now=NOW)

    approve.approve(notice, revision=notice.revisions.get(), by=ben, now=NOW)
    outbox.send_now(notice, by=ben, now=NOW)

    assert heard([notice]) == [("meeting", ["Cai Carter", "Eve Early"])]


def test_an_invitation_that_waits_for_approval_follows_the_meeting(town_hall, ana):
    (notice,) = meetings.invite(town_hall, by=ana, now=NOW)
    move(town_hall, days=1)

    clockwork.turn(now=NOW, beats=False)

    notice.refresh_from_db()
    assert notice.expires_at == town_hall.end
    said = notice.revisions.order_by("-number").first().facts
    assert said[f"engagement:{town_hall.pk}.start"] == town_hall.start.isoformat()


def test_nobody_approves_an_invitation_to_what_was_called_off(town_hall, ana):
    (notice,) = meetings.invite(town_hall, by=ana, now=NOW)
    planning.cancel(town_hall, reason="", by=ana, now=NOW)

    clockwork.turn(now=NOW, beats=False)

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.CANCELLED, "The meeting was called off.")


def test_who_was_merged_into_another_one_is_not_invited_twice(hour, ana, cai, eve):
    meetings.invite(hour, by=ana, now=NOW)
    get_through()
    hour.participants.filter(person=eve).delete()
    eve.merged_into, eve.archived_at = cai, NOW
    eve.save()

    with pytest.raises(NotAllowed):
        meetings.invite(hour, by=ana, now=NOW)
    assert meetings.who_hears(hour).to_call_off == []


def test_who_hears_asks_as_much_for_three_as_for_one(ana, django_assert_num_queries):
    for people in ([factories.person()], [factories.person() for _ in range(3)]):
        hour = factories.engagement(people=people)
        meetings.invite(hour, by=ana, now=NOW)
        get_through()
        row = Engagement.objects.select_related("host").get(pk=hour.pk)
        with django_assert_num_queries(6):
            meetings.who_hears(row)


# What people read


def read(mail) -> dict:
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    calendar = icalendar.Calendar.from_ical(part.get_content())
    entry = calendar.walk("VEVENT")[0]
    other = vobject.readOne(part.get_content()).vevent
    assert (other.uid.value, other.dtstart.value) == (str(entry["UID"]), entry.decoded("DTSTART"))
    return {"message": message, "calendar": calendar, "entry": entry, "part": part}


def test_a_conversation_by_mail(mailserver, ana, cai):
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    hour = factories.engagement(
        title="Open hour",
        place="Room 2.14",
        link="https://meet.example.org/x",
        topics="What changes.\nYour questions.",
        start=start,
        end=start + timedelta(hours=1),
        host=ana,
        people=[cai],
    )
    meetings.invite(hour, by=ana, now=timezone.now())
    deliver.drain(Channel.EMAIL)
    move(hour, days=1)
    meetings.send_update(hour, by=ana, now=timezone.now())
    deliver.drain(Channel.EMAIL)
    planning.cancel(hour, reason="Ana is ill.", by=ana, now=timezone.now())
    meetings.send_cancellation(hour, by=ana, now=timezone.now())
    deliver.drain(Channel.EMAIL)

    said = [read(mail) for mail in mailserver.mails]

    assert [str(one["calendar"]["METHOD"]) for one in said] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one["part"].get_param("method") for one in said] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(one["entry"]["UID"]) for one in said} == {str(hour.uid)}
    assert [int(one["entry"]["SEQUENCE"]) for one in said] == [0, 1, 2]
    assert [str(one["entry"]["STATUS"]) for one in said] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [one["entry"].decoded("DTSTART") for one in said] == [start, hour.start, hour.start]
    assert (
        len({one["message"]["In-Reply-To"] for one in said}) == len({one["message"]["References"] for one in said}) == 1
    )

    entry = said[0]["entry"]
    assert entry["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert (str(entry["SUMMARY"]), str(entry["LOCATION"])) == ("Open hour", "Room 2.14")
    assert "What changes.\nYour questions." in str(entry["DESCRIPTION"])
    assert "https://meet.example.org/x" in str(entry["DESCRIPTION"])
    assert entry["ORGANIZER"] == "mailto:ana@example.org"
    assert entry["ORGANIZER"].params["SENT-BY"].startswith("mailto:")
    assert (entry["ATTENDEE"], entry["ATTENDEE"].params["RSVP"]) == ("mailto:cai@example.org", "TRUE")
    assert "/rsvp/" in str(entry["URL"])
    assert said[2]["entry"]["ATTENDEE"].params["RSVP"] == "FALSE"
    assert "Reply-To" in said[0]["message"]
    assert "ana@example.org" in said[0]["message"]["Reply-To"]
    texts = [one["message"].get_body(("plain",)).get_content() for one in said]
    assert texts[0].count("/rsvp/") >= 3
    assert "?answer=yes" in texts[0]
    assert "?answer=maybe" in texts[0]
    assert "?answer=no" in texts[0]
    assert "Ana is ill." in texts[2]
    assert "/rsvp/" not in texts[2]


@pytest.mark.parametrize(
    "pasted", ["\x07", "\x0b", "\x1b[0m", "\ufffe", "a\r\nBcc: eve@example.org", "{{ host }}", "<!-- "]
)
@pytest.mark.parametrize("field", ["title", "place", "topics"])
def test_whatever_was_pasted_into_it_an_invitation_can_be_read(ana, cai, field, pasted):
    hour = factories.engagement(people=[cai], **{field: f"before {pasted} after"})
    (notice,) = meetings.invite(hour, by=ana, now=NOW)

    message = notice.messages.select_related("variant__revision", "notice", "person").get()
    mail = email.message_from_bytes(mime.build(render.of_message(message)), policy=email.policy.default)

    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert len(icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")) == 1
    assert mail["Bcc"] is None
    assert "Hana Host after" not in mail.get_body(("plain",)).get_content()


def test_a_list_gets_information_and_no_link_of_its_own(mailserver, ana):
    soon = timezone.now() + timedelta(days=3)
    all_staff = factories.person("All staff", email="all@example.org", is_list=True)
    hour = factories.engagement(start=soon, end=soon + timedelta(hours=1), people=[all_staff])

    meetings.invite(hour, by=ana, now=timezone.now())
    deliver.drain(Channel.EMAIL)

    one = read(mailserver.mails[0])
    assert one["calendar"].get("METHOD") is None
    assert (one["entry"].get("ATTENDEE"), one["entry"].get("ORGANIZER")) == (None, None)
    body = "".join(part.get_content() for part in one["message"].walk() if part.get_content_maintype() == "text")
    assert [word for word in ("/rsvp/", "/m/", "/preferences/") if word in body] == []


# After anything that people may do

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["move", "back", "place", "add", "remove", "invite", "update", "cancellation", "deliver", "some"]
        ),
        st.integers(0, 3),
    ),
    max_size=14,
)


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(first=st.sampled_from([[], [("invite", 0), ("deliver", 0)], [("invite", 0), ("some", 0)]]), acts=ACTS)
def test_after_an_update_everybody_knows_and_nobody_heard_twice(first, acts):
    Message.objects.all().delete()
    ana = factories.account("Ana Abel")
    people = [factories.person() for _ in range(4)]
    hour = factories.engagement(people=people[:2])
    start = hour.start

    for act, number in [*first, *acts]:
        hour.refresh_from_db()
        with contextlib.suppress(NotAllowed):
            perform(act, number, hour, people, start, by=ana)
        no_news_without_need(hour)

    for send in (meetings.send_update, meetings.send_cancellation):
        send(hour, by=ana, now=NOW)
        get_through(Message.objects.filter(notice__engagement=hour))
    hour.refresh_from_db()
    here, invited = meetings.says(hour), set(hour.participants.invited().values_list("person", flat=True))
    known = meetings.what_is_known(hour).told
    assert {pk: said for pk, said in known.items() if pk in invited and said not in (here, meetings.OFF)} == {}
    assert {pk: said for pk, said in known.items() if pk not in invited and said != meetings.OFF} == {}
    assert meetings.send_update(hour, by=ana, now=NOW) == meetings.send_cancellation(hour, by=ana, now=NOW) == []
    for person in people:
        no_news_without_need(hour)
        sequence_never_falls(hour, person)


def perform(act, number, hour, people, start, *, by):
    one = Person.objects.filter(pk=people[number].pk)
    if act == "move":
        move(hour, hours=1)
    elif act == "back":
        move(hour, seconds=(start - hour.start).total_seconds())
    elif act == "place":
        Engagement.objects.filter(pk=hour.pk).update(place=f"Room {number}")  # raises no sequence
    elif act == "add":
        inviting.invite(hour, one)
    elif act == "remove":
        inviting.uninvite(Participant.objects.filter(engagement=hour, person=people[number]))
    elif act == "invite":
        meetings.invite(hour, by=by, now=NOW)
    elif act == "update":
        meetings.send_update(hour, by=by, now=NOW)
    elif act == "cancellation":
        meetings.send_cancellation(hour, by=by, now=NOW)
    elif act == "deliver":
        get_through(Message.objects.filter(notice__engagement=hour))
    elif act == "some":
        get_through(Message.objects.filter(notice__engagement=hour, person=people[number]))


def told_to(hour, person):
    sent = Message.objects.filter(notice__engagement=hour, person=person, state=MessageState.SENT).order_by("pk")
    return [
        (message.notice.kind, message.variant.revision.facts)
        for message in sent.select_related("variant__revision", "notice")
    ]


def no_news_without_need(hour):
    """No two messages in a row that say the same to one person."""
    for person in Person.objects.filter(messages__notice__engagement=hour).distinct():
        said = [
            meetings.OFF if kind == NoticeKind.MEETING_OFF else meetings.facts.material(facts, hour.pk)
            for kind, facts in told_to(hour, person)
        ]
        assert [pair for pair in itertools.pairwise(said) if pair[0] == pair[1]] == []


def sequence_never_falls(hour, person):
    numbers = [facts[f"engagement:{hour.pk}.sequence"] for _, facts in told_to(hour, person)]
    assert numbers == sorted(set(numbers))


def test_nobody_stands_in_at_a_meeting_or_reads_its_mail(hour, ana, cai, dee):
    today = NOW.date()
    Absence.objects.create(person=cai, start_on=today - timedelta(days=1), end_on=today + timedelta(days=9), deputy=dee)

    (invitation,) = meetings.invite(hour, by=ana, now=NOW)
    get_through()
    planning.cancel(hour, reason="", by=ana, now=NOW)
    (off,) = meetings.send_cancellation(hour, by=ana, now=NOW)

    assert heard([invitation, off]) == [
        ("meeting", ["Cai Carter", "Eve Early"]),
        ("meeting_off", ["Cai Carter", "Eve Early"]),
    ]
