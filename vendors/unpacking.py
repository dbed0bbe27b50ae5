"""Calendars out of what vendors send: a calendar file, or a mail (.eml) that carries some."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message

import icalendar

from commsplan.lib import ics

LARGEST = 5_000_000  # bytes, of a mail with all that is attached; a note has some two thousand
MAILBOX = re.compile(rb"From [^\r\n]*\r?\n")  # the line before each mail of an mbox file
HEADER = re.compile(rb"[!-9;-~]+:")
CALENDAR_TYPES = {"text/calendar", "application/ics"}


class Unreadable(ValueError):
    """With a sentence that says what is wrong with the file."""


def calendars(data: bytes) -> list[icalendar.Calendar]:
    """In their order. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(f"The file is larger than {LARGEST:,} bytes: this is no maintenance note.")
    if not data.strip():
        raise Unreadable("The file is empty.")
    parts = [data] if _starts_a_calendar(data) else list(_attached(data))
    if not parts:
        raise Unreadable("This is no calendar file, and no mail that carries one.")
    return [calendar for part in parts for calendar in _parsed(part)]


def _starts_a_calendar(data: bytes) -> bool:
    return ics.text(data[:200]).lstrip().upper().startswith("BEGIN:VCALENDAR")


def _attached(data: bytes) -> Iterator[bytes]:
    """Of a mail, and of mails that it forwards. What it says inline and once more as a file counts once."""
    text = MAILBOX.sub(b"", data.lstrip())
    if not HEADER.match(text):
        return
    seen: set[bytes] = set()
    for part in _parts(text):
        body = _body(part) if _is_calendar(part) else b""
        without_breaks = b"".join(body.split())
        if without_breaks and without_breaks not in seen:
            seen.add(without_breaks)
            yield body


def _parts(data: bytes) -> list[Message]:
    try:
        return list(email.message_from_bytes(data, policy=email.policy.compat32).walk())
    except RecursionError as error:
        raise Unreadable("This mail holds a mail in a mail, without an end.") from error


def _is_calendar(part: Message) -> bool:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, MessageError):
        name = ""
    is_file = name.lower().endswith((".ics", ".ical"))
    return not part.is_multipart() and (part.get_content_type() in CALENDAR_TYPES or is_file)


def _body(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _parsed(data: bytes) -> list[icalendar.Calendar]:
    try:
        return ics.parse(data)
    except ics.NotACalendar as error:
        raise Unreadable(str(error)) from error
