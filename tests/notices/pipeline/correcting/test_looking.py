"""A turn of the clock costs little where nothing differs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.pipeline.correcting import looking, proposing
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import DAY, HOUR, shift, turn
from tests.notices.pipeline.ledger.telling import tell

pytestmark = pytest.mark.django_db


def told_upgrade():
    upgrade = factories.upgrade()
    window = factories.milestone(upgrade)
    tell(window, [factories.person()])
    return window


def queries(now) -> int:
    with CaptureQueriesContext(connection) as seen:
        proposing.keep(now=now)
    return len(seen)


def test_as_many_queries_for_fifty_upgrades_as_for_one():
    told_upgrade()
    few = queries(NOW + HOUR)
    for _ in range(49):
        told_upgrade()

    assert queries(NOW + HOUR) == few <= 12


def test_only_what_differs_is_looked_at_and_not_what_is_over():
    told_upgrade()
    moved, small, over = told_upgrade(), told_upgrade(), told_upgrade()
    shift(moved, DAY, at=NOW)
    shift(small, timedelta(minutes=5), at=NOW)
    shift(over, -30 * DAY, at=NOW)

    assert looking.differing(now=NOW + HOUR) == [moved.upgrade, over.upgrade]
    assert looking.differing(now=NOW + 20 * DAY) == []


def test_what_has_a_proposal_is_looked_at_until_it_is_settled():
    window = told_upgrade()
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    shift(window, -DAY, at=NOW + HOUR)

    assert looking.differing(now=NOW + HOUR) == [window.upgrade]
    turn(NOW + HOUR)
    assert looking.differing(now=NOW + HOUR) == []
