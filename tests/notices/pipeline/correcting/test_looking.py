"""A turn of the clock costs little where nothing differs."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import telling
from engagement.models import Participant
from notices.enums import MessageState, NoticeState
from notices.models import Call, CorrectionRule, Message, Notice
from notices.pipeline.correcting import looking, proposing, quiet
from notices.pipeline.correcting.proposing import OPEN_STATES
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import DAY, HOUR, by_itself, go_on, letters, shift, turn
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


# What was put right


@pytest.fixture
def put_right():
    """It moved, a correction has arrived, and a turn has seen that nobody is wrong any more."""
    cache.clear()
    window, people = told_upgrade(), [factories.person(), factories.person()]
    tell(window, people)
    by_itself(window.upgrade)
    shift(window, DAY, at=NOW)
    go_on(NOW + 3 * HOUR)
    go_on(NOW + 6 * HOUR)
    turn(NOW + 7 * HOUR)
    assert letters(window.upgrade) != []
    return window


LATER = NOW + 8 * HOUR


def corrections(window):
    return list(Message.objects.filter(notice__upgrade=window.upgrade, notice__kind="correction").order_by("pk"))


def test_what_was_put_right_is_not_looked_at_again(put_right):
    assert looking.differing(now=LATER) == []


def test_without_the_cache_it_is_looked_at(put_right):
    cache.clear()

    assert looking.differing(now=LATER) == [put_right.upgrade]


def test_nothing_is_remembered_while_the_plan_still_settles():
    cache.clear()
    window = told_upgrade()
    shift(window, DAY, at=NOW)

    turn(NOW + timedelta(minutes=1))

    assert looking.differing(now=NOW + timedelta(minutes=2)) == [window.upgrade]


def test_nothing_is_remembered_for_a_time_before(put_right):
    assert looking.differing(now=NOW + 2 * HOUR) == [put_right.upgrade]


def test_a_correction_that_bounces_afterwards_is_seen(put_right):
    Message.objects.filter(pk=corrections(put_right)[0].pk).update(state=MessageState.BOUNCED)

    assert looking.differing(now=LATER) == [put_right.upgrade]


def test_one_that_bounces_while_another_gets_through_is_seen(put_right):
    """As many of each state as before, but not the same."""
    one, two, _ = corrections(put_right)
    Message.objects.filter(pk=one.pk).update(state=MessageState.BOUNCED)
    turn(LATER)
    Notice.objects.filter(kind="correction", state__in=OPEN_STATES).update(state=NoticeState.CANCELLED)
    Call.objects.all().delete()
    cache.clear()
    quiet.remember(looking_print(put_right, now=LATER), now=LATER)
    assert looking.differing(now=LATER) == []
    Message.objects.filter(pk=one.pk).update(state=MessageState.SENT)
    Message.objects.filter(pk=two.pk).update(state=MessageState.BOUNCED)

    assert looking.differing(now=LATER) == [put_right.upgrade]


def looking_print(window, *, now):
    [key] = [key for plan, key in looking.plans_to_look_at(now=now) if plan.upgrade == window.upgrade]
    return key


def test_the_next_change_a_new_threshold_and_a_new_letter_are_seen(put_right):
    CorrectionRule.objects.update(start_minutes=60)
    assert looking.differing(now=LATER) == [put_right.upgrade]
    turn(LATER)
    assert looking.differing(now=LATER) == []

    tell(put_right, [factories.person()], at=LATER)
    assert looking.differing(now=LATER) == [put_right.upgrade]
    turn(LATER)
    assert looking.differing(now=LATER) == []

    shift(put_right, DAY, at=LATER)
    assert looking.differing(now=LATER) == [put_right.upgrade]


def test_who_was_archived_with_a_wrong_belief_is_seen_on_their_return(put_right):
    Message.objects.filter(pk=corrections(put_right)[0].pk).update(state=MessageState.BOUNCED)
    gone = corrections(put_right)[0].person
    gone.archived_at = LATER
    gone.save()
    turn(LATER)
    assert looking.differing(now=LATER) == []

    gone.archived_at = None
    gone.save()

    assert looking.differing(now=LATER) == [put_right.upgrade]


def test_a_conversation_that_is_taken_back_is_seen(put_right):
    """Somebody heard it there alone."""
    Message.objects.filter(pk=corrections(put_right)[0].pk).update(state=MessageState.BOUNCED)
    talk = factories.engagement(put_right.upgrade, start=LATER, end=LATER + HOUR / 2, milestone=put_right)
    Participant.objects.create(engagement=talk, person=corrections(put_right)[0].person, attended=True)
    said = telling.tell(talk, telling.usual(talk), by=factories.account("Eve"), now=LATER + HOUR)
    turn(LATER + HOUR)
    assert looking.differing(now=LATER + HOUR) == []

    telling.void(said, reason="That was another date.", by=said.recorded_by, now=LATER + HOUR)

    assert looking.differing(now=LATER + HOUR) == [put_right.upgrade]


def test_a_service_more_is_always_looked_at():
    """Who uses it may join at any time."""
    cache.clear()
    window = told_upgrade()
    window.services.add(factories.service("Print"))

    turn(NOW + HOUR)

    assert looking.differing(now=NOW + HOUR) == [window.upgrade]
