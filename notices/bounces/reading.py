"""The bytes of a mail to reports, one for each recipient; of what we do not know, one of the kind "other".

In this order, because each knows more than the next: our own signed address, complaints, reports for machines,
announcements of providers, automatic replies, prose.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from notices.bounces import announced, automatic, complaints, delivery_status, flufl, prose, returned
from notices.bounces.addresses import found_in, in_header, of_recipient
from notices.bounces.judging import folded, has, plain
from notices.bounces.parts import Part, first, headers_in, leaves, take_apart, words
from notices.bounces.reports import Kind, Report
from notices.bounces.returned import Returned

TO_WHOM = ("to", "cc", "from")
WRITTEN_TO = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "apparently-to", "cc")
QUOTED = re.compile(r"^(?:>[ \t]?)+", re.M)
DISCARDED = re.compile(r"\s*automatic-action/[^;]*;\s*deleted", re.I)
SURELY = 3  # words of a challenge, where a report for machines is there, too
NOT_MEANT = re.compile(r"\b(?:if|wenn|falls|si) [^.]{0,120}|do not need|non-?fatal")
ANSWER_OF_A_SERVER = re.compile(r"\b[45]\d\d[ -]#?[45]\.\d{1,2}\.\d{1,3}\b")
READ = ("message/disposition-notification", "message/global-disposition-notification")
MOST_TEXT = 60_000

ReadKey = Callable[[str], int | None]


def read(raw: bytes, *, read_key: ReadKey | None = None) -> list[Report]:
    """`read_key` recognises our own envelope senders and says which message they are of."""
    root = take_apart(raw)
    text, copy = _notice(root)
    sent = returned.find(root, copy)
    reports = _reports(root, text, copy, sent, raw) or [Report(kind=Kind.OTHER, detail=_subject(root))]
    return [_marked(report, root, sent, read_key) for report in reports]


def _notice(root: Part) -> tuple[str, str]:
    """The words of the server, of all its parts: first those in plain text."""
    said = [part for part in leaves(root) if not part.is_returned and part.is_text]
    plain_ones = [part for part in said if "html" not in part.kind and not _is_attached(part)]
    text = "\n\n".join(part.text for part in plain_ones or said)[:MOST_TEXT]
    return prose.own_words(text)


def _is_attached(part: Part) -> bool:
    return first(part.headers, "content-disposition").lower().startswith("attachment") and part.depth > 0


def _reports(root: Part, text: str, copy: str, sent: Returned, raw: bytes) -> list[Report]:
    feedback = complaints.feedback_in(root)
    if feedback is not None:
        return complaints.read(feedback, sent, root)
    if complaints.is_plain(root):
        return complaints.read_plain(sent, root)
    if complaints.is_unsubscribing(root):
        return complaints.read_unsubscribing(root)
    if any(part.kind in READ for part in leaves(root)):
        return _refused(root, text) or [_replied(root, "Read receipt: ")]
    if automatic.is_challenge(root.headers, text, least=SURELY):
        return [_replied(root, "Asks whether a person wrote: ")]
    return _by_status(root, text, copy, sent) or announced.read(text) or _by_words(root, text, sent, raw)


def _by_status(root: Part, text: str, copy: str, sent: Returned) -> list[Report]:
    named = _known(root) or prose.whom(text.splitlines()[: prose.MOST_LINES], _ours(root))
    fallback = (named or sent.recipients or [""])[0]
    about = prose.about_each(text)
    for part in leaves(root):
        if delivery_status.is_report(part) and (
            found := delivery_status.read(part.text, prose=about, fallback=fallback)
        ):
            return found
    for words_of_it in (text, _forwarded(root, f"{text}\n{copy}"), "" if named else copy):
        if delivery_status.ABOUT_ONE.search(words_of_it) and _is_about_delivery(root, text):
            return delivery_status.read(words_of_it, prose=about, fallback=fallback)
    return []


def _forwarded(root: Part, text: str) -> str:
    """A notice that a person passed on: without the marks of quoting."""
    is_notice = automatic.fails_by_subject(root.headers, forwarded=True)
    return QUOTED.sub("", text) if is_notice else ""


def _by_words(root: Part, text: str, sent: Returned, raw: bytes) -> list[Report]:
    headers, is_machine = root.headers, _is_of_a_machine(root)
    says_so = is_machine or automatic.fails_by_subject(headers)
    if automatic.by_own_subject(headers) or (not says_so and automatic.is_reply(headers)):
        return [_replied(root)]
    if not says_so and automatic.is_challenge(headers, text):
        return [_replied(root, "Asks whether a person wrote: ")]
    brings_back = _brings_back(root)
    is_failure = (says_so or brings_back) and _is_about_delivery(root, text)
    found = _failed(root, text, sent, raw) if is_failure else []
    if is_machine or brings_back or any(report.address for report in found):
        return found
    return [_replied(root)] if automatic.by_words(headers, text) else []


def _is_of_a_machine(root: Part) -> bool:
    is_report = "delivery-status" in first(root.headers, "content-type").lower()
    return is_report or "x-failed-recipients" in root.headers or automatic.is_from_daemon(root.headers)


def _failed(root: Part, text: str, sent: Returned, raw: bytes) -> list[Report]:
    ours, in_header = _ours(root), _known(root)
    kind = Kind.DELAYED if _is_delay(root, text) else Kind.BOUNCE
    known = in_header if any(one.lower() in text.lower() for one in in_header) else []
    for named, mine in ((known, ours), (in_header, ours), ([], _ours(root, TO_WHOM))):
        if found := prose.read(text, known=named, ours=mine, kind=kind, returned=sent.recipients):
            return found
    guesses = (flufl.addresses(raw), sent.recipients, prose.in_to_lines(text))
    guessed = next((one for guess in guesses if (one := _others(guess, ours))), sent.recipients[:1] or [""])
    return prose.read(text, known=guessed, ours=ours, kind=kind)


def _known(root: Part) -> list[str]:
    return found_in(" ".join(root.headers.get("x-failed-recipients", [])))


def _is_about_delivery(root: Part, text: str) -> bool:
    if "x-failed-recipients" in root.headers or has("undelivered", f"{folded(_subject(root))} {plain(text)}"):
        return True
    return automatic.is_from_daemon(root.headers) and bool(ANSWER_OF_A_SERVER.search(text))


def _is_delay(root: Part, text: str) -> bool:
    said = f"{folded(_subject(root))} {plain(text)}"
    return has("temporary", said) and not has("final", NOT_MEANT.sub("", said))


def _replied(root: Part, before: str = "") -> Report:
    return Report(kind=Kind.AUTO_REPLY, address=automatic.author(root.headers), detail=(before + _subject(root))[:500])


def _others(addresses: list[str], ours: set[str]) -> list[str]:
    return [one for one in addresses if one.lower() not in ours][:1]


def _refused(root: Part, text: str) -> list[Report]:
    """Sieve says by a read receipt that it refused a mail (RFC 5429)."""
    receipt = headers_in(next(part.text for part in leaves(root) if part.kind in READ))
    if not DISCARDED.match(first(receipt, "disposition")) or "reject" not in f"{_subject(root)} {text}".lower():
        return []
    return prose.read(text, known=[of_recipient(first(receipt, "final-recipient"))], ours=set())


def _brings_back(root: Part) -> bool:
    """What a machine could not deliver, as a part of its own. People who pass on a mail say so in the subject."""
    is_there = any(part.is_returned for part in leaves(root))
    return is_there and not automatic.PASSED_ON.match(_subject(root).lower())


def _ours(root: Part, names: tuple[str, ...] = (*WRITTEN_TO, "from")) -> set[str]:
    """Of several servers on the way, one may have named the address that failed: then `names` are fewer."""
    return {
        one.lower()
        for name in names
        for value in root.headers.get(name, [])
        for one in (*found_in(words(value)), *in_header(value))
    }


def _marked(report: Report, root: Part, sent: Returned, read_key: ReadKey | None) -> Report:
    ids = (*report.message_ids, *sent.message_ids, *returned.mentioned(root.headers))
    written_to = [one for name in WRITTEN_TO for value in root.headers.get(name, []) for one in in_header(value)]
    candidates = dict.fromkeys([*written_to[:50], *sent.senders[:50]])
    keys = (read_key(address) for address in candidates) if read_key else ()
    return replace(
        report,
        key=next((key for key in keys if key is not None), None),
        message_ids=tuple(dict.fromkeys(ids))[:20],
        own_id=first(root.headers, "message-id")[:250],
        written_to=tuple(candidates),
    )


def _subject(root: Part) -> str:
    return words(first(root.headers, "subject")).strip()[:500]
