"""What Amazon announces by mail: its notifications (SNS), forwarded to an address."""

import json
import re
from typing import Any

from notices.bounces.judging import judge
from notices.bounces.reports import About, Kind, Report

START = re.compile(r'\{\s*"(?:Type|notificationType|eventType)"')
KINDS = {"Bounce": Kind.BOUNCE, "Complaint": Kind.COMPLAINT, "Delivery": Kind.DELIVERED, "DeliveryDelay": Kind.DELAYED}
PARTS = {
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
}


def read(text: str) -> list[Report]:
    start = START.search(text)
    if not start:
        return []
    said = _event(_load(text[start.start() :]))
    sort = str(said.get("notificationType") or said.get("eventType") or "")
    ids = tuple(filter(None, [_of(said, "mail").get("messageId"), *_common_ids(said)]))
    if sort == "Delivery":
        return [
            Report(kind=Kind.DELIVERED, address=str(one), message_ids=ids)
            for one in _list(_of(said, "delivery"), "recipients")
        ]
    event = _of(said, PARTS.get(sort, ("", ""))[0])
    rows = [one for one in _list(event, PARTS.get(sort, ("", "none"))[1]) if isinstance(one, dict)]
    return [_report(KINDS[sort], one, event, ids) for one in rows] if sort in KINDS else []


def _report(kind: Kind, row: dict[str, Any], event: dict[str, Any], ids: tuple[str, ...]) -> Report:
    address, said = str(row.get("emailAddress", "")), str(row.get("diagnosticCode", ""))
    if kind == Kind.COMPLAINT:
        return Report(
            kind=kind, address=address, detail=str(event.get("complaintFeedbackType", ""))[:500], message_ids=ids
        )
    verdict = judge(said, status=str(row.get("status", "")))
    about = About.FULL if event.get("bounceSubType") == "MailboxFull" else verdict.about
    permanent = event.get("bounceType", "") == "Permanent" if event.get("bounceType") else verdict.is_permanent
    return Report(
        kind=kind,
        address=address,
        is_permanent=permanent and kind == Kind.BOUNCE,
        status=verdict.status,
        about=about,
        detail=said[:500],
        message_ids=ids,
    )


def _load(text: str) -> dict[str, Any]:
    for attempt in (text, re.sub(r"\r?\n ", "", text), re.sub(r"\r?\n", "", text)):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else {}
    return {}


def _event(outer: dict[str, Any]) -> dict[str, Any]:
    inner = outer.get("Message")
    return _load(inner) if isinstance(inner, str) and inner.lstrip().startswith("{") else outer


def _common_ids(said: dict[str, Any]) -> list[str]:
    value = _of(_of(said, "mail"), "commonHeaders").get("messageId")
    return [value.strip("<> ")] if isinstance(value, str) else []


def _of(value: dict[str, Any], name: str) -> dict[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _list(value: dict[str, Any], name: str) -> list[Any]:
    inner = value.get(name)
    return inner[:200] if isinstance(inner, list) else []
