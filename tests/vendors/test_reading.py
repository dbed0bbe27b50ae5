"""What vendors send is understood, or refused with a reason that a person can act on."""

import json
import os
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.fixtures import effort
from tests.vendors.notes import END, START, calendar, event, file
from vendors import reading
from vendors.enums import NoteImpact, NoteStatus
from vendors.reading import Unreadable

SHARED = Path(__file__).parents[3] / "shared/data/maintnote"
EXPECTED = sorted(SHARED.glob("*.expected.json"))
MALFORMED = [one for one in sorted(SHARED.glob("*.ics")) if not one.with_suffix(".expected.json").exists()]
EVENT = "BEGIN:VEVENT"
VTIMEZONE = "\r\n".join(
    [
        "BEGIN:VTIMEZONE",
        "TZID:Carrier Time",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0300",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
)


def only(data: bytes) -> reading.Note:
    (note,) = reading.read(data)
    return note


def reason(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        reading.read(data)
    return str(refusal.value)


# The files that everybody tests with


@pytest.mark.skipif(not EXPECTED, reason="The vendors' sample files lie beside the project, and are not there.")
def test_the_vendors_own_files_are_understood():
    found = {one.name: reading.read(one.with_suffix("").with_suffix(".ics").read_bytes()) for one in EXPECTED}

    assert {name: [note.as_json() for note in notes] for name, notes in found.items()} == {
        one.name: json.loads(one.read_text()) for one in EXPECTED
    }


@pytest.mark.skipif(not MALFORMED, reason="The malformed sample files lie beside the project, and are not there.")
def test_the_malformed_ones_are_refused_for_what_they_lack():
    assert {one.stem: reason(one.read_bytes()).split("(")[1] for one in MALFORMED} == {
        "ical_no_end": "DTEND).",
        "ical_no_object_id": "X-MAINTNOTE-OBJECT-ID).",
        "ical_no_start": "DTSTART).",
    }


# What is understood


def test_a_note_says_who_what_when_and_how_bad():
    note = only(file())

    assert (note.provider, note.account, note.maintenance_id, note.uid) == (
        "carrier.example",
        "77",
        "CHG-1",
        "CHG-1@carrier.example",
    )
    assert (note.start, note.end, note.sequence) == (START, END, 1)
    assert (note.status, note.impact) == (NoteStatus.CONFIRMED, NoteImpact.OUTAGE)


def test_each_circuit_keeps_its_own_impact_and_the_worst_counts():
    own = "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=DEGRADED:IC-2"

    note = only(file(own, impact="REDUCED-REDUNDANCY"))

    assert [(one.circuit_id, one.impact.value) for one in note.circuits] == [
        ("IC-1", "REDUCED-REDUNDANCY"),
        ("IC-2", "DEGRADED"),
    ]
    assert note.impact == NoteImpact.DEGRADED


@pytest.mark.parametrize("said", ["X-SOMETHING", "", "severe", None])
def test_an_impact_that_nobody_knows_counts_as_an_outage(said):
    assert only(file(impact=said)).impact == NoteImpact.OUTAGE


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("confirmed", "CONFIRMED"),
        ("In-Process", "IN-PROCESS"),
        ("CANCELED", "CANCELLED"),
        ("X-ON-HOLD", "NO-CHANGE"),
        (None, "NO-CHANGE"),
    ],
)
def test_states_are_read_in_any_case_and_those_of_one_vendor_change_nothing(said, meant):
    assert only(file(status=said)).status == meant


def test_a_calendar_that_calls_off_without_a_state_cancels():
    assert only(calendar(event(status=None), head="METHOD:CANCEL")).status == NoteStatus.CANCELLED
    assert only(file("STATUS:CANCELLED", status=None)).status == NoteStatus.CANCELLED
    assert only(file("STATUS:CANCELLED", status="IN-PROCESS")).status == NoteStatus.IN_PROCESS


def test_a_note_without_a_number_comes_before_all_others():
    assert only(file(sequence=None)).sequence == reading.UNNUMBERED


def test_names_of_fields_are_read_in_any_case():
    assert only(file().replace(b"X-MAINTNOTE-", b"x-maintnote-").replace(b"DTSTART", b"dtstart")) == only(file())


def test_lines_may_be_folded_ended_and_broken_as_senders_do():
    whole = only(file())
    folded = file().replace(b"carrier.example\r\nX-MAINTNOTE-ACCOUNT", b"carrier.\r\n example\r\nX-MAINTNOTE-ACCOUNT")
    broken = only(file("DESCRIPTION:First line.", "A second one without a name", "Begin: at 10", summary="Splice work"))

    assert only(folded) == whole
    assert [only(file().replace(b"\r\n", end)) for end in (b"\n", b"\r", b"\r\n\r\n")] == [whole] * 3
    assert broken.description.startswith("First line.\nA second one")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_usual_encodings_are_read(encoding):
    assert only(file(summary="Größere Wartung").decode().encode(encoding)).summary == "Größere Wartung"


@pytest.mark.parametrize(
    ("zone", "utc_hour"),
    [("America/New_York", 14), ("W. Europe Standard Time", 8), ("Carrier Time", 7)],
)
def test_times_of_a_zone_are_those_of_that_zone(zone, utc_hour):
    data = calendar(event(), VTIMEZONE).replace(
        b"DTSTART:20260502T220000Z", f"DTSTART;TZID={zone}:20260502T100000".encode()
    )

    assert only(data).start == datetime(2026, 5, 2, utc_hour, tzinfo=UTC)


def test_a_time_without_a_zone_is_utc():
    assert only(file(dtstart="20260502T220000")).start == START


def test_a_duration_is_as_good_as_an_end():
    assert only(file("DURATION:PT90M", dtend=None)).end == START + timedelta(minutes=90)


def test_what_is_said_twice_alike_counts_once():
    assert only(file("DTSTART:20260502T220000Z", "SEQUENCE:1", "UID:CHG-1@carrier.example")) == only(file())


def test_of_several_numbers_the_one_marked_as_primary_counts():
    primary = "X-MAINTNOTE-MAINTENANCE-ID;X-MAINTNOTE-PRECEDENCE=PRIMARY:OURS-9"

    assert only(file(primary)).maintenance_id == "OURS-9"


def test_every_event_of_every_calendar_is_a_note_and_other_appointments_are_none():
    other = "BEGIN:VEVENT\r\nUID:lunch\r\nDTSTART:20260502T120000Z\r\nEND:VEVENT"
    data = calendar(event(uid="1"), other, event(uid="2")) + calendar(event(uid="3"))

    assert [note.uid for note in reading.read(data)] == ["1", "2", "3"]


def mail(*, inline: bytes = b"", attached: bytes = b"", kind: str = "calendar") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "noc@carrier.example", "Wartung – Ankündigung"
    made.set_content("See the calendar file.")
    if inline:
        made.add_alternative(inline.decode(), subtype="calendar")
    if attached:
        main = "text" if kind == "calendar" else "application"
        made.add_attachment(attached, maintype=main, subtype=kind, filename="note.ics")
    return made


def test_a_mail_is_read_for_the_calendar_in_it():
    forwarded = EmailMessage()
    forwarded["Subject"] = "Fwd"
    forwarded.set_content("As discussed.")
    forwarded.add_attachment(mail(attached=file()))
    wanted = [only(file())]

    assert reading.read(mail(attached=file()).as_bytes()) == wanted
    assert reading.read(mail(attached=file(), kind="octet-stream").as_bytes()) == wanted
    assert reading.read(forwarded.as_bytes()) == wanted
    assert reading.read(b"From noc@carrier.example Mon\n" + mail(attached=file()).as_bytes()) == wanted


def test_a_calendar_that_a_mail_says_twice_counts_once():
    assert len(reading.read(mail(inline=file(), attached=file()).as_bytes())) == 1


# What is refused


@pytest.mark.parametrize(
    "name", ["PROVIDER", "ACCOUNT", "MAINTENANCE-ID", "UID", "DTSTAMP", "DTSTART", "DTEND", "OBJECT-ID"]
)
def test_what_nobody_can_guess_must_be_said(name):
    missing, empty = reason(file(**{name: None})), reason(file(**{name: ""}))

    assert name in missing
    assert name in empty
    assert missing.startswith("Event 1: ")


@pytest.mark.parametrize(
    ("more", "values", "words"),
    [
        ([], {"dtend": "20260502T220000Z"}, "does not end (DTEND) after it starts"),
        ([], {"dtstart": "soon"}, "DTSTART is no time"),
        ([], {"sequence": "second"}, "SEQUENCE"),
        ([], {"sequence": "-3"}, "SEQUENCE"),
        ([], {"sequence": "9" * 40}, "SEQUENCE"),
        ([], {"status": "PERHAPS"}, "nobody knows the status “PERHAPS”"),
        (["DTSTART:20260502T230000Z"], {}, "DTSTART is said twice, and not alike"),
        (["RRULE:FREQ=DAILY"], {}, "it repeats"),
        (["DURATION:soon"], {"dtend": None}, "DTEND"),
        ([], {"uid": "x" * 300}, "UID has more than 255 characters"),
        ([], {"object_id": "x" * 300}, "a circuit has more than 200 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(more, values, words):
    assert words in reason(file(*more, **values))


def test_a_day_and_a_zone_that_nobody_knows_are_refused():
    day = file().replace(b"DTSTART:20260502T220000Z", b"DTSTART;VALUE=DATE:20260502")
    zone = file().replace(b"DTSTART:20260502T220000Z", b"DTSTART;TZID=Mars/Base:20260502T220000")

    assert reason(day) == "Event 1: DTSTART is a day without a time of day."
    assert reason(zone) == "Event 1: nobody knows the time zone “Mars/Base” (DTSTART)."


def test_half_a_file_is_no_file():
    assert reason(calendar(event(), event(dtend=None))) == "Event 2: it does not say when it ends (DTEND)."
    assert "cut off" in reason(file()[:200])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"hello", "no calendar file"),
        (b"<html>BEGIN:VCALENDAR</html>", "no calendar file"),
        (bytes(range(256)) * 20, "no calendar file"),
        (b"BEGIN:VCALENDAR\0\0", "not text"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "no event"),
        (b"Content-Type: message/rfc822\n\n" * 5_000, "without an end"),
        (b"x" * 10_000_000, "larger than"),
    ],
)
def test_what_is_no_calendar_is_refused(data, words):
    assert words in reason(data)


def test_noise_is_refused_and_never_breaks():
    for length in (1, 50, 5_000):
        assert reason(os.urandom(length))
    for cut in range(0, len(file()), 7):
        try:
            reading.read(file()[:cut])
        except Unreadable:
            continue


def test_a_file_as_large_as_allowed_is_read_in_seconds():
    many = calendar(*[event(uid=str(number)) for number in range(2_000)])

    with effort.at_most(10):
        assert len(reading.read(many)) == 2_000


@pytest.mark.parametrize(
    "values",
    [
        {"DTSTART": "DTSTART:00010101T000000Z"},
        {"DTEND": "DTEND:99991231T235959Z"},
    ],
)
def test_a_window_that_no_clock_can_show_is_refused(values):
    assert "between the years 1970 and 2200" in reason(changed(values))


@pytest.mark.parametrize("zone", ["America", "x" * 5_000])
def test_a_zone_that_is_no_file_of_zones_is_refused(zone):
    assert "time zone" in reason(changed({"DTSTART": f"DTSTART;TZID={zone}:20260502T220000"}))


def changed(values: dict[str, str]) -> bytes:
    """The usual file, with other lines."""
    lines = file().decode().split("\r\n")
    return "\r\n".join(values.get(line.partition(":")[0].partition(";")[0], line) for line in lines).encode()
