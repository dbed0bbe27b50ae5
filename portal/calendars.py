"""All windows of an upgrade in one calendar to subscribe to. The entries are those of the mails: same UID, same
SEQUENCE, so a calendar that knows both keeps one of each. Those with an end are maintenance notes besides (MAINTNOTE),
so that machines of others read them."""

from collections.abc import Iterable, Sequence

import icalendar
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from notices.channels import calendar
from portal.windows import Window
from upgrades.enums import Impact
from upgrades.models import Upgrade

ACCOUNT = "public"  # the same for all readers: nobody has an account with us


def of_upgrade(upgrade: Upgrade, rows: Iterable[Window]) -> bytes:
    return feed([event_of(row, upgrade) for row in rows], name=upgrade.name)


def feed(events: Iterable[calendar.Event], *, name: str) -> bytes:
    """Times are in UTC, so no definition of a zone is needed; every calendar shows them in its own."""
    whole = icalendar.Calendar()
    whole.add("prodid", calendar.PRODUCT)
    whole.add("version", "2.0")
    whole.add("x-wr-calname", name)
    for event in events:
        alone = icalendar.Calendar.from_ical(calendar.lay_out(event).to(name="", address="").data)
        for entry in alone.walk("VEVENT"):
            whole.add_component(entry)
    return whole.to_ical()


def event_of(row: Window, upgrade: Upgrade) -> calendar.Event:
    downtime = gettext("Expected downtime: %(downtime)s") % {"downtime": row.downtime} if row.downtime else ""
    action = gettext("What to do: %(action)s") % {"action": row.action} if row.action else ""
    return calendar.Event(
        uid=row.uid,
        sequence=row.sequence,
        stamp=upgrade.published_at or row.when.start,
        start=row.when.start,
        end=row.when.end,
        zone="UTC",
        status=row.status,
        summary=f"{upgrade.name}: {row.name}",
        description="\n\n".join(filter(None, [row.impact_words, row.effect, downtime, action])),
        location=", ".join(row.sites),
        url=settings.BASE_URL + reverse("status", args=[upgrade.slug]),
        categories=row.services,
        note=_note(row, upgrade.slug) if row.when.end else None,
    )


def _note(row: Window, slug: str) -> calendar.Note:
    objects: Sequence[str] = row.services or [row.upgrade]
    return calendar.Note(
        provider=settings.BASE_HOST,
        account=ACCOUNT,
        maintenance_id=f"{slug}-{row.uid}",
        objects=objects,
        impact=Impact(row.impact).name.replace("_", "-"),
        status=row.status.upper().replace("_", "-"),
        organizer=settings.DEFAULT_FROM_EMAIL,
    )
