from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.utils import timezone
from imap_tools import ImapToolsError

from notices import tasks
from notices.enums import IncomingKind, MessageState
from notices.models import Incoming, Message
from notices.pipeline.coming_back import mailbox, taking
from tests import factories
from tests.factories import NOW
from tests.fixtures.imapserver import PASSWORD, USER, ImapServer
from tests.notices.pipeline.coming_back.mails import dsn


@pytest.fixture
def server():
    with ImapServer() as server:
        yield server


@pytest.fixture
def message(cai) -> Message:
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


def url(server, query="", *, user=USER, password=PASSWORD, folder="INBOX") -> str:
    return f"imap://{user}:{quote(password, safe='')}@127.0.0.1:{server.port}/{folder}{query}"


def look(server, query="", **more):
    return mailbox.look(url(server, query), clock=timezone.now, **more)


def state(message):
    return Message.objects.get(pk=message.pk).state


def test_what_is_unread_is_taken_in_and_flagged(server, message):
    server.put(dsn(message))

    assert [look(server), look(server)] == [1, 0]

    assert state(message) == MessageState.BOUNCED
    assert Incoming.objects.get().source == "imap"
    assert [mail.flags for mail in server.folders["INBOX"]] == [{"\\Seen"}]


def test_garbage_is_flagged_too(server, db):
    for raw in (b"", b"\xff" * 100, b"hello"):
        server.put(raw)

    assert look(server) == 3

    assert {row.kind for row in Incoming.objects.all()} == {IncomingKind.OTHER}
    assert all("\\Seen" in mail.flags for mail in server.folders["INBOX"])


def test_a_look_is_bounded(server, db):
    for number in range(5):
        server.put(b"From: a@b.example\r\n\r\n%d" % number)

    assert [look(server, most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_huge_mail_is_not_fetched_whole(server, message, monkeypatch):
    server.put(dsn(message) + b"x" * 3_000_000)

    look(server)

    assert state(message) == MessageState.BOUNCED


def test_it_is_moved_where_that_is_asked_for(server, message):
    server.put(dsn(message))

    look(server, "?then=move:Done")

    assert [len(server.folders[name]) for name in ("INBOX", "Done")] == [0, 1]


def test_it_is_deleted_only_where_that_is_asked_for(server, message):
    server.put(dsn(message))

    look(server, "?then=delete")

    assert [len(server.folders[name]) for name in ("INBOX", "Done")] == [0, 0]


def test_a_folder_that_is_not_there_keeps_the_mail_read(server, message):
    server.put(dsn(message))

    with pytest.raises(ImapToolsError):
        look(server, "?then=move:Nowhere")

    assert [look(server), len(server.folders["INBOX"])] == [0, 1]
    assert state(message) == MessageState.BOUNCED


def test_what_was_not_taken_in_stays_unread(server, message, monkeypatch):
    def away(*_, **__):
        raise OperationalError("away")

    server.put(dsn(message))
    with monkeypatch.context() as broken:
        broken.setattr(mailbox, "take_in", away)
        with pytest.raises(OperationalError):
            look(server)

    assert [mail.flags for mail in server.folders["INBOX"]] == [set()]
    assert look(server) == 1


def test_one_at_which_we_fail_keeps_no_other_from_its_turn(server, message, monkeypatch):
    def fails_at_poison(raw, **options):
        return 1 / 0 if b"poison" in raw else taking.take_in(raw, **options)

    monkeypatch.setattr(mailbox, "take_in", fails_at_poison)
    server.put(b"Subject: poison\r\n\r\n")
    server.put(dsn(message))

    look(server)

    assert state(message) == MessageState.BOUNCED
    assert [mail.flags for mail in server.folders["INBOX"]] == [set(), {"\\Seen"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pop://a:b@mail.example", "must be like"),
        ("imaps://mail.example/INBOX", "must be like"),
        ("imap://a:b@mail.example/INBOX", "in the clear"),
        ("imaps://a:b@mail.example/INBOX?then=burn", "then="),
        ("imaps://a:b@mail.example/INBOX?then=move:", "then="),
    ],
)
def test_an_address_that_cannot_be_used_says_why(text, words):
    with pytest.raises(mailbox.Unusable, match=words):
        mailbox.Place.of(text)


def test_an_address_is_read_with_what_is_quoted():
    place = mailbox.Place.of("imaps://ana%40x:p%2Fw@mail.example/Bounces%20of%20us?then=move:Done")

    assert (place.user, place.password, place.port, place.folder, place.then) == (
        "ana@x",
        "p/w",
        993,
        "Bounces of us",
        "move:Done",
    )
    assert "p/w" not in repr(place)


def test_the_task_reads_the_mailbox_and_survives_that_it_is_away(server, message, settings):
    server.put(dsn(message))
    settings.BOUNCE_IMAP_URL = url(server, password="wrong")
    tasks.look_into_mailbox()
    assert state(message) == MessageState.SENT

    settings.BOUNCE_IMAP_URL = url(server)
    tasks.look_into_mailbox()

    assert state(message) == MessageState.BOUNCED


def test_without_a_mailbox_nothing_is_looked_at(settings):
    settings.BOUNCE_IMAP_URL = ""

    tasks.look_into_mailbox()
