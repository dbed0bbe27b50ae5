"""A report is taken in once, however often it arrives, and changes what it proves."""

import hashlib
from datetime import datetime

from django.db import transaction

from notices import bounces
from notices.bounces import About, Kind, Report
from notices.channels import verp
from notices.enums import IncomingKind
from notices.models import Incoming, Message
from notices.pipeline.coming_back import finding, receipts, softly

FORGED = "Written to a return address that is not one of ours."
ELSEWHERE = "It names one of our messages, but not its signature and the address that this one went to."
OURS = (About.SENDER, About.CONTENT)


def take_in(raw: bytes, *, source: str, now: datetime) -> list[Incoming]:
    """A mail, one row for each recipient that it speaks of."""
    whole = hashlib.sha256(raw).hexdigest()
    reports = bounces.read(raw, read_key=verp.read)
    return [
        take_report(
            report, identity=f"{report.own_id or whole}\n{at if report.address == '' else ''}", source=source, now=now
        )
        for at, report in enumerate(reports)
    ]


@transaction.atomic
def take_report(report: Report, *, identity: str, source: str, now: datetime, is_proved: bool = False) -> Incoming:
    """`identity` names what arrived, so that a second arrival is known. `is_proved`: a provider signed it."""
    message = finding.find(report, now=now, is_proved=is_proved)
    kind, detail = _kind(report, message)
    is_erased = message is not None and message.person.erased_at is not None
    row, is_new = Incoming.objects.get_or_create(
        digest=_digest(report, identity),
        defaults={
            "source": source[:20],
            "kind": kind,
            "address": "" if is_erased else report.address[:254],
            "is_permanent": report.is_permanent,
            "status": report.status[:20],
            "detail": "" if is_erased else detail[:500],
            "message": message,
            "at": now,
        },
    )
    if is_new and message:
        _apply(report, kind, message, now=now)
    return row


def _kind(report: Report, message: Message | None) -> tuple[IncomingKind, str]:
    said = report.detail.replace("\x00", "")
    if message is None and finding.is_forged(report):
        return IncomingKind.OTHER, f"{FORGED} {said}"
    if message is None and report.kind in (Kind.BOUNCE, Kind.COMPLAINT) and finding.names_our_id(report):
        return IncomingKind.OTHER, f"{ELSEWHERE} {said}"
    return IncomingKind(report.kind), said


def _apply(report: Report, kind: IncomingKind, message: Message, *, now: datetime) -> None:
    if kind == IncomingKind.COMPLAINT:
        receipts.complain(message, detail=report.detail, now=now, event="complaint")
    elif kind == IncomingKind.BOUNCE:
        _bounce(report, message, now=now)


def _bounce(report: Report, message: Message, *, now: datetime) -> None:
    """The message got nowhere. What becomes of the address depends on whose fault that was."""
    is_theirs = not report.address or finding.fits(report, message)
    is_hard = report.is_about_the_address and is_theirs
    event = "" if is_hard else "ours" if report.about in OURS else softly.SOFT
    receipts.bounce(message, permanent=True, spare_address=not is_hard, detail=_said(report), now=now, event=event)
    if event == softly.SOFT and softly.is_over(message, now=now):
        receipts.give_up_address(message)


def _said(report: Report) -> str:
    detail = report.detail.replace("\x00", "")
    return detail if report.status in detail else f"{report.status} {detail}"


def _digest(report: Report, identity: str) -> str:
    parts = (identity, report.kind, report.address.lower(), report.status, str(report.key))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
