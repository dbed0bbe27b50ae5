"""The play counts messages as the outbox makes them, whatever the channels."""

from collections import Counter
from datetime import timedelta

import pytest

from notices import channels
from notices.models import Notice
from notices.pipeline import outbox
from notices.simulation import delivering, play
from stakeholders.enums import AddressState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_it_counts_what_the_outbox_fills(monkeypatch):
    for channel in ("sms", "slack"):
        monkeypatch.setitem(channels.SENDERS, channel, channels.SENDERS.get(channel, object))
    people = []
    for number in range(12):
        one = factories.person(email="" if number % 3 == 0 else f"p{number}@example.org")
        if number % 2:
            state = AddressState.BOUNCED if number % 5 == 0 else AddressState.WORKING
            factories.address(one, "sms", f"+{number}", state=state)
        if number % 4 == 0:
            factories.address(one, "slack", f"u{number}")
        people.append(one)
    window = factories.milestone(start=NOW + timedelta(days=5))
    notice = factories.approved_notice(
        window, people=people, channels=["email", "sms", "slack"], send_at=NOW + timedelta(hours=1)
    )

    played = play.play([window.upgrade], now=NOW, until=NOW + timedelta(days=1))
    counted = Counter()
    for one in delivering.tallies(played):
        counted[one.channel, one.reason] += one.number
    outcome = next(one for one in played.released if one.notice.pk == notice.pk)
    each = Counter((one.channel, one.reason) for one in delivering.messages(played, outcome))
    outbox.fill(Notice.objects.get(pk=notice.pk), now=NOW + timedelta(hours=1))

    filled = Counter(notice.messages.values_list("channel", "reason"))
    assert counted == filled
    assert each == filled
