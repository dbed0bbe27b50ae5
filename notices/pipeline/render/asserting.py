"""Which facts a letter really tells its reader: what stands on its card, what its words rely on, what it puts right."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from notices.enums import PUT_RIGHT, NoticeKind
from notices.models import Notice
from notices.pipeline.render import card, layouts, rows
from notices.pipeline.render.known import Known
from notices.pipeline.render.words import asserted
from upgrades.enums import Status
from upgrades.facts import Facts
from upgrades.materiality import RULES

CONTACT = ("contact_name", "contact_email", "contact_phone")
ON_ROW = {
    "when": ("start", "end"),
    "downtime": ("downtime",),
    "impact": ("impact",),
    "services": ("services",),
    "sites": ("sites",),
    "action": ("action", "action_deadline"),
    "contact": CONTACT,
}
SAID_WHEN_EMPTY = ("end", "action", "action_deadline")  # "nothing to do" is told, too


def asserted_facts(
    notice: Notice,
    facts: Mapping[str, Any],
    words: Iterable[Mapping[str, str]],
    told_rows: Sequence[rows.Row] | None = None,
) -> Facts:
    """Of the facts that can matter (upgrades.materiality), by key. `facts` are those of its revision, `words` its
    texts, `told_rows` what it puts right for this reader. Whoever hears a date hears that it holds: the status."""
    told_rows = told_rows or ()
    facts = rows.for_card(facts, told_rows) if notice.kind in PUT_RIGHT else facts
    known = Known(facts, "en", layouts.load(layouts.NEWEST).labels("en"))
    told = {key: facts[key] for name in _names(notice, known, words) for key in _keys(name, known)}
    return told | _status(notice, known) | {row["fact"]: row["now"] for row in told_rows}


def _names(notice: Notice, known: Known, words: Iterable[Mapping[str, str]]) -> set[str]:
    on_card = card.said(known, kind=notice.kind, layout=layouts.load(layouts.NEWEST).words["card"])
    printed = {name for text in words for part in ("subject", "body") for name in asserted(text[part])}
    return ({name for row in on_card for name in ON_ROW.get(row, ())} | printed) & RULES.keys()


def _keys(name: str, known: Known) -> Iterable[str]:
    """Where its value stands: services are the upgrade's where the milestone names none."""
    subjects = ("upgrade",) if name in CONTACT else (known.subject, "upgrade")
    for key in (f"{subject}.{name}" for subject in subjects):
        if key in known.facts and (name in SAID_WHEN_EMPTY or known.facts[key] not in (None, "", [])):
            return [key]
    return []


def _status(notice: Notice, known: Known) -> Facts:
    """The card of a cancelling notice says “cancelled”, whatever the plan says by then."""
    if not known.status:
        return {}
    return {f"{known.subject}.status": Status.CANCELLED if notice.kind == NoticeKind.CANCELLED else known.status}
