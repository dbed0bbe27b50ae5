"""Reports for machines (RFC 3464): one block for each recipient. Some servers write them into their prose."""

import re
from collections.abc import Callable

from notices.bounces.addresses import of_recipient
from notices.bounces.judging import judge
from notices.bounces.parts import Headers, Part, first, headers_in
from notices.bounces.reports import Kind, Report

KINDS = ("message/delivery-status", "message/global-delivery-status")
ABOUT_ONE = re.compile(r"^[ \t]*(?:final|original)-recipient[ \t]*:", re.I | re.M)
NAMES = ("final-recipient", "original-recipient", "x-actual-recipient", "original-rcpt-to")
MOST_RECIPIENTS = 200

DONE = {
    "delayed": Kind.DELAYED,
    "deferred": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
    "deliverable": Kind.DELIVERED,
}


def is_report(part: Part) -> bool:
    return part.kind in KINDS


def read(text: str, *, prose: Callable[[str], str], fallback: str = "") -> list[Report]:
    """`prose` gives the words about an address, for where a block says little; `fallback` is the address where no block
    names one."""
    blocks = _blocks(text)
    return [report for block in blocks if (report := _report(block, prose, fallback if len(blocks) == 1 else ""))]


def _blocks(text: str) -> list[Headers]:
    found = [headers_in(piece) for piece in _paragraphs(text)]
    about_one = [block for block in found if any(name in block for name in NAMES)]
    if not about_one:
        together = {name: values for block in found for name, values in block.items()}
        return [together] if "action" in together or "status" in together else []
    if len(about_one) == 1:
        for block in found:
            for name, values in block.items():
                about_one[0].setdefault(name, values)
    return about_one[:MOST_RECIPIENTS]


def _paragraphs(text: str) -> list[str]:
    """A blank line ends a block, and so does a second recipient."""
    pieces: list[list[str]] = [[]]
    for line in text.splitlines()[:20_000]:
        named = re.match(r"[ \t]*(final|original)-recipient[ \t]*:", line, re.I)
        again = named and any(re.match(rf"[ \t]*{named[1]}-recipient[ \t]*:", old, re.I) for old in pieces[-1])
        if not line.strip() or again:
            pieces.append([])
        if line.strip():
            pieces[-1].append(line if line[:1] not in " \t" or not ABOUT_ONE.match(line) else line.strip())
    return ["\n".join(piece) for piece in pieces if piece]


def _report(block: Headers, words_about: Callable[[str], str], fallback: str) -> Report | None:
    final, original = of_recipient(first(block, "final-recipient")), of_recipient(first(block, "original-recipient"))
    actual = of_recipient(first(block, "x-actual-recipient"))
    address = final or original or actual or fallback
    said, prose = " ".join(block.get("diagnostic-code", [])), words_about(original or address)
    verdict = judge(
        said, status=first(block, "status"), around="" if _is_telling(said) else f"{first(block, 'status')}\n{prose}"
    )
    kind = _kind(block, verdict.status)
    if not address and kind == Kind.DELIVERED:
        return None
    return Report(
        kind=kind,
        address=address,
        original=original if original.lower() != address.lower() else "",
        is_permanent=None if kind == Kind.DELIVERED else verdict.is_permanent and kind == Kind.BOUNCE,
        status=verdict.status,
        about=verdict.about,
        detail=_detail(said, prose),
    )


def _kind(block: Headers, status: str) -> Kind:
    action = re.match(r"\W*(\w*)", first(block, "action").lower())
    word = action[1] if action else ""
    if not word and status.startswith("2"):
        return Kind.DELIVERED
    return DONE.get(word, Kind.BOUNCE)


def _is_telling(said: str) -> bool:
    return len(said) > 25 and bool(re.search(r"[A-Za-z]{3}", said.partition(";")[2]))


def _detail(said: str, prose: str) -> str:
    words = re.sub(r"^\s*[\w-]+\s*;\s*", "", said) or prose
    return re.sub(r"\s+", " ", words).strip()[:500]
