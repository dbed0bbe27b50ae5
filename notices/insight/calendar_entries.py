"""What the rows of a stretch of time are in the calendar: a title, words and look, days on the reader's wall."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from commsplan import looks
from commsplan.lib.time import short_day, window
from engagement.models import Engagement
from notices.enums import NoticeState
from upgrades.enums import Freeze, Status
from upgrades.models import CriticalDays, Milestone

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
MANY_SENDS = 3  # of one day: more are shown as their number


@dataclass(frozen=True)
class Entry:
    """One thing in the calendar. `first` and `last` are its days on the reader's wall, `end` is None for a moment."""

    key: str
    kind: str
    title: str
    words: str  # kind and state, for those who do not see colour and icon
    icon: str
    tone: str
    url: str
    first: date
    last: date
    start: datetime | None = None  # None: all of these days
    end: datetime | None = None
    clock: str = ""
    full: str = ""
    upgrade: str = ""
    milestone: int | None = None  # can be moved
    warnings: tuple[str, ...] = ()
    minutes: tuple[int, int] = (0, 1440)  # from when on its first day, until when on its last one

    @property
    def is_long(self) -> bool:
        """A bar over several days; what only runs past midnight is not."""
        if self.start is None or self.kind == "critical":
            return True
        return self.end is not None and self.end - self.start > DAY

    @property
    def days(self) -> str:
        """For lists: "Mon 2 Mar", or from when to when."""
        if self.first == self.last or not self.is_long:
            return _short(self.first)
        return f"{_short(self.first)} – {_short(self.last)}"

    @property
    def is_hard(self) -> bool:
        return self.kind == "critical" and self.tone == "bad"

    @property
    def order(self) -> tuple:
        return (not self.is_long, self.start or datetime.min.replace(tzinfo=ZoneInfo("UTC")), self.title, self.key)


def _days(start: datetime, end: datetime | None, zone: str) -> tuple[date, date]:
    place = ZoneInfo(zone)
    last = max(end - timedelta(microseconds=1), start) if end else start
    return start.astimezone(place).date(), last.astimezone(place).date()


def _short(day: date) -> str:
    return short_day(day).rsplit(" ", 1)[0]


def _minutes(start: datetime, end: datetime | None, zone: str) -> tuple[int, int]:
    place = ZoneInfo(zone)
    begins = start.astimezone(place)
    ends = (end - timedelta(microseconds=1) if end and end > start else start + HALF_HOUR).astimezone(place)
    first, last = (one.hour * 60 + one.minute for one in (begins, ends))
    return first, last + (1 if end else 0) if ends.date() > begins.date() or last > first else 1440


def _clock(start: datetime, end: datetime | None, zone: str) -> str:
    place = ZoneInfo(zone)
    begins = start.astimezone(place)
    return f"{begins:%H:%M}–{end.astimezone(place):%H:%M}" if end else f"{begins:%H:%M}"


def _said(start: datetime, end: datetime | None, zone: str, there: str) -> str:
    """In the reader's zone, and on the wall of the place where that differs."""
    own = window(start, end, zone=zone)
    same = start.astimezone(ZoneInfo(zone)).utcoffset() == start.astimezone(ZoneInfo(there)).utcoffset()
    return own if same else f"{own}; there {window(start, end, zone=there)}"


def of_milestone(one: Milestone, warnings: Sequence[str], zone: str) -> Entry:
    look = looks.look_of("milestone", one.status)
    first, last = _days(one.start, one.end, zone)
    return Entry(
        key=f"milestone-{one.pk}",
        kind="window",
        title=one.name,
        words=f"{one.get_kind_display()} of {one.upgrade}, {look.words.lower()}",
        icon="alert-triangle" if warnings else "flag",
        tone="bad" if warnings else look.tone,
        url=f"{reverse('upgrade_milestones', args=[one.upgrade.slug])}#milestone-{one.pk}",
        first=first,
        last=last,
        start=one.start,
        end=one.end,
        clock=_clock(one.start, one.end, zone),
        minutes=_minutes(one.start, one.end, zone),
        full=_said(one.start, one.end, zone, one.upgrade.time_zone),
        upgrade=one.upgrade.name,
        milestone=None if one.is_over or one.status == Status.IN_PROCESS else one.pk,
        warnings=tuple(warnings),
    )


def of_critical_days(one: CriticalDays, zone: str) -> Entry:
    hard = one.freeze == Freeze.HARD
    first, last = _days(one.start, one.end, zone)
    return Entry(
        key=f"critical-{one.pk}",
        kind="critical",
        title=one.name,
        words=f"{'Hard' if hard else 'Soft'} freeze",
        icon="lock" if hard else "snowflake",
        tone="bad" if hard else "warn",
        url=f"{reverse('critical_days')}#entry-{one.pk}",
        first=first,
        last=last,
        start=one.start,
        end=one.end,
        clock=_clock(one.start, one.end, zone),
        minutes=_minutes(one.start, one.end, zone),
        full=_said(one.start, one.end, zone, one.time_zone),
    )


def of_notices(rows: Iterable[Any], zone: str, *, splits: bool) -> Iterable[Entry]:
    by_day: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        by_day[row.at.astimezone(ZoneInfo(zone)).date()].append(row)
    for day, found in by_day.items():
        is_many = len(found) > MANY_SENDS and not splits
        yield from [_of_many(day, found)] if is_many else [_of_notice(row, day, zone) for row in found]


def _of_notice(row: Any, day: date, zone: str) -> Entry:
    look = looks.look_of("notice", "sent" if row.state == NoticeState.RELEASED else row.state)
    return Entry(
        key=f"notice-{row.pk}",
        kind="send",
        title=row.title,
        words=f"Notice of {row.upgrade__name}, {look.words.lower()}",
        icon="send" if look.tone != "bad" else look.icon,
        tone=look.tone,
        url=reverse("notice", args=[row.pk]),
        first=day,
        last=day,
        start=row.at,
        clock=_clock(row.at, None, zone),
        minutes=_minutes(row.at, None, zone),
        full=_said(row.at, None, zone, row.upgrade__time_zone),
        upgrade=row.upgrade__name,
    )


def _of_many(day: date, rows: Sequence[Any]) -> Entry:
    missed = sum(row.state == NoticeState.MISSED for row in rows)
    states = Counter(looks.look_of("notice", "sent" if row.state == "released" else row.state).words for row in rows)
    return Entry(
        key=f"notices-{day}",
        kind="send",
        title=f"{len(rows)} notices",
        words=", ".join(f"{number} {name.lower()}" for name, number in states.most_common()),
        icon="clock-exclamation" if missed else "send",
        tone="bad" if missed else "info",
        url=f"{reverse('calendar')}?view=day&on={day}",
        first=day,
        last=day,
        full=short_day(day),
    )


def of_engagement(one: Engagement, zone: str) -> Entry:
    first, last = _days(one.start, one.end, zone)
    look = looks.look_of("engagement_kind", one.kind)
    return Entry(
        key=f"engagement-{one.pk}",
        kind="conversation",
        title=one.title,
        words=f"{look.words} of {one.upgrade}",
        icon=look.icon,
        tone="busy",
        url=one.get_absolute_url(),
        first=first,
        last=last,
        start=one.start,
        end=one.end,
        clock=_clock(one.start, one.end, zone),
        minutes=_minutes(one.start, one.end, zone),
        full=_said(one.start, one.end, zone, one.time_zone),
        upgrade=one.upgrade.name,
    )


def of_holiday(day: date, name: str) -> Entry:
    return Entry(
        key=f"holiday-{day}",
        kind="holiday",
        title=name,
        words="Public holiday",
        icon="confetti",
        tone="quiet",
        url="",
        first=day,
        last=day,
        full=short_day(day),
    )
