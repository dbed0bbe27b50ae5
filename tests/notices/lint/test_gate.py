"""No road leads past an error of the plan."""

from datetime import timedelta

import pytest

from notices.enums import NoticeState
from notices.lint import gate
from notices.models import Notice
from tests import factories
from tests.factories import NOW


def test_what_the_clock_found_missed_meanwhile_is_not_sent_past_an_error(db, ben, cai):
    window = factories.milestone(start=NOW + timedelta(days=30), impact=3)
    seen = factories.approved_notice(step=factories.step(window), people=[cai], by=ben)
    assert gate.blocking([seen], now=NOW)[seen.pk]
    Notice.objects.update(state=NoticeState.MISSED)

    with pytest.raises(gate.Blocked):
        gate.send_now(seen, by=ben, now=NOW)

    assert Notice.objects.get().state == NoticeState.MISSED
