from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import NOW, assessment, group, person, stakeholder, upgrade
from upgrades import standing
from upgrades.enums import Attitude, Quadrant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def of():
    return upgrade(time_zone="Europe/Berlin")


def test_the_map_on_a_day_shows_who_stood_where_then(of, cai):
    stake = stakeholder(cai, of=of)
    assessment(stake, influence=10, interest=10, at=NOW)
    assessment(stake, influence=90, interest=90, at=NOW + 30 * DAY)

    def on(day):
        (found,) = standing.of(of, on=day)
        return found.quadrant

    assert on((NOW - DAY).date()) is None
    assert on(NOW.date()) == Quadrant.MONITOR
    assert on((NOW + 29 * DAY).date()) == Quadrant.MONITOR
    assert on((NOW + 30 * DAY).date()) == Quadrant.MANAGE_CLOSELY
    assert on(None) == Quadrant.MANAGE_CLOSELY


def test_a_day_is_one_of_the_upgrades_place(of, cai):
    assessment(stakeholder(cai, of=of), at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))

    assert standing.stops(standing.of(of)) == [datetime(2026, 3, 2, tzinfo=UTC).date()]


def test_a_persons_own_place_beats_the_groups_which_is_said(of, cai):
    finance = group("Finance", people=[cai])
    assessment(stakeholder(finance, of=of), influence=90, interest=10)
    assessment(stakeholder(cai, of=of), influence=10, interest=90)

    found = {str(one): one for one in standing.of(of)}

    (own,) = [one for one in found.values() if not one.is_group]
    assert (own.quadrant, own.through) == (
        Quadrant.KEEP_INFORMED,
        [standing.Through("Finance", Quadrant.KEEP_SATISFIED)],
    )
    assert found["Finance"].through == []


@pytest.mark.parametrize(
    ("now", "wanted", "words"),
    [
        (Attitude.SCEPTIC, Attitude.SUPPORTER, "2 steps below supporter"),
        (Attitude.NEUTRAL, Attitude.SUPPORTER, "One step below supporter"),
        (Attitude.CHAMPION, Attitude.SUPPORTER, "One step above supporter"),
        (Attitude.NEUTRAL, Attitude.NEUTRAL, "As wanted"),
        (Attitude.NEUTRAL, None, ""),
    ],
)
def test_the_gap_between_attitudes_is_said(of, cai, now, wanted, words):
    assessment(stakeholder(cai, of=of, wanted_attitude=wanted), attitude=now)

    assert [one.gap_words for one in standing.of(of)] == [words]


def test_a_blank_attitude_has_no_gap(of, cai):
    stakeholder(cai, of=of, wanted_attitude=Attitude.CHAMPION)

    assert [(one.gap, one.gap_words) for one in standing.of(of)] == [(None, "")]


def test_as_many_queries_for_one_as_for_many(of, django_assert_num_queries):
    for number in range(4):
        who = person()
        for one in (stakeholder(who, of=of), stakeholder(group(people=[who]), of=of)):
            for days in range(number):
                assessment(one, at=NOW + days * DAY)

    with django_assert_num_queries(3):
        assert len(standing.of(of)) == 8
