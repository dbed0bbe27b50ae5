"""What is true of a notice at the moment it goes out. Frozen then, so that its messages render again exactly."""

from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from notices.models import Notice
from upgrades import facts


def release_of(notice: Notice, *, now: datetime) -> dict[str, Any]:
    """For Notice.release: the addresses and names of the moment."""
    upgrade = notice.upgrade
    return {
        "base_url": settings.BASE_URL,
        "organisation": settings.ORGANISATION,
        "from": mailbox(f"{upgrade.contact_name}, {settings.ORGANISATION}", parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        "reply_to": mailbox(upgrade.contact_name, upgrade.contact_email),
        "bounce_domain": settings.BOUNCE_DOMAIN,
        "date": now.replace(microsecond=0).isoformat(),
        "host": settings.BASE_HOST,
        "published": upgrade.is_published,
    }


def facts_of(notice: Notice) -> facts.Facts:
    """Today's facts: of the upgrade, and of the milestone if the notice is about one."""
    milestone = facts.of_milestone(notice.milestone) if notice.milestone else {}
    return facts.of_upgrade(notice.upgrade) | milestone


def mailbox(name: str, address: str) -> str:
    """ "Name" <address>, readable; mime.build encodes it."""
    quoted = name.replace("\\", "").replace('"', "'")
    return f'"{quoted}" <{address}>'
