"""The message that came back inside a notice: its id, who sent it, whom it was for."""

import re
import textwrap
from dataclasses import dataclass

from notices.bounces.addresses import found_in, in_header
from notices.bounces.parts import Headers, Part, headers_in, leaves, split

QUOTED = re.compile(r"^(?:>[ \t]?)+", re.M)
ID = re.compile(r"<([^\s<>]{1,250}@[^\s<>]{1,250})>")
FOR_WHOM = (
    "x-hmxmroriginalrecipient",
    "x-envelope-to",
    "envelope-to",
    "x-rcpt-to",
    "x-original-to",
    "delivered-to",
    "apparently-to",
    "to",
)
FROM_WHOM = ("return-path", "x-envelope-from", "envelope-from", "x-envelope-sender", "sender")
BEHIND_FOR = re.compile(r"\bfor\s+(<?[^\s<>;]+@[^\s<>;]+>?)\s*(?:;|$)", re.I)
ENVELOPE = re.compile(r"envelope[- ](?:from|sender):?\s*<?([^\s<>()]+@[^\s<>()]+?)[>)\s]", re.I)


@dataclass(frozen=True)
class Returned:
    headers: Headers

    @property
    def message_ids(self) -> list[str]:
        return _ids(self.headers, ("message-id", "x-original-message-id"))

    @property
    def recipients(self) -> list[str]:
        for name in FOR_WHOM[:-1]:
            if found := _addresses(self.headers, name):
                return found
        trace = [
            one
            for value in self.headers.get("received", [])
            for hit in BEHIND_FOR.findall(value)
            for one in found_in(hit)
        ]
        return list(dict.fromkeys(trace))[:1] or _addresses(self.headers, "to")

    @property
    def senders(self) -> list[str]:
        named = [one for name in FROM_WHOM for value in self.headers.get(name, []) for one in in_header(value)]
        return named + [hit for value in self.headers.get("received", []) for hit in ENVELOPE.findall(value + " ")]


def find(root: Part, copy: str) -> Returned:
    """A part of its own, or what stands below the words of the server."""
    for part in leaves(root):
        if part.kind.startswith("message/") and part.is_returned and not part.is_headers:
            headers, _ = split(part.body.lstrip())
            return Returned(headers)
        if part.is_headers:
            return Returned(headers_in(part.text))
    lines = QUOTED.sub("", textwrap.dedent(copy)).splitlines()
    start = next((at for at, line in enumerate(lines) if re.match(r"[A-Za-z][\w-]*:", line)), 0)
    return Returned(headers_in("\n".join(lines[start:])))


def mentioned(headers: Headers) -> list[str]:
    """Message-IDs that the notice itself answers to."""
    return _ids(headers, ("x-original-message-id", "in-reply-to", "references", "original-message-id"))


def _ids(headers: Headers, names: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(hit for name in names for value in headers.get(name, []) for hit in ID.findall(value)))[
        :20
    ]


def _addresses(headers: Headers, name: str) -> list[str]:
    return [one for value in headers.get(name, []) for one in found_in(value)]
