"""What each telling told: facts by key (upgrades.facts) with the values of that moment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engagement.models import Engagement
from engagement.models import Telling as Conversation
from notices.models import Notice, Revision
from notices.pipeline import render
from notices.pipeline.ledger.histories import History, Telling
from upgrades import materiality
from upgrades.facts import Facts


@dataclass(frozen=True)
class Source:
    """One of `notice` and `engagement` is set."""

    telling: Telling
    facts: Facts
    notice: Notice | None = None
    engagement: Engagement | None = None

    @property
    def title(self) -> str:
        return str(self.notice or self.engagement)


def of(histories: Iterable[History]) -> dict[int, Source]:
    """By the number of each telling in these histories. Four queries."""
    tellings = {code: Telling.of(code) for code in {code for history in histories for code in history}}
    found = of_tellings(tellings.values())
    return {code: found[telling] for code, telling in tellings.items() if telling in found}


def of_tellings(tellings: Collection[Telling]) -> dict[Telling, Source]:
    revisions, conversations = _revisions(tellings), _conversations(tellings)
    found = {}
    for telling in tellings:
        if telling.is_talk and (talk := conversations.get(telling.key)):
            found[telling] = Source(telling, reliable(talk.facts), engagement=talk.engagement)
        elif not telling.is_talk and (revision := revisions.get(telling.key)):
            found[telling] = Source(telling, told_by(revision, telling.differences), notice=revision.notice)
    return found


def told_by(revision: Revision, differences: int = 0) -> Facts:
    """What its readers can rely on. A letter that puts right says so many things to each reader as they had wrong:
    `differences` is the key of theirs. Needs `notice` and `variants`."""
    rows = revision.notice.release.get("told", {}).get(str(differences)) if differences else None
    words = [{"subject": text.subject, "body": text.body} for text in revision.variants.all()]
    return render.asserted_facts(revision.notice, revision.facts, words, rows)


def reliable(told: Mapping[str, Any]) -> Facts:
    return {key: value for key, value in told.items() if key.partition(".")[2] in materiality.RULES}


def _revisions(tellings: Iterable[Telling]) -> dict[int, Revision]:
    keys = {one.key for one in tellings if not one.is_talk}
    related = "notice__step", "notice__upgrade", "notice__milestone"
    rows = Revision.objects.filter(pk__in=keys).select_related(*related).prefetch_related("variants")
    return {one.pk: one for one in rows.order_by("pk")}


def _conversations(tellings: Iterable[Telling]) -> dict[int, Conversation]:
    keys = {one.key for one in tellings if one.is_talk}
    return Conversation.objects.select_related("engagement").in_bulk(keys) if keys else {}


def by_history(histories: Iterable[History]) -> dict[History, list[Source]]:
    """The tellings of each, the oldest first."""
    histories = list(histories)
    found = of(histories)
    told: dict[History, list[Source]] = defaultdict(list)
    for history in histories:
        told[history] = [found[code] for code in history if code in found]
    return dict(told)
