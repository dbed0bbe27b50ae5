"""A play day by day: what goes out, what happens, and what the status page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from commsplan.lib import time
from commsplan.lib.time import at_wall_clock
from notices.models import Notice
from notices.pipeline.public import is_public
from notices.simulation.delivering import Tally, source
from notices.simulation.play import Play
from notices.simulation.playing import Outcome
from stakeholders.enums import Channel
from upgrades.enums import Status
from upgrades.models import Milestone, Upgrade

DAY = timedelta(days=1)


@dataclass
class Sent:
    """One notice on one day."""

    outcome: Outcome
    tallies: list[Tally] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(one.number for one in self.tallies if one.is_sent)

    @property
    def held(self) -> list[tuple[str, int]]:
        """Why it comes later to some than to others, and to how many."""
        found: dict[str, int] = {}
        for one in self.tallies:
            if one.is_sent and one.end.held:
                found[one.end.held] = found.get(one.end.held, 0) + one.number
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    @property
    def not_sent(self) -> list[Tally]:
        return [one for one in self.tallies if not one.is_sent]

    @property
    def is_on_the_page(self) -> bool:
        return Channel.PORTAL in source(self.outcome).channels


@dataclass
class Day:
    """`begins` and `ends` are milestones."""

    on: date
    sent: list[Sent] = field(default_factory=list)
    troubles: list[Outcome] = field(default_factory=list)
    begins: list[Milestone] = field(default_factory=list)
    ends: list[Milestone] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(one.number for one in self.sent)

    @property
    def has_something(self) -> bool:
        return bool(self.sent or self.troubles or self.begins or self.ends)


@dataclass(frozen=True)
class Shown:
    """A milestone on the status page."""

    milestone: Milestone
    state: str
    said: str


def of(play: Play, upgrade: Upgrade) -> list[Day]:
    """Every day of the play at the place of the upgrade, also those on which nothing happens."""
    place = ZoneInfo(upgrade.time_zone)
    first, last = (moment.astimezone(place).date() for moment in (play.now, play.until))
    found = {day: Day(day) for day in _each(first, last)}
    for (day, _key), one in _sent(play, place).items():
        if day in found:
            found[day].sent.append(one)
    for outcome in play.outcomes:
        if outcome.at and not outcome.is_released and (day := outcome.at.astimezone(place).date()) in found:
            found[day].troubles.append(outcome)
    for milestone in play.milestones:
        for moment, name in ((milestone.start, "begins"), (milestone.end, "ends")):
            if moment and (day := moment.astimezone(place).date()) in found and milestone.status != Status.CANCELLED:
                getattr(found[day], name).append(milestone)
    return list(found.values())


def _each(first: date, last: date) -> Sequence[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def _sent(play: Play, place: ZoneInfo) -> dict[tuple[date, str], Sent]:
    """By day and notice; what is only put on the status page is there on the day of its release."""
    found: dict[tuple[date, str], Sent] = {}
    for tally in play.tallies:
        key = tally.at.astimezone(place).date(), tally.outcome.key
        found.setdefault(key, Sent(tally.outcome)).tallies.append(tally)
    for outcome in play.released:
        if outcome.at and not any(name == outcome.key for _day, name in found):
            found[outcome.at.astimezone(place).date(), outcome.key] = Sent(outcome)
    return dict(sorted(found.items(), key=lambda pair: (pair[0][0], pair[1].outcome.due or play.until, pair[0][1])))


def status_page(play: Play, upgrade: Upgrade, *, on: date) -> list[Shown]:
    """What outsiders see at the end of that day, if milestones begin and end as planned."""
    at = at_wall_clock(on + DAY, datetime.min.time(), zone=upgrade.time_zone)
    told = _told_on_the_page(play, upgrade, at=at)
    return [
        _shown(one, at=at)
        for one in play.milestones
        if one.upgrade_id == upgrade.pk and is_public(one, is_told=one.pk in told)
    ]


def _told_on_the_page(play: Play, upgrade: Upgrade, *, at: datetime) -> set[int | None]:
    """Milestones that a notice there is about: what is out, and what will be by then."""
    before = Notice.objects.on_the_portal().filter(upgrade=upgrade).values_list("milestone", flat=True)
    will_be = [one for one in play.released if one.at and one.at < at and Channel.PORTAL in source(one).channels]
    return {*before, *(one.notice.milestone_id for one in will_be)}


def _shown(milestone: Milestone, *, at: datetime) -> Shown:
    """In the words of milestones, so that each state has its look."""
    zone = milestone.upgrade.time_zone
    when = time.window(milestone.start, milestone.end, zone=zone)
    if milestone.is_over:
        return Shown(milestone, milestone.status, when)
    if milestone.last_moment <= at:
        return Shown(milestone, Status.COMPLETED, f"{when}, if it goes as planned")
    if milestone.start < at:
        return Shown(milestone, Status.IN_PROCESS, f"until {time.full(milestone.last_moment, zone=zone)}")
    return Shown(milestone, milestone.status, when)
