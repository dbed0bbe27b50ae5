"""The facts card: what, when, what it means, what to do. The same rows for HTML and for plain text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from notices.enums import NoticeKind
from notices.pipeline.render.known import Known
from upgrades.enums import Status


@dataclass(frozen=True)
class Line:
    text: str
    href: str = ""
    is_note: bool = False


@dataclass(frozen=True)
class Row:
    label: str
    lines: list[Line]


ZONES = available_timezones()


def rows(known: Known, *, kind: str, zone: str, layout: dict[str, Any], is_technical: bool = False) -> list[Row]:
    """`zone` is the reader's. A row without anything to say is left out."""
    names = (name for name in _names(known, kind, layout) if is_technical or name not in layout["technical"])
    found = ((name, list(WRITERS[name](known, zone))) for name in names)
    return [Row(known.labels["row"][name], lines) for name, lines in found if lines]


def said(known: Known, *, kind: str, layout: dict[str, Any]) -> frozenset[str]:
    """The names of the rows that have something to say."""
    return frozenset(name for name in _names(known, kind, layout) if any(WRITERS[name](known, "")))


def is_cancelled(known: Known, kind: str) -> bool:
    return kind in (NoticeKind.CANCELLED, NoticeKind.MEETING_OFF) or known.status == Status.CANCELLED


def _names(known: Known, kind: str, layout: dict[str, Any]) -> list[str]:
    if own := layout.get("rows_of", {}).get(kind):
        return own
    if is_cancelled(known, kind):
        return layout["rows_cancelled"]
    return layout["rows_afterwards"] if kind in layout["afterwards"] else layout["rows"]


def _what(known: Known, zone: str) -> Iterator[Line]:
    milestone, upgrade = known.milestone("name"), known.upgrade("name")
    if milestone:
        yield Line(milestone)
    yield Line(upgrade, is_note=bool(milestone))


def _when(known: Known, zone: str) -> Iterator[Line]:
    if not known.start:
        return
    yield Line(known.window())
    if zone in ZONES and any(_differs(moment, zone, known.zone) for moment in (known.start, known.end) if moment):
        yield Line(f"{known.labels['in_your_time']} {known.window(zone=zone)}", is_note=True)


def _differs(moment: datetime, zone: str, other: str) -> bool:
    return moment.astimezone(ZoneInfo(zone)).utcoffset() != moment.astimezone(ZoneInfo(other)).utcoffset()


def _downtime(known: Known, zone: str) -> Iterator[Line]:
    if not known.downtime:
        return
    yield Line(known.downtime)
    if known.length and known.length != known.downtime:
        yield Line(known.labels["window_length"].format(length=known.length), is_note=True)


def _impact(known: Known, zone: str) -> Iterator[Line]:
    if known.impact:
        yield Line(known.impact)
    for text in (known.milestone("effect") or "").splitlines():
        yield Line(text, is_note=True)


def _services(known: Known, zone: str) -> Iterator[Line]:
    if known.services:
        yield Line(", ".join(known.services))


def _sites(known: Known, zone: str) -> Iterator[Line]:
    if known.sites:
        yield Line(", ".join(known.sites))


def _systems(known: Known, zone: str) -> Iterator[Line]:
    yield from (Line(text) for text in (known.milestone("systems") or "").splitlines() if text.strip())


def _action(known: Known, zone: str) -> Iterator[Line]:
    action = known.milestone("action")
    if action:
        yield from (Line(text) for text in action.splitlines())
        if known.action_deadline:
            yield Line(known.labels["until"].format(deadline=known.action_deadline), is_note=True)
    elif known.subject:
        yield Line(known.labels["nothing_to_do"])


def _contact(known: Known, zone: str) -> Iterator[Line]:
    name, address, phone = (known.upgrade(f"contact_{part}") for part in ("name", "email", "phone"))
    if name:
        yield Line(name)
    if address:
        yield Line(address, href=f"mailto:{address}")
    if phone:
        yield Line(phone, href=f"tel:{''.join(character for character in phone if character in '+0123456789')}")


def _meeting(known: Known, zone: str) -> Iterator[Line]:
    if known.meeting("title"):
        yield Line(known.meeting("title"))
        yield Line(known.upgrade("name"), is_note=True)


def _meeting_time(known: Known, zone: str) -> Iterator[Line]:
    if not known.meeting_times:
        return
    yield Line(known.meeting_window())
    if zone in ZONES and any(_differs(moment, zone, known.meeting_zone) for moment in known.meeting_times):
        yield Line(f"{known.labels['in_your_time']} {known.meeting_window(zone=zone)}", is_note=True)


def _place(known: Known, zone: str) -> Iterator[Line]:
    if known.meeting("place"):
        yield Line(known.meeting("place"))


def _join(known: Known, zone: str) -> Iterator[Line]:
    if link := known.meeting("link"):
        yield Line(link, href=link)


def _topics(known: Known, zone: str) -> Iterator[Line]:
    yield from (Line(text) for text in known.meeting("topics").splitlines() if text.strip())


def _host(known: Known, zone: str) -> Iterator[Line]:
    if known.meeting("host"):
        yield Line(known.meeting("host"))
    if address := known.meeting("host_email"):
        yield Line(address, href=f"mailto:{address}")


WRITERS = {
    "meeting": _meeting,
    "meeting_time": _meeting_time,
    "place": _place,
    "join": _join,
    "topics": _topics,
    "host": _host,
    "what": _what,
    "when": _when,
    "downtime": _downtime,
    "impact": _impact,
    "services": _services,
    "sites": _sites,
    "systems": _systems,
    "action": _action,
    "contact": _contact,
}
