"""What waited for one reader comes in one mail, and each of it is recorded."""

import hashlib
from datetime import UTC, datetime, time, timedelta

import pytest

from notices.enums import MessageState, NoticeKind
from notices.models import DeliveryRules, Message
from notices.pipeline import approve, deliver, outbox
from stakeholders.enums import Channel
from tests import factories
from tests.fixtures.machine import all_clocks_at

EMAIL = Channel.EMAIL
NIGHT = datetime(2026, 3, 9, 22, tzinfo=UTC)  # a Monday
MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rules(db):
    DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7))


def held(*people, kind=NoticeKind.PROGRESS, subject="About the work", **fields):
    far = factories.milestone(start=datetime(2026, 6, 1, 8, tzinfo=UTC), end=datetime(2026, 6, 1, 9, tzinfo=UTC))
    words = [{"language": "en", "level": "plain", "subject": subject, "body": f"This is {subject}."}]
    notice = factories.approved_notice(far, people=people, kind=kind, words=words, **fields)
    outbox.fill(notice, now=NIGHT)
    return notice


def drain(at=MORNING):
    with all_clocks_at(at, tick=True):
        return deliver.drain(EMAIL)


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_what_waited_for_the_night_comes_in_one_mail(mailserver, cai):
    held(cai, subject="the first")
    held(cai, subject="the second")

    assert drain(at=NIGHT + timedelta(hours=1)).counts == {}
    assert drain().counts == {"sent": 2}

    assert mailserver.recipients == ["cai@example.org"]
    mail = mailserver.mails[0].content.decode()
    assert "2 notices: the first and more" in mail
    assert "This is the first." in mail
    assert "This is the second." in mail
    digests = {bytes(one.sha256) for one in Message.objects.all()}
    assert digests == {hashlib.sha256(deliver.again(Message.objects.first())).digest()}


def test_each_reader_has_a_digest_of_their_own(mailserver, cai, db):
    eve = factories.person("Eve", email="eve@example.org")
    held(cai, eve, subject="for both")
    held(eve, subject="for Eve")

    drain()

    assert sorted(mailserver.recipients) == ["cai@example.org", "eve@example.org"]
    of_cai = next(mail for mail in mailserver.mails if mail.recipient == "cai@example.org")
    assert "for Eve" not in of_cai.content.decode()
    assert states() == [MessageState.SENT] * 3


def test_news_that_never_waited_stay_a_mail_of_their_own(mailserver, cai):
    held(cai, subject="the first")
    held(cai, kind=NoticeKind.OUTAGE, subject="an outage")

    drain()

    assert len(mailserver.mails) == 2


def test_what_was_cancelled_meanwhile_is_not_in_it(mailserver, cai, ana):
    held(cai, subject="the first")
    approve.cancel(held(cai, subject="the second"), by=ana, reason="Not needed.", now=NIGHT)

    drain()

    assert "the second" not in mailserver.mails[0].content.decode()
    assert states() == [MessageState.SENT, MessageState.CANCELLED]


def test_one_that_cannot_be_written_does_not_hold_up_the_others(mailserver, cai):
    held(cai, subject="the first")
    held(cai, subject="the second")
    held(cai, subject="the third")
    Message.objects.filter(notice__revisions__variants__subject="the second").update(values={"digest": True})

    drain()
    drain(at=MORNING + timedelta(minutes=1))

    sent = "".join(mail.content.decode() for mail in mailserver.mails)
    assert "the first" in sent
    assert "the third" in sent
    assert "the second" not in sent
    assert states() == [MessageState.SENT, MessageState.DEFERRED, MessageState.SENT]


def test_a_refused_digest_is_tried_again_under_the_same_message_id(mailserver, cai):
    held(cai, subject="the first")
    held(cai, subject="the second")
    seen = []

    def answer(stage, value):
        if stage == "DATA" and not seen:
            seen.append(value)
            return "451 4.3.0 try later"
        return None

    mailserver.answer = answer
    assert drain().counts == {"deferred": 2}
    first = Message.objects.order_by("pk").first()
    assert len(set(Message.objects.values_list("not_before", flat=True))) == 1

    assert drain(at=MORNING + timedelta(hours=2)).counts == {"sent": 2}
    assert [mail.message_id.startswith(f"<m{first.pk}.") for mail in mailserver.mails] == [True]


def test_nobody_there_bounces_all_of_it(mailserver, cai):
    held(cai, subject="the first")
    held(cai, subject="the second")
    mailserver.refuse("RCPT", "550 5.1.1 no such user")

    drain()

    assert states() == [MessageState.BOUNCED] * 2
