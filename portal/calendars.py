"""All windows of an upgrade in one calendar to subscribe to. The entries are those of the mails: same UID, same
SEQUENCE, so a calendar that knows both keeps one of each. Those with an end are maintenance notes besides (MAINTNOTE),
so that machines of others read them."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from notices.channels import calendar
from portal.windows import Window
from upgrades.enums import Impact
from upgrades.models import Upgrade

ACCOUNT = "public"  # the same for all readers: nobody has an account with us


def of_upgrade(upgrade: Upgrade, rows: Iterable[Window]) -> bytes:
    """Times are in UTC, so no definition of a zone is needed; every calendar shows them in its own."""
    url = settings.BASE_URL + reverse("status", args=[upgrade.slug])
    events = [event_of(row, stamp=upgrade.published_at or row.when.start, url=url) for row in rows]
    return calendar.feed(events, name=upgrade.name)


def event_of(row: Window, *, stamp: datetime, url: str, zone: str = "UTC") -> calendar.Event:
    downtime = gettext("Expected downtime: %(downtime)s") % {"downtime": row.downtime} if row.downtime else ""
    action = gettext("What to do: %(action)s") % {"action": row.action} if row.action else ""
    return calendar.Event(
        uid=row.uid,
        sequence=row.sequence,
        stamp=stamp,
        start=row.when.start,
        end=row.when.end,
        zone=zone,
        status=row.status,
        summary=f"{row.upgrade}: {row.name}",
        description="\n\n".join(filter(None, [row.impact_words, row.effect, downtime, action])),
        location=", ".join(row.sites),
        url=url,
        categories=tuple(row.services),
        note=_note(row) if row.when.end else None,
    )


def _note(row: Window) -> calendar.Note:
    return calendar.Note(
        provider=settings.BASE_HOST,
        account=ACCOUNT,
        maintenance_id=f"{row.slug}-{row.uid}",
        objects=tuple(row.services) or (row.upgrade,),
        impact=Impact(row.impact).name.replace("_", "-"),
        status=row.status.upper().replace("_", "-"),
        organizer=settings.DEFAULT_FROM_EMAIL,
    )
