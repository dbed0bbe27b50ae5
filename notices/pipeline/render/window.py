"""The calendar entry of a milestone."""

from datetime import datetime

from notices.channels import calendar
from notices.enums import NoticeKind
from notices.pipeline.render import card
from notices.pipeline.render.known import Known
from upgrades.enums import Impact, Status

ANNOUNCED_BY = frozenset(
    {
        NoticeKind.SAVE_THE_DATE,
        NoticeKind.ANNOUNCEMENT,
        NoticeKind.ACTION,
        NoticeKind.REMINDER,
        NoticeKind.FINAL,
        NoticeKind.POSTPONED,
        NoticeKind.CANCELLED,
    }
)


def event_of(known: Known, *, kind: str, stamp: datetime, url: str) -> calendar.Event | None:
    """Under its own UID, so that calendars update or cancel the entry they have."""
    if not known.start:
        return None
    labels, action = known.labels["calendar"], known.milestone("action")
    is_cancelled = card.is_cancelled(known, kind)
    downtime = labels["downtime"].format(downtime=known.downtime) if known.downtime else ""
    to_do = labels["action"].format(action=action) if action else ""
    return calendar.Event(
        uid=str(known.milestone("uid")),
        sequence=known.milestone("sequence") + (is_cancelled and known.status != Status.CANCELLED),
        stamp=stamp,
        start=known.start,
        end=known.end,
        zone=known.zone,
        status=Status.CANCELLED if is_cancelled else known.status or Status.TENTATIVE,
        summary=f"{known.upgrade('name')}: {known.milestone('name')}",
        description="\n\n".join(filter(None, [known.impact, known.milestone("effect"), downtime, to_do])),
        location=", ".join(known.sites),
        url=url,
        categories=known.services,
        is_busy=known.milestone("impact") == Impact.OUTAGE,
    )
