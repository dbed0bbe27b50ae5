from datetime import timedelta

import pytest

from notices.enums import Medium
from notices.models import PassedOn
from notices.pipeline import planning
from notices.pipeline.planning import passing_on
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def cascade(cai, dee):
    return factories.step(name="Talk to your team", medium=Medium.CASCADE, audience={"people": [cai.pk, dee.pk]})


def noted(step) -> dict[str, object]:
    return dict(passing_on.managers(step).order_by("name").values_list("name", "noted_by"))


def test_each_manager_is_ticked_off_once_and_the_last_makes_it_done(cascade, ana, cai, dee):
    passing_on.pass_on(cascade, cai, by=ana, now=NOW)
    passing_on.pass_on(cascade, cai, by=ana, now=NOW)
    cascade.refresh_from_db()
    assert (cascade.done_at, noted(cascade)) == (None, {cai.name: ana.name, dee.name: None})

    passing_on.pass_on(cascade, dee, by=ana, now=NOW + timedelta(hours=1))

    cascade.refresh_from_db()
    assert (cascade.done_at, cascade.done_by) == (NOW + timedelta(hours=1), ana)


def test_taking_the_last_one_back_opens_it_again(cascade, ana, cai, dee):
    passing_on.pass_on(cascade, cai, by=ana, now=NOW)
    passing_on.pass_on(cascade, dee, by=ana, now=NOW + timedelta(hours=1))

    passing_on.take_back(cascade, dee)

    cascade.refresh_from_db()
    assert (cascade.done_at, PassedOn.objects.count()) == (None, 1)


def test_what_somebody_ticked_off_as_a_whole_stays_so(cascade, ana, ben, cai):
    passing_on.pass_on(cascade, cai, by=ana, now=NOW)
    planning.tick_off(cascade, by=ben, now=NOW + timedelta(hours=1))

    passing_on.take_back(cascade, cai)

    cascade.refresh_from_db()
    assert cascade.done_by == ben


def test_only_those_who_are_asked_can_pass_it_on(cascade, ana):
    with pytest.raises(planning.NotPossible, match="not among those"):
        passing_on.pass_on(cascade, factories.person("Stranger"), by=ana, now=NOW)


def test_only_a_cascade_is_passed_on(ana, cai):
    with pytest.raises(planning.NotPossible, match="Only a manager cascade"):
        passing_on.pass_on(factories.step(medium=Medium.POSTER), cai, by=ana, now=NOW)


def test_a_cascade_that_is_taken_out_comes_back_with_its_ticks(cascade, ana, cai):
    upgrade, pk = cascade.upgrade, cascade.pk
    passing_on.pass_on(cascade, cai, by=ana, now=NOW)
    planning.delete_step(cascade, by=ana, now=NOW)

    back = planning.restore_step(upgrade, pk)

    assert list(PassedOn.objects.values_list("step", "person", "at")) == [(back.pk, cai.pk, NOW)]
