import pytest

from tests.factories import upgrade
from upgrades import strategies
from upgrades.enums import Means, Quadrant, TwoWay
from upgrades.models import Strategy

pytestmark = pytest.mark.django_db


def test_the_defaults_are_those_of_the_field():
    found = strategies.of(upgrade())

    assert {quadrant: (one.every_days, one.two_way, one.pushes_a_week) for quadrant, one in found.items()} == {
        Quadrant.MANAGE_CLOSELY: (7, TwoWay.REQUIRED, 5),
        Quadrant.KEEP_SATISFIED: (14, TwoWay.ONCE, 2),
        Quadrant.KEEP_INFORMED: (None, TwoWay.QUESTIONS, 3),
        Quadrant.MONITOR: (None, TwoWay.OPTIONAL, 1),
    }
    assert found[Quadrant.KEEP_SATISFIED].most_words == 120
    assert Strategy.objects.count() == 0


def test_an_own_strategy_counts_in_its_upgrade_only():
    one, other = upgrade(), upgrade()
    Strategy.objects.create(upgrade=one, quadrant=Quadrant.MONITOR, every_days=3, pushes_a_week=9)

    assert strategies.of(one)[Quadrant.MONITOR].every_days == 3
    assert strategies.of(other)[Quadrant.MONITOR].every_days is None


def test_what_equals_the_default_is_not_stored():
    of = upgrade()
    changed = strategies.of(of)[Quadrant.MONITOR]
    changed.means = [Means.MAIL]
    strategies.keep(changed)
    assert of.strategies.count() == 1

    changed.means = [Means.NEWSLETTER, Means.PORTAL]
    strategies.keep(changed)
    assert of.strategies.count() == 0


def test_changing_one_leaves_the_defaults_alone():
    strategies.of(upgrade())[Quadrant.MONITOR].means.append(Means.CHAT)

    assert Means.CHAT not in strategies.of(upgrade())[Quadrant.MONITOR].means
