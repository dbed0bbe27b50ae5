"""Promises of a play that do not need the real thing beside it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from notices.enums import Event, Medium, MessageState, NoticeKind, NoticeState, Trigger, Unit
from notices.models import DeliveryRules, Message, Notice
from notices.pipeline import schedule
from notices.simulation import comparing, days, fatigue, inbox
from notices.simulation.play import AS_PLANNED, play
from notices.simulation.what_if import Approved, Cancelled, Dropped, Frozen, Gone, Slip, WhatIf
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
UNTIL = NOW + timedelta(days=40)
LATER = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)  # than the history of the database, in which a move is looked up


def played(upgrade, *changes, **options):
    return play([upgrade], **{"now": NOW, "until": UNTIL, "what_if": WhatIf(changes), **options})


@pytest.fixture
def milestone():
    return factories.milestone(start=NOW + timedelta(days=14, hours=2))


def notice_of(milestone, *people, **fields):
    step = factories.step(milestone, audience={"people": [one.pk for one in people]}, **fields.pop("step", {}))
    return factories.approved_notice(step=step, people=people, send_at=schedule.due_at(step), **fields)


def rows_of_every_table():
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{table}\" t")
            yield table, cursor.fetchone()[0]


def test_nothing_is_written(milestone, cai):
    notice_of(milestone, cai)
    factories.notice(milestone, people=[cai])
    before = dict(rows_of_every_table())

    after = played(milestone.upgrade, Slip.by(milestone, 7 * DAY), Approved(), approvals=AS_PLANNED)
    comparing.compare(played(milestone.upgrade), after)
    list(after.messages(after.released[0]))
    fatigue.heat_map(now=NOW)
    inbox.of(after, cai)

    assert dict(rows_of_every_table()) == before


def test_equal_input_gives_equal_output(milestone, cai, dee):
    notice_of(milestone, cai, dee)

    def said(one):
        return [(outcome.key, outcome.state, outcome.at, list(one.messages(outcome))) for outcome in one.outcomes]

    assert said(played(milestone.upgrade)) == said(played(milestone.upgrade))


def test_a_shift_of_some_days_shifts_every_relative_notice_by_as_many(cai):
    milestone = factories.milestone(start=NOW + timedelta(days=21, hours=2))
    for offset in (-9, -3, 2):
        notice_of(milestone, cai, step={"offset": offset, "unit": Unit.MINUTES})

    before = played(milestone.upgrade)
    after = played(milestone.upgrade, Slip.by(milestone, 3 * DAY), approvals=AS_PLANNED)

    assert [one.at + 3 * DAY for one in before.released] == [one.at for one in after.released]
    assert len(before.released) == 3


def test_nobody_gets_anything_before_somebody_approved_it(milestone, cai):
    notice = factories.notice(milestone, people=[cai])

    stands, planned = played(milestone.upgrade), played(milestone.upgrade, approvals=AS_PLANNED)

    assert [(one.state, one.reason) for one in stands.outcomes] == [
        (NoticeState.MISSED, "It was not approved in time.")
    ]
    assert [(one.key, one.is_assumed) for one in planned.released] == [(f"notice-{notice.pk}", True)]


def test_a_slip_says_what_moves_whom_it_makes_wrong_and_what_it_costs(milestone, cai, dee):
    factories.released_notice(milestone, people=[cai, dee])
    told(cai, dee)
    notice = notice_of(milestone, cai)

    difference = comparing.compare(
        played(milestone.upgrade, approvals=AS_PLANNED),
        played(milestone.upgrade, Slip.by(milestone, 7 * DAY), approvals=AS_PLANNED),
    )

    assert [(pair.outcome.notice.pk, pair.to_at - pair.from_at) for pair in difference.moved] == [(notice.pk, 7 * DAY)]
    assert {one.fact.partition(".")[2]: one.people for one in difference.new_wrongs} == {"start": 2, "end": 2}
    assert (difference.people_to_correct, difference.cost) == (2, 2)


@pytest.mark.parametrize(
    ("event", "kind", "change"),
    [(Event.SLIPPED, "postponed", lambda one: Slip.by(one, 7 * DAY)), (Event.CANCELLED, "cancelled", Cancelled)],
)
def test_whom_a_kit_tells_the_new_date_needs_no_correction(cai, dee, event, kind, change):
    milestone = factories.milestone(start=LATER + 14 * DAY)
    factories.released_notice(milestone, people=[cai, dee])
    told(cai, dee)
    step = factories.step(milestone, trigger=Trigger.EVENT, event=event, unit=Unit.MINUTES, offset=0, at=None)
    kit = factories.approved_notice(step=step, people=[cai], kind=kind, send_at=None, waits_for=event)

    ahead = {"now": LATER, "until": LATER + 40 * DAY, "approvals": AS_PLANNED}
    before = played(milestone.upgrade, **ahead)
    found = comparing.compare(before, played(milestone.upgrade, change(milestone), **ahead))

    assert [(pair.outcome.notice.pk, pair.sent_after) for pair in found.gained] == [(kit.pk, 1)]
    assert found.people_to_correct == 1
    assert {one.people for one in found.new_wrongs} == {1}


def test_what_waits_in_the_outbox_still_comes(milestone, cai, dee):
    notice = factories.released_notice(milestone, people=[cai, dee])
    Message.objects.filter(person=dee).update(state=MessageState.DEFERRED, not_before=NOW + 2 * DAY)

    (found,) = played(milestone.upgrade).released
    cancelled = played(milestone.upgrade, Cancelled(milestone))
    gone = played(milestone.upgrade, Gone(dee))

    assert (found.key, found.is_on_its_way) == (f"notice-{notice.pk}", True)
    assert [(one.person, one.state, one.at) for one in played(milestone.upgrade).messages(found)] == [
        (cai.pk, "sent", NOW),
        (dee.pk, "sent", NOW + 2 * DAY),
    ]
    assert {(one.state, one.reason, one.number) for one in cancelled.tallies} == {
        ("skipped", "the milestone was cancelled", 1)
    }
    assert [(one.state, one.reason) for one in gone.messages(gone.released[0])] == [
        ("sent", ""),
        ("skipped", "no longer active"),
    ]
    assert played(milestone.upgrade, Dropped(Channel.EMAIL)).tallies == []


def test_what_is_paused_stays_in_the_outbox(milestone, cai):
    notice = factories.released_notice(milestone, people=[cai])
    Notice.objects.filter(pk=notice.pk).update(paused_at=NOW)

    assert [one.state for one in played(milestone.upgrade).tallies] == [MessageState.QUEUED]


def test_any_day_can_be_looked_at_with_what_cai_believes_then(milestone, cai):
    notice_of(milestone, cai, channels=[Channel.EMAIL])
    every = inbox.of(played(milestone.upgrade), cai)

    before, after = inbox.on(every, every[-1].on - DAY), inbox.on(every, every[-1].on + DAY)

    assert (before.letters, before.beliefs) == ([], [])
    assert (after.letters, after.beliefs) == ([], every[-1].beliefs)
    assert [one.milestone for one in after.beliefs] == [milestone]


def told(*people):
    rows = Message.objects.filter(person__in=people)
    rows.update(state=MessageState.SENT, sent_at=NOW - DAY, sha256=b"x" * 32)


def test_a_message_that_bounced_has_told_nobody(milestone, cai):
    factories.released_notice(milestone, people=[cai])
    Message.objects.update(state="bounced")

    difference = comparing.compare(played(milestone.upgrade), played(milestone.upgrade, Slip.by(milestone, 7 * DAY)))

    assert difference.people_to_correct == 0


def test_a_cancelled_milestone_takes_its_notices_with_it(milestone, cai):
    notice = notice_of(milestone, cai)

    difference = comparing.compare(played(milestone.upgrade), played(milestone.upgrade, Cancelled(milestone)))

    assert [(pair.outcome.notice.pk, pair.why_lost) for pair in difference.lost] == [
        (notice.pk, "The milestone was cancelled.")
    ]


def test_who_leaves_gets_nothing(milestone, cai, dee):
    notice_of(milestone, cai, dee)

    after = played(milestone.upgrade, Gone(cai))

    assert [one.person for one in after.messages(after.released[0])] == [dee.pk]


def test_without_the_channel_nothing_is_sent(milestone, cai):
    notice_of(milestone, cai)

    assert played(milestone.upgrade, Dropped(Channel.EMAIL)).tallies == []


def test_a_freeze_that_nobody_entered_is_in_the_way(milestone):
    freeze = Frozen("Audit", milestone.start - DAY, milestone.start + DAY, "UTC")

    difference = comparing.compare(played(milestone.upgrade), played(milestone.upgrade, freeze))

    assert [(hit.milestone, hit.is_hard) for hit in difference.collisions_gained] == [(milestone, True)]


def test_what_waits_for_a_decision_goes_out_when_that_is_due(milestone, cai):
    decision = factories.step(milestone, offset=-6, medium=Medium.DECISION)
    notice_of(milestone, cai, step={"after": decision, "offset": -2})

    assert len(played(milestone.upgrade).released) == 1
    assert played(milestone.upgrade, events="as_they_stand").released == []


def test_cai_believes_what_came_last(milestone, cai):
    notice_of(milestone, cai)

    found = inbox.of(played(milestone.upgrade), cai)

    assert [len(day.letters) for day in found] == [0, 1]
    assert [len(day.beliefs) for day in found] == [0, 1]
    assert found[1].letters[0].why_person == "Among those meant: one chosen by name."
    assert "5 business days before the start of Go-live" in found[1].letters[0].why_now


def test_a_tentative_date_is_on_the_status_page_once_it_is_told_there(cai):
    upgrade = factories.upgrade(published_at=NOW)
    milestone = factories.milestone(upgrade, status="tentative")
    notice = notice_of(milestone, cai, channels=[Channel.PORTAL])
    found = played(upgrade)
    on = notice.send_at.date()

    assert [days.status_page(found, upgrade, on=day) != [] for day in (on - DAY, on)] == [False, True]


def test_the_heat_map_counts_each_person_over_all_upgrades(cai, dee):
    factories.group("Registry", people=[cai, dee])
    for number in range(4):
        start = NOW + timedelta(days=14)
        factories.approved_notice(
            factories.milestone(start=start), people=[cai, dee][: 1 + number % 2], send_at=NOW + timedelta(hours=number)
        )

    row = fatigue.heat_map(now=NOW, weeks=2).rows[0]

    assert (row.cells[0].messages, row.cells[0].over, row.cells[0].most) == (6, 1, 4)
    assert row.cells[1].messages == 0


def test_whoever_is_not_asked_to_a_meeting_still_counts_for_other_notices(cai, dee):
    factories.group("Registry", people=[cai, dee])
    milestone = factories.milestone(start=NOW + timedelta(days=14))
    meeting = factories.engagement(milestone.upgrade, people=[cai])
    asks = {"kind": "meeting", "engagement": meeting, "send_at": NOW + timedelta(hours=1)}
    factories.approved_notice(milestone, people=[cai, dee], **asks)
    factories.approved_notice(milestone, people=[cai, dee], send_at=NOW + timedelta(hours=2), kind="outage")

    row = fatigue.heat_map(now=NOW, weeks=1).rows[0]

    assert (row.cells[0].messages, row.cells[0].most) == (3, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_number_of_notices(
    number, milestone, cai, django_assert_num_queries
):
    for _ in range(number):
        notice_of(milestone, cai)

    with django_assert_num_queries(17):
        found = played(milestone.upgrade)
        assert len(found.tallies) == number


def both_ways(milestone, *people, **fields):
    """Over mail and on the phone."""
    return notice_of(milestone, *people, channels=[Channel.EMAIL, Channel.SMS], **fields)


def test_the_heat_map_counts_a_notice_once_whatever_its_channels(milestone, cai, dee):
    factories.outlet(Channel.SMS)
    factories.address(cai, Channel.SMS, "+4915123456789")
    factories.group("All", people=[cai, dee])
    both_ways(milestone, cai, dee)

    cells = fatigue.heat_map(now=NOW, weeks=8).rows[0].cells

    assert [(cell.messages, cell.most) for cell in cells if cell.messages] == [(2, 1)]


def test_the_heat_map_counts_whom_only_a_phone_reaches(milestone, cai):
    factories.outlet(Channel.SMS)
    gus = factories.person("Gus", email="")
    factories.address(gus, Channel.SMS, "+4915123456789")
    fay = factories.person("Fay", email="")
    factories.group("Field", people=[gus, fay])
    both_ways(milestone, gus, fay)

    row = fatigue.heat_map(now=NOW, weeks=8).rows[0]

    assert row.messages == 1


def test_the_heat_map_counts_what_came_over_one_channel_and_is_to_come_over_the_other_once(cai):
    factories.outlet(Channel.SMS)
    factories.address(cai, Channel.SMS, "+4915123456789")
    factories.group("All", people=[cai])
    notice = factories.released_notice(people=[cai], channels=[Channel.EMAIL, Channel.SMS], now=NOW)
    Message.objects.filter(notice=notice, channel=Channel.EMAIL).update(
        state=MessageState.SENT, sent_at=NOW, sha256=b"0" * 32, attempts=1
    )

    row = fatigue.heat_map(now=NOW + timedelta(hours=1), weeks=1).rows[0]

    assert row.messages == 1


# Quiet hours, the cap of the week, digests


@pytest.fixture
def two_a_day(milestone, cai):
    """Two letters in one night, in quiet hours."""
    DeliveryRules.objects.create(pk=1, quiet_from=time(7), quiet_until=time(20), quiet_weekends=False)
    return [notice_of(milestone, cai, step={"name": name}, kind=NoticeKind.PROGRESS) for name in ("One", "Two")]


def test_what_waited_for_one_hour_is_one_mail_that_holds_several(two_a_day, milestone, cai):
    found = inbox.of(played(milestone.upgrade), cai)

    (mail,) = [mail for day in found for mail in day.mails]
    assert (mail.is_digest, len(mail.letters)) == (True, 2)
    assert "Held until the quiet hours are over." in mail.first.why_now


def test_a_day_says_how_many_get_it_later_and_why(two_a_day, milestone):
    (day,) = [day for day in days.of(played(milestone.upgrade), milestone.upgrade) if day.sent]

    assert [sent.held for sent in day.sent] == [[("waits for the end of the quiet hours", 1)]] * 2


def test_the_heat_map_counts_a_digest_as_one(two_a_day, cai):
    factories.group("All", people=[cai])

    row = fatigue.heat_map(now=NOW, weeks=8).rows[0]

    assert row.messages == 1


def test_what_another_upgrade_sends_counts_in_the_week_though_it_is_not_shown(milestone, cai):
    DeliveryRules.objects.create(pk=1, quiet_weekends=False, most_per_week=1)
    elsewhere = factories.milestone(start=milestone.start)
    notice_of(elsewhere, cai, kind=NoticeKind.PROGRESS)
    notice_of(milestone, cai, kind=NoticeKind.PROGRESS)

    found = played(milestone.upgrade)

    assert [(one.outcome.notice.upgrade, one.end.is_gathered, one.number) for one in found.tallies] == [
        (milestone.upgrade, True, 1)
    ]


def test_a_comparison_says_who_gets_it_at_another_hour(milestone, cai):
    DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7), quiet_weekends=True)
    notice_of(milestone, cai, kind=NoticeKind.PROGRESS)
    before = played(milestone.upgrade)
    DeliveryRules.objects.update(quiet_from=time(8), quiet_until=time(20))

    (pair,) = comparing.compare(before, played(milestone.upgrade)).pairs

    assert (pair.is_otherwise, pair.held_before, pair.held_after) == (True, 0, 1)
