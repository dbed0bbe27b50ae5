"""Somebody says what they want in the very moment in which a manager merges or erases them: it counts for who stays."""

from datetime import date

import pytest

from notices.pipeline.coming_back import receipts
from notices.register import erasing, merging
from portal import preferences
from stakeholders.enums import Topic
from stakeholders.models import Absence, OptOut
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_at_once import in_the_middle_of

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2099, 3, 30)


def declines(message):
    receipts.unsubscribe(message, Topic.NEWS, now=NOW)


def declines_on_the_page(message):
    preferences.save(message.person, declined=[Topic.NEWS], language="de")


@pytest.fixture
def twin(cai):
    return factories.person("Carter, Cai", email="c.carter@example.org")


@pytest.fixture
def message(twin):
    return factories.released_notice(people=[twin]).messages.select_related("person").get()


@pytest.mark.parametrize("act", [declines, declines_on_the_page])
def test_a_topic_declined_during_a_merge_is_declined_by_who_stays(ana, cai, twin, message, act):
    in_the_middle_of(lambda: merging.merge(cai, twin, by=ana, now=NOW), lambda: act(message))

    assert [one.person for one in OptOut.objects.all()] == [cai]


def test_taking_it_back_during_a_merge_counts_too(ana, cai, twin, message):
    twin.opt_out(Topic.NEWS)

    in_the_middle_of(
        lambda: merging.merge(cai, twin, by=ana, now=NOW), lambda: receipts.subscribe_again(message, Topic.NEWS)
    )

    assert not OptOut.objects.exists()


def test_an_absence_entered_during_a_merge_is_of_who_stays(ana, cai, twin):
    in_the_middle_of(
        lambda: merging.merge(cai, twin, by=ana, now=NOW),
        lambda: preferences.go_away(twin, start=DAY, end=DAY, address="dot@example.org"),
    )

    assert [one.person for one in Absence.objects.all()] == [cai]


@pytest.mark.parametrize("act", [declines, declines_on_the_page])
def test_nothing_is_kept_of_somebody_who_is_erased_meanwhile(ana, twin, message, act):
    in_the_middle_of(lambda: erasing.erase(twin, reason="They asked.", by=ana, now=NOW), lambda: act(message))

    twin.refresh_from_db()
    assert (list(OptOut.objects.all()), twin.own_choices) == ([], [])
