"""Against servers that the environment names, so that anybody can try theirs:

CONTRACT_EMAIL_URL=smtp+tls://user:password@mail.example.org:587    as EMAIL_URL
CONTRACT_EMAIL_ADDRESS=test+{key}@example.org    who gets the letters; {key} is their number
CONTRACT_EMAIL_MAILDIR=/var/mail/test    where they arrive, if it is at hand
CONTRACT_IMAP_URL=imaps://user:password@mail.example.org/INBOX    a mailbox that nobody minds
"""

import os
from pathlib import Path

import environ
import pytest
from django.utils import timezone
from imap_tools import AND, MailMessageFlags

from notices.enums import MessageState
from notices.models import Incoming, Message
from notices.pipeline.coming_back import mailbox
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.coming_back.mails import dsn
from tests.servers.letters import MANY, Arrived, handed_over, kinds, letter, said

SERVER, IMAP = os.environ.get("CONTRACT_EMAIL_URL", ""), os.environ.get("CONTRACT_IMAP_URL", "")
ADDRESS = os.environ.get("CONTRACT_EMAIL_ADDRESS", "p{key}@example.org")
MAILDIR = os.environ.get("CONTRACT_EMAIL_MAILDIR", "")


@pytest.mark.skipif(not SERVER, reason="CONTRACT_EMAIL_URL names no mail server.")
@pytest.mark.parametrize("connections", [1, 4])
def test_the_named_server_takes_everything(settings, connections):
    for name, value in environ.Env.email_url_config(SERVER).items():
        setattr(settings, name, value)
    parcels = [letter(key, ADDRESS.format(key=key)) for key in range(1, MANY + 1)]
    before = Arrived(Path(MAILDIR)).contents if MAILDIR else []

    outcomes = handed_over(parcels, connections=connections, seconds=300)

    assert kinds(outcomes) == {"Accepted": MANY}, said(outcomes)
    if MAILDIR:
        assert len(Arrived(Path(MAILDIR)).wait(len(before) + MANY)) == len(before) + MANY


@pytest.fixture
def box():
    """As an administrator would look into it."""
    opened = mailbox._opened(mailbox.Place.of(IMAP))
    opened.folder.set("INBOX")
    opened.delete(opened.uids())
    yield opened
    opened.logout()


@pytest.fixture
def message(cai) -> Message:
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


@pytest.mark.skipif(not IMAP, reason="CONTRACT_IMAP_URL names no mailbox.")
@pytest.mark.parametrize("then", ["read", "move:Done", "delete"])
def test_what_came_back_is_taken_out_of_the_named_mailbox(box, message, then):
    if not box.folder.exists("Done"):
        box.folder.create("Done")
    box.append(dsn(message), "INBOX")
    box.append(b"From: x@example.org\r\nSubject: " + b"A" * 100 + b"\r\n\r\n" + b"Hello\r\n" * 400_000, "INBOX")
    url = f"{IMAP}?then={then}"

    assert [mailbox.look(url, clock=timezone.now) for _ in range(2)] == [2, 0]

    assert Message.objects.get(pk=message.pk).state == MessageState.BOUNCED
    assert Incoming.objects.count() == 2
    box.folder.set("INBOX")
    left = [one.flags for one in box.fetch(AND(all=True), mark_seen=False, headers_only=True)]
    assert [MailMessageFlags.SEEN in flags for flags in left] == ([True, True] if then == "read" else [])
    box.folder.set("Done")
    moved = box.uids()
    box.delete(moved)
    assert len(moved) == (2 if then == "move:Done" else 0)
