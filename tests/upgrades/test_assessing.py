from datetime import timedelta

import pytest

from tests.factories import NOW, assessment, person, stakeholder, upgrade
from upgrades import assessing
from upgrades.enums import Attitude

pytestmark = pytest.mark.django_db


@pytest.fixture
def stake(cai):
    return stakeholder(cai, of=upgrade())


def all_of(stake):
    return list(stake.assessments.order_by("at", "pk").values_list("influence", "interest", "attitude"))


def test_a_first_assessment_starts_in_the_middle(stake, ana):
    assessing.assess(stake, influence=80, by=ana, now=NOW)

    assert all_of(stake) == [(80, 50, Attitude.NEUTRAL)]


def test_several_moves_in_one_sitting_leave_one_assessment(stake, ana):
    for minute, influence in enumerate([10, 20, 30]):
        assessing.assess(stake, influence=influence, by=ana, now=NOW + timedelta(minutes=10 * minute))

    assert all_of(stake) == [(30, 50, Attitude.NEUTRAL)]
    assert stake.assessments.get().at == NOW + timedelta(minutes=20)


def test_a_later_assessment_is_kept_beside_the_earlier_one(stake, ana):
    assessing.assess(stake, influence=10, attitude=Attitude.SCEPTIC, by=ana, now=NOW)
    assessing.assess(stake, interest=90, by=ana, now=NOW + assessing.ONE_SITTING)

    assert all_of(stake) == [(10, 50, Attitude.SCEPTIC), (10, 90, Attitude.SCEPTIC)]


def test_nobody_rewrites_what_somebody_else_assessed(stake, ana, ben):
    assessing.assess(stake, influence=10, by=ana, now=NOW)
    assessing.assess(stake, influence=20, by=ben, now=NOW + timedelta(seconds=1))

    assert all_of(stake) == [(10, 50, 0), (20, 50, 0)]


def test_a_zero_is_a_value(stake, ana):
    assessment(stake, influence=70, interest=70, at=NOW - timedelta(days=1))
    assessing.assess(stake, influence=0, interest=0, by=ana, now=NOW)

    assert all_of(stake)[-1] == (0, 0, 0)


@pytest.mark.parametrize(("days", "stale"), [(0, False), (90, False), (91, True)])
def test_an_assessment_is_stale_after_ninety_days(days, stale):
    assert assessing.is_stale(NOW - timedelta(days=days), now=NOW) is stale


def test_who_was_never_assessed_is_stale():
    assert assessing.is_stale(None, now=NOW) is True


def test_still_right_is_a_new_date_even_within_one_sitting(stake, ana):
    assessing.assess(stake, influence=10, attitude=Attitude.SCEPTIC, by=ana, now=NOW)

    assessing.confirm(stake, by=ana, now=NOW + timedelta(minutes=1))

    assert all_of(stake) == [(10, 50, Attitude.SCEPTIC), (10, 50, Attitude.SCEPTIC)]


def test_there_is_nothing_to_confirm_of_somebody_never_assessed(stake, ana):
    assert assessing.confirm(stake, by=ana, now=NOW) is None
    assert all_of(stake) == []


def test_to_look_at_are_the_never_assessed_and_then_the_oldest(stake, ana, dee, ben):
    of = stake.upgrade
    old, older, fresh = (stakeholder(person(), of=of) for _ in range(3))
    assessment(old, at=NOW - timedelta(days=91))
    assessment(older, at=NOW - timedelta(days=300))
    assessment(fresh, at=NOW - timedelta(days=90))

    assert list(assessing.to_look_at(of.stakeholders.all(), now=NOW)) == [stake, older, old]
