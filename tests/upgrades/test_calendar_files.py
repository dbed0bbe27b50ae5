"""Calendar files of critical days: what is understood, and what is refused in how much time."""

import contextlib
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.fixtures import effort
from tests.upgrades.calendars import APPLE, GOOGLE, NOTHING, OUTLOOK, calendar, event
from upgrades import calendar_files, recurrence
from upgrades.calendar_files import Unreadable

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def read(data, zone="America/New_York", now=NOW):
    return calendar_files.read(data, zone=zone, now=now)


def times(reading, zone=BERLIN):
    return [(one.name, f"{one.start.astimezone(zone):%d.%m. %H:%M}") for one in reading.entries]


def test_a_file_of_outlook_is_understood_across_the_change_of_clocks():
    found = read(OUTLOOK)

    name = "Prüfungen im großen Saal"
    assert times(found) == [(name, "20.03. 09:00"), (name, "27.03. 09:00"), (name, "10.04. 09:00")]
    assert [one.start.hour for one in found.entries] == [8, 8, 7]
    assert {one.zone for one in found.entries} == {"Europe/Berlin"}
    assert found.name == "Examinations"
    assert len({one.occurs for one in found.entries}) == 3


def test_a_file_of_google_is_understood():
    found = read(GOOGLE)

    assert times(found) == [
        ("Open day", "10.03. 00:00"),
        ("Jury", "17.03. 14:00"),
        ("Call", "18.03. 16:00"),
        ("Jury (moved)", "25.03. 14:00"),
        ("Jury", "31.03. 14:00"),
    ]
    assert found.entries[0].end - found.entries[0].start == timedelta(days=2)
    assert found.left_out == ("1 is called off.",)
    assert [one.occurs for one in found.entries if one.uid == "open@google.com"] == [""]


def test_a_file_of_apple_is_in_the_zone_of_the_calendar_here():
    found = read(APPLE)

    assert times(found, NEW_YORK) == [
        ("Inspection", "13.03. 08:00"),
        ("Stocktaking", "31.03. 08:00"),
        ("Stocktaking", "01.04. 08:00"),
        ("Stocktaking", "02.04. 08:00"),
    ]
    assert {one.zone for one in found.entries} == {"America/New_York"}


def test_the_zone_that_the_file_names_comes_before_that_of_the_calendar_here():
    floating = event("DURATION:PT1H", start="DTSTART:20260310T080000")

    named = read(calendar(floating, event(uid="day"), head="X-WR-TIMEZONE:Europe/Berlin"))
    nonsense = read(calendar(floating, head="X-WR-TIMEZONE:Middle/Earth"))

    assert times(named) == [("Exams", "10.03. 00:00"), ("Exams", "10.03. 08:00")]
    assert times(nonsense, NEW_YORK) == [("Exams", "10.03. 08:00")]


def test_what_repeats_in_utc_stays_where_it_is_in_utc():
    daily = event("RRULE:FREQ=DAILY;COUNT=40", "DURATION:PT1H", start="DTSTART:20260310T080000Z")

    assert {one.start.hour for one in read(calendar(daily)).entries} == {8}


@pytest.mark.parametrize(("day", "hours"), [("20260329", 23), ("20261025", 25), ("20260310", 24)])
def test_a_whole_day_is_as_long_as_it_is_there(day, hours):
    found = read(calendar(event(start=f"DTSTART;VALUE=DATE:{day}")), zone="Europe/Berlin").entries[0]

    assert found.end - found.start == timedelta(hours=hours)


def test_a_time_in_the_hour_that_is_skipped_is_some_moment_and_no_error():
    gap = event("DURATION:PT4H", start="DTSTART;TZID=Europe/Berlin:20260329T023000")

    assert len(read(calendar(gap)).entries) == 1


def test_only_what_is_to_come_within_two_years_counts():
    daily = event("RRULE:FREQ=YEARLY", start="DTSTART;VALUE=DATE:19990601")
    over = event(uid="over", start="DTSTART;VALUE=DATE:20260301")
    running = event(uid="runs", start="DTSTART;VALUE=DATE:20260301", end="DTEND;VALUE=DATE:20260401", name="Runs")
    far = event(uid="far", start="DTSTART;VALUE=DATE:20290301")

    found = read(calendar(daily, over, running, far), zone="Europe/Berlin")

    assert [(one.name, one.start.year) for one in found.entries] == [("Runs", 2026), ("Exams", 2026), ("Exams", 2027)]


def test_what_is_called_off_or_never_takes_place_is_left_out_and_said():
    found = read(
        calendar(
            event("STATUS:CANCELLED", uid="1"),
            event(uid="2", start="", name="Some day"),
            event(uid="3", start="DTSTART:20260310T080000Z", name="A moment"),
            event(uid="4"),
        )
    )

    assert [one.uid for one in found.entries] == ["4"]
    assert found.left_out == (
        "1 is called off.",
        "1 is without a date: “Some day”.",
        "1 is without a length: “A moment”.",
    )


def test_a_calendar_that_calls_everything_off_leaves_nothing():
    assert read(calendar(event(), head="METHOD:CANCEL")).entries == ()


def test_of_two_versions_the_later_counts():
    old, new = event("SEQUENCE:1", name="Old"), event("SEQUENCE:12", name="New")

    assert [one.name for one in read(calendar(new, old)).entries] == ["New"]


def test_what_has_no_identity_is_told_again_by_name_and_time():
    alone = "BEGIN:VEVENT\nSUMMARY:Exams\nDTSTART;VALUE=DATE:20260310\nEND:VEVENT"
    first, again = read(calendar(alone)).entries, read(calendar(alone, event())).entries

    assert first[0].uid in {one.uid for one in again}
    assert first[0].uid.startswith("sha256:")


def test_long_names_are_cut_and_no_name_is_said():
    found = read(calendar(event(name="x" * 500), event(uid="2", name="")))

    assert {len(one.name) for one in found.entries} == {120, len("Without a name")}


def test_an_empty_calendar_is_no_mistake():
    assert read(NOTHING.encode()).entries == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Dear all, the exams are in March.", "no calendar file"),
        (b"PK\x03\x04\x00\x00", "no calendar file"),
        (calendar(event())[:-20], "cut off"),
        (calendar(event(start="DTSTART:soon", name="Exams")), "“Exams”: its start"),
        (calendar(event(end="DTEND:later", name="Exams")), "“Exams”: its end"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (b"BEGIN:VEVENT\r\n" * 20_001, "20,000 parts"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_what_and_remedy(data, said):
    with pytest.raises(Unreadable, match=said) as refused:
        read(data)

    assert any(word in str(refused.value) for word in ("xport", "Repair"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("RRULE:FREQ=SECONDLY", "same day"),
        ("RRULE:FREQ=MINUTELY;COUNT=100000", "same day"),
        ("RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,10,20,30,40", "same day"),
        ("RRULE:FREQ=DAILY;BYHOUR=0,6,12,18", "2,000 entries"),
        ("RRULE:FREQ=DAILY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30", "nobody can work out"),
        ("RRULE:FREQ=DAILY;COUNT=-3", "nobody can work out"),
        ("RRULE:FREQ=SOMETIMES", "nobody can work out"),
        ("RDATE:" + ",".join(["20260310T080000Z"] * 2_001), "2,000 dates"),
    ],
)
def test_hostile_series_are_refused_at_once(lines, said):
    with effort.at_most(2), pytest.raises(Unreadable, match=said):
        read(calendar(event(lines, "DURATION:PT1H", start="DTSTART:20260310T080000Z")))


def test_a_series_that_never_comes_ends_nowhere_but_in_time():
    rule = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"

    assert len(read(calendar(event(rule, start="DTSTART;VALUE=DATE:20200310"))).entries) == 0


def test_many_slow_series_run_out_of_time_with_a_sentence(monkeypatch):
    monkeypatch.setattr(recurrence, "SECONDS", 0.2)
    slow = [
        event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=f"{number}", start="DTSTART;VALUE=DATE:20150310")
        for number in range(200)
    ]

    with pytest.raises(Unreadable, match="too long"):
        read(calendar(*slow))


def test_so_many_entries_are_one_file_and_no_more():
    most = [event(uid=f"{number}") for number in range(calendar_files.MOST)]

    assert len(read(calendar(*most)).entries) == calendar_files.MOST
    with pytest.raises(Unreadable, match="2,000 entries"):
        read(calendar(*most, event(uid="one more")))


@pytest.mark.parametrize("seed", range(150))
def test_a_damaged_file_is_read_or_refused_and_never_an_error(seed):
    chance = random.Random(seed)
    data = bytearray(chance.choice([OUTLOOK, GOOGLE, APPLE]))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 60)]
            case 3:
                data[at:at] = chance.choice(
                    [b"9999", b"-", b";", b":", b"\r\n", b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"]
                )
    with contextlib.suppress(Unreadable):
        read(bytes(data))


# What gets lost must be said, and what is there must not get lost


def test_entries_that_share_one_uid_are_said_to_be_left_out():
    data = calendar(event(name="Oral"), event(name="Written", start="DTSTART;VALUE=DATE:20260320"))

    found = read(data)

    assert [one.name for one in found.entries] == ["Written"]
    assert found.left_out == ("1 is without a UID of their own: “Oral”.",)


def test_a_newer_sequence_of_an_entry_replaces_it_without_a_word():
    data = calendar(event(name="Old"), event("SEQUENCE:1", name="New", start="DTSTART;VALUE=DATE:20260320"))

    found = read(data)

    assert ([one.name for one in found.entries], found.left_out) == (["New"], ())


def test_a_change_of_all_that_follows_keeps_each_of_them():
    series = event(
        "RRULE:FREQ=DAILY;COUNT=4",
        start="DTSTART;TZID=Europe/Berlin:20260310T090000",
        end="DTEND;TZID=Europe/Berlin:20260310T100000",
    )
    later = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260311T090000",
        name="Later",
        start="DTSTART;TZID=Europe/Berlin:20260311T130000",
        end="DTEND;TZID=Europe/Berlin:20260311T140000",
    )

    found = read(calendar(series, later))

    assert times(found) == [
        ("Exams", "10.03. 09:00"),
        ("Later", "11.03. 13:00"),
        ("Later", "12.03. 13:00"),
        ("Later", "13.03. 13:00"),
    ]
    assert read(calendar(series, later), now=NOW + timedelta(days=9, hours=12)).entries == found.entries[2:]


def test_what_a_second_calendar_of_the_file_calls_off_is_off():
    found = read(calendar(event()) + calendar(event("SEQUENCE:1"), head="METHOD:CANCEL"))

    assert (found.entries, found.left_out) == ((), ("1 is called off.",))


@pytest.mark.parametrize("zone", ["America", "x" * 5_000])
def test_a_zone_that_is_no_file_of_zones_is_refused(zone):
    with pytest.raises(Unreadable, match="time zone"):
        read(calendar(event(start=f"DTSTART;TZID={zone}:20260310T090000")))


def test_what_ends_in_a_far_century_is_left_out():
    found = read(calendar(event(start="DTSTART:20260310T090000Z", end="DTEND:29991231T090000Z")))

    assert (found.entries, found.left_out) == ((), ("1 is not between 1970 and 2200: “Exams”.",))


def test_dashes_and_signs_of_windows_are_read():
    found = read(calendar(event(name="Prüfung – 5 €")).decode().encode("cp1252"))

    assert [one.name for one in found.entries] == ["Prüfung – 5 €"]
