"""What stands in the calendar of all upgrades: windows, sends, conversations, critical days and public holidays.

Everything is loaded once for a stretch of time, whatever the view; the views (month, week, day, year) only lay it out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Q, Value
from django.db.models.functions import Coalesce, ExtractMonth
from django.urls import reverse

from commsplan import looks
from commsplan.lib import countries
from commsplan.lib.time import at_wall_clock, short_day, window
from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.enums import NoticeState
from notices.models import Notice
from stakeholders.models import Group, Site
from upgrades import collisions, overlaps, reach
from upgrades.enums import ENDED, Freeze, Status
from upgrades.models import CriticalDays, Milestone, Service, Upgrade
from upgrades.reach import NOTHING, Reach

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
MANY_SENDS = 3  # of one day: more are shown as their number
KINDS = {
    "window": ("Windows", "flag"),
    "send": ("Notices", "send"),
    "conversation": ("Engagements", "messages"),
    "critical": ("Critical days", "calendar-exclamation"),
    "holiday": ("Public holidays", "confetti"),
}


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


@dataclass(frozen=True)
class Choice:
    """What the reader wants to see. Keys of rows; nothing chosen means everything."""

    kinds: frozenset[str] = frozenset(KINDS)
    service: int | None = None
    site: int | None = None
    group: int | None = None
    upgrade: int | None = None

    @property
    def things(self) -> set[tuple[str, int]]:
        wanted = {"service": self.service, "site": self.site, "group": self.group}
        return {(kind, pk) for kind, pk in wanted.items() if pk}

    def touches(self, touched: Reach) -> bool:
        return self.things <= {(thing.kind, thing.pk) for thing in touched}


@dataclass(frozen=True)
class Loaded:
    """The rows of a stretch of time, with what is in each other's way."""

    zone: str
    milestones: list[Milestone]
    critical_days: list[CriticalDays]
    notices: list[Any]
    engagements: list[Engagement]
    holidays: dict[date, str]
    warnings: Mapping[int, list[str]] = field(default_factory=dict)
    sends_by_month: Mapping[int, int] = field(default_factory=dict)
    splits_sends: bool = False

    @cached_property
    def entries(self) -> list[Entry]:
        found = [
            *(_of_milestone(one, self.warnings.get(one.pk, []), self.zone) for one in self.milestones),
            *(_of_critical_days(one, self.zone) for one in self.critical_days),
            *_of_notices(self.notices, self.zone, splits=self.splits_sends),
            *(_of_engagement(one, self.zone) for one in self.engagements),
            *(_of_holiday(day, name) for day, name in self.holidays.items()),
        ]
        return sorted(found, key=lambda entry: entry.order)


def load(
    choice: Choice, *, first: date, last: date, zone: str, splits_sends: bool = False, counts_sends: bool = False
) -> Loaded:
    """Both days included. Sends of a day are shown as their number when they are many, unless `splits_sends`; with
    `counts_sends` only their number by month is asked for."""
    start, end = at_wall_clock(first, time.min, zone=zone), at_wall_clock(last + DAY, time.min, zone=zone)
    milestones, felt = _milestones(choice, start, end)
    days, scopes = _critical_days(choice, start, end)
    shows_sends = "send" in choice.kinds
    return Loaded(
        zone=zone,
        milestones=milestones if "window" in choice.kinds else [],
        critical_days=days if "critical" in choice.kinds else [],
        notices=_notices(choice, start, end) if shows_sends and not counts_sends else [],
        sends_by_month=_by_month(choice, start, end, zone) if shows_sends and counts_sends else {},
        splits_sends=splits_sends,
        engagements=_engagements(choice, start, end) if "conversation" in choice.kinds else [],
        holidays=_holidays(choice, first, last) if "holiday" in choice.kinds else {},
        warnings=_warnings(milestones, days, felt, scopes),
    )


def _milestones(choice: Choice, start: datetime, end: datetime) -> tuple[list[Milestone], dict[int, Reach]]:
    found = collisions.at_that_time(start, end).exclude(status=Status.CANCELLED).exclude(upgrade__phase="cancelled")
    if choice.upgrade:
        found = found.filter(upgrade=choice.upgrade)
    rows = list(found.select_related("upgrade").order_by("start", "pk"))
    felt = reach.of_milestones(rows)
    return [one for one in rows if choice.touches(felt.get(one.pk, NOTHING))], felt


def _critical_days(choice: Choice, start: datetime, end: datetime) -> tuple[list[CriticalDays], dict[int, Reach]]:
    """Those of what was chosen, and those for everybody."""
    rows = list(CriticalDays.objects.between(start, end).order_by("start", "pk"))
    scopes = reach.of_critical_days(rows)
    return [one for one in rows if one.pk not in scopes or choice.touches(scopes[one.pk])], scopes


def _warnings(milestones, days, felt, scopes) -> dict[int, list[str]]:
    able = [one for one in milestones if collisions.disturbs(one)]
    everywhere = {**dict.fromkeys([one.pk for one in able], NOTHING), **felt}
    scopes = {**dict.fromkeys([one.pk for one in days], NOTHING), **scopes}
    found: dict[int, list[str]] = defaultdict(list)
    for hit in collisions.between(able, days, reaches=everywhere, scopes=scopes):
        found[hit.milestone.pk].append(f"falls into {'a hard freeze, ' if hit.is_hard else ''}{hit.critical_days}")
    for other in overlaps.between(able, able, reaches=everywhere):
        if other.is_hard:
            found[other.milestone.pk].append(f"overlaps {other.other} of {other.other.upgrade}")
    return found


def _of_upgrades(choice: Choice) -> Q:
    """Rows that belong to an upgrade which touches what was chosen."""
    found = Q(upgrade=choice.upgrade) if choice.upgrade else Q()
    if choice.service:
        found &= Q(upgrade__in=Upgrade.objects.filter(services=choice.service).values("pk"))
    if choice.site:
        placed = Q(services__sites=choice.site) | Q(milestones__sites=choice.site)
        found &= Q(upgrade__in=Upgrade.objects.filter(placed).values("pk"))
    if choice.group:
        found &= Q(upgrade__in=Upgrade.objects.reaching(choice.group).values("pk"))
    return found


def _sends(choice: Choice, start: datetime, end: datetime):
    dated = Notice.objects.annotate(at=Coalesce("released_at", "send_at")).filter(at__gte=start, at__lt=end)
    return dated.exclude(state=NoticeState.CANCELLED).filter(_of_upgrades(choice))


def _notices(choice: Choice, start: datetime, end: datetime) -> list[Any]:
    """Only what the calendar shows of each: a month may hold thousands."""
    fields = ("pk", "title", "at", "state", "upgrade__name", "upgrade__time_zone")
    return list(_sends(choice, start, end).order_by("at", "pk").values_list(*fields, named=True))


def _by_month(choice: Choice, start: datetime, end: datetime, zone: str) -> dict[int, int]:
    months = _sends(choice, start, end).order_by().annotate(month=ExtractMonth("at", tzinfo=ZoneInfo(zone)))
    return dict(months.values_list("month").annotate(number=Count("pk")))


def _engagements(choice: Choice, start: datetime, end: datetime) -> list[Engagement]:
    rows = Engagement.objects.filter(start__lt=end, end__gt=start).exclude(state=EngagementState.CANCELLED)
    return list(rows.filter(_of_upgrades(choice)).select_related("upgrade").order_by("start", "pk"))


def _holidays(choice: Choice, first: date, last: date) -> dict[date, str]:
    """Of the countries of the upgrades that run, and which of them."""
    running = Upgrade.objects.exclude(phase__in=ENDED).exclude(country="")
    if choice.upgrade:
        running = Upgrade.objects.filter(pk=choice.upgrade)
    places = running.order_by("country", "subdivision").values_list("country", "subdivision").distinct()
    found: dict[date, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    days = [first + number * DAY for number in range((last - first).days + 1)]
    for country, part in places:
        for day in days:
            if name := countries.public_holiday(day, country=country, subdivision=part):
                found[day][name].append("-".join(filter(None, (country, part))))
    return {
        day: "; ".join(f"{name} ({', '.join(sorted(set(where)))})" for name, where in names.items())
        for day, names in found.items()
    }


# Entries


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


def _of_milestone(one: Milestone, warnings: Sequence[str], zone: str) -> Entry:
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


def _of_critical_days(one: CriticalDays, zone: str) -> Entry:
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


def _of_notices(rows: Iterable[Any], zone: str, *, splits: bool) -> Iterable[Entry]:
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


def _of_engagement(one: Engagement, zone: str) -> Entry:
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


def _of_holiday(day: date, name: str) -> Entry:
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


# Choices of the filters: one query for all four


def options() -> dict[str, list[tuple[str, str]]]:
    tables = {"service": Service.objects, "site": Site.objects, "group": Group.objects, "upgrade": Upgrade.objects}
    first, *others = (_named(table, number) for number, table in enumerate(tables.values()))
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in tables}
    names = list(tables)
    for place, pk, name in first.union(*others, all=True):
        found[names[place]].append((str(pk), name))
    return {name: sorted(choices, key=lambda pair: pair[1].casefold()) for name, choices in found.items()}


def _named(table, number: int):
    return table.order_by().annotate(place=Value(number, IntegerField())).values_list("place", "pk", "name")


# Layout: weeks with lanes for bars


@dataclass(frozen=True)
class Cell:
    """One entry (or a gap) in a day. A bar is drawn from its first day in the week, over `span` days."""

    entry: Entry | None
    span: int = 1
    is_first: bool = True
    comes_from: bool = False
    goes_on: bool = False
    begins: int = 0  # minutes of the day
    ends: int = 1440


@dataclass(frozen=True)
class Day:
    on: date
    is_today: bool
    is_other: bool  # of another month
    holiday: str
    cells: list[Cell]
    more: int = 0

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= 5

    @property
    def bars(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.entry is None or cell.entry.is_long]

    @property
    def timed(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.entry and not cell.entry.is_long]


def weeks(entries: Sequence[Entry], *, first: date, last: date, today: date, month: int = 0, room: int = 0):
    """Rows of seven days from Monday on. `room` is how many entries a day shows before the rest becomes a number."""
    return [
        _week(entries, begin=first + number * DAY, today=today, month=month, room=room)
        for number in range(0, (last - first).days + 1, 7)
    ]


def _week(entries: Sequence[Entry], *, begin: date, today: date, month: int, room: int) -> list[Day]:
    end = begin + 6 * DAY
    near = [one for one in entries if one.first <= end and one.last >= begin and one.kind != "holiday"]
    holidays = {one.first: one.title for one in entries if one.kind == "holiday"}
    lanes = _lanes([one for one in near if one.is_long], begin, end)
    days = []
    for on in (begin + number * DAY for number in range(7)):
        bars = [_bar(lane.get(on), on, begin, end) for lane in lanes]
        while bars and bars[-1].entry is None:
            bars.pop()
        rest = [_timed(one, on) for one in near if not one.is_long and one.first <= on <= one.last]
        cells, more = _fit([*bars, *rest], room)
        days.append(Day(on, on == today, bool(month) and on.month != month, holidays.get(on, ""), cells, more))
    return days


def _lanes(bars: Sequence[Entry], begin: date, end: date) -> list[dict[date, Entry]]:
    """Each bar keeps its height over the week, the lowest that is free."""
    lanes: list[dict[date, Entry]] = []
    for one in sorted(bars, key=lambda bar: (max(bar.first, begin), -(bar.last - bar.first).days, bar.title)):
        first, last = max(one.first, begin), min(one.last, end)
        days = [first + number * DAY for number in range((last - first).days + 1)]
        lane = next((lane for lane in lanes if not any(day in lane for day in days)), None)
        if lane is None:
            lane = {}
            lanes.append(lane)
        lane.update(dict.fromkeys(days, one))
    return lanes


def _bar(entry: Entry | None, on: date, begin: date, end: date) -> Cell:
    if entry is None:
        return Cell(None)
    first, last = max(entry.first, begin), min(entry.last, end)
    return Cell(entry, (last - first).days + 1, on == first, entry.first < begin, entry.last > end)


def _timed(entry: Entry, on: date) -> Cell:
    begins = entry.minutes[0] if on == entry.first else 0
    ends = entry.minutes[1] if on == entry.last else 1440
    return Cell(entry, is_first=on == entry.first, begins=begins, ends=ends)


def _fit(cells: list[Cell], room: int) -> tuple[list[Cell], int]:
    if not room or len(cells) <= room:
        return cells, 0
    shown = cells[: room - 1]
    return shown, sum(one.entry is not None for one in cells[room - 1 :])
