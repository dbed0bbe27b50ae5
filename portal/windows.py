"""One dated step or window as an outsider reads it. Made from facts, so that what is planned now and what somebody was
told once are shown by the same code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from portal import words
from upgrades import facts
from upgrades.enums import Impact, Status
from upgrades.models import Milestone

CHECKED_WITHIN = timedelta(days=1)  # so long after its planned end a window may wait for somebody to confirm it


@dataclass(frozen=True)
class When:
    """A moment or window on the wall of the place and, where it differs, of the reader."""

    start: datetime
    end: datetime | None
    zone: str
    said: str
    said_to_reader: str = ""


@dataclass(frozen=True)
class Window:
    name: str
    upgrade: str
    slug: str
    state: str
    when: When
    impact: int
    impact_words: str
    downtime: str
    length: str
    effect: str
    action: str
    deadline: When | None
    services: list[str]
    sites: list[str]
    is_late: bool
    uid: str
    sequence: int
    status: str

    @property
    def say(self) -> words.Say:
        return words.STATES[self.state]

    @property
    def is_live(self) -> bool:
        return self.state in (words.NOW, words.UPCOMING, words.TENTATIVE)

    @property
    def names(self) -> str:
        return ", ".join(self.services) or self.upgrade


def when(start: datetime, end: datetime | None, *, zone: str, reader_zone: str, language: str) -> When:
    said = time.window(start, end, zone=zone, language=language)
    differs = reader_zone and any(_offset(one, reader_zone) != _offset(one, zone) for one in (start, end) if one)
    to_reader = time.window(start, end, zone=reader_zone, language=language) if differs else ""
    return When(start, end, zone, said, to_reader)


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


def of_milestone(milestone: Milestone, *, reader_zone: str, language: str, now: datetime) -> Window:
    """As planned now. Needs upgrade, services, sites and the upgrade's services."""
    upgrade = milestone.upgrade
    about = {"name": upgrade.name, "slug": upgrade.slug, "time_zone": upgrade.time_zone}
    return _window(_values(facts.of_milestone(milestone)), about, reader_zone=reader_zone, language=language, now=now)


def of_told(told: Mapping[str, Any], *, reader_zone: str, language: str, now: datetime) -> Window | None:
    """As a notice asserted it; None when it was about no milestone."""
    values = _values({name: value for name, value in told.items() if name.startswith("milestone:")})
    about = _values({name: value for name, value in told.items() if name.startswith("upgrade.")})
    return _window(values, about, reader_zone=reader_zone, language=language, now=now) if values else None


def _values(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name.partition(".")[2]: value for name, value in found.items()}


def _window(values: Mapping[str, Any], about: Mapping[str, Any], *, reader_zone, language, now: datetime) -> Window:
    start, end, deadline = (_moment(values.get(name)) for name in ("start", "end", "action_deadline"))
    assert start is not None  # noqa: S101  # a milestone always has one
    zone = about.get("time_zone") or "UTC"
    return Window(
        name=values["name"],
        upgrade=about["name"],
        slug=about["slug"],
        state=state_of(values["status"], start, end, now=now),
        when=when(start, end, zone=zone, reader_zone=reader_zone, language=language),
        impact=values["impact"],
        impact_words=str(words.IMPACTS[Impact(values["impact"])]),
        downtime=time.duration(values["downtime"], language=language) if values["downtime"] is not None else "",
        length=time.duration(time.minutes(end - start), language=language) if end else "",
        effect=values["effect"],
        action=values["action"],
        deadline=when(deadline, None, zone=zone, reader_zone=reader_zone, language=language) if deadline else None,
        services=values["services"],
        sites=values["sites"],
        is_late=values["status"] == Status.IN_PROCESS and end is not None and end <= now,
        uid=values["uid"],
        sequence=values["sequence"],
        status=values["status"],
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def state_of(status: str, start: datetime, end: datetime | None, *, now: datetime) -> str:
    """What people see. Only what somebody said (in process, completed, cancelled) or the clock has reached counts: a
    window in the future changes nothing today, and one that runs over its planned end stays."""
    said = {
        Status.CANCELLED: words.CANCELLED,
        Status.COMPLETED: words.COMPLETED,
        Status.IN_PROCESS: words.NOW,
        Status.TENTATIVE: words.TENTATIVE,
    }
    if status in said:
        return said[Status(status)]
    if now < start:
        return words.UPCOMING
    over = end or start
    if now < over:
        return words.NOW
    return words.CHECKING if now < over + CHECKED_WITHIN else words.PASSED
