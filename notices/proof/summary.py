"""The part of a pack that people read: one page of HTML that opens from disk, without a script, and can be printed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.template.loader import render_to_string

from commsplan.lib import time
from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Notice, Receipt
from notices.proof import files
from notices.proof.naming import Named
from upgrades.models import Upgrade

COUNTED = ("people", "told", "bounced", "lists")
SAID = ("name", "status", "start", "end", "impact", "downtime", "action")


@dataclass(frozen=True)
class Line:
    """How many people one notice was for, and how many of them it told."""

    pk: int
    title: str
    kind: str
    when: str
    approved: str
    people: int = 0
    told: int = 0
    acknowledged: int = 0
    bounced: int = 0
    lists: int = 0
    is_public: bool = False


def page(upgrade: Upgrade, story: Iterator[Mapping[str, Any]], *, people: Named, now: datetime, by) -> bytes:
    lines = list(_lines(upgrade, people))
    titles = {line.pk: line.title for line in lines}
    context = {
        "upgrade": upgrade,
        "organisation": settings.ORGANISATION,
        "made": f"{time.full(now, zone=upgrade.time_zone)}{f' by {by.name}' if by else ''}",
        "lines": lines,
        "has_lists": any(line.lists for line in lines),
        "has_names": people.has_names,
        "story": [_happening(entry, upgrade, titles) for entry in story],
    }
    return render_to_string("notices/proof_summary.html", context).encode("utf-8", "backslashreplace")


def _lines(upgrade: Upgrade, people: Named) -> Iterator[Line]:
    """Three queries, whatever the number of notices."""
    counts, acknowledged = _counts(upgrade), _acknowledged(upgrade)
    rows = Notice.objects.filter(upgrade=upgrade).exclude(released_at=None).select_related("approved_by")
    for one in rows.order_by("released_at", "pk"):
        hides = not people.has_names and (one.concern_id or one.engagement_id)
        yield Line(
            pk=one.pk,
            title=one.get_kind_display() if hides else one.title,
            kind=one.get_kind_display(),
            when=time.full(one.released_at, zone=upgrade.time_zone) if one.released_at else "",
            approved=_approved(one, upgrade),
            acknowledged=acknowledged.get(one.pk, 0),
            is_public="portal" in one.channels and bool(one.release.get("published")),
            **counts.get(one.pk, {}),
        )


def _approved(notice: Notice, upgrade: Upgrade) -> str:
    if not notice.approved_at:
        return ""
    return f"{notice.approved_by}, {time.full(notice.approved_at, zone=upgrade.time_zone)}"


def _counts(upgrade: Upgrade) -> dict[int, dict[str, int]]:
    sent = Q(state=MessageState.SENT)
    rows = (
        Message.objects.filter(notice__upgrade=upgrade)
        .order_by()
        .values("notice_id")
        .annotate(
            people=Count("person_id", distinct=True),
            told=Count("person_id", distinct=True, filter=sent),
            bounced=Count("pk", filter=Q(state=MessageState.BOUNCED)),
            lists=Count("pk", filter=sent & Q(values__is_list=True)),
        )
    )
    return {row["notice_id"]: {name: row[name] for name in COUNTED} for row in rows}  # type: ignore[literal-required]


def _acknowledged(upgrade: Upgrade) -> dict[int, int]:
    found = Receipt.objects.filter(message__notice__upgrade=upgrade, kind=ReceiptKind.ACKNOWLEDGED).order_by()
    rows = found.values_list("message__notice").annotate(people=Count("message__person_id", distinct=True))
    return dict(rows)


def _happening(entry: Mapping[str, Any], upgrade: Upgrade, titles: Mapping[int, str]) -> dict[str, str]:
    when = time.full(datetime.fromisoformat(entry["at"]), zone=upgrade.time_zone)
    return {"when": when, "words": _words(entry, upgrade, titles)}


def _words(entry: Mapping[str, Any], upgrade: Upgrade, titles: Mapping[int, str]) -> str:
    if entry["kind"] == "fact":
        values = entry["values"]
        said = [f"{name} {_value(name, values[name], upgrade)}" for name in SAID if values.get(name)]
        return f"The {entry['what']} was {entry['change']}: {'; '.join(said)}"
    if entry["kind"] == "release":
        return f"“{titles.get(entry['id'], entry['id'])}” went out over {', '.join(entry['channels'])}"
    return f"{len(entry['facts'])} facts were told in conversation {entry['engagement']}"


def _value(name: str, told: Any, upgrade: Upgrade) -> str:
    return files.value(name, told, zone=upgrade.time_zone)
