from datetime import timedelta

import pytest

from engagement import attendance
from engagement.enums import Seen
from stakeholders.models import Person
from tests.factories import NOW, engagement, participant, person
from tests.fixtures import effort

pytestmark = pytest.mark.django_db

TEAMS = """1. Summary
Meeting title\tMail migration: town hall
Attended participants\t3

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Cai Carter\t3/2/26, 9:58:11 AM\t3/2/26, 11:01:02 AM\t1h 2m\tCAI@example.org\tcai@example.org\tAttendee
Dorn, Dee (Guest)\t3/2/26, 9:59:11 AM\t3/2/26, 11:01:02 AM\t1h 1m\t\t\tAttendee
Nobody Known\t3/2/26, 9:59:11 AM\t3/2/26, 11:01:02 AM\t1h 1m\tnobody@elsewhere.test\t\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Eve Ernst\t3/2/26, 9:58:11 AM\t3/2/26, 11:01:02 AM\t1h 2m\teve@example.org\tAttendee
"""
ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
812 3456,"Town hall, mail",03/02/2026 09:58:11 AM,03/02/2026 11:01:02 AM,host@example.org,63,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
"Cai Carter (Cai, Room 4)",cai@example.org,03/02/2026 09:58:11 AM,03/02/2026 10:01:02 AM,3,No
"Cai Carter",cai@example.org,03/02/2026 10:02:11 AM,03/02/2026 11:01:02 AM,59,No
Dee Dorn,,03/02/2026 09:59:11 AM,03/02/2026 11:01:02 AM,62,Yes
"""


def read(text: str, of=None):
    return attendance.read_list(text, of or engagement())


def names(people) -> list[str]:
    return sorted(one.name for one in people)


def lines(found) -> list[str]:
    return [line.text for line in found]


def marks(one) -> list[tuple]:
    rows = one.participants.order_by("person__name")
    return list(rows.values_list("person__name", "is_invited", "attended", "seen"))


def test_addresses_names_and_both_are_matched(cai, dee):
    eve = person("Eve Ernst", email="eve@example.org")

    reading = read("cai@example.org\n- Dorn, Dee\n3) “Eve” <EVE@example.org>\n")

    assert names(reading.people) == ["Cai Carter", "Dee Dorn", "Eve Ernst"]
    assert (reading.ambiguous, reading.unknown) == ([], [])
    assert eve in reading.people


def test_several_addresses_in_a_line_are_several_people(cai, dee):
    reading = read("Cai Carter <cai@example.org>; Dee Dorn <dee@example.org>, Zoe <zoe@example.org>")
    assert names(reading.people) == ["Cai Carter", "Dee Dorn"]
    assert lines(reading.unknown) == ["Zoe <zoe@example.org>"]


def test_nothing_is_dropped_silently(cai):
    first, second = person("Sam Smith", email="sam1@example.org"), person("Sam Smith", email="sam2@example.org")

    reading = read("Sam Smith\nSomebody Else\ncai@example.org\n\n")

    assert [(line.text, line.candidates) for line in reading.ambiguous] == [("Sam Smith", [first, second])]
    assert lines(reading.unknown) == ["Somebody Else"]
    assert names(reading.people) == ["Cai Carter"]


def test_of_two_with_one_name_it_is_the_one_who_was_asked():
    asked, _ = person("Sam Smith", email="sam1@example.org"), person("Sam Smith", email="sam2@example.org")
    assert read("Sam Smith", engagement(people=[asked])).people == [asked]


def test_the_attendance_report_of_teams(cai, dee):
    person("Eve Ernst", email="eve@example.org")  # stands in the part that does not list participants
    reading = read(TEAMS)
    assert names(reading.people) == ["Cai Carter", "Dee Dorn"]
    assert [line.text.split(",")[0] for line in reading.unknown] == ["Nobody Known"]


def test_the_attendance_report_of_zoom_names_nobody_twice(cai, dee):
    reading = read(ZOOM)
    assert names(reading.people) == ["Cai Carter", "Dee Dorn"]
    assert len(reading.matched) == 2
    assert reading.unknown == []


def test_a_list_with_semicolons_and_first_and_last_names(cai):
    reading = read("Nachname;Vorname;E-Mail\nCarter;Cai;\nMuster;Maria;maria@example.net\n")
    assert names(reading.people) == ["Cai Carter"]
    assert len(reading.unknown) == 1


def test_who_was_merged_is_the_one_who_stays(cai):
    person("Cai C.", email="old@example.org", archived_at=NOW, merged_into=cai)
    person("Gil Gone", email="gil@example.org", archived_at=NOW)

    reading = read("old@example.org\ngil@example.org")

    assert reading.people == [cai]
    assert lines(reading.unknown) == ["gil@example.org"]


def test_a_long_list_is_read_in_few_queries(django_assert_max_num_queries, cai):
    one = engagement()
    text = "\n".join(f"person{number}@example.net" for number in range(500)) + "\ncai@example.org"
    with django_assert_max_num_queries(3):
        assert read(text, one).people == [cai]


# Ticking


def test_a_tap_and_a_second_tap(cai):
    one = engagement(people=[cai])
    attendance.mark(one, [cai], attended=True, now=NOW)
    assert marks(one) == [("Cai Carter", True, True, Seen.HAND)]
    attendance.mark(one, [cai], attended=None, now=NOW)
    assert marks(one) == [("Cai Carter", True, None, "")]


def test_who_walks_in_is_added_and_leaves_no_trace_when_taken_back(cai):
    one = engagement()
    assert attendance.mark(one, [cai], attended=True, now=NOW) == 1
    assert marks(one) == [("Cai Carter", False, True, Seen.HAND)]
    attendance.mark(one, [cai], attended=None, now=NOW)
    assert marks(one) == []


def test_ticking_twice_keeps_when_and_how_it_was_known(cai):
    one = engagement(people=[cai])
    attendance.mark(one, [cai], attended=True, seen=Seen.SELF, now=NOW)
    assert attendance.mark(one, [cai], attended=True, seen=Seen.LIST, now=NOW + timedelta(hours=1)) == 0
    assert marks(one) == [("Cai Carter", True, True, Seen.SELF)]


def test_a_merged_person_is_ticked_as_the_one_who_stays(cai):
    middle = person("Cai B.", archived_at=NOW, merged_into=cai)
    old = person("Cai A.", archived_at=NOW, merged_into=middle)
    one = engagement()
    attendance.mark(one, Person.objects.filter(pk=old.pk), attended=True, now=NOW)
    assert marks(one) == [("Cai Carter", False, True, Seen.HAND)]


def test_the_rest_was_not_there_and_that_can_be_taken_back(cai, dee):
    eve = person("Eve")
    one = engagement(people=[cai, dee])
    participant(one, eve, attended=False, seen_at=NOW - timedelta(hours=1))
    attendance.mark(one, [cai], attended=True, now=NOW)

    assert attendance.mark_rest_absent(one, now=NOW) == 1
    assert [attended for _, _, attended, _ in marks(one)] == [True, False, False]

    assert attendance.unmark_absent(one, at=NOW) == 1
    assert [attended for _, _, attended, _ in marks(one)] == [True, None, False]


def test_who_walked_in_by_mistake_is_gone_also_after_a_second_mistake(cai):
    one = engagement()

    for attended in (True, False, None):
        attendance.mark(one, [cai], attended=attended, now=NOW)

    assert not one.participants.exists()


def test_a_quote_that_nobody_closes_swallows_nobody(cai, dee):
    found = read('Name,Email\n"Open,cai@example.org\nDee Dorn,dee@example.org\n')

    assert {one.name for one in found.people} >= {"Dee Dorn"}


@pytest.mark.parametrize("head", ["", "Name\tEmail\n"])
def test_a_line_without_an_end_is_one_that_is_not_known(cai, head):
    found = read(f'{head}"{"x" * 200_000}\nCai Carter\t\n')

    assert names(found.people) == ["Cai Carter"]
    assert len(found.unknown) == 1


@pytest.mark.parametrize(
    "text",
    ["x" * 400_000, "x@" * 200_000, "x@y" + "." * 399_000, '"' * 399_999, "(" * 399_999, "a" + " " * 399_000 + "b"],
)
def test_no_text_keeps_the_reader_busy(cai, text):
    with effort.at_most(5):
        assert not read(text).people
