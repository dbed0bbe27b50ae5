"""When a notice reaches people, in sentences: who waits until when because of quiet hours or the cap of the week."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from commsplan.lib.time import short_day
from notices.enums import PUT_RIGHT, NoticeKind
from notices.models import Notice
from notices.pipeline import hours
from notices.pipeline.hours.rules import Rules
from notices.pipeline.hours.walls import NIGHT, QUIET, READERS_HOUR
from notices.simulation.arriving import Arrival, Wait

MOST = 3  # moments that are named; the others are added up
THERE = "on their own clock"


def sentences(arrival: Arrival | None) -> list[str]:
    """Empty where nothing holds anything back, and nobody is disturbed."""
    if arrival is None or not arrival.people:
        return []
    found = [_said_of_quiet(arrival), _said_of_share(arrival), _said_of_morning(arrival), _said_of_night(arrival)]
    return [sentence for sentence in found if sentence]


def still_waiting(arrival: Arrival) -> list[str]:
    """Of what is out already."""
    own = _those(arrival, READERS_HOUR)
    said = f"{_of_all(arrival, own)} {_gets(own)} it {_moments(own)}, where they are." if own else ""
    found = [_said_of_quiet(arrival), _said_of_share(arrival), _said_of_morning(arrival), said]
    return [sentence for sentence in found if sentence]


def short(arrival: Arrival) -> str:
    """For a line of the plan: "in a digest for 31 of 900; in the morning for 412 of 900"."""
    over = _number(arrival, hours.OVER_THE_CAP)
    parts = [("in a digest", over), ("in the morning", arrival.waiting - over), ("in quiet hours", arrival.by_night)]
    return "; ".join(f"{how} for {number:,} of {arrival.people:,}" for how, number in parts if number)


def of_plan(arrivals: Iterable[Arrival]) -> str:
    """How many notices the rules hold back, and which rules."""
    found = list(arrivals)
    later = sum(bool(one.waiting) for one in found)
    if not later:
        return ""
    rules, whys = found[0].rules, {wait.why for one in found for wait in one.waits}
    reasons = [f"quiet hours ({quiet_hours(rules)})"] if QUIET in whys else []
    reasons += [f"the cap of {rules.most_per_week} a week"] if hours.OVER_THE_CAP in whys else []
    reasons += ["the night at the reader’s"] if NIGHT in whys else []
    some = f"{later} of {len(found)} notices to come {'reaches' if later == 1 else 'reach'} some people later"
    return f"{some}, because of {' and '.join(reasons)}."


def whenever(notice: Notice, rules: Rules) -> list[str]:
    """Of what has no time yet."""
    if notice.send_at or not rules.hold or not hours.may_wait(notice):
        return []
    return [
        f"Whoever has quiet hours ({quiet_hours(rules)}) when it goes out gets it at {rules.opens_at:%H:%M} {THERE}."
    ]


def quiet_hours(rules: Rules) -> str:
    """ "22:00–07:00 and days off"."""
    parts = [f"{rules.quiet[0]:%H:%M}–{rules.quiet[1]:%H:%M}"] if rules.quiet else []
    return " and ".join(parts + (["days off"] if rules.quiet_weekends else []))


def _said_of_quiet(arrival: Arrival) -> str:
    waits = _those(arrival, QUIET)
    if not waits:
        return ""
    why = f"because of quiet hours ({quiet_hours(arrival.rules)})"
    return f"{_of_all(arrival, waits)} {_gets(waits)} it {_moments(waits)} {THERE}, {why}."


def _said_of_share(arrival: Arrival) -> str:
    waits = _those(arrival, hours.OVER_THE_CAP)
    if not waits:
        return ""
    number, most = _sum(waits), arrival.rules.most_per_week
    have = "has" if number == 1 else "have"
    letters = "letter" if most == 1 else "letters"
    return (
        f"{_of_all(arrival, waits)} {have} had {most} {letters} in the week before: "
        f"theirs waits for the digest {_moments(waits)} {THERE}."
    )


def _said_of_morning(arrival: Arrival) -> str:
    waits = _those(arrival, NIGHT)
    return f"{_of_all(arrival, waits)} {_gets(waits)} it {_moments(waits)} {THERE}: it is night there." if waits else ""


def _said_of_night(arrival: Arrival) -> str:
    """It comes to them in their quiet hours, or would if there were any."""
    if not arrival.rules.hold:
        return ""
    number = f"{arrival.by_night:,} of {arrival.people:,} {'person' if arrival.people == 1 else 'people'}"
    have = f"{number} {'has' if arrival.by_night == 1 else 'have'} quiet hours then."
    if arrival.notice.at_any_hour:
        return f"Your word lets it out at once: {have}" if arrival.by_night else ""
    if hours.may_wait(arrival.notice):
        gets = "gets" if arrival.by_night == 1 else "get"
        return f"{number} {gets} it in quiet hours: later would be too late for it." if arrival.by_night else ""
    if arrival.notice.kind in PUT_RIGHT and not arrival.notice.is_urgent:
        return ""
    why = "An answer is awaited" if arrival.notice.kind == NoticeKind.ANSWER else "It is urgent"
    said = f"{why}: it goes at once, also at night."
    return f"{said} {have}" if arrival.by_night else said


def _moments(waits: Sequence[Wait]) -> str:
    """ "on Tue 24 Nov 2026 at 09:00", or "300 on … and 112 on …"."""
    said = [_moment(wait.at) for wait in waits]
    if len(waits) == 1:
        return said[0]
    numbered = [f"{wait.people:,} {moment}" for wait, moment in zip(waits, said, strict=True)]
    if len(waits) > MOST:
        rest = sum(wait.people for wait in waits[MOST - 1 :])
        numbered = [*numbered[: MOST - 1], f"{rest:,} later"]
    return f"({', '.join(numbered)})"


def _moment(at: datetime) -> str:
    return f"on {short_day(date(at.year, at.month, at.day))} at {at:%H:%M}"


def _those(arrival: Arrival, why: str) -> list[Wait]:
    return [wait for wait in arrival.waits if wait.why == why]


def _number(arrival: Arrival, why: str) -> int:
    return _sum(_those(arrival, why))


def _sum(waits: Sequence[Wait]) -> int:
    return sum(wait.people for wait in waits)


def _gets(waits: Sequence[Wait]) -> str:
    return "gets" if _sum(waits) == 1 else "get"


def _of_all(arrival: Arrival, waits: Sequence[Wait]) -> str:
    return f"{_sum(waits):,} of {arrival.people:,} {'person' if arrival.people == 1 else 'people'}"
