"""The bytes of a mail to reports, one for each recipient; of what we do not know, one of the kind "other".

In this order, because each knows more than the next: our own signed address, complaints, reports for machines,
announcements of providers, automatic replies, prose.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from notices.bounces import announced, automatic, complaints, delivery_status, flufl, prose, returned
from notices.bounces.addresses import found_in, in_header
from notices.bounces.judging import has, plain
from notices.bounces.parts import Part, first, leaves, take_apart, words
from notices.bounces.reports import Kind, Report
from notices.bounces.returned import Returned

WRITTEN_TO = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "apparently-to", "cc")
READ = ("message/disposition-notification", "message/global-disposition-notification")
MOST_TEXT = 60_000

ReadKey = Callable[[str], int | None]


def read(raw: bytes, *, read_key: ReadKey | None = None) -> list[Report]:
    """`read_key` recognises our own envelope senders and says which message they are of."""
    root = take_apart(raw)
    text, copy = _notice(root)
    sent = returned.find(root, copy)
    reports = _reports(root, text, sent, raw) or [Report(kind=Kind.OTHER, detail=_subject(root))]
    return [_marked(report, root, sent, read_key) for report in reports]


def _notice(root: Part) -> tuple[str, str]:
    """The words of the server, of all its parts: first those in plain text."""
    said = [part for part in leaves(root) if not part.is_returned and part.kind.startswith("text/")]
    plain_ones = [part for part in said if "html" not in part.kind and not _is_attached(part)]
    text = "\n\n".join(part.text for part in plain_ones or said)[:MOST_TEXT]
    return prose.own_words(text)


def _is_attached(part: Part) -> bool:
    return first(part.headers, "content-disposition").lower().startswith("attachment") and part.depth > 0


def _reports(root: Part, text: str, sent: Returned, raw: bytes) -> list[Report]:
    feedback = complaints.feedback_in(root)
    if feedback is not None:
        return complaints.read(feedback, sent, root)
    if complaints.is_plain(root):
        return complaints.read_plain(sent, root)
    if any(part.kind in READ for part in leaves(root)):
        return [_replied(root, "Read receipt: ")]
    return _by_status(root, text, sent) or announced.read(text) or _by_words(root, text, sent, raw)


def _by_status(root: Part, text: str, sent: Returned) -> list[Report]:
    fallback = (
        _known(root) or prose.whom(text.splitlines()[: prose.MOST_LINES], _ours(root)) or sent.recipients or [""]
    )[0]
    about = partial(prose.said_of, text)
    for part in leaves(root):
        if delivery_status.is_report(part) and (
            found := delivery_status.read(part.text, prose=about, fallback=fallback)
        ):
            return found
    if delivery_status.ABOUT_ONE.search(text) and _is_about_delivery(root, text):
        return delivery_status.read(text, prose=about, fallback=fallback)
    return []


def _by_words(root: Part, text: str, sent: Returned, raw: bytes) -> list[Report]:
    headers = root.headers
    is_failure = (
        "x-failed-recipients" in headers or automatic.is_from_daemon(headers) or automatic.fails_by_subject(headers)
    )
    if automatic.by_subject(headers) or (not is_failure and automatic.is_reply(headers)):
        return [_replied(root)]
    if automatic.is_challenge(headers, text):
        return [_replied(root, "Asks whether a person wrote: ")]
    return _failed(root, text, sent, raw) if is_failure and _is_about_delivery(root, text) else []


def _failed(root: Part, text: str, sent: Returned, raw: bytes) -> list[Report]:
    ours = _ours(root)
    in_header = _known(root)
    known = in_header if any(one.lower() in text.lower() for one in in_header) else []
    kind = Kind.DELAYED if _is_delay(root, text) else Kind.BOUNCE
    found = prose.read(text, known=known, ours=ours, kind=kind) or prose.read(
        text, known=in_header, ours=ours, kind=kind
    )
    if found:
        return found
    guessed = _others(flufl.addresses(raw), ours) or _others(sent.recipients, ours) or sent.recipients[:1] or [""]
    return prose.read(text, known=guessed, ours=ours, kind=kind)


def _known(root: Part) -> list[str]:
    return found_in(" ".join(root.headers.get("x-failed-recipients", [])))


def _is_about_delivery(root: Part, text: str) -> bool:
    return has("undelivered", f"{_subject(root).lower()} {plain(text)}") or "x-failed-recipients" in root.headers


def _is_delay(root: Part, text: str) -> bool:
    said = f"{_subject(root).lower()} {plain(text)}"
    return has("temporary", said) and not has("final", said.replace("do not need", ""))


def _replied(root: Part, before: str = "") -> Report:
    return Report(kind=Kind.AUTO_REPLY, address=automatic.author(root.headers), detail=(before + _subject(root))[:500])


def _others(addresses: list[str], ours: set[str]) -> list[str]:
    return [one for one in addresses if one.lower() not in ours][:1]


def _ours(root: Part) -> set[str]:
    return {
        one.lower()
        for name in (*WRITTEN_TO, "from")
        for value in root.headers.get(name, [])
        for one in found_in(words(value))
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
