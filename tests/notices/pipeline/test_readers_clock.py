"""Nine o'clock is nine o'clock for everybody; and a step waits for its decision."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from notices.enums import Clock, Medium, MessageState, NoticeState, Sender
from notices.models import Message, Notice
from notices.pipeline import approve, outbox, planning, render, schedule
from notices.pipeline.outbox import latecomers
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades.models import Milestone

# Go-live on Monday 16 March 2026 at 08:00 UTC; five business days before is Monday 9 March, 09:00 on each wall.
DAY = date(2026, 3, 9)
AUCKLAND = datetime(2026, 3, 8, 20, tzinfo=UTC)
BERLIN = datetime(2026, 3, 9, 8, tzinfo=UTC)
CHICAGO = datetime(2026, 3, 9, 14, tzinfo=UTC)  # summer time began there the day before


@pytest.fixture
def readers(db) -> dict[str, Person]:
    zones = {"Aroha": "Pacific/Auckland", "Cai": "Europe/Berlin", "Dan": "America/Chicago", "Eve": "Mars/Olympus"}
    return {name: factories.person(name, time_zone=zone) for name, zone in zones.items()}


@pytest.fixture
def step(db):
    return factories.step(clock=Clock.READER)


@pytest.fixture
def notice(step, readers) -> Notice:
    made = factories.notice(step=step, people=readers.values(), send_at=None)
    schedule.refresh(now=NOW)
    return Notice.objects.get(pk=made.pk)


@pytest.fixture
def approved(notice, ben) -> Notice:
    revision = approve.submit(notice, by=notice.author, now=NOW)
    approve.approve(notice, revision=revision, by=ben, now=NOW)
    return Notice.objects.get(pk=notice.pk)


def times() -> dict[str, datetime]:
    return dict(Message.objects.order_by("pk").values_list("person__name", "not_before"))


def test_it_begins_where_the_day_begins_first(notice):
    assert (notice.local_on, notice.local_at, notice.send_at) == (DAY, time(9), AUCKLAND)
    assert schedule.refresh(now=NOW) == 0


def test_each_message_waits_for_the_hour_of_its_reader(approved):
    outbox.fill_due(now=AUCKLAND)

    assert times() == {"Aroha": AUCKLAND, "Cai": BERLIN, "Dan": CHICAGO, "Eve": BERLIN}


def test_the_hour_of_each_is_taken_when_it_comes(approved, readers):
    outbox.fill_due(now=AUCKLAND)

    assert [one.address for one in outbox.claim("email", limit=9, now=AUCKLAND)] == [readers["Aroha"].email]
    assert outbox.claim("email", limit=9, now=BERLIN - timedelta(seconds=1)) == []


def test_a_release_that_is_late_keeps_nobody_before_it(approved):
    late = AUCKLAND + timedelta(minutes=30)
    outbox.fill_due(now=late)

    assert times()["Aroha"] == late
    assert times()["Cai"] == BERLIN


def test_send_now_is_now_for_everybody(approved, ana):
    outbox.send_now(approved, by=ana, now=NOW)

    assert set(times().values()) == {NOW}


def test_it_is_late_only_against_its_own_release(approved):
    schedule.mark_missed(now=AUCKLAND + timedelta(minutes=59))
    assert Notice.objects.get().state == NoticeState.APPROVED

    schedule.mark_missed(now=AUCKLAND + timedelta(minutes=60))
    assert Notice.objects.get().state == NoticeState.MISSED


def test_somebody_who_joins_in_an_earlier_zone_makes_nothing_late(approved):
    Person.objects.filter(name="Aroha").update(archived_at=NOW)
    schedule.refresh(now=NOW)
    assert Notice.objects.get().send_at == BERLIN

    Person.objects.update(archived_at=None)
    at = AUCKLAND + timedelta(hours=3)
    schedule.refresh(now=at)

    assert (Notice.objects.get().state, Notice.objects.get().send_at) == (NoticeState.APPROVED, at)
    assert schedule.refresh(now=at + timedelta(minutes=1)) == 0


def test_a_plan_that_moves_it_into_the_past_misses_it(approved, step):
    type(step).objects.update(offset=-30)

    schedule.refresh(now=NOW)

    assert Notice.objects.get().state == NoticeState.MISSED


def test_back_on_the_wall_of_the_place_it_has_one_time(approved, step):
    type(step).objects.update(clock=Clock.PLACE)

    schedule.refresh(now=NOW)
    outbox.fill(Notice.objects.get(), now=BERLIN)

    assert (Notice.objects.get().local_on, Notice.objects.get().send_at) == (None, BERLIN)
    assert set(times().values()) == {BERLIN}


def test_zones_are_asked_only_when_somebody_waits_for_them(db, django_assert_num_queries):
    factories.notice(step=factories.step())
    schedule.move(Notice.objects.all(), now=NOW)

    with django_assert_num_queries(1):
        schedule.move(Notice.objects.all(), now=NOW)


# Waiting for a decision


@pytest.fixture
def decision(step):
    return factories.step(step.milestone, name="Go/no-go decision", medium=Medium.DECISION)


@pytest.fixture
def held(approved, step, decision) -> Notice:
    type(step).objects.filter(pk=step.pk).update(after=decision)
    return approved


def test_what_waits_for_a_decision_is_missed_when_its_time_comes(held):
    schedule.mark_missed(now=AUCKLAND)
    outbox.fill_due(now=AUCKLAND)

    held.refresh_from_db()
    assert held.state == NoticeState.MISSED
    assert held.reason == "It waited for “Go/no-go decision”, which was not ticked off in time."


def test_it_is_not_due_and_no_word_sends_it(held, ana):
    assert outbox.fill_due(now=AUCKLAND) == 0

    with pytest.raises(approve.NotAllowed, match="waits for “Go/no-go decision”"):
        outbox.send_now(held, by=ana, now=NOW)


def test_ticked_off_in_time_it_goes(held, decision, ben):
    planning.tick_off(decision, by=ben, now=NOW)

    schedule.mark_missed(now=AUCKLAND)
    outbox.fill_due(now=AUCKLAND)

    held.refresh_from_db()
    assert held.state == NoticeState.RELEASED


# In whose name


def test_the_sponsor_stands_in_from_and_answers_go_to_the_contact(approved, step, settings):
    type(step).objects.update(sender=Sender.SPONSOR)
    type(step.upgrade).objects.update(sponsor_name="Prof. Ada Quill")
    outbox.fill(Notice.objects.get(), now=AUCKLAND)

    message = Message.objects.filter(state=MessageState.QUEUED).select_related("notice", "variant__revision").first()
    type(step.upgrade).objects.update(sponsor_name="Somebody else")
    type(step).objects.update(sender=Sender.CONTACT)
    envelope = render.of_message(message)

    assert envelope.sender.startswith(f'"Prof. Ada Quill, {settings.ORGANISATION}" <')
    assert envelope.reply_to == '"Service Desk" <help@example.org>'


def test_without_a_sponsor_it_is_the_contact(approved, step):
    type(step).objects.update(sender=Sender.SPONSOR)

    assert render.release_of(Notice.objects.get(), now=NOW)["from"].startswith('"Service Desk, ')


def test_whose_hour_has_not_come_is_not_told_a_date_that_has_changed(approved):
    outbox.fill_due(now=AUCKLAND)
    sent = {"state": MessageState.SENT, "sent_at": AUCKLAND, "sha256": b"0" * 32}
    Message.objects.filter(person__name="Aroha").update(**sent)
    assert latecomers.spare(now=AUCKLAND) == 0

    Milestone.objects.update(start=approved.milestone.start + timedelta(days=7), end=None)

    assert latecomers.spare(now=AUCKLAND + timedelta(hours=1)) == 3
    states = dict(Message.objects.order_by("pk").values_list("person__name", "state"))
    missed = MessageState.MISSED
    assert states == {"Aroha": MessageState.SENT, "Cai": missed, "Dan": missed, "Eve": missed}
    assert Message.objects.get(person__name="Cai").reason.startswith("the plan changed before their hour: ")
    assert outbox.claim("email", limit=9, now=CHICAGO) == []


def test_what_others_wait_for_stays_a_decision(held, decision, ana):
    line = planning.Line(name="Go or no-go", milestone=decision.milestone, audience={}, kind="news")

    with pytest.raises(planning.NotPossible, match="waits for it"):
        planning.change_step(decision, line, by=ana, now=NOW)
