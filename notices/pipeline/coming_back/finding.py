"""Which message a report is about: by our signed envelope sender, or by the signed Message-ID with its address.

A report that a provider signed is believed by the address alone, too, where only one message can be meant. A mail is
not: anybody can write one.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings

from notices.bounces import Kind, Report
from notices.channels import verp
from notices.enums import MessageState
from notices.models import Message
from stakeholders.enums import Channel
from stakeholders.models import Person

RECENT = timedelta(days=5)  # mail servers give up by then
OUT = (MessageState.SENDING, MessageState.SENT, MessageState.BOUNCED)
OUR_ID = re.compile(r"^<?m(\d{1,18})(?:\.([0-9a-f]{1,64}))?(?:\.\d+)?@([\w.-]+)>?$", re.I)
MOST = 2**63


def find(report: Report, *, now: datetime, is_proved: bool = False) -> Message | None:
    """`is_proved`: it was signed by whom we sent the mail through."""
    if is_forged(report):
        return None
    return _by_key(report.key) or _by_id(report) or (_by_address(report, now) if is_proved else None)


def is_forged(report: Report) -> bool:
    """Written to an address that only we make, and that we did not make."""
    ours = (one.lower() for one in report.written_to)
    domain = f"@{settings.BOUNCE_DOMAIN.lower()}"
    return report.key is None and any(one.startswith(verp.PREFIX) and one.endswith(domain) for one in ours)


def fits(report: Report, message: Message) -> bool:
    """Whether it speaks of the address that the message went to."""
    return message.address != "" and message.address.lower() in (report.address.lower(), report.original.lower())


def named(report: Report) -> tuple[int | None, str]:
    """Which message it says that it is about, proved by signature, or why none: without a look into the database."""
    keys = [*([report.key] if report.key else []), *_keys(report)]
    if keys:
        return keys[0], ""
    if is_forged(report) or names_our_id(report):
        return (
            None,
            "It names one of our messages, but our key did not sign that. Is SECRET_KEY or LINK_KEYS the site's?",
        )
    return None, (
        f"It names none of our messages: neither an address {verp.PREFIX}…@{settings.BOUNCE_DOMAIN} "
        f"nor a Message-ID @{settings.BASE_HOST} stands in it."
    )


def names_our_id(report: Report) -> bool:
    return bool(_ids(report))


def _by_key(key: int | None) -> Message | None:
    if key is None or not 0 < key < MOST:
        return None
    return Message.objects.filter(pk=key).first()


def _by_id(report: Report) -> Message | None:
    """Whoever was sent a copy knows the id, so the address has to fit. A complaint may hide it."""
    for message in Message.objects.filter(pk__in=_keys(report)).order_by("pk"):
        if fits(report, message) or (report.kind == Kind.COMPLAINT and not report.address):
            return message
    return None


def _keys(report: Report) -> list[int]:
    return [key for key, signature in _ids(report) if verp.is_signed(key, signature)]


def _ids(report: Report) -> list[tuple[int, str]]:
    found = (OUR_ID.match(one) for one in report.message_ids)
    domain = settings.BASE_HOST.lower()
    return [(int(match[1]), match[2] or "") for match in found if match and match[3].lower() == domain]


def _by_address(report: Report, now: datetime) -> Message | None:
    wanted = {one.lower() for one in (report.address, report.original) if one}
    if names_our_id(report) or report.kind not in (Kind.BOUNCE, Kind.DELAYED, Kind.COMPLAINT) or not wanted:
        return None
    people = [
        key for one in wanted for key in Person.objects.filter(email__iexact=one).values_list("pk", flat=True)[:3]
    ]
    sent = Message.objects.filter(person__in=people, channel=Channel.EMAIL, state__in=OUT)
    recent = sent.filter(created_at__gte=now - 2 * RECENT, sent_at__gte=now - RECENT).order_by("-created_at", "-pk")
    matching = [message for message in recent[:20] if fits(report, message)]
    return matching[0] if len(matching) == 1 else None
