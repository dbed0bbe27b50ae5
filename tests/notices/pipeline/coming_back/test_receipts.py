from datetime import timedelta

import pytest

from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Receipt
from notices.pipeline.coming_back import receipts
from stakeholders.enums import AddressState, Topic
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def message(cai):
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


def state_of(message):
    return Message.objects.get(pk=message.pk).state


def test_the_first_acknowledgement_counts(message):
    assert [receipts.acknowledge(message, now=now) for now in (NOW, LATER)] == [True, False]

    receipt = Receipt.objects.get()
    assert (receipt.kind, receipt.at) == (ReceiptKind.ACKNOWLEDGED, NOW)


def test_unsubscribing_declines_the_topic_and_says_through_which_message(message, cai):
    assert [receipts.unsubscribe(message, Topic.NEWS, now=NOW) for _ in range(2)] == [True, False]

    assert list(cai.opt_outs.values_list("topic", flat=True)) == ["news"]
    assert list(message.receipts.values_list("kind", "event")) == [("unsubscribed", "news")]


def test_outages_cannot_be_declined(message, cai):
    with pytest.raises(ValueError, match="outages"):
        receipts.unsubscribe(message, "outages", now=NOW)

    assert cai.opt_outs.count() == 0


def test_a_bounce_for_good_untells_and_marks_the_address(message, cai):
    receipts.bounce(message, permanent=True, detail="5.1.1 no such user", event="report 1", now=NOW)

    assert state_of(message) == MessageState.BOUNCED
    assert list(Message.objects.told()) == []
    assert Person.objects.get(pk=cai.pk).email_state == AddressState.BOUNCED


def test_a_bounce_for_now_is_only_noted(message, cai):
    receipts.bounce(message, permanent=False, detail="4.2.2 mailbox full", now=NOW)

    assert state_of(message) == MessageState.SENT
    assert list(Message.objects.told()) == [message]
    assert Person.objects.get(pk=cai.pk).email_state == AddressState.WORKING
    assert Receipt.objects.get().detail == "4.2.2 mailbox full"


def test_the_same_report_twice_is_stored_once(message):
    stored = [receipts.bounce(message, permanent=True, detail="no", event=event, now=NOW) for event in ("a", "a", "b")]

    assert stored == [True, False, True]
    assert Receipt.objects.count() == 2


def test_a_bounce_of_an_old_address_says_nothing_about_the_new_one(message, cai):
    Person.objects.filter(pk=cai.pk).update(email="new@example.org")

    receipts.bounce(message, permanent=True, detail="no", now=NOW)

    assert Person.objects.get(pk=cai.pk).email_state == AddressState.WORKING


def test_a_complaint_was_read_and_is_respected(message, cai):
    receipts.complain(message, detail="abuse", now=NOW)

    assert list(Message.objects.told()) == [message]
    assert Person.objects.get(pk=cai.pk).email_state == AddressState.COMPLAINED
