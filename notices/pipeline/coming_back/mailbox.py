"""Looks into a mailbox for what came back: what is unread, a bounded number at a time. What was taken in is flagged as
read, moved or deleted, as the address of the mailbox says; what was not stays as it is, for the next look.

    imaps://user:password@host:993/INBOX    imap+starttls://…    imap://… (this machine alone)    …?then=move:Done
"""

import imaplib
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.db import DatabaseError, InterfaceError
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags

from notices.bounces.parts import MOST_BYTES
from notices.pipeline.coming_back.taking import take_in

log = logging.getLogger(__name__)

MOST = 200  # mails in one look
SECONDS = 30  # to wait for the mailbox
PORTS = {"imaps": 993, "imap": 143, "imap+starttls": 143}
HERE = ("localhost", "127.0.0.1", "::1")
TROUBLE = (OSError, ssl.SSLError, ImapToolsError, imaplib.IMAP4.error)


class Unusable(ValueError):
    """The sentence says what is wrong with the address of the mailbox."""


@dataclass(frozen=True)
class Place:
    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    then: str = "read"

    @classmethod
    def of(cls, url: str) -> "Place":
        """Raises Unusable."""
        parts = urlsplit(url)
        then = parse_qs(parts.query).get("then", ["read"])[0]
        if parts.scheme not in PORTS or not parts.hostname or not parts.username:
            raise Unusable("It must be like imaps://user:password@mail.example.org/INBOX.")
        if parts.scheme == "imap" and parts.hostname not in HERE:
            raise Unusable("imap:// sends the password in the clear. Take imaps:// or imap+starttls://.")
        if then not in ("read", "delete") and not (then.startswith("move:") and then != "move:"):
            raise Unusable("?then= must be read, delete or move: with the name of a folder.")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            then=then,
        )


def look(url: str, *, clock: Callable[[], datetime], most: int = MOST) -> int:
    """How many were looked at. Raises one of TROUBLE where the mailbox cannot be reached; a database that is away stops
    it, and nothing is lost: what is not taken in stays unread. One mail at which we fail keeps no other from its turn.
    """
    place = Place.of(url)
    mailbox = _opened(place)
    try:
        mailbox.folder.set(place.folder)
        keys = sorted(mailbox.uids("UNSEEN"), key=int)[:most]
        for key in keys:
            if _is_taken_in(_content(mailbox, key), key, now=clock()):
                _done(mailbox, key, place.then)
        return len(keys)
    finally:
        with suppress(*TROUBLE):
            mailbox.logout()


def _is_taken_in(raw: bytes, key: str, *, now: datetime) -> bool:
    try:
        take_in(raw, source="imap", now=now)
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        log.exception("mail not taken in", extra={"uid": key})
        return False
    return True


def _opened(place: Place) -> BaseMailBox:
    mailbox: BaseMailBox
    if place.scheme == "imaps":
        mailbox = MailBox(place.host, place.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    elif place.scheme == "imap+starttls":
        mailbox = MailBoxStartTls(place.host, place.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    else:
        mailbox = MailBoxUnencrypted(place.host, place.port, timeout=SECONDS)
    try:
        return mailbox.login(place.user, place.password, initial_folder=None)
    except TROUBLE:
        mailbox.client.shutdown()
        raise


def _content(mailbox: BaseMailBox, key: str) -> bytes:
    """The beginning of it, which is all that is read: a mail of a gigabyte costs no more."""
    _, parts = mailbox.client.uid("fetch", key, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def _done(mailbox: BaseMailBox, key: str, then: str) -> None:
    """Read first: what cannot be moved is not looked at for ever."""
    mailbox.flag([key], MailMessageFlags.SEEN, True)
    if then == "delete":
        mailbox.delete([key])
    elif folder := then.removeprefix("move:") if then.startswith("move:") else "":
        mailbox.move([key], folder)
