"""The calendar entry of an engagement: an invitation for a person, information for a distribution list."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from engagement.facts import of_engagement
from engagement.models import Engagement
from notices.channels import calendar
from notices.enums import NoticeKind
from notices.pipeline.render import layouts
from notices.pipeline.render.known import Known
from notices.pipeline.render.letter import PERSON, Letter


def invitation(known: Known, letter: Letter, release: Mapping[str, Any]) -> calendar.Invitation | None:
    """Whoever hosts is the organizer, so that answers from calendars reach them; we send it for them."""
    if not known.meeting_times:
        return None
    event = event_of(known, stamp=datetime.fromisoformat(release["date"]), kind=letter.kind)
    if letter.reader != PERSON:
        return calendar.lay_out(event)
    sent_by = parseaddr(release["from"])[1]
    return calendar.lay_out(event, organizer=release["reply_to"], sent_by=sent_by, wants_answer=True)


def event_of(known: Known, *, stamp: datetime, kind: str) -> calendar.Event:
    assert known.meeting_times is not None  # noqa: S101  # asked for by the caller
    start, end = known.meeting_times
    place, link = known.meeting("place"), known.meeting("link")
    labels, colon = known.labels["row"], known.labels["colon"]
    join = f"{labels['join']}{colon} {link}" if link else ""
    host = f"{labels['host']}{colon} {known.meeting('host')}, {known.meeting('host_email')}"
    return calendar.Event(
        uid=str(known.meeting("uid")),
        sequence=known.meeting("sequence") or 0,
        stamp=stamp,
        start=start,
        end=end,
        zone=known.meeting_zone,
        status="cancelled" if kind == NoticeKind.MEETING_OFF else "confirmed",
        summary=known.meeting("title"),
        description="\n\n".join(filter(None, [known.meeting("topics"), join, host])),
        location=place or link,
        categories=[known.upgrade("name")],
        is_busy=kind != NoticeKind.MEETING_OFF,
    )


def entry(engagement: Engagement, *, language: str, stamp: datetime, kind: str) -> calendar.Event:
    """Of today's facts, for a file that somebody fetches. Needs host and upgrade."""
    known = {**of_engagement(engagement), "upgrade.name": engagement.upgrade.name}
    labels = layouts.load(layouts.NEWEST).labels(language)
    return event_of(Known(known, language, labels), stamp=stamp, kind=kind)
