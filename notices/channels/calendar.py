"""iCalendar files (RFC 5545, 5546) from plain values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parseaddr
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

from notices.channels.base import CalendarPart

PRODUCT = "-//CommsPlan//EN"
STATUS = {"tentative": "TENTATIVE", "cancelled": "CANCELLED"}  # all others are CONFIRMED
MAINTNOTE = {"in_process": "IN-PROCESS", "completed": "COMPLETED"}  # states that RFC 5545 does not know
FILENAME = "event.ics"
CONTROL = re.compile("[\0-\x1f\x7f]")


@dataclass(frozen=True)
class Note:
    """What makes an event a maintenance note that machines of others read (MAINTNOTE). In the words of the standard."""

    provider: str
    account: str
    maintenance_id: str
    objects: Sequence[str]
    impact: str
    status: str
    organizer: str  # "Name <address>"


@dataclass(frozen=True)
class Event:
    """`sequence` rises with every published change, `uid` never changes: calendars update the entry they have."""

    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime | None
    zone: str
    status: str
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    categories: Sequence[str] = ()
    is_busy: bool = False
    is_all_day: bool = False  # from midnight to midnight, at its place
    note: Note | None = None


@dataclass(frozen=True)
class Invitation:
    """An event laid out once. Only the attendee differs from reader to reader."""

    before: bytes
    after: bytes
    method: str
    wants_answer: bool = False

    def to(self, *, name: str, address: str, url: str = "") -> CalendarPart:
        """`url`: the reader's own page, if there is one."""
        if not self.method:
            return CalendarPart(self.before + self.after, filename=FILENAME)
        personal = self.personal(name=name, address=address, url=url)
        return CalendarPart(self.before + personal + self.after, self.method, FILENAME)

    def personal(self, *, name: str, address: str, url: str) -> bytes:
        return _attendee(name, address, wants_answer=self.wants_answer) + (_folded(f"URL:{url}") if url else b"")


def lay_out(event: Event, *, organizer: str = "", sent_by: str = "", wants_answer: bool = False) -> Invitation:
    """With an organizer ("Name <address>") it drops into the personal calendar; without it is for information.

    `sent_by`: the address that sends for the organizer. `wants_answer`: calendars ask their owner whether they come.
    """
    method = ("CANCEL" if event.status == "cancelled" else "REQUEST") if organizer else ""
    entry = _entry(event)
    if organizer:
        entry.add("organizer", _person(*parseaddr(organizer), sent_by=sent_by))
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if event.zone != "UTC":
        calendar.add_component(_time_zone(event.zone, event.start.year, (event.end or event.start).year))
    calendar.add_component(entry)
    before, end, after = calendar.to_ical().rpartition(b"END:VEVENT")
    return Invitation(before, end + after, method, wants_answer and method == "REQUEST")


def feed(events: Iterable[Event], *, name: str, fresh_for: timedelta | None = None) -> bytes:
    """Many events in one calendar to subscribe to; with `fresh_for`, calendars know how often to ask again."""
    listed = list(events)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    if fresh_for:
        calendar.add("refresh-interval", fresh_for, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", icalendar.vDuration(fresh_for).to_ical().decode())
    for zone, years in sorted(_years(listed).items()):
        calendar.add_component(_time_zone(zone, min(years), max(years)))
    before, end, after = calendar.to_ical().rpartition(b"END:VCALENDAR")
    return before + b"".join(_written(event) for event in listed) + end + after


def _years(events: Iterable[Event]) -> dict[str, set[int]]:
    """Which zones are named, and from when to when."""
    years: dict[str, set[int]] = {}
    for event in events:
        if event.zone != "UTC" and not event.is_all_day:
            years.setdefault(event.zone, set()).update((event.start.year, (event.end or event.start).year))
    return years


@lru_cache(maxsize=5_000)
def _written(event: Event) -> bytes:
    """Calendars ask again and again for what hardly ever changes."""
    return _entry(event).to_ical()


def _entry(event: Event) -> icalendar.Event:
    zone = _zone_to_write(event)
    entry = icalendar.Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.stamp)
    entry.add("dtstart", _moment(event.start, event, zone))
    if event.end:
        entry.add("dtend", _moment(event.end, event, zone))
    entry.add("status", STATUS.get(event.status, "CONFIRMED"))
    entry.add("transp", "OPAQUE" if event.is_busy else "TRANSPARENT")
    entry.add("summary", event.summary)
    for name in ("description", "location", "url"):
        if value := getattr(event, name):
            entry.add(name, value)
    if event.categories:
        entry.add("categories", list(event.categories))
    if event.note:
        _add_note(entry, event.note)
    elif event.status in MAINTNOTE:
        entry.add("x-maintnote-status", MAINTNOTE[event.status])
    return entry


def _moment(moment: datetime, event: Event, zone: tzinfo) -> date:
    return moment.astimezone(ZoneInfo(event.zone)).date() if event.is_all_day else moment.astimezone(zone)


def _add_note(entry: icalendar.Event, note: Note) -> None:
    entry.add("organizer", _person(*parseaddr(note.organizer)))
    for name in ("provider", "account", "maintenance_id", "impact", "status"):
        entry.add(f"x-maintnote-{name.replace('_', '-')}", getattr(note, name))
    for name in note.objects:
        entry.add("x-maintnote-object-id", name)


def _zone_to_write(event: Event) -> tzinfo:
    """The place's own, except in the hour that occurs twice: there a local time always means the first (RFC 5545)."""
    zone = ZoneInfo(event.zone)
    is_second = any(time and time.astimezone(zone).fold for time in (event.start, event.end))
    return UTC if is_second else zone


@lru_cache(maxsize=64)
def _time_zone(zone: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """The zone's rules around the event, one observance for each change of the clocks.

    Written here, because onsets are local times *before* the change (RFC 5545, 3.6.5), and libraries get that wrong.
    """
    place = ZoneInfo(zone)
    moment, last = datetime(first_year - 1, 1, 1, tzinfo=UTC), datetime(last_year + 2, 1, 1, tzinfo=UTC)
    component = icalendar.Timezone()
    component.add("tzid", zone)
    component.add_component(_observance(moment, place, before=moment))
    while moment < last:
        following = moment + timedelta(days=1)
        if _rule(moment, place) != _rule(following, place):
            component.add_component(_observance(_change(moment, following, place), place, before=moment))
        moment = following
    return component


def _rule(moment: datetime, place: ZoneInfo) -> tuple:
    local = moment.astimezone(place)
    return local.utcoffset(), local.tzname(), bool(local.dst())


def _change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _rule(middle, place) == _rule(before, place) else (before, middle)
    return after


def _observance(onset: datetime, place: ZoneInfo, *, before: datetime) -> icalendar.cal.component.Component:
    (offset_before, _, _), (offset, name, is_summer) = _rule(before, place), _rule(onset, place)
    observance = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
    observance.add("dtstart", (onset + offset_before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", offset_before)
    observance.add("tzoffsetto", offset)
    observance.add("tzname", name)
    return observance


ATTENDEE = (
    'ATTENDEE;CN="{name}";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP={rsvp}:mailto:{address}'
)


def _attendee(name: str, address: str, *, wants_answer: bool) -> bytes:
    """By hand: it is the one line that is made for every reader."""
    clean = CONTROL.sub(" ", name).replace('"', "'")
    rsvp = "TRUE" if wants_answer else "FALSE"
    return _folded(ATTENDEE.format(name=clean, address=CONTROL.sub("", address), rsvp=rsvp))


def _folded(line: str) -> bytes:
    """Lines of at most 75 bytes; a character is never cut in two."""
    if line.isascii():
        return "\r\n ".join([line[place : place + 74] for place in range(0, len(line), 74)]).encode() + b"\r\n"
    rows, size = [""], 0
    for character in line:
        size += len(character.encode())
        if size > 74:
            rows.append("")
            size = len(character.encode())
        rows[-1] += character
    return "\r\n ".join(rows).encode() + b"\r\n"


def _person(name: str, address: str, *, sent_by: str = "") -> icalendar.vCalAddress:
    person = icalendar.vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = CONTROL.sub(" ", name).replace('"', "'")
    if sent_by and sent_by != address:
        person.params["SENT-BY"] = f"mailto:{CONTROL.sub('', sent_by)}"
    return person
