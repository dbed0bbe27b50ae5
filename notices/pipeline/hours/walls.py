"""When a notice comes to the readers of each clock, if not at once. Pure: no database, no clock of our own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from commsplan.lib.time import at_wall_clock
from notices.enums import PUT_RIGHT
from notices.models import Notice
from notices.pipeline.hours.caps import OVER_THE_CAP
from notices.pipeline.hours.clocks import Clock
from notices.pipeline.hours.rules import Rules, may_wait
from notices.pipeline.schedule import fate, when

DAY = timedelta(days=1)
LONGEST_REST = 30  # days: somebody who never works is told all the same
QUIET = "waits for the end of the quiet hours"
READERS_HOUR = "waits for its hour at the reader's"
NIGHT = "waits for the morning at the reader's"


@dataclass(frozen=True)
class Held:
    """`why` is empty where the hour has come."""

    until: datetime
    why: str

    @property
    def is_gathered(self) -> bool:
        """It leaves in one mail with whatever else waited for the same reader."""
        return self.why in (QUIET, OVER_THE_CAP)


def walls(notice: Notice, *, at: datetime, rules: Rules, clocks: Iterable[Clock]) -> dict[str, Held]:
    """By key of clock until when it waits there; whoever has none of these clocks gets it `at` the moment."""
    found = {clock.key: _wall(notice, clock, at=at, rules=rules) for clock in clocks}
    return {key: held if held.until > at else Held(at, "") for key, held in found.items() if held}


def _wall(notice: Notice, clock: Clock, *, at: datetime, rules: Rules) -> Held | None:
    place = notice.upgrade.time_zone
    if notice.local_on and notice.local_at:
        held = Held(when.local_moment(notice.local_on, notice.local_at, clock.zone, place=place), READERS_HOUR)
    else:
        held = None
    if notice.at_any_hour:
        return held
    start = max(at, held.until) if held else at
    if notice.kind in PUT_RIGHT and not notice.is_urgent:
        morning = when.after_the_night(start, clock.zone, place=place)
        return held if _is_too_late(notice, morning) else Held(morning, NIGHT)
    if not may_wait(notice) or not is_quiet(start, clock, rules, place=place):
        return held
    later = after_the_quiet(start, clock, rules, place=place)
    return held if _is_too_late(notice, later) else Held(later, QUIET)


def is_cut_short(notice: Notice, clock: Clock, *, at: datetime, rules: Rules) -> bool:
    """It comes in the quiet hours there, because when they are over it would be too late."""
    place = notice.upgrade.time_zone
    if not may_wait(notice) or not rules.hold or not is_quiet(at, clock, rules, place=place):
        return False
    return _is_too_late(notice, after_the_quiet(at, clock, rules, place=place))


def gathered(
    notice: Notice, *, at: datetime, rules: Rules, clocks: Iterable[Clock], walls: Mapping[str, Held]
) -> dict[str, datetime]:
    """By key of clock when the next digest goes out there, for those who have had their share of the week."""
    place = notice.upgrade.time_zone
    found = {}
    for clock in clocks:
        held = walls.get(clock.key)
        later = next_digest(held.until if held else at, clock, rules, place=place)
        if not _is_too_late(notice, later):
            found[clock.key] = later
    return found


def is_quiet(at: datetime, clock: Clock, rules: Rules, *, place: str) -> bool:
    wall = at.astimezone(_zone(clock, place))
    return not _may_disturb(wall.date(), clock, rules) or rules.is_quiet_at(wall.time())


def after_the_quiet(at: datetime, clock: Clock, rules: Rules, *, place: str) -> datetime:
    """When what could wait is told: at the hour of the digest of the next day on which that may be."""
    return next_digest(at, clock, rules, place=place)


def next_digest(at: datetime, clock: Clock, rules: Rules, *, place: str) -> datetime:
    """The first moment from `at` on when it is the hour of the digest on a day on which the reader may be disturbed. An
    hour that is quiet itself moves to the end of the quiet hours."""
    zone = _zone(clock, place)
    day = at.astimezone(zone).date()
    for number in range(LONGEST_REST):
        moment = at_wall_clock(day + number * DAY, rules.opens_at, zone=zone.key).astimezone(UTC)
        if moment >= at and _may_disturb(day + number * DAY, clock, rules):
            return moment
    return at_wall_clock(day + DAY, rules.opens_at, zone=zone.key).astimezone(UTC)


def _zone(clock: Clock, place: str) -> ZoneInfo:
    return ZoneInfo(clock.zone if clock.zone in when.ZONES else place)


def _may_disturb(day: date, clock: Clock, rules: Rules) -> bool:
    return not rules.quiet_weekends or clock.is_working_day(day)


def _is_too_late(notice: Notice, moment: datetime) -> bool:
    """What announces a window is of use before it starts, a request before its deadline."""
    milestone = notice.milestone
    ends = [fate.deadline(notice)]
    if milestone and notice.kind in fate.BEFORE_THE_WINDOW:
        ends += [milestone.start, milestone.action_deadline]
    return any(end is not None and end <= moment for end in ends)
