"""What lies in a pack beside the entries: the words of each revision, tables and a summary for people."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import Min

from commsplan.lib import csv, time
from notices.enums import Evidence
from notices.models import Notice, Revision
from notices.pipeline import ledger
from notices.pipeline.ledger import Belief, Believers
from notices.proof import verifying
from notices.proof.entries import CHUNK, instant
from notices.proof.naming import Named
from stakeholders.models import Person
from upgrades.enums import Impact, Status
from upgrades.models import Upgrade

README = (Path(__file__).parent / "README.txt").read_bytes()
VERIFIER = Path(verifying.__file__).read_bytes()
LABELS: dict[str, Any] = {"impact": Impact, "status": Status}
LIST = "list: cannot prove individuals"


def revisions(upgrade: Upgrade, *, people: Named) -> Iterator[tuple[int, bytes]]:
    """What never changes of each: the words, what they assert, and for whom they were meant."""
    rows = Revision.objects.filter(notice__upgrade=upgrade).select_related("notice").prefetch_related("variants")
    for one in rows.order_by("pk").iterator(chunk_size=CHUNK):
        yield one.pk, pretty(revision(one, people))


def revision(one: Revision, people: Named) -> dict[str, Any]:
    return {
        "revision": one.pk,
        "notice": one.notice_id,
        "number": one.number,
        "type": one.notice.kind,
        "made_at": instant(one.created_at),
        "by": one.author_id,
        "audience": people.audience(one.audience),
        "channels": sorted(one.channels),
        "facts": people.facts(one.facts, about_one=one.notice.concern_id is not None),
        "words": [
            {
                "language": text.language,
                "level": text.level,
                "subject": text.subject,
                "body": text.body,
                "layout": text.layout,
            }
            for text in sorted(one.variants.all(), key=lambda text: (text.language, text.level))
        ],
    }


def pretty(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def approvals(upgrade: Upgrade, *, people: Named) -> Iterator[bytes]:
    """Which words were approved by whom."""
    head = ["File", "Notice", "Version", "Written (UTC)", "Written by", "Approved (UTC)", "Approved by"]
    yield from _encoded(csv.lines(head, _approvals(upgrade, people)))


def _approvals(upgrade: Upgrade, people: Named) -> Iterator[Sequence[object]]:
    approved = _first_approvals(upgrade)
    rows = Revision.objects.filter(notice__upgrade=upgrade).select_related("notice", "author").order_by("pk")
    for one in rows.iterator(chunk_size=CHUNK):
        is_personal = one.notice.concern_id or one.notice.engagement_id
        title = one.notice.get_kind_display() if is_personal and not people.has_names else one.notice.title
        at, by = approved.get(one.pk, (None, ""))
        made = instant(one.created_at)
        yield f"revisions/{one.pk}.json", title, one.number, made, one.author.name, instant(at) if at else "", by


def _first_approvals(upgrade: Upgrade) -> dict[int, tuple[datetime, str]]:
    events = Notice.pgh_event_model.objects.filter(upgrade=upgrade.pk).exclude(approved_at=None)  # type: ignore[attr-defined]
    rows = events.order_by().values_list("approved_revision_id", "approved_by__name").annotate(at=Min("approved_at"))
    return {revision: (at, name) for revision, name, at in rows.order_by("-at")}


# What each person was told last


def people_table(upgrade: Upgrade, *, people: Named, now: datetime) -> Iterator[bytes]:
    """Everybody who was told anything and is still with us, and what they were told last."""
    told = [group for group in ledger.of_upgrade(upgrade, at=now) if group.tellings]
    facts = sorted({fact for group in told for fact in group.beliefs}, key=_by_milestone)
    names = {f"milestone:{pk}": name for pk, name in upgrade.milestones.order_by("pk").values_list("pk", "name")}
    own = ["Name", "Address"] if people.has_names else []
    head = ["Person", *own, "Told last on", "By", "Evidence", *(_titled(fact, names) for fact in facts)]
    yield from _encoded(csv.lines(head, _told_last(upgrade, told, facts, people)))


def _told_last(
    upgrade: Upgrade, told: Sequence[Believers], facts: Sequence[str], people: Named
) -> Iterator[Sequence[object]]:
    groups = [_cells(group, facts, upgrade) for group in told]
    order = sorted((pk, number) for number, group in enumerate(told) for pk in group.people)
    rows = iter(order)
    while block := list(islice(rows, CHUNK)):
        known = {one[0]: one[1:] for one in _persons(pk for pk, _ in block)}
        for pk, number in block:
            name, address, is_list = known.get(pk, ("", "", False))
            on, by, evidence, *cells = groups[number]
            own = [name, address] if people.has_names else []
            yield people.number(pk), *own, on, by, LIST if is_list else evidence, *cells


def _persons(keys: Iterable[int]):
    return Person.objects.filter(pk__in=list(keys)).order_by("pk").values_list("pk", "name", "email", "is_list")


def _cells(group: Believers, facts: Sequence[str], upgrade: Upgrade) -> list[str]:
    """The same for all who were told the same."""
    last = group.tellings[-1].telling
    evidence = Evidence.ATTENDED if last.is_talk else Evidence.SENT
    cells = [shown(group.beliefs.get(fact), zone=upgrade.time_zone) for fact in facts]
    return [last.on.isoformat(), last.by, str(evidence.value), *cells]


def shown(belief: Belief | None, *, zone: str) -> str:
    return "" if belief is None else value(belief.fact, belief.value, zone=zone)


def value(fact: str, told: Any, *, zone: str) -> str:
    """As people read it."""
    if told in (None, "", []):
        return "nothing"
    if isinstance(told, list):
        return ", ".join(str(one) for one in told)
    name = fact.rpartition(".")[2]
    if name in ("start", "end", "action_deadline"):
        return time.full(datetime.fromisoformat(told), zone=zone)
    if name == "downtime":
        return time.duration(told)
    return str(LABELS[name](told).label) if name in LABELS else str(told)


def _by_milestone(fact: str) -> tuple[bool, int, str]:
    subject, _, name = fact.rpartition(".")
    number = subject.partition(":")[2]
    return number == "", int(number) if number.isdigit() else 0, name


def _titled(fact: str, names: Mapping[str, str]) -> str:
    subject, _, name = fact.rpartition(".")
    return f"{names.get(subject, subject)}: {name.replace('_', ' ')} ({fact})"


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (line.encode("utf-8", "backslashreplace") for line in lines)
