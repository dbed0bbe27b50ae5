from datetime import timedelta

import pytest

from notices.channels import verp
from notices.enums import IncomingKind, MessageState, ReceiptKind
from notices.models import Incoming, Message, Receipt
from notices.pipeline import coming_back, ledger
from notices.pipeline.coming_back import take_report
from notices.register import erasing
from stakeholders.enums import AddressState
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.coming_back.mails import back_to, complaint, dsn, report
from tests.notices.pipeline.ledger.telling import tell
from upgrades import rescheduling

DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def message(cai):
    return sent_to(cai)


def sent_to(person, *, at=NOW) -> Message:
    notice = factories.released_notice(people=[person])
    notice.messages.update(state=MessageState.SENT, sent_at=at, created_at=at, sha256=b"x" * 32)
    return notice.messages.get()


def take(raw: bytes, *, now=LATER, source="pipe") -> list[Incoming]:
    return coming_back.take_in(raw, source=source, now=now)


def now_of(row):
    return type(row).objects.get(pk=row.pk)


def states(message, person):
    return now_of(message).state, now_of(person).email_state


def test_nobody_there_untells_and_gives_the_address_up_at_once(message, cai):
    (row,) = take(dsn(message, said="550 5.1.1 User unknown"))

    assert states(message, cai) == (MessageState.BOUNCED, AddressState.BOUNCED)
    assert (row.kind, row.message, row.address, row.is_permanent, row.status) == (
        IncomingKind.BOUNCE,
        message,
        cai.email,
        True,
        "5.1.1",
    )
    assert Receipt.objects.get().detail == "550 5.1.1 User unknown"


def test_the_same_report_twice_is_one_whichever_way_it_comes(message):
    raw = dsn(message)
    take(raw)
    take(b"Received: from elsewhere\n" + raw, source="imap", now=LATER + DAY)

    assert (Incoming.objects.count(), Receipt.objects.count()) == (1, 1)


def test_whom_a_bounced_telling_told_nobody_told(cai, dee):
    window = factories.milestone(factories.upgrade("Mail"), name="Go-live", start=NOW + 14 * DAY, end=NOW + 15 * DAY)
    tell(window, [cai, dee])
    take(dsn(Message.objects.get(person=cai)))

    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)

    groups = ledger.wrong(window.upgrade, now=LATER)
    assert [person for group in groups for person in group.people] == [dee.pk]


@pytest.mark.parametrize(
    ("status", "said"),
    [("5.2.2", "552 5.2.2 Mailbox full"), ("4.4.7", ""), ("5.7.1", "554 5.7.1 Blocked using zen.spamhaus.org")],
)
def test_what_is_not_about_the_address_untells_and_spares_it(message, cai, status, said):
    take(dsn(message, status=status, said=said))

    assert states(message, cai) == (MessageState.BOUNCED, AddressState.WORKING)


def test_a_delay_changes_nothing(message, cai):
    (row,) = take(dsn(message, action="delayed", status="4.4.1"))

    assert row.kind == IncomingKind.DELAYED
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)
    assert Receipt.objects.count() == 0


def test_a_delivery_is_noted(message, cai):
    (row,) = take(dsn(message, action="delivered", status="2.0.0"))

    assert (row.kind, row.message) == (IncomingKind.DELIVERED, message)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def test_a_forged_return_address_changes_nothing(message, cai):
    key, _, domain = back_to(message).partition("@")
    (row,) = take(dsn(message, to=f"{key[:-4]}0000@{domain}"))

    assert (row.kind, row.message) == (IncomingKind.OTHER, None)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def test_an_id_of_ours_with_somebody_elses_address_changes_nothing(message, cai, dee):
    (row,) = take(dsn(message, to="postmaster@plan.example", address="dee@example.org"))

    assert (row.kind, row.message) == (IncomingKind.OTHER, None)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def test_an_id_of_ours_with_its_address_is_enough(message, cai):
    (row,) = take(dsn(message, to="postmaster@plan.example"))

    assert row.message == message
    assert states(message, cai) == (MessageState.BOUNCED, AddressState.BOUNCED)


def plain(address: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nTo: postmaster@plan.example\nSubject: failure notice\n\n"
        f"Hi. This is the qmail-send program.\n\n<{address}>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    ).encode()


@pytest.mark.parametrize("signature", ["", ".0123456789abcdef0123"])
@pytest.mark.parametrize("write", [dsn, complaint])
def test_an_id_that_was_guessed_changes_nothing(message, cai, write, signature):
    options = {"to": "postmaster@plan.example"} if write is dsn else {}
    raw = write(message, **options).replace(f".{verp.sign(message.pk)}".encode(), signature.encode())

    (row,) = take(raw)

    assert (row.kind, row.message) == (IncomingKind.OTHER, None)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def test_an_address_alone_is_not_enough_in_a_mail(message, cai):
    (row,) = take(plain(cai.email))

    assert (row.kind, row.address, row.message) == (IncomingKind.BOUNCE, cai.email, None)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def reported(address: str):
    return take_report(report(plain(address)), identity=address, source="postmark", now=NOW, is_proved=True)


def test_an_address_alone_is_enough_for_a_provider_where_one_message_can_be_meant(message, cai):
    row = reported(cai.email.upper())

    assert row.message == message
    assert states(message, cai) == (MessageState.BOUNCED, AddressState.BOUNCED)


def test_an_address_alone_is_not_enough_for_two_or_for_long_ago(message, cai, dee):
    second, old = sent_to(cai), sent_to(dee, at=NOW - 20 * DAY)

    rows = [reported(cai.email), reported(dee.email)]

    assert [row.message for row in rows] == [None, None]
    assert {now_of(one).state for one in (message, second, old)} == {MessageState.SENT}


def test_mail_that_was_forwarded_into_nothing_spares_the_address(message, cai):
    (row,) = take(dsn(message, address="private@elsewhere.example"))

    assert row.message == message
    assert states(message, cai) == (MessageState.BOUNCED, AddressState.WORKING)


def test_a_late_bounce_says_nothing_about_the_new_address(message, cai):
    Person.objects.filter(pk=cai.pk).update(email="new@example.org")

    take(dsn(message))

    assert states(message, cai) == (MessageState.BOUNCED, AddressState.WORKING)


def test_a_bounce_for_somebody_who_was_merged_reaches_who_they_became(message, cai):
    kept = factories.person("Cai Carter")
    Person.objects.filter(pk=cai.pk).update(merged_into=kept, archived_at=NOW, email="")
    Person.objects.filter(pk=kept.pk).update(email=message.address)

    take(dsn(message))

    assert now_of(kept).email_state == AddressState.BOUNCED


def test_a_bounce_after_an_erasure_does_not_bring_the_address_back(message, cai, ana):
    raw = dsn(message, said="550 5.1.1 no such user")
    address = message.address
    erasing.erase(cai, reason="asked for", by=ana, now=NOW)

    (row,) = take(raw)

    assert (row.message, row.address, row.detail) == (message, "", "")
    assert address not in str(list(Receipt.objects.values()))


def test_erasing_takes_the_address_out_of_what_came_back(message, cai, ana):
    (row,) = take(dsn(message, said="550 5.1.1 no such user"))
    (unmatched,) = take(plain(f"{cai.email}"), now=LATER + 90 * DAY)

    erasing.erase(cai, reason="asked for", by=ana, now=LATER)

    assert [(now_of(one).address, now_of(one).detail) for one in (row, unmatched)] == [("", "")] * 2


def test_a_complaint_was_read_and_is_respected(message, cai):
    (row,) = take(complaint(message))

    assert (row.kind, row.message) == (IncomingKind.COMPLAINT, message)
    assert states(message, cai) == (MessageState.SENT, AddressState.COMPLAINED)
    assert Receipt.objects.get().kind == ReceiptKind.COMPLAINED


def test_one_member_of_a_mailing_list_silences_nobody_else(message, cai):
    Person.objects.filter(pk=cai.pk).update(is_list=True)

    (row,) = take(complaint(message))

    assert (row.kind, row.message) == (IncomingKind.COMPLAINT, message)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)
    assert Receipt.objects.get().kind == ReceiptKind.COMPLAINED


def test_a_complaint_in_somebody_elses_name_changes_nothing(message, cai):
    (row,) = take(complaint(message, address="dee@example.org"))

    assert row.kind == IncomingKind.OTHER
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


def test_an_automatic_reply_is_noted_and_changes_nothing(message, cai):
    raw = f"From: {cai.email}\nTo: {back_to(message)}\nSubject: Out of office\n\n550 5.1.1 user unknown".encode()

    (row,) = take(raw)

    assert (row.kind, row.message) == (IncomingKind.AUTO_REPLY, message)
    assert states(message, cai) == (MessageState.SENT, AddressState.WORKING)


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff" * 100, b"Subject: \x00\n\n\x00", b"To: bounce+" + b"f" * 99 + b".0@x\n\n"]
)
def test_garbage_is_noted_as_something_else(db, raw):
    (row,) = take(raw)

    assert (row.kind, row.message) == (IncomingKind.OTHER, None)


def soft(cai, days, **more):
    for day in days:
        message = sent_to(cai, at=NOW + day * DAY)
        take(dsn(message, status="5.2.2", own_id=f"<soft{day}@mx>"), now=NOW + day * DAY + timedelta(hours=1))
    return now_of(cai).email_state


def test_an_address_that_is_full_again_and_again_is_given_up(cai):
    assert soft(cai, [0, 2]) == AddressState.WORKING
    assert soft(cai, [4]) == AddressState.BOUNCED


def test_three_on_one_day_are_one_bad_day(cai):
    assert soft(cai, [0, 0.1, 0.2]) == AddressState.WORKING


def test_three_in_a_month_are_not_enough(cai):
    assert soft(cai, [0, 10, 20]) == AddressState.WORKING


def test_what_got_through_in_between_forgives(cai):
    soft(cai, [0, 2])
    sent_to(cai, at=NOW + 3 * DAY)

    assert soft(cai, [5]) == AddressState.WORKING


def test_being_blocked_never_gives_an_address_up(cai):
    for day in (0, 3, 6, 9):
        message = sent_to(cai, at=NOW + day * DAY)
        take(
            dsn(message, status="5.7.1", said="554 Blocked using spamhaus", own_id=f"<b{day}@mx>"), now=NOW + day * DAY
        )

    assert now_of(cai).email_state == AddressState.WORKING
