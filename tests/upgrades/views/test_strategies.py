import pytest
from django.urls import reverse

from tests.factories import upgrade
from upgrades import strategies
from upgrades.enums import Means, Quadrant, TwoWay
from upgrades.models import Strategy

pytestmark = pytest.mark.django_db
VALUES = {
    "every_days": 3,
    "pushes_a_week": 4,
    "most_words": "",
    "two_way": "once",
    "means": ["mail"],
    "content": "News",
}


@pytest.fixture
def of():
    return upgrade(slug="mail")


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def page(name, *args):
    return reverse(name, args=["mail", *args])


def seen(editor):
    return editor.get(page("strategy_edit", "monitor")).context["form"]["seen"].value()


def test_an_upgrade_treats_a_quadrant_in_its_own_way(editor, of):
    editor.post(page("strategy_edit", "monitor"), VALUES | {"seen": seen(editor)})

    own = Strategy.objects.get()
    assert (own.quadrant, own.every_days, own.means, own.two_way) == ("monitor", 3, [Means.MAIL], TwoWay.ONCE)
    assert editor.get(page("upgrade_strategies")).text.count("Back to the default") == 1


def test_two_who_leave_the_default_at_once_overwrite_nothing(editor, of):
    first = seen(editor)
    editor.post(page("strategy_edit", "monitor"), VALUES | {"seen": first})

    response = editor.post(page("strategy_edit", "monitor"), VALUES | {"seen": first, "every_days": 9})

    assert [(one.stored, one.typed) for one in response.context["form"].clashes] == [("3", "9")]
    assert Strategy.objects.get().every_days == 3


def test_back_to_the_default_can_be_undone(editor, of):
    editor.post(page("strategy_edit", "monitor"), VALUES | {"seen": seen(editor)})

    response = editor.post(page("strategy_reset", "monitor"), follow=True)
    assert strategies.of(of)[Quadrant.MONITOR].every_days is None

    (message,) = [one for one in response.context["messages"] if "undo:" in one.extra_tags]
    editor.post(message.extra_tags.removeprefix("undo:"))
    assert strategies.of(of)[Quadrant.MONITOR].every_days == 3


@pytest.mark.parametrize("wrong", [{"every_days": 0}, {"pushes_a_week": -1}, {"pushes_a_week": ""}, {"means": ["x"]}])
def test_a_strategy_that_makes_no_sense_is_refused(editor, of, wrong):
    response = editor.post(page("strategy_edit", "monitor"), VALUES | {"seen": seen(editor)} | wrong)

    assert list(response.context["form"].errors) == list(wrong)
    assert Strategy.objects.count() == 0


def test_there_is_no_other_quadrant(editor, of):
    assert editor.get(page("strategy_edit", "other")).status_code == 404
