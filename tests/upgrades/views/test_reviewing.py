from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import assessment, person, stakeholder, upgrade
from upgrades.enums import Attitude

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return upgrade(slug="mail")


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def page(stake=None):
    address = reverse("stakeholder_review", args=["mail"])
    return f"{address}?at={stake.pk}" if stake else address


@pytest.fixture
def old(of, cai, ben):
    stake = stakeholder(cai, of=of)
    assessment(stake, influence=70, interest=20, attitude=-1, by=ben, at=timezone.now() - timedelta(days=120))
    return stake


def seen(editor, stake):
    return editor.get(page(stake)).context["form"]["seen"].value()


def test_still_right_takes_one_press_and_makes_a_new_dated_assessment(editor, old):
    editor.post(page(old), {"seen": seen(editor, old), "right": "1", "influence": 70, "interest": 20, "attitude": -1})

    assert list(old.assessments.order_by("at").values_list("influence", "interest", "attitude")) == [
        (70, 20, Attitude.SCEPTIC),
        (70, 20, Attitude.SCEPTIC),
    ]
    assert editor.get(page()).context["count"] == 0


def test_who_was_never_placed_comes_first_and_the_next_one_follows(editor, of, old):
    never = stakeholder(person(), of=of)
    context = editor.get(page()).context
    assert (context["stakeholder"], context["count"], context["skip"]) == (never, 2, page(old))

    values = {"influence": 10, "interest": 90, "attitude": 0, "wanted_attitude": 1}
    response = editor.post(page(never), values | {"seen": seen(editor, never)})

    assert response.url == page(old)
    never.refresh_from_db()
    assert (never.assessments.get().interest, never.wanted_attitude) == (90, Attitude.SUPPORTER)


def test_what_somebody_assessed_meanwhile_is_not_confirmed(editor, old, ben):
    form = {"seen": seen(editor, old), "right": "1", "influence": 70, "interest": 20, "attitude": -1}
    assessment(old, influence=5, by=ben, at=timezone.now() - timedelta(days=100))

    response = editor.post(page(old), form)

    assert ("Influence", "5", "70") in [(one.label, one.stored, one.typed) for one in response.context["form"].clashes]
    assert old.assessments.count() == 2


def test_one_that_somebody_looked_at_meanwhile_is_left_alone(editor, old, ben):
    assessment(old, by=ben, at=timezone.now())

    assert editor.post(page(old), {"right": "1"}).url == page()
    assert old.assessments.count() == 2
