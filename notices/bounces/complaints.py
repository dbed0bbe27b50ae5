"""Somebody pressed "this is spam" (RFC 5965), in the forms in which providers say so."""

import re

from notices.bounces.addresses import found_in, of_recipient
from notices.bounces.parts import Headers, Part, first, headers_in, leaves, words
from notices.bounces.reports import Kind, Report
from notices.bounces.returned import Returned

COMPLAINTS = ("abuse", "fraud", "virus", "other", "miscategorized", "complaint", "spam")
OPT_OUTS = ("opt-out", "opt-out-list", "unsubscribe")
NAMES = ("original-rcpt-to", "removal-recipient", "redacted-address", "original-recipient")
REDACTED = re.compile(r"redacted|removed|hidden|anonym|x{4,}@", re.I)
UNSUBSCRIBING = re.compile(r"^\s*unsubscribe\s*$", re.I)
ABOUT_A_MESSAGE = re.compile(r"^\s*complaint about message from\b", re.I)


def feedback_in(root: Part) -> Headers | None:
    for part in leaves(root):
        if part.kind == "message/feedback-report":
            return headers_in(re.sub(r"\r?\n[ \t]*\r?\n", "\n", part.text))
    return None


def read(feedback: Headers, returned: Returned, root: Part) -> list[Report]:
    sort = first(feedback, "feedback-type").partition(";")[0].strip().lower()
    named = [of_recipient(value) for name in NAMES for value in feedback.get(name, [])]
    told = [one for one in dict.fromkeys(named) if one and not REDACTED.search(one)]
    usable = told or returned.recipients[:1] or named[:1] or [""]
    if sort not in COMPLAINTS + OPT_OUTS:
        return [Report(kind=Kind.OTHER, address=(told or [""])[0], detail=f"Feedback: {sort or 'of no kind'}"[:500])]
    return [_complaint(one, sort, root) for one in usable]


def is_plain(root: Part) -> bool:
    """As Hotmail sends them: the message with a header of their own, and a subject."""
    return bool(ABOUT_A_MESSAGE.match(words(first(root.headers, "subject"))))


def read_plain(returned: Returned, root: Part) -> list[Report]:
    return [_complaint(one, "abuse", root) for one in returned.recipients[:1] or [""]]


def is_unsubscribing(root: Part) -> bool:
    """As mail programs ask for it in the name of the reader: a mail of this one word."""
    return bool(UNSUBSCRIBING.match(words(first(root.headers, "subject"))))


def read_unsubscribing(root: Part) -> list[Report]:
    return [_complaint(one, OPT_OUTS[0], root) for one in found_in(first(root.headers, "from"))[:1] or [""]]


def _complaint(address: str, sort: str, root: Part) -> Report:
    subject = words(first(root.headers, "subject"))
    return Report(kind=Kind.COMPLAINT, address=address, detail=f"{sort}: {subject}"[:500], is_opt_out=sort in OPT_OUTS)
