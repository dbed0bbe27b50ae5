import pytest

from notices.audiences import sizes
from notices.audiences.asked import Asked
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def upgrade():
    return factories.upgrade()


def test_each_audience_is_counted_by_its_own_rule(upgrade):
    big = factories.group(people=[factories.person(), factories.person()])
    small = factories.group(people=[factories.person()])

    counted = sizes.of(
        {1: Asked({"groups": [big.pk]}, upgrade), 2: Asked({"groups": [small.pk]}, upgrade), 3: Asked({}, upgrade)}
    )

    assert counted == {1: 2, 2: 1, 3: 0}


def test_everybody_affected_depends_on_the_milestone(upgrade):
    north, south = factories.site(), factories.site()
    users = factories.group(
        people=[factories.person(site=north), factories.person(site=south), factories.person(site=south)]
    )
    upgrade.services.add(factories.service(users=[users]))
    waves = [factories.milestone(upgrade, sites=[site]) for site in (north, south)]

    counted = sizes.of({wave.pk: Asked({"affected": True}, upgrade, wave) for wave in waves})

    assert list(counted.values()) == [1, 2]


def test_many_lines_are_one_query(upgrade, django_assert_num_queries):
    asked = {number: Asked({"groups": [number % 5]}, upgrade, factories.milestone(upgrade)) for number in range(20)}

    with django_assert_num_queries(1):
        sizes.of(asked)


def test_nothing_asked_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert sizes.of({}) == {}
