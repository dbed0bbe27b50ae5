"""All windows of an upgrade in one calendar to subscribe to. The entries are those of the mails: same UID, same
SEQUENCE, so a calendar that knows both keeps one of each."""

from collections.abc import Iterable

import icalendar

from notices.channels import calendar


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
