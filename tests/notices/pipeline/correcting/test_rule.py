"""The rule by which corrections go out: who approves it, and what it allows."""

import pytest

from notices.pipeline.approve import NotAllowed
from notices.pipeline.correcting import rule, send_now
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import (
    DAY,
    HOUR,
    by_itself,
    go_on,
    letters,
    shift,
    the,
)
from tests.notices.pipeline.ledger.telling import tell

pytestmark = pytest.mark.django_db


def test_other_words_take_back_the_approval_of_the_rule(upgrade, window, ana, ben):
    made = rule.save(upgrade, by=ana, mode="automatic")
    with pytest.raises(NotAllowed, match="Somebody else"):
        rule.approve(made, by=ana, now=NOW)
    with pytest.raises(NotAllowed, match="Your role"):
        rule.approve(made, by=factories.account("Rui", role="reader"), now=NOW)
    rule.approve(made, by=ben, now=NOW)
    assert rule.of(upgrade).approved_by == ben

    words = [{"language": "en", "level": "plain", "subject": "Changed", "body": "See:\n\n{{ changes }}"}]
    rule.save(upgrade, by=ben, words=words)

    again = rule.of(upgrade)
    assert (again.approved_by, again.author) == (None, ben)
    with pytest.raises(NotAllowed, match="Somebody else"):
        rule.approve(again, by=ben, now=NOW)
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)
    go_on(NOW + HOUR)
    assert (letters(upgrade), the(upgrade).reason) == (
        [],
        "Not sent by itself: nobody has approved the rule for corrections.",
    )


def test_words_that_never_say_what_changed_are_refused(upgrade, ana):
    words = [{"language": "en", "level": "plain", "subject": "Changed", "body": "Sorry."}]

    with pytest.raises(NotAllowed, match="never says what has changed"):
        rule.save(upgrade, by=ana, words=words)


def test_more_people_than_the_rule_allows_wait_for_a_click(upgrade, window, ben):
    by_itself(upgrade, most_people=1)
    tell(window, [factories.person(), factories.person()])
    shift(window, DAY, at=NOW)

    go_on(NOW + HOUR)

    assert the(upgrade).reason == (
        "Not sent by itself: it goes to 2 people, and by themselves corrections go to 1 at most."
    )
    assert send_now(the(upgrade), by=ben, now=NOW + HOUR) == 2


def test_whoever_approved_the_rule_and_lost_their_role_stands_behind_nothing(upgrade, window):
    made = by_itself(upgrade)
    type(made.approved_by).objects.filter(pk=made.approved_by_id).update(roles=[])
    tell(window, [factories.person()])
    shift(window, DAY, at=NOW)

    go_on(NOW + HOUR)

    assert (letters(upgrade), the(upgrade).reason) == (
        [],
        "Not sent by itself: Your role does not approve notices.",
    )


def test_a_threshold_of_the_rule_counts(upgrade, window):
    by_itself(upgrade, start_minutes=120, end_minutes=120)
    tell(window, [factories.person()])
    shift(window, HOUR, at=NOW)

    go_on(NOW + HOUR)

    assert letters(upgrade) == []
