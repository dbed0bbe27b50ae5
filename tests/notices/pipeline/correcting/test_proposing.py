"""Corrections: to exactly those who have it wrong, when the plan stands still, over a way that works."""

from threading import Thread

import pytest
from django.db import connection

from notices import channels
from notices.enums import MessageState, NoticeKind, NoticeState
from notices.models import Call, Message, Notice
from notices.pipeline import approve, outbox
from notices.pipeline.approve import NotAllowed
from notices.pipeline.correcting import calls, dismiss, open_corrections, propose_now, proposing, send_now
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import (
    DAY,
    HOUR,
    MINUTE,
    arrive,
    by_itself,
    change,
    change_upgrade,
    from_meeting,
    go_on,
    letters,
    proposals,
    shift,
    the,
    turn,
    wrong,
)
from tests.notices.pipeline.ledger.telling import tell

pytestmark = pytest.mark.django_db


def test_those_who_were_told_the_old_date_are_proposed_once_it_stands_still(upgrade, window):
    cai, dee, eve = (factories.person() for _ in range(3))
    tell(window, [cai, dee])
    shift(window, DAY, at=NOW + MINUTE)
    tell(window, [dee], at=NOW + 2 * MINUTE)

    turn(NOW + 10 * MINUTE)
    assert proposals(upgrade) == []

    turn(NOW + 11 * MINUTE)
    notice = the(upgrade)
    assert notice.audience == {"people": [cai.pk]}
    assert notice.state == NoticeState.IN_REVIEW
    assert notice.title == "Correction: start of Go-live"
    assert (notice.is_urgent, notice.send_at, notice.channels) == (False, NOW + 11 * MINUTE, ["email"])
    assert eve.pk not in notice.audience["people"]


def test_a_second_turn_changes_nothing(upgrade, window):
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    before = proposals(upgrade)[0]

    for minute in range(1, 5):
        turn(NOW + HOUR + minute * MINUTE)

    after = the(upgrade)
    assert (after.version, after.send_at, after.revisions.count()) == (before.version, before.send_at, 1)
    assert Notice.pgh_event_model.objects.filter(pgh_obj_id=after.pk).count() == 2


def test_who_keeps_moving_things_is_waited_for_at_most_an_hour(upgrade, window):
    tell(window, [factories.person()])
    for minute in range(0, 56, 5):
        shift(window, DAY, at=NOW + minute * MINUTE)
        turn(NOW + minute * MINUTE)

    turn(NOW + 59 * MINUTE)
    assert proposals(upgrade) == []
    turn(NOW + 60 * MINUTE)
    assert len(proposals(upgrade)) == 1


def test_moved_and_moved_back_within_the_debounce_is_nothing(upgrade, window):
    by_itself(upgrade)
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    go_on(NOW + 5 * MINUTE)
    shift(window, -DAY, at=NOW + 6 * MINUTE)

    go_on(NOW + HOUR)

    assert (proposals(upgrade), letters(upgrade)) == ([], [])


def test_moved_corrected_and_moved_back_tells_exactly_those_corrected_again(upgrade, window):
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    go_on(NOW + 10 * MINUTE)
    tell(window, [dee], at=NOW + 11 * MINUTE)
    shift(window, -DAY, at=NOW + 12 * MINUTE)
    tell(window, [dee], at=NOW + 13 * MINUTE)

    go_on(NOW + 30 * MINUTE)

    assert letters(upgrade) == [cai.pk, cai.pk]
    assert wrong(upgrade, now=NOW + HOUR) == set()


def test_small_moves_add_up_and_one_minute_earlier_counts(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, 10 * MINUTE, at=NOW)
    go_on(NOW + HOUR)
    assert letters(upgrade) == []
    shift(window, 10 * MINUTE, at=NOW + HOUR)
    go_on(NOW + 2 * HOUR)
    assert len(letters(upgrade)) == 1
    shift(window, 10 * MINUTE, at=NOW + 2 * HOUR)
    go_on(NOW + 3 * HOUR)
    assert len(letters(upgrade)) == 1
    shift(window, -11 * MINUTE, at=NOW + 3 * HOUR)
    go_on(NOW + 4 * HOUR)
    assert len(letters(upgrade)) == 2


def test_a_proposal_that_nobody_needs_any_more_is_withdrawn(upgrade, window):
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    shift(window, -DAY, at=NOW + HOUR)

    turn(NOW + HOUR)

    (notice,) = proposals(upgrade)
    assert (notice.state, notice.reason) == (NoticeState.CANCELLED, proposing.ALL_RIGHT)


def test_the_next_channel_is_tried_before_anybody_has_to_call(upgrade, window, monkeypatch):
    monkeypatch.setitem(channels.SENDERS, "sms", channels.SENDERS.get("sms", object))
    factories.outlet("sms")
    by_itself(upgrade)
    cai = factories.person()
    factories.address(cai, "sms")
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    turn(NOW + 10 * MINUTE)
    arrive(NOW + 10 * MINUTE, state=MessageState.FAILED)

    go_on(NOW + 11 * MINUTE)

    assert [one.channels for one in proposals(upgrade)] == [["email"], ["sms"]]
    assert letters(upgrade) == [cai.pk]
    assert wrong(upgrade, now=NOW + HOUR) == set()
    Message.objects.filter(channel="sms").update(state=MessageState.FAILED)
    turn(NOW + HOUR)
    assert [call.person for call in calls.open(upgrade)] == [cai]


def test_a_channel_without_an_address_is_no_way_to_somebody(upgrade, window, monkeypatch):
    monkeypatch.setitem(channels.SENDERS, "sms", channels.SENDERS.get("sms", object))
    factories.outlet("sms")
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    turn(NOW + 10 * MINUTE)
    arrive(NOW + 10 * MINUTE, state=MessageState.FAILED)

    go_on(NOW + 11 * MINUTE)

    assert [one.channels for one in proposals(upgrade)] == [["email"]]
    call = calls.open(upgrade)[0]
    assert call.why == "E-mail: it did not get through; Text message: no address for text messages"


def test_what_reaches_rooms_only_is_not_named_where_somebody_has_to_be_called(upgrade, window):
    factories.outlet("teams")
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    turn(NOW + 10 * MINUTE)
    arrive(NOW + 10 * MINUTE, state=MessageState.FAILED)

    go_on(NOW + 11 * MINUTE)

    assert calls.open(upgrade)[0].why == "E-mail: it did not get through"


def test_who_was_never_told_gets_no_correction(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    factories.stakeholder(factories.person(), of=upgrade)
    tell(window, [cai])
    shift(window, DAY, at=NOW)

    go_on(NOW + HOUR)

    assert letters(upgrade) == [cai.pk]


def test_a_planned_notice_in_time_carries_it_and_nobody_gets_a_letter_too(upgrade, window):
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person()
    tell(window, [cai, dee])
    shift(window, DAY, at=NOW)
    planned = factories.approved_notice(window, people=[cai], send_at=NOW + 3 * HOUR, now=NOW)

    go_on(NOW + HOUR)
    assert letters(upgrade) == [dee.pk]
    go_on(NOW + 3 * HOUR)

    assert planned.messages.get().values["told"] == "1"
    assert letters(upgrade) == [dee.pk]
    assert wrong(upgrade, now=NOW + 4 * HOUR) == set()


@pytest.mark.parametrize("happens", ["cancelled", "paused", "moved"])
def test_when_the_planned_notice_does_not_come_the_correction_does(upgrade, window, happens):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    planned = factories.approved_notice(window, people=[cai], send_at=NOW + 3 * HOUR, now=NOW)
    go_on(NOW + HOUR)
    assert letters(upgrade) == []

    if happens == "cancelled":
        approve.cancel(planned, by=upgrade.owner, reason="", now=NOW + HOUR)
    elif happens == "paused":
        outbox.pause(planned, by=upgrade.owner, now=NOW + HOUR)
    else:
        Notice.objects.filter(pk=planned.pk).update(send_at=NOW + 5 * DAY)
    go_on(NOW + 2 * HOUR)

    assert letters(upgrade) == [cai.pk]


def test_one_that_comes_after_the_deadline_carries_nothing(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    factories.approved_notice(window, people=[cai], send_at=NOW + 2 * DAY, now=NOW)

    go_on(NOW + HOUR)

    assert letters(upgrade) == [cai.pk]


def test_another_zone_and_who_was_merged(upgrade, window):
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    change_upgrade(upgrade, at=NOW, time_zone="America/New_York")
    go_on(NOW + HOUR)
    assert letters(upgrade) == []
    shift(window, DAY, at=NOW + HOUR)
    tell(window, [dee], at=NOW + HOUR + MINUTE)
    type(dee).objects.filter(pk=dee.pk).update(merged_into=cai, archived_at=NOW + HOUR)

    go_on(NOW + 9 * HOUR)

    assert (proposals(upgrade), letters(upgrade)) == ([], [])


def test_two_upgrades_that_disagree_wait_for_a_person(upgrade, window):
    mail = factories.service("Mail")
    window.services.add(mail)
    rival = factories.upgrade("Other")
    factories.milestone(rival, start=window.start + DAY, end=window.end + DAY, services=[mail], impact=4)
    by_itself(upgrade)
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)

    go_on(NOW + HOUR)

    assert letters(upgrade) == []
    assert the(upgrade).reason.startswith("Not sent by itself: “Other” says something else of Mail")
    rival.milestones.update(impact=window.impact)
    go_on(NOW + 2 * HOUR)
    assert len(letters(upgrade)) == 1


def test_a_letter_on_its_way_never_tells_the_old_value(upgrade, window):
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person()
    tell(window, [cai])
    notice = factories.released_notice(window, people=[cai, dee], now=NOW)
    shift(window, DAY, at=NOW)

    turn(NOW + 10 * MINUTE)

    assert {(one.state, one.reason) for one in notice.messages.all()} == {
        ("missed", "the plan changed before it went out: start and end")
    }
    arrive(NOW + 10 * MINUTE)
    assert letters(upgrade) == [cai.pk]
    go_on(NOW + HOUR)
    assert letters(upgrade, NoticeKind.CATCH_UP) == [dee.pk]


def test_nor_between_two_turns_of_the_clock(upgrade, window):
    notice = factories.released_notice(window, people=[factories.person()], now=NOW)
    shift(window, DAY, at=NOW)

    assert outbox.claim("email", limit=5, now=NOW) == []

    assert notice.messages.get().state == MessageState.MISSED


def test_nor_does_a_correction(upgrade, window):
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person()
    tell(window, [cai, dee])
    shift(window, DAY, at=NOW)
    turn(NOW + 10 * MINUTE)
    arrive(NOW + 10 * MINUTE, people=[cai])
    shift(window, DAY, at=NOW + 11 * MINUTE)

    go_on(NOW + 21 * MINUTE)

    assert letters(upgrade) == [cai.pk, cai.pk, dee.pk]
    assert wrong(upgrade, now=NOW + HOUR) == set()


def test_a_cancelled_window_tells_those_told_and_only_those(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    reminder = factories.approved_notice(window, people=[cai, factories.person()], send_at=NOW + DAY, now=NOW)
    change(window, at=NOW, status="cancelled")

    go_on(NOW + HOUR)

    assert letters(upgrade) == [cai.pk]
    reminder.refresh_from_db()
    assert reminder.state == NoticeState.CANCELLED


def test_at_night_only_what_is_urgent_goes_out(upgrade, window):
    by_itself(upgrade)
    tell(window, [factories.person()])
    night = NOW + 12 * HOUR  # nine in the evening in Berlin
    shift(window, DAY, at=night)

    turn(night + HOUR)
    notice = the(upgrade)
    assert (notice.is_urgent, notice.send_at) == (False, NOW + DAY)  # nine in the morning
    assert notice.state == NoticeState.APPROVED

    tomorrow = NOW + DAY
    change(window, at=night + HOUR, start=tomorrow, end=tomorrow + HOUR)
    go_on(night + HOUR + 2 * MINUTE)

    assert len(letters(upgrade)) == 1
    assert [(one.is_urgent, one.state) for one in proposals(upgrade)] == [
        (False, NoticeState.CANCELLED),
        (True, NoticeState.RELEASED),
    ]


def test_send_now_ends_the_wait_and_is_exact(upgrade, window, ben):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai, dee])
    shift(window, DAY, at=NOW)
    (notice,) = propose_now(upgrade, by=upgrade.owner, now=NOW + MINUTE)
    tell(window, [dee], at=NOW + 2 * MINUTE)

    assert send_now(notice, by=ben, now=NOW + 3 * MINUTE) == 1
    arrive(NOW + 3 * MINUTE)

    assert letters(upgrade) == [cai.pk]


def test_send_now_of_what_nobody_needs_says_so(upgrade, window, ben):
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    (notice,) = propose_now(upgrade, by=upgrade.owner, now=NOW + MINUTE)
    shift(window, -DAY, at=NOW + MINUTE)

    with pytest.raises(NotAllowed, match="Nobody needs it any more"):
        send_now(notice, by=ben, now=NOW + 2 * MINUTE)

    notice.refresh_from_db()
    assert notice.state == NoticeState.CANCELLED


def test_what_was_dismissed_is_not_proposed_again_until_the_plan_changes(upgrade, window):
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    dismiss(the(upgrade), by=upgrade.owner, reason="They all know.", now=NOW + HOUR)

    turn(NOW + 2 * HOUR)
    assert list(open_corrections(upgrade)) == []
    shift(window, DAY, at=NOW + 2 * HOUR)
    turn(NOW + 3 * HOUR)

    assert len(open_corrections(upgrade)) == 1


def test_after_an_interruption_nothing_goes_out_by_itself(upgrade, window, ben):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)

    proposing.hold_back("Nothing ran for a while.", now=NOW + MINUTE)
    go_on(NOW + HOUR)
    go_on(NOW + 2 * HOUR)

    assert (letters(upgrade), the(upgrade).reason) == ([], "Waits for a person: Nothing ran for a while.")
    assert send_now(the(upgrade), by=ben, now=NOW + 2 * HOUR) == 1


def test_a_correction_that_was_missed_waits_for_a_person(upgrade, window):
    by_itself(upgrade)
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    turn(NOW + 12 * HOUR)  # in the evening: to go out in the morning
    Notice.objects.filter(pk=the(upgrade).pk).update(state=NoticeState.MISSED, reason="The clock was away.")

    go_on(NOW + DAY)
    go_on(NOW + DAY + HOUR)

    assert (letters(upgrade), the(upgrade).reason) == ([], "Waits for a person: The clock was away.")


def test_what_a_person_recalled_does_not_go_out_by_itself(upgrade, window):
    by_itself(upgrade)
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW + 10 * HOUR)
    turn(NOW + 12 * HOUR)
    notice = the(upgrade)
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.IN_REVIEW, reason="Recalled by Ben.", **approve.UNAPPROVED
    )

    go_on(NOW + DAY + HOUR)

    assert letters(upgrade) == []
    assert the(upgrade).reason == "Recalled by Ben."


def test_what_somebody_edits_is_left_alone(upgrade, window, ana):
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    notice = the(upgrade)
    approve.save_draft(notice, by=ana, version=notice.version, title="My own title")

    turn(NOW + 2 * HOUR)

    assert [(one.title, one.state) for one in proposals(upgrade)] == [("My own title", NoticeState.DRAFT)]


def test_a_change_by_sql_is_seen(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE upgrades_milestone SET impact = impact + 1 WHERE id = %s", [window.pk])

    turn(NOW + 20 * DAY)  # over by then
    assert letters(upgrade) == []
    type(window).pgh_event_model.objects.update(pgh_created_at=NOW)
    go_on(NOW + HOUR)

    assert letters(upgrade) == [cai.pk]


def test_one_upgrade_that_cannot_be_worked_out_stops_no_other(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    broken = factories.milestone(factories.upgrade(time_zone="Nowhere/Land"))
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    Notice.objects.filter(pk=tell(window, [cai], at=NOW).pk).update(upgrade=broken.upgrade, milestone=broken)
    shift(broken, DAY, at=NOW)

    go_on(NOW + HOUR)

    assert letters(upgrade) != []


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_notice_and_one_letter():
    upgrade = factories.upgrade()
    window = factories.milestone(upgrade)
    by_itself(upgrade)
    cai, dee = factories.person(), factories.person(email="")
    tell(window, [cai])
    meeting = factories.engagement(upgrade, start=NOW - HOUR, end=NOW)
    factories.participant(meeting, dee, attended=True)
    from_meeting(meeting, window, upgrade)
    shift(window, DAY, at=NOW)

    def beat():
        try:
            turn(NOW + HOUR)
        finally:
            connection.close()

    threads = [Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turn(NOW + HOUR)
    arrive(NOW + HOUR)

    assert len(proposals(upgrade)) == 1
    assert letters(upgrade) == [cai.pk]
    assert [call.person for call in Call.objects.all()] == [dee]
