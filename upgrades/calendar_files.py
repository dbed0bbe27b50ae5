"""Critical days out of a calendar file (iCalendar) of any producer: what is still to come, within two years.

A time without a zone, or with one that nobody knows, is in the zone that the file names (X-WR-TIMEZONE), else in that
of the calendar as it is kept here. So are whole days. What is called off is left out, as is what says not when it is.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import icalendar
from icalendar.cal.component import Component
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from commsplan.lib import ics
from commsplan.lib.time import at_wall_clock
from commsplan.lib.wallclock import YEARS
from upgrades import recurrence
from upgrades.recurrence import TooMuch

LARGEST = 2_000_000  # bytes
MOST = 2_000  # entries
MOST_PARTS = 20_000  # events, alarms and the like
AHEAD = timedelta(days=731)
LONGEST_NAME, LONGEST_UID = 120, 300
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
BEGIN = re.compile(r"^BEGIN:", re.IGNORECASE | re.MULTILINE)
NOT_SENSIBLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ArithmeticError)


class Unreadable(ValueError):
    """With a sentence that says what is wrong with the file, and what to do."""


@dataclass(frozen=True, order=True)
class Entry:
    """`uid` and `occurs` (which one of a series) tell it again when the file comes again."""

    start: datetime
    end: datetime
    zone: str
    name: str
    uid: str
    occurs: str


@dataclass(frozen=True)
class Reading:
    entries: tuple[Entry, ...]
    name: str  # what the file calls itself
    left_out: tuple[str, ...]  # sentences


def read(data: bytes, *, zone: str, now: datetime) -> Reading:
    """Raises Unreadable. `zone`: where no other is named."""
    calendars = _parsed(data)
    named = _named_zone(calendars)
    reader = _Reader(named or zone, now, zone_is_named=bool(named))
    try:
        for series in _series(calendars):
            reader.take(series)
    except TooMuch as error:
        raise Unreadable(str(error)) from error
    name = next((said for each in calendars if (said := _text(each, "X-WR-CALNAME"))), "")
    return Reading(tuple(sorted(reader.entries.values())), _short(name), tuple(reader.remarks()))


def _parsed(data: bytes) -> list[icalendar.Calendar]:
    if len(data) > LARGEST:
        raise Unreadable(
            f"The file is larger than {LARGEST // 1_000_000} MB. Export fewer years, or without attachments."
        )
    if not data.strip():
        raise Unreadable("The file is empty. Export the calendar again.")
    if len(BEGIN.findall(ics.text(data))) > MOST_PARTS:
        raise Unreadable(f"The file has more than {MOST_PARTS:,} parts. Export fewer years.")
    try:
        return ics.parse(data)
    except ics.NotACalendar as error:
        raise Unreadable(f"{error} Export it again as iCalendar (.ics).") from error


def _named_zone(calendars: list[icalendar.Calendar]) -> str:
    for calendar in calendars:
        if is_zone(name := _text(calendar, "X-WR-TIMEZONE")):
            return name
    return ""


def is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


@dataclass(frozen=True)
class _Series:
    """All parts of one UID: the entry, and what was changed for single ones of its occurrences."""

    uid: str
    parts: tuple[Component, ...]
    replaced: tuple[Component, ...]  # others of the same UID, not older ones of the same entry

    @property
    def name(self) -> str:
        return _name_of(self.parts[0])

    @property
    def repeats(self) -> bool:
        return any(name in part for part in self.parts for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _series(calendars: list[icalendar.Calendar]) -> Iterator[_Series]:
    """A calendar that calls something off (RFC 5546) says so once, for all its events."""
    by_uid: dict[str, list[Component]] = defaultdict(list)
    for calendar in calendars:
        is_off = _text(calendar, "METHOD").upper() == "CANCEL"
        for event in calendar.walk("VEVENT"):
            if is_off:
                event["STATUS"] = "CANCELLED"
            by_uid[_uid(event)].append(event)
    for uid, parts in by_uid.items():
        kept = _latest(parts)
        yield _Series(uid, tuple(kept), tuple(part for part in parts if _is_replaced(part, kept)))


def _latest(parts: list[Component]) -> list[Component]:
    """Where the same one is there twice, the one with the higher sequence; the whole before the exceptions."""
    newest: dict[str, Component] = {}
    for part in sorted(parts, key=_sequence):
        newest[_text(part, "RECURRENCE-ID")] = part
    return [newest[key] for key in sorted(newest)]


def _is_replaced(part: Component, kept: list[Component]) -> bool:
    """By another entry that says the same UID: of those, nobody can tell one from the other when they come again."""
    same = next(one for one in kept if _text(one, "RECURRENCE-ID") == _text(part, "RECURRENCE-ID"))
    return _sequence(same) == _sequence(part) and _text(same, "DTSTART") != _text(part, "DTSTART")


def _sequence(part: Component) -> int:
    said = _text(part, "SEQUENCE")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else 0


def _uid(event: Component) -> str:
    """What has none is told again by its name and time."""
    said = _text(event, "UID")
    if said and len(said) <= LONGEST_UID and not CONTROL.search(said):
        return said
    start = event.get("DTSTART")
    seed = said or f"{_name_of(event)} {start.to_ical() if hasattr(start, 'to_ical') else start}"
    return f"sha256:{hashlib.sha256(seed.encode('utf-8', 'surrogatepass')).hexdigest()}"


class _Reader:
    def __init__(self, place: str, now: datetime, *, zone_is_named: bool):
        self.place, self.zone_is_named, self.now, self.until = place, zone_is_named, now, now + AHEAD
        self.entries: dict[tuple[str, str], Entry] = {}
        self.budget = recurrence.Budget(most=MOST)
        self.called_off = 0
        self.without: dict[str, list[str]] = defaultdict(list)

    def remarks(self) -> Iterator[str]:
        if self.called_off:
            yield f"{_counted(self.called_off)} called off."
        for what, names in self.without.items():
            listed = ", ".join(f"“{name}”" for name in names[:3])
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield f"{_counted(len(names))} {what}: {listed}{more}."

    def take(self, series: _Series) -> None:
        for part in series.replaced:
            self.without["without a UID of their own"].append(_name_of(part))
        dated = [part for part in series.parts if "DTSTART" in part]
        if len(dated) < len(series.parts):
            self.without["without a date"].append(series.name)
        for part in dated:
            _refuse_what_is_no_time(part)
        if not dated:
            return
        if all(_is_off(part) for part in dated):
            self.called_off += 1
            return
        self._expand(series, dated)

    def _expand(self, series: _Series, parts: list[Component]) -> None:
        try:
            found = recurrence.occurrences(
                parts,
                place=self.place,
                zone_is_named=self.zone_is_named,
                start=self.now,
                end=self.until,
                budget=self.budget,
            )
            for one in found:
                self._keep(series, one)
        except TooMuch as error:
            raise TooMuch(f"“{series.name}”: {error}") from error
        except NOT_SENSIBLE as error:
            raise Unreadable(
                f"“{series.name}”: nobody can work out when it is. "
                "Repair or delete it in your calendar, then export again."
            ) from error

    def _keep(self, series: _Series, one: Component) -> None:
        if _is_off(one):
            self.called_off += 1
            return
        start, end = self._moment(recurrence.begin(one)), self._moment(one.end)  # type: ignore[attr-defined]  # an event
        name = _name_of(one)
        if end <= start:
            self.without["without a length"].append(name)
        elif not (start.year in YEARS and end.year in YEARS):
            self.without[f"not between {YEARS[0]} and {YEARS[-1]}"].append(name)
        elif end > self.now and start < self.until:
            occurs = _occurs(one) if series.repeats else ""
            self.entries[series.uid, occurs] = Entry(start, end, self._zone(one["DTSTART"]), name, series.uid, occurs)
            if len(self.entries) > MOST:
                raise TooMuch(f"There are more than {MOST:,} entries. Export fewer of them.")

    def _moment(self, value: date) -> datetime:
        """At midnight of the place where it is a day; on the wall of the place where it has no zone."""
        if not isinstance(value, datetime):
            return at_wall_clock(value, time.min, zone=self.place)
        if value.tzinfo is None:
            return at_wall_clock(value.date(), value.time(), zone=self.place)
        return value.astimezone(UTC)

    def _zone(self, start: Any) -> str:
        """Outlook calls zones by Windows' names."""
        key = getattr(getattr(start.dt, "tzinfo", None), "key", "")
        said = str(getattr(start, "params", {}).get("TZID", ""))
        names = [name for name in (key, said, WINDOWS_TO_OLSON.get(said, "")) if name not in ("UTC", "Etc/UTC")]
        return next((name for name in names if is_zone(name)), self.place)


def _refuse_what_is_no_time(part: Component) -> None:
    for name in ("DTSTART", "DTEND"):
        value = part.get(name)
        if value is not None and not isinstance(_dt(value), date):
            raise Unreadable(
                f"“{_name_of(part)}”: its {'start' if name == 'DTSTART' else 'end'} ({name}) is no date. "
                "Repair or delete it in your calendar, then export again."
            )


def _dt(value: Any) -> Any:
    try:
        return getattr(value, "dt", None)
    except NOT_SENSIBLE:
        return None


def _occurs(one: Component) -> str:
    """What was changed from one occurrence on says that one in all that follow: they are known by their own start."""
    said: Any = one["RECURRENCE-ID"]
    which = recurrence.begin(one) if said.params.get("RANGE") else said.dt
    if isinstance(which, datetime) and which.tzinfo is not None:
        return f"{which.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{which:%Y%m%dT%H%M%S}" if isinstance(which, datetime) else f"{which:%Y%m%d}"


def _is_off(part: Component) -> bool:
    return _text(part, "STATUS").upper() == "CANCELLED"


def _name_of(part: Component) -> str:
    return _short(_text(part, "SUMMARY")) or "Without a name"


def _short(said: str) -> str:
    clean = CONTROL.sub(" ", said).strip()
    return clean if len(clean) <= LONGEST_NAME else f"{clean[: LONGEST_NAME - 1]}…"


def _text(part: Component, name: str) -> str:
    """The first, where it is said several times."""
    value = part.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    if hasattr(value, "to_ical") and not isinstance(value, str):
        value = value.to_ical().decode("utf-8", "replace")
    return str(value).strip()


def _counted(number: int) -> str:
    return f"{number:,} {'is' if number == 1 else 'are'}"
