"""The sums and lists of the ledger, and how they came about."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.audiences.crowds import size
from notices.enums import Evidence, MessageState, ReceiptKind, Standing
from notices.insight import (
    ledger,
    ledger_fact,
    ledger_matrix,
    ledger_people,
    ledger_person,
    ledger_short,
    ledger_summary,
    ledger_trend,
)
from notices.models import Message, Receipt
from notices.pipeline import ledger as core
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.ledger.telling import tell
from upgrades import rescheduling

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", time_zone="Europe/Berlin")


@pytest.fixture
def window(upgrade):
    start = NOW + timedelta(days=14)
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + 4 * HOUR, status="confirmed")


def move(window, by=DAY, *, at=None):
    rescheduling.move(window, start=window.start + by, end=window.end + by)
    if at:
        date(window, at=at)


def date(row, *, at):
    """As if the last change had been made then."""
    events = type(row).pgh_event_model.objects.filter(pgh_obj=row.pk)
    newest = events.order_by("-pgh_id").first()
    events.filter(pk=newest.pk).update(pgh_created_at=at)


def open_board(upgrade, *, at=LATER, **more):
    stakes = ledger_matrix.stakes(upgrade)
    board = ledger.board(upgrade, at=at, groups=ledger_matrix.groups_of(stakes), **more)
    return board, ledger_matrix.audiences(board, stakes)


def start_of(window):
    return f"milestone:{window.pk}.start"


def test_everybody_stands_in_one_way_and_the_sums_are_those_of_the_ledger(upgrade, window):
    cai, dee, eve = (factories.person(name) for name in ("Cai", "Dee", "Eve"))
    group = factories.group("Finance", people=[cai, dee, eve])
    factories.stakeholder(group, of=upgrade, impact_on_them=3)
    tell(window, [cai, dee])
    move(window)
    tell(window, [dee], at=NOW + HOUR / 2)

    board, rows = open_board(upgrade)
    tally = board.tally(start_of(window), rows[0].crowd)

    assert (tally.wrong, tally.right, tally.tentative, tally.never) == (1, 1, 0, 1)
    assert [one.name for one in rows] == ["Everybody", "Finance"]
    assert board.tally(start_of(window), rows[1].crowd) == tally
    assert ledger_summary.summary(board).sentence == "1 of 2 people believes the old times of Go-live."


def test_told_as_tentative_is_right_and_said_so_until_they_hear_that_it_is_sure(upgrade, window):
    cai = factories.person()
    rescheduling.change(window, status="tentative")
    tell(window, [cai])

    board, rows = open_board(upgrade)
    assert board.tally(start_of(window), rows[0].crowd).tentative == 1

    rescheduling.change(window, status="confirmed")
    tell(window, [cai], at=NOW + HOUR / 2)
    board, rows = open_board(upgrade)
    assert board.tally(start_of(window), rows[0].crowd).right == 1


def test_crowds_count_what_the_ledger_says_person_by_person(upgrade, window):
    chance = random.Random(7)
    people = [factories.person() for _ in range(25)]
    other = factories.milestone(upgrade, name="Cleanup", start=NOW + 30 * DAY, end=NOW + 30 * DAY + HOUR)
    for turn in range(8):
        at = NOW + turn * timedelta(minutes=5)
        one = chance.choice([window, other])
        tell(one, chance.sample(people, 9), at=at)
        if chance.random() < 0.6:
            move(one, chance.choice([DAY, -HOUR, 10 * timedelta(minutes=1)]))
    Message.objects.filter(pk__in=chance.sample([*Message.objects.values_list("pk", flat=True)], 12)).update(
        state=MessageState.BOUNCED
    )

    board, rows = open_board(upgrade)
    groups = core.wrong(upgrade, now=LATER)

    for fact in board.facts:
        wrong = {person for group in groups for person in group.people if fact in {one.fact for one in group.wrong}}
        assert set(board.crowds.persons(board.standing(fact)[Standing.WRONG])) == wrong
        told = {person for group in board.ledger for person in group.people if fact in group.beliefs}
        assert size(board.told[fact]) == len(told)
        tally = board.tally(fact, rows[0].crowd)
        assert tally.people == size(board.concerned[fact.partition(".")[0]])
    short = ledger_short.of(upgrade, now=LATER)
    found = ledger_summary.summary(board)
    assert (short.told, short.wrong, short.right_pairs, short.pairs) == (
        found.told,
        found.wrong,
        found.right_pairs,
        found.pairs,
    )


def test_the_queries_do_not_depend_on_how_many_were_told(upgrade, window):
    tell(window, [factories.person()])
    with CaptureQueriesContext(connection) as few:
        open_board(upgrade)
    tell(window, [factories.person() for _ in range(5)], at=NOW + HOUR / 2)
    with CaptureQueriesContext(connection) as many:
        open_board(upgrade)
    assert len(few) == len(many)


def test_the_list_behind_a_number_says_what_was_told_when_by_what_and_what_is_true(upgrade, window):
    cai = factories.person("Cai")
    told = tell(window, [cai])
    move(window)
    board, rows = open_board(upgrade)
    crowd = ledger_people.crowd_of(board, rows[0], key=start_of(window), standing="wrong")

    (one,) = ledger_people.believers(board, ledger_people.in_order(board, crowd), key=start_of(window))

    (said,) = one.said
    assert (one.person, said.standing, said.evidence) == (cai, Standing.WRONG, Evidence.SENT)
    assert said.source == told.title
    assert said.url == Message.objects.get().get_absolute_url()
    assert said.told.startswith("Monday 16 March 2026")
    assert said.truth.startswith("Tuesday 17 March 2026")


def test_a_story_strikes_out_what_bounced_and_says_what_each_telling_changed(upgrade, window):
    cai = factories.person("Cai")
    tell(window, [cai])
    move(window)
    lost = tell(window, [cai], at=NOW + HOUR / 4)
    Message.objects.filter(notice=lost).update(state=MessageState.BOUNCED, reason="no such mailbox")
    tell(window, [cai], at=NOW + HOUR / 2)

    story = ledger_person.of(cai, upgrade, at=LATER)

    first, second, third = story.entries
    assert all(change.is_new for change in first.news)
    assert (second.why_not, second.evidence) == ("no such mailbox", None)
    assert {change.name for change in third.news} == {"Start", "End"}
    assert third.repeated == len(third.changes) - 2
    assert story.wrong == 0


def test_somebodys_upgrades_stand_side_by_side_in_the_same_queries(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    move(window)
    with CaptureQueriesContext(connection) as one:
        (short,) = ledger_person.everywhere(cai, now=LATER)
    assert short.wrong == ["Start", "End"]
    for name in ("Wi-Fi", "Storage"):
        tell(factories.milestone(factories.upgrade(name), start=NOW + 9 * DAY, end=NOW + 9 * DAY + HOUR), [cai])

    with CaptureQueriesContext(connection) as three:
        found = ledger_person.everywhere(cai, now=LATER)

    assert [bool(each.wrong) for each in found] == [True, False, False]
    assert len(one) == len(three)


def test_the_past_shows_the_facts_of_then(upgrade, window):
    cai = factories.person()
    date(window, at=NOW - DAY)
    tell(window, [cai])
    move(window, at=NOW + 2 * HOUR)

    before, _ = open_board(upgrade, at=NOW + HOUR, is_past=True)
    after, _ = open_board(upgrade, at=NOW + 3 * HOUR, is_past=True)

    assert ledger_summary.summary(before).wrong == 0
    assert ledger_summary.summary(after).wrong == 1
    assert ledger_person.of(cai, upgrade, at=NOW + HOUR, is_past=True).wrong == 0


def test_a_fact_has_its_values_with_their_believers_the_newest_first(upgrade, window):
    cai, dee = factories.person(), factories.person()
    tell(window, [cai, dee])
    move(window)
    tell(window, [dee], at=NOW + DAY)
    board, rows = open_board(upgrade, at=NOW + 2 * DAY)

    found = ledger_fact.of(board, start_of(window), rows)

    assert [(one.number, one.standing) for one in found.values] == [(1, Standing.RIGHT), (1, Standing.WRONG)]


def test_the_course_steps_where_the_plan_or_the_tellings_do(upgrade, window):
    cai, dee = factories.person(), factories.person()
    date(window, at=NOW - DAY)
    tell(window, [cai, dee])
    move(window, at=NOW + 2 * HOUR)
    tell(window, [dee], at=NOW + 5 * HOUR)

    trend = ledger_trend.of(upgrade, now=NOW + 6 * HOUR)

    minute = timedelta(minutes=1)
    steps = [(one.at - NOW, one.wrong) for one in trend.points]
    assert steps[0] == (minute, 0)
    assert (2 * HOUR, 2) in steps
    assert steps[-1] == (5 * HOUR + minute, 1)
    assert trend.stale_hours == pytest.approx(2 * 3 + 2 / 60 + (1 - 1 / 60))
    assert [mark.is_change for mark in sorted(trend.marks, key=lambda one: one.at)] == [False, True, False]
    short = ledger_short.of(upgrade, now=NOW + 6 * HOUR)
    assert (trend.points[-1].right_pairs, trend.points[-1].pairs) == (short.right_pairs, short.pairs)


def test_the_course_ends_where_the_ledger_stands(upgrade, window):
    chance = random.Random(3)
    people = [factories.person() for _ in range(12)]
    date(window, at=NOW - DAY)
    for turn in range(6):
        at = NOW + turn * 20 * timedelta(minutes=1)
        tell(window, chance.sample(people, 5), at=at)
        move(window, chance.choice([DAY, -HOUR]), at=at + timedelta(minutes=7))

    trend = ledger_trend.of(upgrade, now=NOW + 3 * HOUR)
    short = ledger_short.of(upgrade, now=NOW + 3 * HOUR)

    last = trend.points[-1]
    assert (last.wrong, last.right_pairs, last.pairs) == (short.wrong, short.right_pairs, short.pairs)


def test_a_bar_is_full_and_shows_one_among_many():
    shown = ledger_matrix.parts(ledger.Tally(wrong=1, right=9_999), {})
    assert sum(float(one.width) for one in shown) == pytest.approx(100, abs=0.1)
    assert float(shown[0].width) > 4
    assert [one.number for one in shown] == [1, 9_999]


def test_who_confirmed_it_later_had_not_at_that_moment(upgrade, window):
    cai = factories.person()
    notice = tell(window, [cai])
    Receipt.objects.create(message=notice.messages.get(), kind=ReceiptKind.ACKNOWLEDGED, at=NOW + 2 * HOUR)

    def evidence(at):
        board, _ = open_board(upgrade, at=at, is_past=True)
        [believer] = ledger_people.believers(board, [cai.pk], key=start_of(window))
        story = ledger_person.of(cai, upgrade, at=at, is_past=True)
        return {one.evidence for one in [*believer.said, *(one for _, said in story.now for one in said)]}

    assert evidence(NOW + HOUR) == {Evidence.SENT}
    assert evidence(NOW + 3 * HOUR) == {Evidence.ACKNOWLEDGED}
