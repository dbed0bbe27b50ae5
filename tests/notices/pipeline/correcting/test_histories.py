"""Scripted histories, each with the people who must hear a correction, and those who must not."""

from datetime import UTC, datetime
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from engagement import telling
from notices.enums import NoticeKind, NoticeState
from notices.models import Call, Heartbeat, Message, Notice
from notices.pipeline import approve, clockwork, kit, ledger, outbox
from notices.pipeline.approve import NotAllowed
from notices.pipeline.coming_back import receipts
from notices.pipeline.correcting import calls, open_corrections, propose_now, rule, send_now
from notices.pipeline.kit import using
from notices.pipeline.kit.buttons import BUTTONS
from notices.register import erasing, merging
from stakeholders.models import Absence, Membership, Person
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.scripted import DAY, HOUR, MINUTE, Story
from upgrades import rescheduling
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
OWN_WORDS = [{"language": "en", "level": "plain", "subject": "Changed", "body": "See:\n\n{{ changes }}"}]
BERLIN = ZoneInfo("Europe/Berlin")
BY_A_DAY = """UPDATE upgrades_milestone SET start = start + interval '1 day', "end" = "end" + interval '1 day'"""


@pytest.fixture
def story(db):
    made = Story()
    made.by_itself()
    return made


@pytest.fixture
def window(story):
    return story.window()


@pytest.fixture
def eve(db):
    """Of those who may be told, the one who never is."""
    return factories.person("Eve")


@pytest.fixture
def fay(db):
    return factories.person("Fay")


def iso(moment):
    return moment.isoformat()


def wrong(story):
    return {person for group in ledger.wrong(story.upgrade, now=story.now) for person in group.people}


# Moves


def test_a_move_reaches_those_told_once_and_says_both_dates(story, window, cai, eve):
    before = window.start
    story.tell(window, cai)
    story.wait(hours=3)
    story.move(window, days=1)
    moved_at = story.now
    story.wait(days=2)

    (letter,) = story.letters()
    assert (letter.who, letter.at, letter.urgent) == ("Cai Carter", moved_at + 10 * MINUTE, False)
    assert letter.told("start") == (iso(before), iso(before + DAY))
    assert "2 March" in letter.text
    assert "16 March 2026" in letter.text
    assert "17 March 2026" in letter.text
    assert wrong(story) == set()


def test_moved_and_moved_back_in_time_is_silence(story, window, cai):
    story.tell(window, cai)
    story.move(window, days=1)
    story.wait(minutes=9)
    story.move(window, days=-1)
    story.wait(days=1)

    assert (story.heard(), list(Notice.objects.filter(kind=NoticeKind.CORRECTION))) == ([], [])


def test_moved_back_after_the_letter_takes_a_second_one_to_those_who_got_the_first(story, window, cai, eve, fay):
    start = window.start
    story.tell(window, cai, fay)
    story.nobody_at.add(fay.email)
    story.move(window, days=1)
    story.wait(hours=1)
    assert story.corrected() == ["Cai Carter"]
    assert [call.person for call in calls.open(story.upgrade)] == [fay]
    story.move(window, days=-1)
    story.wait(days=1)

    first, second = story.letters()
    assert (first.who, second.who) == ("Cai Carter", "Cai Carter")
    assert second.told("start") == (iso(start + DAY), iso(start))
    assert list(calls.open(story.upgrade)) == []  # Fay has it right again


def test_small_moves_add_up_to_one_letter_with_the_whole_difference(story, window, cai):
    start = window.start
    story.tell(window, cai)
    for _ in range(3):
        story.move(window, minutes=10)
        story.wait(minutes=5)
    story.wait(hours=2)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(start), iso(start + 30 * MINUTE))
    story.move(window, minutes=10)
    story.wait(hours=2)
    assert len(story.letters()) == 1


def test_small_moves_days_apart_add_up_too(story, window, cai):
    start = window.start
    story.tell(window, cai)
    story.move(window, minutes=10)
    story.wait(days=1)
    assert story.heard() == []
    story.move(window, minutes=10)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(start), iso(start + 20 * MINUTE))


def test_a_minute_earlier_matters_and_a_quarter_of_an_hour_less_one_does_not(story, window, cai):
    story.tell(window, cai)
    story.move(window, minutes=14)
    story.wait(hours=3)
    assert story.heard() == []
    story.move(window, minutes=-15)
    story.wait(hours=3)

    (letter,) = story.letters()
    assert letter.at == NOW + 3 * HOUR + 2 * MINUTE  # earlier than told: it hardly waits
    assert letter.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 14 * DAY - MINUTE))


def test_earlier_than_before_but_later_than_told_is_not_urgent(story, window, cai):
    story.tell(window, cai)
    story.move(window, days=3)
    story.wait(minutes=5)
    story.move(window, days=-1)
    story.wait(hours=2)

    (letter,) = story.letters()
    assert not letter.urgent
    assert letter.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 16 * DAY))


def test_ten_minutes_over_midnight_at_the_place_matter(story, cai):
    late = datetime(2026, 3, 16, 23, 55, tzinfo=BERLIN).astimezone(UTC)
    window = story.window(start=late, end=late + 4 * HOUR)
    story.tell(window, cai)
    story.move(window, minutes=10)
    story.wait(hours=2)

    assert story.corrected() == ["Cai Carter"]


def test_ten_minutes_over_midnight_of_utc_or_of_a_reader_do_not(story):
    late = datetime(2026, 3, 16, 23, 55, tzinfo=UTC)
    window = story.window(start=late, end=late + 4 * HOUR)
    story.tell(window, factories.person("Ula", time_zone="UTC"))
    story.move(window, minutes=10)
    story.wait(hours=2)

    assert story.heard() == []


def test_each_is_told_what_they_believed(story, window, cai, fay):
    start = window.start
    story.tell(window, cai)
    story.change(window, start=start + 10 * MINUTE)  # not worth a letter
    story.wait(hours=2)
    story.tell(window, fay)
    story.move(window, days=2)
    story.wait(hours=2)

    told = {letter.who: letter.told("start") for letter in story.letters()}
    now = iso(start + 10 * MINUTE + 2 * DAY)
    assert told == {"Cai Carter": (iso(start), now), "Fay": (iso(start + 10 * MINUTE), now)}


def test_the_newest_telling_counts_not_the_first(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.tell(window, fay, title="Reminder", kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=-1)
    story.wait(days=1)

    assert story.corrected() == ["Fay"]


# Status


def test_back_to_tentative_is_told_and_confirmed_is_not(story, cai, fay):
    window = story.window(status="tentative")
    story.tell(window, cai)
    story.change(window, status="confirmed")
    story.wait(days=1)
    assert story.heard() == []
    story.tell(window, fay)
    story.change(window, status="tentative")
    story.wait(days=1)

    (letter,) = story.letters()  # Cai was never told anything but tentative
    assert (letter.who, letter.told("status")) == ("Fay", ("confirmed", "tentative"))


def test_cancelled_is_told_once_and_nothing_after_it(story, window, cai, eve):
    story.tell(window, cai)
    story.change(window, status="cancelled")
    story.wait(days=1)
    story.move(window, days=5)
    story.wait(days=1)

    (letter,) = story.letters()
    assert (letter.who, letter.told("status")[1]) == ("Cai Carter", "cancelled")


def test_a_cancelled_window_that_comes_back_is_told_to_those_who_heard_it_was_off(story, window, cai, fay):
    story.tell(window, cai)
    story.change(window, status="cancelled")
    story.wait(hours=1)
    story.change(window, status="confirmed")
    story.wait(days=1)

    first, second = story.letters()
    assert (first.who, first.told("status")[1]) == ("Cai Carter", "cancelled")
    assert (second.who, second.told("status")) == ("Cai Carter", ("cancelled", "confirmed"))
    assert wrong(story) == set()


def test_cancelled_and_revived_at_once_is_silence(story, window, cai):
    story.tell(window, cai)
    story.change(window, status="cancelled")
    story.wait(minutes=1)
    story.change(window, status="confirmed")
    story.wait(days=1)

    assert story.heard() == []


def test_a_cancelled_upgrade_is_told_of_all_windows_in_one_letter(story, window, cai, fay):
    other = story.window(name="Wave 2", start=NOW + 21 * DAY)
    story.tell(window, cai)
    story.tell(other, cai, fay)
    story.change_upgrade(phase="cancelled")
    story.wait(days=1)

    letters = {letter.who: letter for letter in story.letters()}
    assert story.corrected() == ["Cai Carter", "Fay"]
    assert [now for _, _, now in letters["Cai Carter"].rows] == ["cancelled", "cancelled"]
    assert [now for _, _, now in letters["Fay"].rows] == ["cancelled"]


def test_while_it_runs_only_the_end_moves_anybody(story, window, cai):
    story.tell(window, cai)
    story.wait(days=14, hours=1)
    story.change(window, status="in_process")
    story.wait(minutes=20)
    story.change(window, start=window.start + 30 * MINUTE, impact=3, downtime=600)
    story.wait(minutes=20)
    assert story.corrected() == []
    end = window.end
    story.change(window, end=end + HOUR)
    story.wait(minutes=20)

    (letter,) = story.letters()
    assert letter.names == {"end"}
    assert letter.told("end") == (iso(end), iso(end + HOUR))
    assert letter.urgent  # less than a day is left, so it waits two minutes only
    assert letter.at <= story.now - 18 * MINUTE


def test_after_it_is_completed_nothing_is_wrong(story, window, cai):
    story.tell(window, cai)
    story.wait(days=14, hours=1)
    story.change(window, status="completed")
    story.wait(hours=1)
    story.change(window, end=window.end + 5 * HOUR, impact=3)
    story.wait(days=1)

    assert story.heard() == []


def test_moved_and_completed_before_anybody_heard_is_silence(story, window, cai):
    story.tell(window, cai)
    story.wait(days=13, hours=20)
    story.change(window, end=window.end + 4 * HOUR)
    story.wait(minutes=1)
    story.change(window, status="completed")
    story.wait(days=1)

    assert story.heard() == []


def test_nobody_hears_of_a_window_that_is_over(story, window, cai):
    story.tell(window, cai)
    story.wait(days=15)
    story.change(window, impact=3, downtime=500)
    story.wait(days=1)

    assert story.heard() == []


def test_postponed_after_its_start_is_urgent(story, window, cai):
    story.tell(window, cai)
    story.wait(days=14, hours=1)
    story.move(window, days=7)
    at = story.now
    story.wait(hours=1)

    (letter,) = story.letters()
    assert (letter.who, letter.urgent, letter.at) == ("Cai Carter", True, at + 2 * MINUTE)


# The other facts


def test_who_is_asked_is_told_when_it_is_somebody_else(story, window, cai, eve):
    story.tell(window, cai)
    story.change_upgrade(contact_name="Ada Adams", contact_email="ada@example.org")
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.who == "Cai Carter"
    assert letter.told("contact_name") == ("Service Desk", "Ada Adams")
    assert "Ada Adams" in letter.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"action": ""}, {"action": "Restart your computer."}),
        ({"action": "Restart your computer."}, {"action": ""}),
        ({"action": "Restart."}, {"action": "Restart twice."}),
        ({"action": "Restart.", "action_deadline": NOW + 9 * DAY}, {"action_deadline": NOW + 9 * DAY - HOUR}),
        ({"action": "Restart.", "action_deadline": NOW + 9 * DAY}, {"action_deadline": NOW + 9 * DAY + MINUTE}),
        ({"impact": 1}, {"impact": 2}),
        ({"downtime": 30}, {"downtime": 45}),
    ],
)
def test_what_matters_is_told(story, cai, eve, before, after):
    window = story.window(**before)
    story.tell(window, cai)
    story.change(window, **after)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    assert wrong(story) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"impact": 2}, {"impact": 1}),
        ({"downtime": 30}, {"downtime": 44}),
        ({"downtime": 30}, {"downtime": 5}),
        ({}, {"end": NOW + 14 * DAY + HOUR}),
        ({}, {"end": NOW + 14 * DAY + 4 * HOUR + 14 * MINUTE}),
        ({}, {"start": NOW + 14 * DAY + 14 * MINUTE}),
        ({}, {"name": "Going live"}),
        ({}, {"effect": "Nothing to speak of."}),
        ({}, {"systems": "mx1.internal"}),
        ({}, {"workaround": "Use the telephone."}),
    ],
)
def test_what_does_not_matter_is_not(story, cai, before, after):
    window = story.window(**before)
    story.tell(window, cai)
    story.change(window, **after)
    story.wait(days=1)

    assert story.heard() == []


def test_a_service_that_is_added_is_told_to_those_who_use_it(story, cai, fay, eve):
    mail, files = factories.service("Mail"), factories.service("Files")
    files.users.set([factories.group("Users of files", people=[fay, eve])])
    window = story.window(services=[mail])
    story.tell(window, cai, fay)
    story.change(window, services=[mail, files])
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.who == "Fay"  # Cai uses no files, Eve was told nothing
    assert "Files" in letter.text


def test_a_service_that_is_taken_away_is_no_matter_of_urgency(story, cai):
    mail, files = factories.service("Mail"), factories.service("Files")
    window = story.window(services=[mail, files])
    story.tell(window, cai)
    story.change(window, services=[mail])
    story.wait(days=1)

    assert story.heard() == []


def test_a_site_that_is_added_is_told_to_those_who_work_there(story, fay, cai):
    harbour, hill = factories.site("Harbour"), factories.site("Hill")
    Person.objects.filter(pk=fay.pk).update(site=hill)
    Person.objects.filter(pk=cai.pk).update(site=harbour)
    window = story.window(sites=[harbour])
    story.tell(window, cai, fay)
    story.change(window, sites=[harbour, hill])
    story.wait(days=1)

    assert story.corrected() == ["Fay"]


# Time


def test_another_zone_of_the_place_alone_is_no_change(story, window, cai):
    story.tell(window, cai)
    story.change_upgrade(time_zone="America/New_York")
    story.wait(days=1)

    assert story.heard() == []


def test_across_the_spring_change_of_clocks(story, cai, fay):
    saturday = datetime(2026, 3, 28, 20, 0, tzinfo=BERLIN).astimezone(UTC)
    window = story.window(start=saturday, end=saturday + 4 * HOUR)
    story.tell(window, cai)
    sunday = datetime(2026, 3, 29, 20, 0, tzinfo=BERLIN).astimezone(UTC)
    assert sunday - saturday == 23 * HOUR
    story.change(window, start=sunday, end=sunday + 4 * HOUR)
    story.tell(window, fay)
    story.wait(days=1)

    (letter,) = story.letters()
    assert (letter.who, letter.told("start")) == ("Cai Carter", (iso(saturday), iso(sunday)))
    assert "CET" in letter.text
    assert "CEST" in letter.text


def test_in_the_night_of_the_change_minutes_are_minutes(story, cai):
    """01:50 CET + 14 min is 03:04 CEST on the wall, and still 14 minutes."""
    start = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)
    window = story.window(start=start, end=start + 4 * HOUR)
    story.tell(window, cai)
    story.move(window, minutes=14)
    story.wait(days=1)

    assert story.heard() == []


def test_in_summer_time_midnight_is_that_of_the_wall(story, cai):
    start = datetime(2026, 3, 30, 21, 55, tzinfo=UTC)  # 23:55 in Berlin
    window = story.window(start=start, end=start + 4 * HOUR)
    story.tell(window, cai)
    story.move(window, minutes=10)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]


def test_the_same_hour_on_the_wall_in_the_other_offset_is_another_moment(story, cai):
    """25 October 2026, 02:30 twice in Berlin: the first one is an hour earlier."""
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    window = story.window(start=second, end=second + 4 * HOUR)
    story.tell(window, cai)
    story.move(window, hours=-1)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(second), iso(second - HOUR))


def test_at_night_nobody_is_woken_for_a_date_two_weeks_away(story, window, cai):
    story.tell(window, cai)
    story.wait(hours=12)  # 21:00 in Berlin
    story.move(window, days=1)
    story.wait(days=1)

    (letter,) = story.letters()
    there = letter.at.astimezone(BERLIN)
    assert (there.date().day, 7 <= there.hour < 12) == (3, True)


def test_nor_for_an_earlier_date_that_is_far_away(story, window, cai):
    story.tell(window, cai)
    story.wait(hours=12)
    story.move(window, days=-1)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.at.astimezone(BERLIN).hour >= 7
    assert letter.at.date() == NOW.date() + DAY


def test_at_night_everybody_is_told_that_it_is_tomorrow(story, window, cai):
    """Also in other zones, where it is the middle of the night."""
    story.tell(window, cai, factories.person("Ngaio", time_zone="Pacific/Auckland"))
    story.wait(hours=12)
    at = story.now
    story.change(window, start=NOW + DAY, end=NOW + DAY + HOUR)
    story.wait(hours=2)

    assert [(one.who, one.urgent, one.at) for one in story.letters()] == [
        ("Cai Carter", True, at + 2 * MINUTE),
        ("Ngaio", True, at + 2 * MINUTE),
    ]


def test_on_friday_evening_a_far_date_waits_for_monday(story, window, cai):
    story.tell(window, cai)
    story.wait(days=4, hours=11)  # Friday, 20:00 in Berlin
    story.change(window, start=NOW + 30 * DAY, end=NOW + 30 * DAY + HOUR)
    story.wait(days=3)

    (letter,) = story.letters()
    assert letter.at.astimezone(BERLIN).strftime("%A") == "Monday"


def test_nobody_far_away_is_woken_for_a_date_two_weeks_away(story, window):
    ngaio = factories.person("Ngaio", time_zone="Pacific/Auckland")
    story.tell(window, ngaio)
    story.wait(hours=1)  # 23:00 in Auckland
    story.move(window, days=1)
    story.wait(days=1)

    (letter,) = story.letters()
    assert 7 <= letter.at.astimezone(ZoneInfo("Pacific/Auckland")).hour < 20


# What comes back


def test_whose_announcement_bounced_believes_nothing(story, window, cai, fay):
    story.nobody_at.add(fay.email)
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    assert list(calls.open(story.upgrade)) == []


def test_whose_announcement_comes_back_later_believes_nothing_either(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.wait(hours=2)
    story.bounce(fay)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    assert list(calls.open(story.upgrade)) == []


def test_a_correction_that_comes_back_asks_for_a_call_and_the_next_one_again(story, window, cai):
    start = window.start
    story.tell(window, cai)
    story.move(window, days=1)
    story.wait(hours=1)
    story.bounce(cai, NoticeKind.CORRECTION)
    story.wait(hours=1)
    (call,) = calls.open(story.upgrade)
    assert call.person == cai
    Person.objects.filter(pk=cai.pk).update(email="cai.new@example.org", email_state="working")
    story.dated()
    story.wait(hours=2)
    assert list(calls.open(story.upgrade)) == []
    assert len(story.letters()) == 2
    assert story.letters()[-1].told("start") == (iso(start), iso(start + DAY))

    story.bounce(cai, NoticeKind.CORRECTION)
    story.wait(hours=2)
    assert [call.person for call in calls.open(story.upgrade)] == [cai]
    assert len(story.letters()) == 2


def test_a_reminder_that_comes_back_leaves_what_was_told_before(story, window, cai):
    """The date moved; the reminder with the new one bounced. Nothing reaches them, so somebody has to call."""
    story.tell(window, cai)
    story.move(window, days=1)
    story.tell(window, cai, kind=NoticeKind.REMINDER, needs_approval=False)
    story.wait(hours=3)
    assert story.heard() == []
    story.bounce(cai, NoticeKind.REMINDER)
    story.wait(hours=3)

    (call,) = calls.open(story.upgrade)
    assert (call.person, story.heard()) == (cai, [])


def test_who_declined_all_that_can_be_declined_is_corrected(story, window, dee):
    Person.objects.filter(pk=dee.pk).update(refused_channels=["email"])
    story.tell(window, dee)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Dee Dorn"]


def test_who_complained_was_told_and_has_to_be_called(story, window, cai):
    notice = story.tell(window, cai)
    receipts.complain(notice.messages.get(), detail="spam", now=story.now)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.heard() == []
    assert [call.person for call in calls.open(story.upgrade)] == [cai]


# People


@pytest.mark.parametrize("kept", ["old", "new"])
def test_of_two_who_become_one_the_latest_telling_counts(story, window, kept):
    old, new = factories.person("Old"), factories.person("New")
    story.tell(window, old)
    story.wait(hours=1)
    story.move(window, days=1)
    story.wait(minutes=1)
    story.tell(window, new)
    story.wait(minutes=1)
    stays, goes = (old, new) if kept == "old" else (new, old)
    merging.merge(stays, goes, by=story.upgrade.owner, now=story.now)
    story.wait(days=1)

    assert story.heard() == []
    assert wrong(story) == set()


@pytest.mark.parametrize("kept", ["told", "other"])
def test_who_was_merged_with_somebody_never_told_hears_it_once(story, window, kept, eve, fay):
    story.tell(window, fay)
    story.wait(hours=1)
    stays, goes = (fay, eve) if kept == "told" else (eve, fay)
    merging.merge(stays, goes, by=story.upgrade.owner, now=story.now)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == [stays.name]


@pytest.mark.parametrize("kept", ["old", "new"])
def test_the_latest_telling_counts_also_when_it_is_the_wrong_one(story, window, kept):
    """Told of the first date after the other one had heard of what holds again."""
    first, last = factories.person("First"), factories.person("Last")
    story.tell(window, first)  # Monday in two weeks
    story.wait(hours=1)
    story.move(window, days=1)
    story.tell(window, last)  # Tuesday
    story.move(window, days=-1)
    stays, goes = (first, last) if kept == "old" else (last, first)
    merging.merge(stays, goes, by=story.upgrade.owner, now=story.now)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.who == stays.name
    assert letter.told("start") == (iso(NOW + 15 * DAY), iso(NOW + 14 * DAY))


def test_two_with_a_letter_each_in_review_become_one_letter(window, story, fay, cai):
    story.upgrade.correction_rule.delete()
    story.upgrade.refresh_from_db()
    story.tell(window, fay, cai)
    story.move(window, days=1)
    story.wait(hours=1)
    merging.merge(fay, cai, by=story.upgrade.owner, now=story.now)
    story.wait(hours=1)
    (notice,) = open_corrections(story.upgrade)
    assert send_now(notice, by=factories.account("Ben", role="approver"), now=story.now) == 1
    story.wait(hours=1)

    assert story.corrected() == ["Fay"]


def test_who_was_erased_or_has_left_is_neither_written_to_nor_called(story, window, cai, fay, eve):
    story.tell(window, cai, fay, eve)
    story.wait(hours=1)
    erasing.erase(fay, reason="Asked for it.", by=story.upgrade.owner, now=story.now)
    eve.archive(now=story.now)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    assert Call.objects.count() == 0


def test_who_leaves_while_the_letter_waits_gets_none(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(minutes=5)
    fay.archive(now=story.now)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]


def test_who_left_the_group_was_told_all_the_same(story, window, fay):
    staff = factories.group("Staff", people=[fay])
    story.tell(window, audience={"groups": [staff.pk]})
    Membership.objects.filter(person=fay).delete()
    story.dated()
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Fay"]


def test_a_late_joiner_hears_once_what_holds_and_of_changes_after_it(story, window, cai):
    staff = factories.group("Staff", people=[cai])
    story.tell(window, audience={"groups": [staff.pk]})
    story.move(window, days=1)
    story.wait(hours=3)
    assert story.corrected() == ["Cai Carter"]
    factories.person("Joy", groups=[staff])
    story.dated()
    story.wait(days=1)
    assert [(one.who, one.kind) for one in story.letters()] == [("Cai Carter", "correction"), ("Joy", "catch_up")]
    assert "17 March 2026" in story.letters()[-1].text
    assert "16 March 2026" not in story.letters()[-1].text

    story.wait(days=1)
    story.move(window, days=1)
    story.wait(days=1)
    assert [(one.who, one.kind) for one in story.letters()[2:]] == [("Cai Carter", "correction"), ("Joy", "correction")]


def test_a_late_joiner_whom_a_reminder_reaches_tomorrow_needs_no_catch_up(story, window, cai):
    staff = factories.group("Staff", people=[cai])
    story.tell(window, audience={"groups": [staff.pk]})
    story.plan(window, audience={"groups": [staff.pk]}, after=5 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    factories.person("Joy", groups=[staff])
    story.dated()
    story.wait(days=1)

    assert story.heard(NoticeKind.REMINDER) == ["Cai Carter", "Joy"]
    assert story.heard() == []


def test_who_joined_after_it_was_cancelled_hears_nothing(story, window, cai):
    staff = factories.group("Staff", people=[cai])
    story.tell(window, audience={"groups": [staff.pk]})
    story.change(window, status="cancelled")
    factories.person("Joy", groups=[staff])
    story.dated()
    story.wait(days=1)

    assert story.heard() == ["Cai Carter"]


def test_who_was_there_when_the_new_date_was_said_needs_no_letter(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(minutes=2)
    told = story.meet(window, fay)
    story.wait(hours=3)
    assert story.corrected() == ["Cai Carter"]

    telling.void(told, reason="Fay was not there.", by=story.upgrade.owner, now=story.now)
    story.dated()
    story.wait(hours=3)
    assert story.corrected() == ["Cai Carter", "Fay"]
    assert story.letters()[-1].told("start") == (iso(NOW + 14 * DAY), iso(NOW + 15 * DAY))


def test_what_was_said_in_a_meeting_is_corrected_as_well(story, window, cai, eve):
    meeting = story.meet(window, cai)
    factories.participant(meeting.engagement, eve)  # invited, not there
    story.move(window, days=1)
    story.wait(hours=3)

    (letter,) = story.letters()
    assert letter.who == "Cai Carter"
    assert "mail" not in letter.text.split("You were told")[1].split(":")[0]


# What is planned anyway


def test_a_reminder_in_time_carries_it(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.plan(window, cai, after=4 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(days=2)

    assert story.corrected() == ["Fay"]
    (reminder,) = story.letters(NoticeKind.REMINDER)
    assert reminder.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 15 * DAY))
    assert "16 March 2026" in reminder.text


def test_a_reminder_that_is_too_late_carries_nothing(story, window, cai):
    story.tell(window, cai)
    story.plan(window, cai, after=3 * DAY, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(days=4)

    assert story.corrected() == ["Cai Carter"]
    (reminder,) = story.letters(NoticeKind.REMINDER)
    assert reminder.rows == ()


def test_a_reminder_that_moves_with_its_window_is_no_help(story, window, cai):
    story.tell(window, cai)
    step = factories.step(window, offset=-9, name="Reminder")  # 3 March, 09:00: tomorrow
    approved = factories.approved_notice(
        step=step, people=[cai], send_at=NOW + DAY, kind=NoticeKind.REMINDER, needs_approval=False
    )
    story.move(window, days=14)
    story.wait(days=2)

    approved.refresh_from_db()
    assert approved.send_at > NOW + 10 * DAY
    assert story.corrected() == ["Cai Carter"]


def test_a_reminder_that_is_cancelled_leaves_a_letter_to_write(story, window, cai):
    story.tell(window, cai)
    reminder = story.plan(window, cai, after=5 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(hours=2)
    assert story.heard() == []
    approve.cancel(reminder, by=story.upgrade.owner, reason="Not needed.", now=story.now)
    story.wait(hours=2)

    assert story.corrected() == ["Cai Carter"]


def test_a_reminder_about_something_else_carries_nothing(story, window, cai):
    other = story.window(name="Wave 2", start=NOW + 20 * DAY)
    story.tell(window, cai)
    story.plan(other, cai, after=4 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    (reminder,) = story.letters(NoticeKind.REMINDER)
    assert reminder.rows == ()


def test_a_reminder_whose_letter_bounces_leaves_it_to_a_call(story, window, cai):
    story.tell(window, cai)
    story.plan(window, cai, after=4 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.nobody_at.add(cai.email)
    story.wait(days=1)

    assert story.heard() == []
    assert [call.person for call in calls.open(story.upgrade)] == [cai]


def test_a_reminder_does_not_help_who_was_taken_out_of_its_audience(story, window, cai, fay):
    staff = factories.group("Staff", people=[cai, fay])
    story.tell(window, cai, fay)
    story.plan(window, audience={"groups": [staff.pk]}, after=4 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(hours=1)
    assert story.heard() == []
    Membership.objects.filter(person=fay).delete()
    story.dated()
    story.wait(days=1)

    assert story.corrected() == ["Fay"]


def test_what_the_kit_said_to_all_is_not_said_again(story, window, cai, fay, eve):
    story.tell(window, cai, fay)
    line = kit.lay(window, BUTTONS["postpone"], by=factories.account("Ana Abel"), now=story.now)
    ben = factories.account("Ben Brand", role="approver")
    approve.approve(line, revision=line.revisions.get(), by=ben, now=story.now)
    values = {"start": window.start + DAY, "end": window.end + DAY}
    order = using.Order(
        button=BUTTONS["postpone"], kit=line.pk, seen=window.sequence, values=values, reason="Disks are late."
    )
    kit.use(window, order, by=ben, now=story.now)
    story.dated()
    story.wait(days=1)

    assert story.heard(NoticeKind.POSTPONED) == ["Cai Carter", "Fay"]
    assert story.heard() == []
    assert wrong(story) == set()


# Letters on their way


def test_a_change_while_a_letter_is_in_review_leaves_one_letter_with_the_last_value(story, window, cai):
    story.upgrade.correction_rule.delete()
    story.upgrade = type(story.upgrade).objects.get(pk=story.upgrade.pk)
    start = window.start
    story.tell(window, cai)
    story.move(window, days=1)
    story.wait(hours=1)
    (seen,) = open_corrections(story.upgrade)
    revision = seen.revisions.latest("number")
    story.move(window, days=1)
    ben = factories.account("Ben Brand", role="approver")
    with pytest.raises(NotAllowed, match="The plan has just changed"):
        approve.approve(seen, revision=revision, by=ben, now=story.now)
    story.wait(hours=1)
    (notice,) = open_corrections(story.upgrade)
    assert send_now(notice, by=ben, now=story.now) == 1
    story.wait(hours=1)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(start), iso(start + 2 * DAY))
    assert "17 March 2026" not in letter.text


def test_half_sent_and_moved_again_the_rest_hears_the_last_value_only(story, window, cai, fay):
    start = window.start
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(minutes=9)
    story.now = story.acted + 10 * MINUTE

    clockwork.turn(now=story.now, beats=False)
    story.dated_quietly()
    Message.objects.filter(person=fay, notice__kind=NoticeKind.CORRECTION).update(not_before=story.now + 2 * HOUR)
    story.hand_over()
    assert story.corrected() == ["Cai Carter"]
    story.move(window, days=1)
    story.wait(hours=3)

    said = [(one.who, *one.told("start")) for one in story.letters()]
    assert said == [
        ("Cai Carter", iso(start), iso(start + DAY)),
        ("Cai Carter", iso(start + DAY), iso(start + 2 * DAY)),
        ("Fay", iso(start), iso(start + 2 * DAY)),
    ]


def test_what_was_paused_with_the_old_date_never_leaves(story, window, cai, fay):
    staff = factories.group("Staff", people=[cai, fay])
    notice = factories.released_notice(window, audience={"groups": [staff.pk]}, now=story.now)
    outbox.pause(notice, by=story.upgrade.owner, now=story.now)
    story.wait(minutes=5)
    story.move(window, days=1)
    story.wait(minutes=30)
    notice.refresh_from_db()
    if notice.is_paused:
        outbox.resume(notice, by=story.upgrade.owner, now=story.now)
    story.wait(days=1)

    assert all("16 March" not in letter.text for letter in story.letters(*NoticeKind.values))
    assert story.corrected() == []
    assert story.heard(NoticeKind.CATCH_UP) == ["Cai Carter", "Fay"]


def test_what_was_scheduled_says_the_new_date_to_those_never_told(story, window, cai):
    """Whatever becomes of its approval, nobody is told the old date, and nobody is corrected."""
    story.plan(window, cai, after=2 * HOUR)
    story.move(window, days=1)
    story.wait(days=1)

    assert all("16 March" not in letter.text for letter in story.letters(*NoticeKind.values))
    assert story.heard() == []


def test_what_came_late_out_of_the_queue_is_not_sent_by_itself(story, window, cai):

    clockwork.turn(now=story.now)
    story.tell(window, cai)
    story.move(window, days=1)
    story.now += 3 * HOUR
    clockwork.turn(now=story.now)
    story.hand_over()
    for _ in range(6):
        story.now += 5 * MINUTE
        clockwork.turn(now=story.now)
        story.hand_over()

    assert story.heard() == []
    (notice,) = open_corrections(story.upgrade)
    assert notice.state in (NoticeState.IN_REVIEW, NoticeState.MISSED, NoticeState.DRAFT)


def test_a_clock_that_turns_twice_changes_nothing(story, window, cai):
    story.tell(window, cai)
    story.move(window, days=1)
    for _ in range(3):
        story.turn()
    story.now += 10 * MINUTE
    for _ in range(3):
        story.turn()

    assert story.corrected() == ["Cai Carter"]
    assert Notice.objects.filter(kind=NoticeKind.CORRECTION).count() == 1


def test_a_change_in_the_database_is_seen_like_any_other(story, window, cai):
    story.tell(window, cai)
    story.wait(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(f"{BY_A_DAY} WHERE id = %s", [window.pk])
    story.dated()
    story.wait(hours=1)

    assert story.corrected() == ["Cai Carter"]


def test_a_change_that_left_no_trace_in_any_history_is_seen(story, window, cai):
    """Somebody switched the triggers off, or restored a table."""
    story.tell(window, cai)
    story.wait(hours=1)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"{BY_A_DAY} WHERE id = %s", [window.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]


# Several


def test_one_letter_for_all_windows_and_only_those_told_of_each(story, window, cai, fay, eve):
    other = story.window(name="Wave 2", start=NOW + 21 * DAY)
    story.tell(window, cai, fay)
    story.tell(other, cai)
    story.move(window, days=1)
    story.wait(minutes=3)
    story.move(other, days=1)
    story.wait(days=1)

    letters = {letter.who: letter for letter in story.letters()}
    assert story.corrected() == ["Cai Carter", "Fay"]
    assert {fact for fact, _, _ in letters["Cai Carter"].rows} >= {
        f"milestone:{window.pk}.start",
        f"milestone:{other.pk}.start",
    }
    assert {fact.partition(".")[0] for fact, _, _ in letters["Fay"].rows} == {f"milestone:{window.pk}"}


def test_an_upgrade_that_moves_says_nothing_to_those_told_of_another(story, window, cai, fay):
    mail = factories.service("Mail")
    window.services.add(mail)
    other = Story(factories.upgrade("Later"), real=story.real)
    other.by_itself()
    later = other.window(start=NOW + 40 * DAY, services=[mail])
    story.tell(window, cai)
    factories.released_notice(later, people=[fay, cai], now=story.now)
    story.hand_over()
    story.dated()
    story.move(window, days=1)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.who == "Cai Carter"
    assert {fact.partition(".")[0] for fact, _, _ in letter.rows} == {f"milestone:{window.pk}"}


def test_a_rule_with_a_limit_waits_beyond_it_for_a_click(story, window, cai, fay):
    type(story.upgrade.correction_rule).objects.update(most_people=1)
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.heard() == []
    (notice,) = open_corrections(story.upgrade)
    assert sorted(notice.audience["people"]) == sorted([cai.pk, fay.pk])


def test_without_a_rule_it_waits_for_a_click_and_goes_to_those_who_need_it_then(story, window, cai, fay):
    story.upgrade.correction_rule.delete()
    story.upgrade = type(story.upgrade).objects.get(pk=story.upgrade.pk)
    story.tell(window, cai, fay)
    story.move(window, days=1)
    story.wait(days=1)
    assert story.heard() == []
    story.meet(window, fay)
    story.dated()
    (notice,) = open_corrections(story.upgrade)
    send_now(notice, by=factories.account("Ben Brand", role="approver"), now=story.now)
    story.wait(hours=1)

    assert story.corrected() == ["Cai Carter"]


# And then


def test_an_upgrade_that_was_called_off_and_comes_back_is_told_to_those_who_heard(story, window, cai):
    story.tell(window, cai)
    story.change_upgrade(phase="cancelled")
    story.wait(hours=2)
    assert story.corrected() == ["Cai Carter"]
    story.change_upgrade(phase="planning")
    story.wait(hours=2)

    assert story.letters()[-1].told("status") == ("cancelled", "confirmed")
    assert len(story.letters()) == 2


def test_a_deadline_that_is_near_is_urgent_though_the_window_is_far(story, cai):
    window = story.window(action="Save your files.", action_deadline=NOW + 20 * HOUR)
    story.tell(window, cai)
    story.change(window, action="Save your files and log out.")
    story.wait(hours=1)

    (letter,) = story.letters()
    assert (letter.urgent, letter.at) == (True, NOW + 2 * MINUTE)


def test_a_service_of_the_whole_upgrade_added_and_taken_back_at_once_is_silence(story, cai, fay):
    mail, files = factories.service("Mail"), factories.service("Files")
    files.users.set([factories.group("Users of files", people=[fay])])
    story.upgrade.services.set([mail])
    window = story.window()
    story.tell(window, cai, fay)
    story.wait(hours=1)
    story.upgrade.services.add(files)
    story.dated()
    story.wait(minutes=5)
    story.upgrade.services.remove(files)
    story.dated()
    story.wait(days=1)
    assert story.heard() == []

    story.upgrade.services.add(files)
    story.dated()
    story.wait(days=1)
    assert story.corrected() == ["Fay"]


def test_a_service_added_and_taken_back_is_silence_also_when_the_last_choice_was_today(story, cai, fay):
    mail, files, chat = (factories.service(name) for name in ("Mail", "Files", "Chat"))
    files.users.set([factories.group("Users of files", people=[fay])])
    window = story.window(services=[mail])
    story.wait(hours=2)
    story.change(window, services=[mail, chat])
    story.tell(window, cai, fay)
    story.wait(hours=2)
    story.change(window, services=[mail, chat, files])
    story.wait(minutes=5)
    assert story.heard() == []
    story.change(window, services=[mail, chat])
    story.wait(days=1)
    assert story.heard() == []


def test_a_finer_threshold_waits_as_long_as_any_other(story, window, cai):
    type(story.upgrade.correction_rule).objects.update(start_minutes=5)
    story.tell(window, cai)
    story.wait(hours=1)
    story.move(window, minutes=10)
    story.wait(minutes=5)
    story.move(window, minutes=-10)
    story.wait(hours=3)

    assert story.heard() == []


def test_another_name_for_a_service_or_a_site_is_no_service_more(story, fay):
    mail, hill = factories.service("Mail"), factories.site("Hill")
    mail.users.set([factories.group("Users of mail", people=[fay])])
    Person.objects.filter(pk=fay.pk).update(site=hill)
    window = story.window(services=[mail], sites=[hill])
    story.tell(window, fay)
    story.wait(hours=1)
    type(mail).objects.filter(pk=mail.pk).update(name="E-mail")
    type(hill).objects.filter(pk=hill.pk).update(name="Hillside")
    story.dated()
    story.wait(days=1)

    assert story.heard() == []


def test_who_comes_back_is_put_right(story, window, cai, fay):
    story.tell(window, cai, fay)
    fay.archive(now=story.now)
    story.move(window, days=1)
    story.wait(days=1)
    assert story.corrected() == ["Cai Carter"]
    fay.restore()
    story.wait(days=1)
    assert story.corrected() == ["Cai Carter", "Fay"]


def test_who_was_told_that_it_is_done_hears_that_it_goes_on(story, window, cai, fay):
    story.tell(window, cai, fay)
    story.wait(days=14, hours=1)
    story.change(window, status="completed")
    story.tell(window, cai, kind=NoticeKind.COMPLETED, title="Done")
    story.wait(minutes=30)
    story.change(window, status="in_process", end=window.end + 3 * HOUR)
    story.wait(hours=1)

    assert story.corrected() == ["Cai Carter", "Fay"]
    assert wrong(story) == set()


def test_who_is_away_is_put_right_themselves_whoever_stands_in(story, window, cai, fay):
    deputy = factories.person("Dirk Deputy")
    story.tell(window, cai, fay)
    Absence.objects.create(person=cai, deputy=deputy, start_on=NOW.date(), end_on=NOW.date() + 7 * DAY)
    story.move(window, days=1)
    story.wait(days=2)

    assert story.corrected() == ["Cai Carter", "Fay"]
    assert wrong(story) == set()
    assert Notice.objects.filter(kind=NoticeKind.CORRECTION).count() == 1


def test_what_the_deputy_was_told_is_put_right_at_the_deputy(story, window, cai):
    deputy = factories.person("Dirk Deputy")
    Absence.objects.create(person=cai, deputy=deputy, start_on=NOW.date(), end_on=NOW.date() + 7 * DAY)
    story.tell(window, cai)
    told = story.heard(NoticeKind.ANNOUNCEMENT)
    story.move(window, days=1)
    story.wait(days=2)

    assert story.corrected() == told
    assert wrong(story) == set()


def test_a_planned_letter_to_who_is_away_helps_those_it_reaches(story, window, cai):
    deputy = factories.person("Dirk Deputy")
    story.tell(window, cai)
    Absence.objects.create(person=cai, deputy=deputy, start_on=NOW.date(), end_on=NOW.date() + 7 * DAY)
    story.plan(window, cai, after=4 * HOUR, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(days=2)

    reached = story.heard(NoticeKind.REMINDER)
    assert story.corrected() == ([] if "Cai Carter" in reached else ["Cai Carter"])
    assert wrong(story) == set()


def test_a_meeting_that_told_some_facts_leaves_the_others_to_a_letter(story, window, cai):
    story.tell(window, cai)
    story.move(window, days=1)
    story.change(window, action="Restart.")
    story.wait(minutes=1)
    story.meet(window, cai)
    story.wait(days=1)

    (letter,) = story.letters()
    assert letter.names == {"action"}


def test_a_list_is_put_right_like_anybody(story, window):
    team = factories.person("Team", is_list=True)
    story.tell(window, team)
    story.move(window, days=1)
    story.wait(days=1)
    (letter,) = story.letters()
    assert letter.who == "Team"
    assert "/preferences/" not in letter.text


def test_a_letter_held_for_the_morning_is_not_sent_when_the_plan_is_back(story, window):
    ngaio = factories.person("Ngaio", time_zone="Pacific/Auckland")
    story.tell(window, ngaio)
    story.move(window, days=1)
    story.wait(hours=1)
    story.move(window, days=-1)
    story.wait(days=2)

    assert story.heard() == []
    assert wrong(story) == set()


def test_a_letter_held_for_the_morning_tells_the_last_value(story, window):
    ngaio = factories.person("Ngaio", time_zone="Pacific/Auckland")
    story.tell(window, ngaio)
    story.move(window, days=1)
    story.wait(hours=1)
    story.move(window, days=1)
    story.wait(days=2)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 16 * DAY))


def test_a_letter_held_for_the_morning_goes_at_once_when_it_becomes_urgent(story, window):
    ngaio = factories.person("Ngaio", time_zone="Pacific/Auckland")
    story.tell(window, ngaio)
    story.move(window, days=1)
    story.wait(hours=1)
    story.change(window, start=NOW + 20 * HOUR, end=NOW + 22 * HOUR)
    story.wait(minutes=10)

    (letter,) = story.letters()
    assert letter.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 20 * HOUR))


def test_outsiders_read_no_internal_names_in_a_correction(story):
    vendors = factories.group("Vendors", category="vendor")
    vic = factories.person("Vic", groups=[vendors])
    window = story.window(systems="mx1.internal")
    story.tell(window, vic)
    story.change(window, start=window.start + DAY, end=window.end + DAY, systems="mx9.internal")
    story.wait(days=1)
    (letter,) = story.letters()
    assert "mx" not in letter.text


def test_a_reminder_within_the_wait_carries_it(story, window, cai):
    story.tell(window, cai)
    story.plan(window, cai, after=5 * MINUTE, kind=NoticeKind.REMINDER, needs_approval=False)
    story.move(window, days=1)
    story.wait(days=1)

    assert story.heard() == []
    (reminder,) = story.letters(NoticeKind.REMINDER)
    assert reminder.told("start") == (iso(NOW + 14 * DAY), iso(NOW + 15 * DAY))


def test_a_reminder_that_needs_approval_again_is_not_relied_upon(story, window, cai):
    story.tell(window, cai)
    reminder = story.plan(window, cai, after=5 * HOUR, kind=NoticeKind.REMINDER)
    story.move(window, days=1)
    story.wait(hours=1)
    assert story.corrected() == ["Cai Carter"]
    reminder.refresh_from_db()
    ben = factories.account("Ben", role="approver")
    approve.approve(reminder, revision=reminder.revisions.latest("number"), by=ben, now=story.now)
    story.wait(days=1)

    assert story.corrected() == ["Cai Carter"]
    (letter,) = story.letters(NoticeKind.REMINDER)
    assert letter.rows == ()


@pytest.mark.parametrize("what", [{"mode": "propose"}, {"most_people": 0}, {"words": OWN_WORDS}])
def test_what_waits_for_the_morning_follows_the_rule(story, window, cai, what):
    story.tell(window, cai)
    story.wait(hours=12)
    story.move(window, days=1)
    story.wait(minutes=30)
    (notice,) = open_corrections(story.upgrade)
    assert notice.state == NoticeState.APPROVED
    rule.save(story.upgrade, by=factories.account("Ana"), **what)
    story.wait(days=1)

    assert story.heard() == []
    (notice,) = open_corrections(story.upgrade)
    assert notice.state == NoticeState.IN_REVIEW


def test_a_restored_copy_sends_nothing_by_itself(story, window, cai):
    clockwork.turn(now=story.now)
    story.tell(window, cai)
    story.move(window, days=1)
    for minute in range(0, 9, 2):
        story.now = NOW + minute * MINUTE
        clockwork.turn(now=story.now)
    Heartbeat.objects.update(number=1)
    for minute in range(10, 40, 2):
        story.now = NOW + minute * MINUTE
        clockwork.turn(now=story.now)
        story.hand_over()

    assert story.heard() == []
    (notice,) = open_corrections(story.upgrade)
    assert notice.state == NoticeState.IN_REVIEW


def test_who_complained_about_the_correction_knows(story, window, cai):
    story.tell(window, cai)
    story.move(window, days=1)
    story.wait(hours=1)
    receipts.complain(Message.objects.get(notice__kind="correction"), detail="spam", now=story.now)
    story.wait(days=1)
    assert len(story.letters()) == 1
    assert list(calls.open(story.upgrade)) == []


def test_who_has_to_be_called_and_is_merged_with_somebody_reachable_gets_a_letter(story, window, cai, fay):
    story.tell(window, cai)
    Person.objects.filter(pk=cai.pk).update(email_state="bounced")
    story.move(window, days=1)
    story.wait(hours=1)
    assert [call.person for call in calls.open(story.upgrade)] == [cai]
    merging.merge(fay, cai, by=story.upgrade.owner, now=story.now)
    story.wait(days=1)
    assert story.corrected() == ["Fay"]
    assert list(calls.open(story.upgrade)) == []


def test_who_is_erased_is_not_called_any_more(story, window, cai, fay):
    story.tell(window, cai)
    Person.objects.filter(pk=cai.pk).update(email_state="bounced")
    story.move(window, days=1)
    story.wait(hours=1)
    erasing.erase(cai, reason="Asked.", by=story.upgrade.owner, now=story.now)
    story.wait(days=1)
    assert list(calls.open(story.upgrade)) == []


def test_an_end_that_is_gone_is_nothing_and_one_that_is_later_is(story, cai, fay):
    window = story.window()
    story.tell(window, cai)
    story.change(window, end=None)
    story.wait(hours=2)
    assert story.heard() == []
    story.change(window, end=NOW + 15 * DAY)
    story.wait(days=1)
    assert story.corrected() == ["Cai Carter"]


# At the same moment. The database is real, and so are the transactions


def at_the_same_time(*acts):
    """Each in a thread and a connection of its own; what they raised."""
    raised = []

    def run(act):
        try:
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def a_proposal(*, people=3):
    story = Story()
    story.by_itself()
    window = story.window()
    story.tell(window, *(factories.person() for _ in range(people)))
    story.move(window, days=1)
    return story, window


@pytest.mark.django_db(transaction=True)
def test_a_click_at_the_moment_the_clock_sends_it_is_one_letter_each():
    story, _ = a_proposal()
    (notice,) = propose_now(story.upgrade, by=story.upgrade.owner, now=story.now)
    ben = factories.account("Ben", role="approver")
    story.now += 10 * MINUTE

    raised = at_the_same_time(
        *([lambda: clockwork.turn(now=story.now, beats=False)] * 2),
        *([lambda: send_now(Notice.objects.get(pk=notice.pk), by=ben, now=story.now)] * 2),
    )
    story.turn()

    assert [one for one in raised if not isinstance(one, NotAllowed)] == []
    assert Notice.objects.filter(kind=NoticeKind.CORRECTION).count() == 1
    assert sorted(story.heard()) == sorted({*story.heard()})
    assert len(story.heard()) == 3


@pytest.mark.django_db(transaction=True)
def test_the_plan_changes_while_letters_are_made_and_no_old_value_leaves():
    story, window = a_proposal()
    start = window.start
    story.now += 10 * MINUTE

    def move_again():
        rescheduling.change(Milestone.objects.get(pk=window.pk), start=start + 2 * DAY, end=start + 2 * DAY + HOUR)

    def hand_over():
        story.hand_over()

    turns = [lambda: clockwork.turn(now=story.now, beats=False)] * 2
    raised = at_the_same_time(*turns, move_again, hand_over, hand_over)
    story.dated()
    left_before = len(story.letters())
    story.wait(hours=2)

    assert raised == []
    assert wrong(story) == set()
    for letter in story.letters()[left_before:]:
        assert letter.told("start")[1] == iso(start + 2 * DAY)
    assert {letter.who for letter in story.letters()} == set(Person.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "stage", ["notices.pipeline.outbox.filling._follow_the_register", "notices.pipeline.approve.deciding._hold"]
)
def test_a_clock_that_dies_in_the_middle_costs_a_turn_and_no_letter(stage, monkeypatch):
    story, _ = a_proposal()
    story.now += 10 * MINUTE
    with monkeypatch.context() as patch:
        patch.setattr(stage, die)
        with pytest.raises(KeyboardInterrupt):
            clockwork.turn(now=story.now, beats=False)
    story.turn()
    story.turn()

    assert len(story.heard()) == 3
    assert len({*story.heard()}) == 3


def die(*args, **named):
    raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_who_dies_with_letters_in_hand_sends_each_again_at_most_once():
    story, _ = a_proposal()
    story.now += 10 * MINUTE
    clockwork.turn(now=story.now, beats=False)
    held = outbox.claim("email", limit=2, now=story.now)
    assert len(held) == 2
    story.hand_over()
    assert len(story.heard()) == 1
    story.now += 30 * MINUTE
    factories.leases_end()
    story.turn()

    assert len(story.heard()) == 3
    assert len({*story.heard()}) == 3
