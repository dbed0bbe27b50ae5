from datetime import timedelta

import pytest

from engagement import clashes
from engagement.enums import EngagementState, Rsvp
from tests.factories import NOW, assessment, engagement, group, milestone, participant, person, stakeholder, upgrade

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = NOW + 14 * DAY


@pytest.fixture
def cai():
    return person("Cai Cole")


@pytest.fixture
def window(cai):
    """Cai is to be managed closely in its upgrade."""
    made = milestone(upgrade("Mail"), start=START, end=START + 4 * HOUR)
    assessment(stakeholder(cai, of=made.upgrade), influence=90, interest=90)
    return made


def meeting(*people, start=START + HOUR, of=None, **fields):
    return engagement(of or upgrade("Switches"), people=people, start=start, title="Board", **fields)


def found(*occasions) -> list[tuple]:
    return [(clash.other, clash.people, clash.number) for clash in clashes.of_moved(occasions)]


def test_who_is_needed_at_a_window_and_invited_elsewhere_is_needed_twice(window, cai):
    board = meeting(cai, person("Dee Dale"))

    assert found(window) == [(board, ("Cai Cole",), 1)]
    assert found(board) == [(window, ("Cai Cole",), 1)]


def test_two_conversations_of_different_upgrades_need_the_same_person(cai):
    one, other = meeting(cai), meeting(cai)

    assert found(one) == [(other, ("Cai Cole",), 1)]


def test_two_windows_need_the_same_owner_or_representative(window):
    eve = person("Eve Eden", account=window.upgrade.owner)
    same_owner = milestone(upgrade("Switches", owner=window.upgrade.owner), start=START)
    assert found(window) == [(same_owner, ("Eve Eden",), 1)]

    board = group("Board", representatives=[eve], people=[person()])
    other = milestone(upgrade("Storage"), start=START)
    assessment(stakeholder(board, of=other.upgrade), influence=90, interest=90)
    assert {hit[0] for hit in found(window)} == {same_owner, other}


def test_the_host_is_needed(window, cai):
    host = window.upgrade.owner
    cai.account = host
    cai.save()

    assert found(meeting(host=host)) == [(window, ("Cai Cole",), 1)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda board, window: board.participants.update(rsvp=Rsvp.NO, rsvp_at=NOW),
        lambda board, window: board.participants.update(is_invited=False),
        lambda board, window: type(board).objects.update(state=EngagementState.CANCELLED),
        lambda board, window: type(board).objects.update(upgrade=window.upgrade),
        lambda board, window: type(board).objects.update(start=START + 4 * HOUR, end=START + 5 * HOUR),
        lambda board, window: window.upgrade.stakeholders.all().delete(),
    ],
    ids=["declined", "only noted", "called off", "same upgrade", "only touches", "no longer a stakeholder"],
)
def test_nobody_is_needed_twice(window, cai, spoil):
    board = meeting(cai)
    spoil(board, window)

    assert found(window) == []


def test_who_is_only_to_be_informed_is_not_needed_at_the_window(window, cai):
    assessment(window.upgrade.stakeholders.get(), influence=10, interest=90, at=NOW + DAY)
    meeting(cai)

    assert found(window) == []


def test_a_window_is_asked_about_where_it_is_not_stored(window, cai):
    board = meeting(cai, start=START + 7 * DAY)

    window.start, window.end = START + 7 * DAY, START + 7 * DAY + 4 * HOUR

    assert found(window) == [(board, ("Cai Cole",), 1)]


def test_the_number_of_queries_does_not_grow(window, cai, django_assert_num_queries):
    meeting(cai)
    with django_assert_num_queries(7):
        clashes.of_moved([window])
    participant(meeting(cai), person())
    meeting(cai)
    with django_assert_num_queries(7):
        assert len(clashes.of_moved([window])) == 3
