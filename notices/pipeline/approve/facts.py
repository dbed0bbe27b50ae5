"""The facts that a notice asserts, and which of them are no longer so."""

from notices.enums import NoticeKind
from notices.models import Notice
from notices.pipeline import render
from upgrades.facts import Facts

ON_THE_CARD = {
    "milestone": {"name", "start", "end", "impact", "downtime", "services", "sites", "effect", "systems"}
    | {"action", "action_deadline"},
    "upgrade": {"name", "services", "contact_name", "contact_email", "contact_phone", "time_zone"},
    "engagement": {"title", "start", "end", "time_zone", "place", "link", "topics", "host", "host_email"},
    "concern": {"text", "answer"},
}
BROUGHT_BY_AN_EVENT = {
    "status",
    "start",
    "end",
    "action_deadline",
    "workaround",
    "outcome",
    "change_reason",
}
BROUGHT_WITH: dict[str, set[str]] = {  # what else the small form of the kit asks for
    NoticeKind.PROGRESS: {"downtime"},
    NoticeKind.OUTAGE: {"name", "services", "sites", "impact", "downtime", "effect"},
}


def changed_facts(notice: Notice, told: Facts) -> list[str]:
    """The names of those facts that the notice asserts and that are no longer so."""
    current = render.facts_of(notice)
    differing = [name for name in sorted(current.keys() | told.keys()) if current.get(name) != told.get(name)]
    return [name for name in differing if asserts(notice, name)]


def is_approved_as_it_is(notice: Notice) -> bool:
    revision = notice.approved_revision
    return revision is not None and not changed_facts(notice, revision.facts)


def asserts(notice: Notice, fact: str) -> bool:
    """What stands on the facts card, and of the rest what the words print."""
    subject, _, name = fact.partition(".")
    if name in ON_THE_CARD[subject.partition(":")[0]] or comes_with_it(notice, fact):
        return True
    return any(name in render.asserted(text[part]) for text in notice.words for part in ("subject", "body"))


def comes_with_it(notice: Notice, fact: str) -> bool:
    """What happens to a milestone brings these facts. Who approved words for that event stands behind them."""
    subject, _, name = fact.partition(".")
    brought = BROUGHT_BY_AN_EVENT | BROUGHT_WITH.get(notice.kind, set())
    return bool(notice.waits_for) and subject.startswith("milestone:") and name in brought
