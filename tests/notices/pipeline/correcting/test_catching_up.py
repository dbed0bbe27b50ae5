"""Late joiners: one letter with what holds now, and only that."""

from datetime import timedelta

import pytest

from notices.enums import MessageState, NoticeKind, NoticeState
from notices.models import Notice
from notices.pipeline.correcting import catching_up, proposing
from stakeholders.models import Membership
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import (
    DAY,
    HOUR,
    MINUTE,
    arrive,
    by_itself,
    letters,
    proposals,
    shift,
    turn,
)
from tests.notices.pipeline.ledger.telling import tell

pytestmark = pytest.mark.django_db
CATCH_UP = NoticeKind.CATCH_UP


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration")


@pytest.fixture
def window(upgrade):
    return factories.milestone(upgrade, name="Go-live")


@pytest.fixture
def staff(window):
    """Told, all that were there."""
    staff = factories.group(people=[factories.person()])
    tell(window, (), audience={"groups": [staff.pk]})
    return staff


def go_on(at):
    turn(at)
    catching_up.keep(now=at, at_once=True)
    proposing.keep(now=at)
    turn(at)
    arrive(at)


def test_a_late_joiner_gets_one_letter_and_no_old_mail(upgrade, window, staff):
    by_itself(upgrade)
    go_on(NOW + HOUR)
    assert proposals(upgrade, CATCH_UP) == []
    eve = factories.person(groups=[staff])

    for hour in (2, 3, 4, 5):
        go_on(NOW + hour * HOUR)

    assert letters(upgrade, CATCH_UP) == [eve.pk]
    assert [one.title for one in proposals(upgrade, CATCH_UP)] == ["Catch-up: Go-live"]
    assert eve.messages.count() == 1


def test_those_who_join_together_are_told_together(upgrade, window, staff):
    by_itself(upgrade)
    eve = factories.person(groups=[staff])
    go_on(NOW + HOUR)
    fay = factories.person(groups=[staff])
    go_on(NOW + HOUR + 6 * MINUTE)
    go_on(NOW + HOUR + 20 * MINUTE)

    (notice,) = proposals(upgrade, CATCH_UP)
    assert letters(upgrade, CATCH_UP) == [eve.pk, fay.pk]
    assert notice.released_at == NOW + HOUR + 20 * MINUTE


def test_it_is_proposed_where_the_rule_says_so(upgrade, window, staff):
    eve = factories.person(groups=[staff])

    go_on(NOW + HOUR)
    go_on(NOW + 2 * HOUR)

    (notice,) = proposals(upgrade, CATCH_UP)
    assert (notice.state, notice.audience) == (NoticeState.IN_REVIEW, {"people": [eve.pk]})


def test_who_is_told_soon_by_what_is_planned_gets_none(upgrade, window, staff):
    by_itself(upgrade)
    factories.approved_notice(window, audience={"groups": [staff.pk]}, send_at=NOW + 4 * HOUR, now=NOW)
    factories.person(groups=[staff])

    go_on(NOW + HOUR)
    go_on(NOW + 4 * HOUR)
    go_on(NOW + 5 * HOUR)

    assert proposals(upgrade, CATCH_UP) == []


def test_who_leaves_again_before_it_goes_out_gets_none(upgrade, window, staff):
    eve = factories.person(groups=[staff])
    go_on(NOW + HOUR)
    Membership.objects.filter(person=eve).delete()

    go_on(NOW + 2 * HOUR)

    (notice,) = proposals(upgrade, CATCH_UP)
    assert (notice.state, notice.reason) == (NoticeState.CANCELLED, catching_up.KNOW_BY_NOW)


def test_nobody_catches_up_with_what_is_over(upgrade, window, staff):
    by_itself(upgrade)
    factories.person(groups=[staff])

    go_on(window.end + MINUTE)

    assert proposals(upgrade, CATCH_UP) == []


def test_who_had_no_address_is_no_joiner(upgrade, window):
    by_itself(upgrade)
    staff = factories.group(people=[factories.person(email="")])
    tell(window, (), audience={"groups": [staff.pk]})

    go_on(NOW + HOUR)

    assert proposals(upgrade, CATCH_UP) == []


def test_what_changes_after_a_catch_up_is_corrected(upgrade, window, staff):
    by_itself(upgrade)
    eve = factories.person(groups=[staff])
    go_on(NOW + HOUR)
    go_on(NOW + 2 * HOUR)
    shift(window, DAY, at=NOW + 3 * HOUR)
    go_on(NOW + 4 * HOUR)

    assert eve.pk in letters(upgrade)
    assert letters(upgrade, CATCH_UP) == [eve.pk]


def test_an_urgent_one_does_not_wait_for_the_morning(upgrade, window, staff):
    by_itself(upgrade)
    eve = factories.person(groups=[staff])
    night = window.start - 10 * HOUR

    go_on(night)
    go_on(night + 2 * MINUTE)

    assert letters(upgrade, CATCH_UP) == [eve.pk]


def test_the_clock_looks_every_few_minutes_only(upgrade, window, staff, django_assert_max_num_queries):
    turn(NOW + timedelta(days=1))

    with django_assert_max_num_queries(0):
        catching_up.keep(now=NOW + timedelta(days=1, minutes=1))


def test_a_letter_that_bounced_is_not_sent_again(upgrade, window, staff):
    by_itself(upgrade)
    factories.person(groups=[staff])
    go_on(NOW + HOUR)
    turn(NOW + 2 * HOUR)
    arrive(NOW + 2 * HOUR, state=MessageState.FAILED)

    go_on(NOW + 3 * HOUR)

    assert Notice.objects.filter(kind=CATCH_UP).count() == 1
