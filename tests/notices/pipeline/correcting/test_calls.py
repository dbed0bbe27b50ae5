"""Whom nothing reaches is called, and a call that was made tells them."""

import pytest

from notices.enums import NoticeKind
from notices.models import Call, Message
from notices.pipeline.approve import NotAllowed
from notices.pipeline.coming_back import receipts
from notices.pipeline.correcting import calls
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.correcting.story import (
    DAY,
    HOUR,
    MINUTE,
    by_itself,
    from_meeting,
    go_on,
    letters,
    proposals,
    shift,
    turn,
    wrong,
)
from tests.notices.pipeline.ledger.telling import tell

pytestmark = pytest.mark.django_db


def test_a_bounce_makes_it_wrong_again_and_the_second_one_asks_for_a_call(upgrade, window):
    by_itself(upgrade)
    cai = factories.person()
    tell(window, [cai])
    shift(window, DAY, at=NOW)
    go_on(NOW + 10 * MINUTE)
    assert letters(upgrade) == [cai.pk]

    message = Message.objects.get(notice__kind=NoticeKind.CORRECTION)
    receipts.bounce(message, permanent=True, detail="No such user", now=NOW + HOUR)
    go_on(NOW + HOUR)
    go_on(NOW + 2 * HOUR)

    (call,) = calls.open(upgrade)
    assert (call.person, call.owner, call.why) == (cai, upgrade.owner, "E-mail: address bounced")
    assert call.facts == [f"milestone:{window.pk}.start", f"milestone:{window.pk}.end"]
    assert len(proposals(upgrade)) == 1


def test_an_address_that_was_mended_is_written_to_and_the_call_is_closed(upgrade, window):
    by_itself(upgrade)
    cai = factories.person(email_state="bounced")
    tell(window, [], at=NOW)
    meeting = factories.engagement(upgrade, start=NOW - HOUR, end=NOW)
    factories.participant(meeting, cai, attended=True)
    from_meeting(meeting, window, upgrade)
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    assert [call.person for call in calls.open(upgrade)] == [cai]

    type(cai).objects.filter(pk=cai.pk).update(email="new@example.org", email_state="working")
    go_on(NOW + 2 * HOUR)

    assert letters(upgrade) == [cai.pk]
    turn(NOW + 3 * HOUR)
    call = Call.objects.get()
    assert (call.outcome, call.done_by) == (calls.REACHABLE, None)


def test_a_call_that_was_made_tells(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    type(cai).objects.filter(pk=cai.pk).update(email="")
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    (call,) = calls.open(upgrade)

    calls.done(call, by=upgrade.owner, now=NOW + 2 * HOUR, outcome="Will tell the others.")

    assert wrong(upgrade, now=NOW + 3 * HOUR) == set()
    turn(NOW + 3 * HOUR)
    assert list(calls.open(upgrade)) == []
    with pytest.raises(NotAllowed, match="done already"):
        calls.done(call, by=upgrade.owner, now=NOW + 3 * HOUR)


def test_a_call_in_vain_is_not_asked_for_again_until_the_plan_changes(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    type(cai).objects.filter(pk=cai.pk).update(email="")
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    (call,) = calls.open(upgrade)
    with pytest.raises(NotAllowed, match="Say why"):
        calls.done(call, by=upgrade.owner, now=NOW + 2 * HOUR, is_reached=False)
    calls.done(call, by=upgrade.owner, now=NOW + 2 * HOUR, outcome="On leave.", is_reached=False)

    turn(NOW + 3 * HOUR)
    assert list(calls.open(upgrade)) == []
    shift(window, DAY, at=NOW + 3 * HOUR)
    turn(NOW + 4 * HOUR)

    assert len(calls.open(upgrade)) == 1


def test_a_call_closes_by_itself_when_they_came_to_know(upgrade, window):
    cai = factories.person()
    tell(window, [cai])
    type(cai).objects.filter(pk=cai.pk).update(email="")
    shift(window, DAY, at=NOW)
    turn(NOW + HOUR)
    shift(window, -DAY, at=NOW + HOUR)

    turn(NOW + 2 * HOUR)

    assert Call.objects.get().outcome == calls.KNOW
