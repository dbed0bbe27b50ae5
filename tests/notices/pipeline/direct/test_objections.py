"""One decision settles all that is said against a date; who objected hears of it once."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from engagement.enums import Source
from feedback import objections
from feedback.concerns import NotPossible
from feedback.enums import ConcernState, Decision
from feedback.models import Concern, Conflict
from notices.enums import MessageState, NoticeState
from notices.insight import objections as board
from notices.models import Message, Notice
from notices.pipeline import outbox
from notices.pipeline.direct import objections as deciding
from notices.register import erasing
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades import rescheduling
from upgrades.enums import Status
from upgrades.models import CriticalDays, Milestone

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=21)


@pytest.fixture
def go_live(db):
    return factories.milestone(status=Status.TENTATIVE)


@pytest.fixture
def ben(db):
    return factories.account("Ben Brand")


def decide(milestone, by, **how):
    found = deciding.waiting(milestone)
    how = {"decision": Decision.DECLINE, "answer": "The old mail server is switched off then.", **how}
    how.setdefault("looked_at", deciding.seen(milestone, found))
    return deciding.decide(milestone, by=by, **{"now": NOW, **how})


def mails():
    return list(Notice.objects.filter(kind="answer").order_by("pk"))


def test_declining_keeps_the_date_and_answers_everybody_once(go_live, ben):
    cai, dee = factories.person("Cai"), factories.person("Dee")
    said = [factories.objection(go_live, one) for one in (cai, dee)]

    conflict = decide(go_live, ben)

    go_live.refresh_from_db()
    assert conflict.decision == Decision.DECLINE
    assert conflict.became_start == conflict.was_start == go_live.start
    assert [one.state for one in Concern.objects.filter(pk__in=[c.pk for c in said])] == [ConcernState.ANSWERED] * 2
    assert [one.audience["people"] for one in mails()] == [[cai.pk], [dee.pk]]


def test_declining_takes_an_answer(go_live, ben):
    factories.objection(go_live, factories.person())

    with pytest.raises(NotPossible, match="why the date stays"):
        decide(go_live, ben, answer="  ")


def test_accepting_moves_to_a_date_that_was_proposed_and_says_why(go_live, ben):
    length = go_live.end - go_live.start
    factories.objection(go_live, factories.person(), alternative=LATER)

    decide(go_live, ben, decision=Decision.ACCEPT, start=LATER, answer="", reason="Examinations are that week.")

    go_live.refresh_from_db()
    assert (go_live.start, go_live.end) == (LATER, LATER + length)
    assert go_live.change_reason == "Examinations are that week."


def test_only_what_somebody_proposed_can_be_accepted(go_live, ben):
    factories.objection(go_live, factories.person(), alternative=LATER)

    with pytest.raises(NotPossible, match="Nobody proposed"):
        decide(go_live, ben, decision=Decision.ACCEPT, start=LATER + timedelta(days=1))


@pytest.mark.parametrize("start", [None, NOW - timedelta(days=1)])
def test_moving_takes_a_date_in_the_future(go_live, ben, start):
    factories.objection(go_live, factories.person())

    with pytest.raises(NotPossible, match="in the future"):
        decide(go_live, ben, decision=Decision.MOVE, start=start)


def test_what_has_begun_is_not_moved(go_live, ben):
    factories.objection(go_live, factories.person())
    Milestone.objects.filter(pk=go_live.pk).update(status=Status.IN_PROCESS)
    go_live.refresh_from_db()

    with pytest.raises(NotPossible, match="has begun"):
        decide(go_live, ben, decision=Decision.MOVE, start=LATER)


def test_the_mail_waits_five_minutes_and_says_both_dates_in_each_language(go_live, ben):
    cai = factories.person("Cai", language="de")
    factories.objection(go_live, cai, text="Da sind Prüfungen.")
    decide(go_live, ben, decision=Decision.MOVE, start=LATER, answer="")
    (notice,) = mails()
    body = next(words["body"] for words in notice.words if words["language"] == "de")

    assert notice.send_at == NOW + timedelta(minutes=5)
    assert notice.state == NoticeState.APPROVED
    assert deciding.time.window(LATER, LATER + timedelta(hours=4), zone="Europe/Berlin", language="de") in body
    assert "%was%" not in body
    assert "%became%" not in body
    assert outbox.fill_due(now=NOW) == 0
    assert outbox.fill_due(now=NOW + timedelta(minutes=6)) == 1
    assert Message.objects.get(notice=notice).person == cai


def test_a_missing_answer_is_thanks_in_the_language_of_the_reader(go_live, ben):
    said = factories.objection(go_live, factories.person(language="de"))

    decide(go_live, ben, decision=Decision.MOVE, start=LATER, answer="")

    said.refresh_from_db()
    assert said.answer == "Danke, dass Sie es uns rechtzeitig gesagt haben."


def test_who_cannot_be_reached_is_answered_without_a_mail(go_live, ben):
    factories.objection(go_live, factories.person("Nomail", email=""))
    factories.objection(go_live, None, text="From a meeting")

    decide(go_live, ben)

    assert mails() == []
    assert Concern.objects.to_decide().count() == 0


def test_of_two_who_decide_the_second_is_told(go_live, ben):
    factories.objection(go_live, factories.person())
    looked_at = deciding.seen(go_live, deciding.waiting(go_live))
    decide(go_live, ben, looked_at=looked_at)

    with pytest.raises(NotPossible, match="Something has changed"):
        decide(go_live, ben, looked_at=looked_at, decision=Decision.MOVE, start=LATER)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once(go_live, ben):
    factories.objection(go_live, factories.person())
    looked_at, start, outcomes = deciding.seen(go_live, deciding.waiting(go_live)), Barrier(2), []

    def act():
        start.wait()
        try:
            decide(go_live, ben, looked_at=looked_at)
            outcomes.append("decided")
        except NotPossible:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [Thread(target=act) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(outcomes) == ["decided", "told"]
    assert Conflict.objects.decided().count() == 1
    assert len(mails()) == 1


def test_an_objection_that_came_in_meanwhile_is_looked_at_first(go_live, ben):
    factories.objection(go_live, factories.person())
    looked_at = deciding.seen(go_live, deciding.waiting(go_live))
    factories.objection(go_live, factories.person())

    with pytest.raises(NotPossible, match="Something has changed"):
        decide(go_live, ben, looked_at=looked_at)


def test_a_person_of_two_merged_rows_is_told_once(go_live, ben):
    kept, gone = factories.person("Cai"), factories.person("Cai")
    factories.objection(go_live, kept)
    factories.objection(go_live, gone)
    Person.objects.filter(pk=gone.pk).update(merged_into=kept, archived_at=NOW)

    decide(go_live, ben)

    assert [one.audience["people"] for one in mails()] == [[kept.pk]]


def test_their_days_become_critical_days_of_their_groups_only(go_live, ben):
    group = factories.group("Registry")
    days = {"critical_name": "Examinations", "critical_from": date(2026, 6, 1), "critical_until": date(2026, 6, 3)}
    factories.objection(go_live, factories.person(), groups=(group,), **days)
    factories.objection(go_live, factories.person(), **days)

    decide(go_live, ben, decision=Decision.MOVE, start=LATER, keeps_days=True)

    (entry,) = CriticalDays.objects.all()
    assert (entry.name, list(entry.groups.all())) == ("Examinations", [group])


def test_days_in_which_clocks_change_are_whole_days_on_the_wall(go_live):
    said = factories.objection(
        go_live, factories.person(), critical_from=date(2026, 10, 25), critical_until=date(2026, 10, 25)
    )

    first, last = objections.span(said.objection, zone="Europe/Berlin")

    assert (first, last) == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))


def test_a_decision_is_taken_back_while_nobody_was_told(go_live, ben):
    was = (go_live.start, go_live.end)
    group = factories.group()
    said = factories.objection(
        go_live, factories.person(), groups=(group,), critical_from=date(2026, 6, 1), critical_until=date(2026, 6, 2)
    )
    conflict = decide(go_live, ben, decision=Decision.MOVE, start=LATER, keeps_days=True)

    deciding.take_back(conflict, by=ben, now=NOW)

    go_live.refresh_from_db()
    said.refresh_from_db()
    assert (go_live.start, go_live.end) == was
    assert said.is_open
    assert [one.state for one in mails()] == [NoticeState.CANCELLED]
    assert not CriticalDays.objects.exists()
    assert Conflict.objects.undecided().get().pk == conflict.pk


def test_what_people_must_do_moves_with_the_date_and_back(go_live, ben):
    deadline = go_live.start - timedelta(days=2)
    rescheduling.change(go_live, action="Save your files.", action_deadline=deadline, reason="A first reason.")
    factories.objection(go_live, factories.person("Cai"))

    conflict = decide(go_live, ben, decision=Decision.MOVE, start=go_live.start + timedelta(days=7))
    go_live.refresh_from_db()
    moved = go_live.action_deadline
    deciding.take_back(conflict, by=ben, now=NOW)
    go_live.refresh_from_db()

    assert moved == deadline + timedelta(days=7)
    assert (go_live.action_deadline, go_live.change_reason) == (deadline, "A first reason.")


def test_what_was_taken_back_can_be_decided_again_and_is_told(go_live, ben):
    factories.objection(go_live, factories.person())
    deciding.take_back(decide(go_live, ben), by=ben, now=NOW)

    decide(go_live, ben)

    assert [one.state for one in mails()] == [NoticeState.CANCELLED, NoticeState.APPROVED]


def test_what_somebody_was_told_is_not_taken_back(go_live, ben):
    factories.objection(go_live, factories.person())
    conflict = decide(go_live, ben)
    outbox.fill_due(now=NOW + timedelta(minutes=6))

    with pytest.raises(NotPossible, match="too late"):
        deciding.take_back(conflict, by=ben, now=NOW + timedelta(minutes=7))


@pytest.mark.django_db(transaction=True)
def test_whoever_takes_back_while_the_mails_leave_is_told(go_live, ben):
    factories.objection(go_live, factories.person("Cai"))
    conflict, said = decide(go_live, ben), []

    def take_back():
        try:
            deciding.take_back(conflict, by=ben, now=NOW)
        except NotPossible as error:
            said.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        outbox.fill(mails()[0], now=NOW + timedelta(minutes=5))
        Message.objects.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
        other = Thread(target=take_back)
        other.start()
        other.join(1)
    other.join(10)

    assert said == [deciding.GONE_OUT]


def test_a_date_that_was_changed_again_is_not_taken_back(go_live, ben):
    factories.objection(go_live, factories.person())
    conflict = decide(go_live, ben, decision=Decision.MOVE, start=LATER)
    rescheduling.move(go_live, start=LATER + timedelta(days=1), end=None)

    with pytest.raises(NotPossible, match="changed again"):
        deciding.take_back(conflict, by=ben, now=NOW)


# The window


def test_people_object_for_ten_days_after_the_first_notice(go_live):
    factories.released_notice(go_live, people=[factories.person()], needs_approval=False)

    closes = deciding.windows_of([go_live])[go_live.pk]

    assert board.last_day(closes, zone="Europe/Berlin") == NOW.date() + timedelta(days=10)
    assert deciding.takes_objections(go_live, closes=closes, now=NOW)
    assert not deciding.takes_objections(go_live, closes=closes, now=closes)


def test_the_window_ends_at_midnight_of_the_place_also_when_clocks_change(go_live):
    objections.keep_window(go_live, days=None, closes_on=date(2026, 3, 29))

    assert deciding.windows_of([go_live])[go_live.pk] == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_a_confirmed_date_takes_no_objections(go_live):
    go_live.status = Status.CONFIRMED

    assert not deciding.takes_objections(go_live, closes=None, now=NOW)


def test_a_date_that_was_moved_can_be_objected_to_again(go_live, ben):
    factories.released_notice(go_live, people=[factories.person()], needs_approval=False)
    factories.objection(go_live, factories.person())
    decide(go_live, ben, decision=Decision.MOVE, start=LATER, now=NOW + timedelta(days=8))

    closes = deciding.windows_of([go_live])[go_live.pk]

    assert board.last_day(closes, zone="Europe/Berlin") == NOW.date() + timedelta(days=18)


# The board


def test_the_board_counts_whom_it_stands_for_once(go_live):
    cai, dee = factories.person("Cai"), factories.person("Dee")
    group = factories.group(people=[cai, dee, factories.person(archived_at=NOW)])
    factories.objection(go_live, cai, groups=(group,))
    factories.objection(go_live, factories.person("Eve"))

    (row,) = board.board(now=NOW)

    assert (len(row.found), row.stands_for, row.state) == (2, 3, "open")


def test_the_suggestion_avoids_the_days_of_all_who_object(go_live):
    start = go_live.start.date()
    for offset in (0, 3):
        factories.objection(
            go_live,
            factories.person(),
            critical_from=start + timedelta(days=offset),
            critical_until=start + timedelta(days=offset + 2),
        )

    (row,) = board.board(now=NOW)

    assert row.slot.start.date() > start + timedelta(days=5)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_board_costs_the_same_for_one_date_and_for_three(rows, django_assert_num_queries):
    for _ in range(rows):
        factories.objection(
            factories.milestone(status=Status.TENTATIVE), factories.person(), groups=(factories.group(),)
        )

    with django_assert_num_queries(12):
        assert len(board.board(now=NOW)) == rows


def test_a_collision_without_objection_has_a_record_and_is_decided(go_live, ben):
    conflict = objections.take_up(go_live)

    assert objections.take_up(go_live) == conflict
    assert [row.state for row in board.board(now=NOW)] == ["discussed"]
    decide(go_live, ben)
    assert board.board(now=NOW) == []
    assert Conflict.objects.get().pk == conflict.pk


def test_nothing_is_decided_where_nothing_is_said(go_live, ben):
    with pytest.raises(NotPossible, match="nothing to decide"):
        decide(go_live, ben)


# One for each person and date


def test_a_second_objection_of_the_same_person_changes_the_first(go_live):
    cai = factories.person("Cai")
    first = factories.objection(go_live, cai, critical_name="Old")
    second = factories.objection(go_live, cai, text="Another reason", critical_name="New")

    assert first.pk == second.pk
    assert (Concern.objects.get().text, objections.details_of(first).critical_name) == ("Another reason", "New")


def test_after_the_decision_it_is_a_new_one(go_live, ben):
    cai = factories.person("Cai")
    first = factories.objection(go_live, cai)
    decide(go_live, ben)

    assert factories.objection(go_live, cai).pk != first.pk


def test_an_erased_person_objects_to_nothing(go_live):
    gone = factories.person(erased_at=NOW, archived_at=NOW)

    made = objections.object_(go_live, person=gone, text="x", source=Source.PAGE)

    assert made is None
    assert not Concern.objects.exists()


def test_who_is_erased_leaves_an_objection_that_names_nobody(go_live, ben):
    cai = factories.person("Cai Carter")
    said = factories.objection(go_live, cai, text="My wedding.", critical_name="Wedding of Cai Carter")
    conflict = objections.take_up(go_live)
    Conflict.objects.filter(pk=conflict.pk).update(their_position="Cai Carter marries.")

    erasing.erase(cai, reason="They asked.", by=ben, now=NOW)

    said.refresh_from_db()
    conflict.refresh_from_db()
    assert (said.person, said.objection.critical_name) == (None, "")
    assert "Cai" not in said.text + conflict.their_position
    assert [row.stands_for for row in board.board(now=NOW)] == [0]
