"""Maintenance notes of vendors (NANOG's MAINTNOTE: an iCalendar event with X-MAINTNOTE fields) as plain values.

A note that lacks what nobody can guess (when, who, which circuits) is refused with the reason. What senders in the
field do leave out has the meaning that the convention gives it: no sequence comes before all numbered ones, no status
changes nothing, and an impact that nobody knows counts as an outage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
from icalendar.cal.component import Component

from commsplan.lib.wallclock import YEARS
from vendors import unpacking
from vendors.enums import NoteImpact, NoteStatus
from vendors.unpacking import LARGEST, Unreadable

__all__ = ["LARGEST", "UNNUMBERED", "Circuit", "Note", "Unreadable", "read"]

UNNUMBERED = -1  # the sequence of a note without one
PREFIX = "X-MAINTNOTE-"
LONGEST = {f"{PREFIX}PROVIDER": 120, f"{PREFIX}ACCOUNT": 120, f"{PREFIX}MAINTENANCE-ID": 200, "UID": 255}
LONGEST_CIRCUIT = 200
MOST_DIGITS = 18
ALSO_SAID = {"CANCELED": NoteStatus.CANCELLED, "RESCHEDULED": NoteStatus.RE_SCHEDULED}
MEANING = {"DTSTART": "when it starts", "DTEND": "when it ends", "DTSTAMP": "when it was written"}


@dataclass(frozen=True)
class Circuit:
    circuit_id: str
    impact: NoteImpact


@dataclass(frozen=True)
class Note:
    """One event of a file. Identity is `provider` and `uid`; of two notes the one with the higher sequence counts."""

    provider: str
    account: str
    maintenance_id: str
    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime
    status: NoteStatus
    summary: str
    organizer: str
    circuits: tuple[Circuit, ...]
    description: str = ""

    @property
    def impact(self) -> NoteImpact:
        """The worst of its circuits."""
        return max((circuit.impact for circuit in self.circuits), key=lambda one: one.impact)

    def as_json(self) -> dict[str, Any]:
        """Moments as seconds since 1970; what the note leaves out is left out."""
        values: dict[str, Any] = {
            "account": self.account,
            "circuits": [{"circuit_id": each.circuit_id, "impact": each.impact.value} for each in self.circuits],
            "end": int(self.end.timestamp()),
            "maintenance_id": self.maintenance_id,
            "organizer": self.organizer,
            "provider": self.provider,
            "sequence": self.sequence,
            "stamp": int(self.stamp.timestamp()),
            "start": int(self.start.timestamp()),
            "status": self.status.value,
            "summary": self.summary,
            "uid": self.uid,
        }
        return {name: value for name, value in values.items() if value != ""}


def read(data: bytes) -> list[Note]:
    """Every note of a calendar file, or of the calendar files in a mail, in order. Raises Unreadable when there is
    none, or when one of them is malformed: half a file is no file."""
    events = [event for each in unpacking.calendars(data) for event in _events(each)]
    if not events:
        raise Unreadable("There is no event in this file.")
    notes = [(number, event) for number, event in enumerate(events, 1) if _is_note(event)]
    if not notes:
        raise Unreadable(f"No event in this file is a maintenance note: {PREFIX}PROVIDER is missing.")
    return [_note(event, f"Event {number}") for number, event in notes]


def _events(calendar: icalendar.Calendar) -> list[Component]:
    """A calendar that calls something off (RFC 5546) says so once, for all its events."""
    events = calendar.walk("VEVENT")
    for event in events:
        said = (_text(calendar, "METHOD").upper(), _text(event, "STATUS").upper())
        if {"CANCEL", "CANCELLED"} & set(said) and not _text(event, f"{PREFIX}STATUS"):
            event[f"{PREFIX}STATUS"] = NoteStatus.CANCELLED.value
    return events


def _is_note(event: Component) -> bool:
    """Other appointments may stand in the same calendar."""
    return any(name.startswith(PREFIX) and name != f"{PREFIX}STATUS" for name in event)


def _note(event: Component, place: str) -> Note:
    if "RRULE" in event or "RDATE" in event:
        raise Unreadable(f"{place}: it repeats (RRULE); a note announces each window by itself.")
    start = _moment(event, "DTSTART", place)
    end = _end(event, start, place)
    if end <= start:
        raise Unreadable(f"{place}: it does not end (DTEND) after it starts (DTSTART).")
    if not (start.year in YEARS and end.year in YEARS):
        raise Unreadable(f"{place}: it is not between the years {YEARS[0]} and {YEARS[-1]} (DTSTART, DTEND).")
    return Note(
        provider=_needed(event, f"{PREFIX}PROVIDER", place),
        account=_needed(event, f"{PREFIX}ACCOUNT", place),
        maintenance_id=_needed(event, f"{PREFIX}MAINTENANCE-ID", place),
        uid=_needed(event, "UID", place),
        sequence=_sequence(event, place),
        stamp=_moment(event, "DTSTAMP", place),
        start=start,
        end=end,
        status=_status(event, place),
        summary=_text(event, "SUMMARY"),
        organizer=_text(event, "ORGANIZER"),
        circuits=tuple(_circuits(event, place)),
        description=_text(event, "DESCRIPTION"),
    )


# Circuits and their impact


def _circuits(event: Component, place: str) -> Iterator[Circuit]:
    """Each circuit has the impact it names itself, else that of the event."""
    found = [each for each in _all(event, f"{PREFIX}OBJECT-ID") if str(each).strip()]
    if not found:
        raise Unreadable(f"{place}: no circuit or service is named ({PREFIX}OBJECT-ID).")
    of_all = [_impact(said) for said in _all(event, f"{PREFIX}IMPACT")] or [NoteImpact.OUTAGE]
    worst = max(of_all, key=lambda one: one.impact)
    for each in found:
        name = str(each).strip()
        if len(name) > LONGEST_CIRCUIT:
            raise Unreadable(f"{place}: a circuit has more than {LONGEST_CIRCUIT} characters ({PREFIX}OBJECT-ID).")
        own = getattr(each, "params", {}).get(f"{PREFIX}OBJECT-IMPACT", "")
        yield Circuit(name, _impact(own) if own else worst)


def _impact(said: Any) -> NoteImpact:
    try:
        return NoteImpact(str(said).strip().upper())
    except ValueError:
        return NoteImpact.OUTAGE


# State, number, times


def _status(event: Component, place: str) -> NoteStatus:
    """A vendor may have states of its own (X-…); what they mean for the window, nobody can know."""
    said = str(_one(event, f"{PREFIX}STATUS", place) or "").strip().upper()
    if not said or said.startswith("X-"):
        return NoteStatus.NO_CHANGE
    try:
        return ALSO_SAID.get(said) or NoteStatus(said)
    except ValueError as error:
        raise Unreadable(f"{place}: nobody knows the status “{said}” ({PREFIX}STATUS).") from error


def _sequence(event: Component, place: str) -> int:
    value = _one(event, "SEQUENCE", place)
    said = "" if value is None else str(value).strip()
    if said and not (said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS):
        raise Unreadable(f"{place}: the sequence “{said}” is no number from 0 on (SEQUENCE).")
    return int(said) if said else UNNUMBERED


def _end(event: Component, start: datetime, place: str) -> datetime:
    lasts = _dt(_one(event, "DURATION", place))
    if "DTEND" in event or not isinstance(lasts, timedelta):
        return _moment(event, "DTEND", place)
    try:
        return start + lasts
    except OverflowError as error:
        raise Unreadable(f"{place}: nobody lives to see its end (DURATION).") from error


def _moment(event: Component, name: str, place: str) -> datetime:
    """A time without a zone is UTC; a day without a time, and a zone that nobody knows, are refused."""
    given = _one(event, name, place)
    value = _dt(given)
    if given is not None and not isinstance(value, date):
        raise Unreadable(f"{place}: {name} is no time.")
    if not isinstance(value, date):
        raise Unreadable(f"{place}: it does not say {MEANING[name]} ({name}).")
    if not isinstance(value, datetime):
        raise Unreadable(f"{place}: {name} is a day without a time of day.")
    zone = getattr(given, "params", {}).get("TZID", "")
    if zone and value.tzinfo is None:
        raise Unreadable(f"{place}: nobody knows the time zone “{zone}” ({name}).")
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise Unreadable(f"{place}: {name} lies outside of the calendar.") from error


# Properties


def _needed(event: Component, name: str, place: str) -> str:
    value = _text(event, name)
    if not value:
        raise Unreadable(f"{place}: {name} is missing.")
    if len(value) > LONGEST[name]:
        raise Unreadable(f"{place}: {name} has more than {LONGEST[name]} characters.")
    return value


def _text(component: Component, name: str) -> str:
    """Where a sender says it several times: the one marked as primary, else the first."""
    values = _all(component, name)
    primary = [one for one in values if getattr(one, "params", {}).get(f"{PREFIX}PRECEDENCE", "").upper() == "PRIMARY"]
    return next((str(one).strip() for one in primary + values), "")


def _one(event: Component, name: str, place: str) -> Any:
    """What may be said twice, but not in two ways. None where it is not said."""
    values = _all(event, name)
    if len({_dt(one) or str(one) for one in values}) > 1:
        raise Unreadable(f"{place}: {name} is said twice, and not alike.")
    return values[0] if values else None


def _dt(value: Any) -> Any:
    """A property whose value does not make sense is there, but breaks when it is asked."""
    try:
        return getattr(value, "dt", None)
    except ValueError:
        return None


def _all(component: Component, name: str) -> list[Any]:
    value = component.get(name, [])
    return value if isinstance(value, list) else [value]
