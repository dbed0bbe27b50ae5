from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from notices.channels import calendar
from notices.channels.calendar import Event

EVENT = Event(
    uid="5e0b6b0e-7f0e-4b8b-8c37-3a9c8f1f4a11",
    sequence=2,
    stamp=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    start=datetime(2026, 3, 28, 21, 0, tzinfo=UTC),
    end=datetime(2026, 3, 29, 4, 0, tzinfo=UTC),
    zone="Europe/Berlin",
    status="confirmed",
    summary="Mail migration: Wave 1",
    description="Not available; really, é\n\nLog out.",
    location="City campus, Harbour",
    url="https://example.org/status/mail/",
    categories=("Calendar", "Mail, old"),
    is_busy=True,
)
ORGANIZER = '"Maria Lang, College" <comms@example.org>'


def file(event=EVENT, *, organizer="", name="Cai Berg", address="cai@example.org"):
    return calendar.lay_out(event, organizer=organizer).to(name=name, address=address)


def entry(part) -> icalendar.Event:
    return icalendar.Calendar.from_ical(part.data).walk("VEVENT")[0]


def in_vobject(part):
    return vobject.readOne(part.data.decode())


def test_a_window_has_its_identity_and_its_place_in_time():
    event = entry(file())

    assert (str(event["UID"]), event["SEQUENCE"], event["STATUS"], event["TRANSP"]) == (
        "5e0b6b0e-7f0e-4b8b-8c37-3a9c8f1f4a11", 2, "CONFIRMED", "OPAQUE",
    )  # fmt: skip
    assert event.decoded("DTSTAMP") == EVENT.stamp
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (EVENT.start, EVENT.end)
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (EVENT.summary, EVENT.description)
    assert (str(event["LOCATION"]), str(event["URL"])) == (EVENT.location, EVENT.url)
    assert [str(category) for category in event["CATEGORIES"].cats] == ["Calendar", "Mail, old"]


@pytest.mark.parametrize("minutes", [0, 60])
def test_the_hour_that_occurs_twice_is_told_apart(minutes):
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes)
    window = replace(EVENT, start=first, end=first + timedelta(hours=1))

    event, other = entry(file(window)), in_vobject(file(window)).vevent

    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (window.start, window.end)
    assert (other.dtstart.value, other.dtend.value) == (window.start, window.end)


def test_a_second_library_reads_the_same():
    event = in_vobject(file()).vevent

    assert event.uid.value == EVENT.uid
    assert (event.dtstart.value, event.dtend.value) == (EVENT.start, EVENT.end)
    assert event.description.value == EVENT.description
    assert event.location.value == EVENT.location
    assert event.categories.value == ["Calendar", "Mail, old"]


def test_information_has_no_method_and_no_attendee():
    part = file()
    event = entry(part)

    assert part.method == ""
    assert b"METHOD" not in part.data
    assert (event.get("ATTENDEE"), event.get("ORGANIZER")) == (None, None)


def test_an_invitation_names_the_organizer_and_one_attendee():
    part = file(organizer=ORGANIZER, name='Zoë "Z" Müller; ' + "long " * 20, address="zoe@example.org")
    event = entry(part)

    assert (part.method, str(icalendar.Calendar.from_ical(part.data)["METHOD"])) == ("REQUEST", "REQUEST")
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:comms@example.org", "Maria Lang, College")
    assert event["ATTENDEE"] == "mailto:zoe@example.org"
    assert event["ATTENDEE"].params["CN"] == "Zoë 'Z' Müller; " + "long " * 20
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert in_vobject(part).vevent.attendee.value == "mailto:zoe@example.org"


def test_names_cannot_add_lines():
    part = file(organizer=ORGANIZER, name="Eve\r\nSUMMARY:owned", address="eve@example.org\r\nX:y")

    assert str(entry(part)["SUMMARY"]) == EVENT.summary
    assert b"\r\nX:y" not in part.data


def test_a_cancelled_window_is_taken_out_of_calendars():
    cancelled = replace(EVENT, status="cancelled", sequence=3)
    invitation, information = file(cancelled, organizer=ORGANIZER), file(cancelled)

    assert invitation.method == "CANCEL"
    assert [str(entry(part)["STATUS"]) for part in (invitation, information)] == ["CANCELLED", "CANCELLED"]
    assert str(entry(invitation)["UID"]) == EVENT.uid
    assert entry(invitation)["SEQUENCE"] == 3


@pytest.mark.parametrize(
    ("status", "said", "maintnote"),
    [
        ("tentative", "TENTATIVE", None),
        ("confirmed", "CONFIRMED", None),
        ("in_process", "CONFIRMED", "IN-PROCESS"),
        ("completed", "CONFIRMED", "COMPLETED"),
    ],
)
def test_states_are_said_in_the_words_of_the_standard(status, said, maintnote):
    event = entry(file(replace(EVENT, status=status)))

    assert (event["STATUS"], event.get("X-MAINTNOTE-STATUS")) == (said, maintnote)


def test_a_single_moment_has_no_end():
    event = entry(file(replace(EVENT, end=None)))

    assert event.get("DTEND") is None
    assert in_vobject(file(replace(EVENT, end=None))).vevent.dtstart.value == EVENT.start


def test_only_an_outage_blocks_the_time():
    assert entry(file(replace(EVENT, is_busy=False)))["TRANSP"] == "TRANSPARENT"


def test_there_is_no_alarm():
    assert icalendar.Calendar.from_ical(file().data).walk("VALARM") == []


def test_utc_needs_no_zone():
    data = file(replace(EVENT, zone="UTC")).data

    assert b"VTIMEZONE" not in data
    assert b"DTSTART:20260328T210000Z" in data


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "Europe/Dublin"],
)
def test_the_zone_in_the_file_says_what_the_clocks_say(zone):
    """Every hour of the year around the event, by the rules of RFC 5545: the last onset not after the local time."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    data = file(replace(EVENT, zone=zone, start=start, end=start + timedelta(hours=2))).data
    component = icalendar.Calendar.from_ical(data).walk("VTIMEZONE")[0]
    rules = sorted(
        (each.decoded("DTSTART") - each.decoded("TZOFFSETFROM"), each.decoded("TZOFFSETTO"))
        for each in component.subcomponents
    )
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(8760)]

    assert [offset(rules, hour) for hour in hours] == [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    assert len(data) < 3_000


def offset(rules, moment):
    return [after for onset, after in rules if onset <= moment.replace(tzinfo=None)][-1]


def test_every_line_is_short_and_ends_right():
    data = file(organizer=ORGANIZER, name="Ü" * 200).data

    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert data.replace(b"\r\n", b"").count(b"\n") == 0
