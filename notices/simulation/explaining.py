"""Why a message goes out: why this person, why then, why over this channel, or why not."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import countries, time
from notices.enums import Edge, Event, NoticeState, Trigger, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import audience
from notices.pipeline.audience import FILTER_WORDS, Audience
from notices.pipeline.hours import OVER_THE_CAP, QUIET
from notices.pipeline.hours.walls import NIGHT, READERS_HOUR
from notices.pipeline.schedule import fate
from notices.pipeline.schedule.when import Place
from notices.simulation.delivering import Delivery, source
from notices.simulation.playing import Outcome
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades.models import Upgrade

UNITS: dict[str, str] = {Unit.BUSINESS_DAYS: "business day", Unit.CALENDAR_DAYS: "day"}
DAY = timedelta(days=1)


def why_now(outcome: Outcome) -> str:
    """ "5 business days before the start of Go-live (…), at 09:00. Good Friday is no working day there."."""
    notice, step = outcome.notice, outcome.notice.step
    if outcome.is_on_its_way and outcome.at:
        return f"It was released on {time.full(outcome.at, zone=notice.upgrade.time_zone)}, and these wait still."
    said = f"{_anchor(notice, step)}{_clock(notice)}."
    moved = _shift(step) if step and step.trigger == Trigger.OFFSET else ""
    return f"{said[0].upper()}{said[1:]} {moved}".strip()


def what_happens(outcome: Outcome) -> str:
    """In a sentence, why it goes out or not."""
    if outcome.is_released:
        return why_now(outcome)
    if outcome.state in (NoticeState.MISSED, NoticeState.CANCELLED):
        return outcome.reason
    return waiting_for(outcome)


def waiting_for(outcome: Outcome) -> str:
    notice = outcome.notice
    if notice.is_paused:
        return f"It is paused. {notice.pause_reason}".strip()
    if notice.waits_for and notice.send_at is None:
        where = f" ({notice.step.milestone})" if notice.step else ""
        return f"It waits until {Event(notice.waits_for).label}{where}."
    if decision := fate.undecided(notice):
        return f"It waits for “{decision}”."
    if notice.send_at is None:
        return "It has no time yet."
    return f"Later: {time.full(notice.send_at, zone=notice.upgrade.time_zone)}."


def _anchor(notice: Notice, step: PlanStep | None) -> str:
    if step is None:
        return "at the time that somebody chose for it"
    if step.trigger == Trigger.CADENCE:
        days = " and ".join(time.NAMES["en"][0][number] for number in step.weekdays)
        every = "every" if step.every_weeks == 1 else f"every {step.every_weeks} weeks on"
        return f"{every} {days} between the start and the end of {step.milestone}"
    if step.trigger == Trigger.EVENT:
        return f"{_distance(step, 'at once when', 'after')} {Event(step.event).label} ({step.milestone})"
    edge = f"{Edge(step.edge).label} {step.milestone}"
    anchor = step.milestone.start if step.edge == Edge.START else step.milestone.last_moment
    side = "before" if step.offset < 0 else "after"
    when = time.full(anchor, zone=step.upgrade.time_zone)
    return f"{_distance(step, 'on the day of' if step.unit != Unit.MINUTES else 'at', side)} {edge} ({when})"


def _distance(step: PlanStep, at_once: str, side: str) -> str:
    if not step.offset:
        return at_once
    if step.unit == Unit.MINUTES:
        return f"{time.duration(abs(step.offset))} {side}"
    count = abs(step.offset)
    return f"{count} {UNITS[step.unit]}{'' if count == 1 else 's'} {side}"


def _clock(notice: Notice) -> str:
    if notice.local_at:
        return f", at {notice.local_at:%H:%M} on each reader's own clock"
    return f", at {notice.step.at:%H:%M} in {notice.upgrade.time_zone}" if notice.step and notice.step.at else ""


def _shift(step: PlanStep) -> str:
    """Which calendar moved it."""
    if step.unit == Unit.MINUTES or not step.offset:
        return ""
    upgrade, zone = step.upgrade, ZoneInfo(step.upgrade.time_zone)
    anchor = step.milestone.start if step.edge == Edge.START else step.milestone.last_moment
    first = anchor.astimezone(zone).date()
    is_business_day = Place.of(upgrade).is_business_day
    if step.unit == Unit.CALENDAR_DAYS:
        day = first + step.offset * DAY
        return "" if is_business_day(day) else f"{time.day(day)} is {_no_working_day(upgrade, day)}, so it moved."
    names = {name for day in _between(first, step.offset, is_business_day) if (name := holiday(upgrade, day))}
    return f"Not counted: {', '.join(sorted(names))}." if names else ""


def _no_working_day(upgrade: Upgrade, day: date) -> str:
    return holiday(upgrade, day) or ("a weekend" if day.weekday() > 4 else "no working day")


def _between(first: date, offset: int, is_business_day) -> Iterator[date]:
    """Weekdays that were passed over while business days were counted."""
    way, day, left = (DAY if offset > 0 else -DAY), first, abs(offset)
    while left:
        day += way
        if is_business_day(day):
            left -= 1
        elif day.weekday() < 5:
            yield day


def holiday(upgrade: Upgrade, day: date) -> str:
    """Its name where the upgrade is; empty where it is none, or the country is not known."""
    return countries.public_holiday(day, country=upgrade.country, subdivision=upgrade.subdivision)


def why_person(outcome: Outcome, person: Person, names: dict[int, str]) -> str:
    """The ways in which the rule chooses this person, or whom they stand in for."""
    notice, rule = outcome.notice, Audience.from_json(source(outcome).audience)
    found = [
        way
        for way in ways(rule)
        if audience.chosen(way, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
        .filter(pk=person.pk)
        .exists()
    ]
    if found:
        said = " and ".join(way.describe(names).removesuffix(".") for way in found)
        return f"Among those meant: {said[0].lower()}{said[1:]}."
    stands_in = audience.standing_in(notice, [person.pk], on=outcome.day).get(person.pk)
    if stands_in:
        return f"{person.name} {stands_in.said}."
    filters = [words for name, words in FILTER_WORDS.items() if getattr(rule, name)]
    return f"Among those meant: {', '.join(filters) or rule.describe(names).lower()}."


def ways(rule: Audience) -> Iterator[Audience]:
    """Each way to be chosen as a rule of its own, without the filters that depend on what comes before."""
    only: dict[str, Any] = {"representatives_only": rule.representatives_only}
    if rule.affected:
        yield Audience(affected=True, **only)
    for name in ("groups", "categories", "quadrants"):
        for value in getattr(rule, name):
            yield Audience(**only | {name: (value,)})
    if rule.people:
        yield Audience(people=rule.people)


LATER = {
    QUIET: "Held until the quiet hours are over.",
    OVER_THE_CAP: "Held for the digest: their share of the week is used up.",
    NIGHT: "Held until the morning there.",
    READERS_HOUR: "Its hour counts where each reader is.",
}


def why_later(delivery: Delivery) -> str:
    """Than it goes out for others."""
    return LATER.get(delivery.end.held, "")


def why_channel(delivery: Delivery) -> str:
    """Or why nothing comes over it."""
    label = Channel(delivery.channel).label
    if delivery.reason:
        return f"Nothing by {label.lower()}: {delivery.reason}."
    return f"By {label.lower()} to {delivery.address}, as the notice says."


def at_place(moment: datetime, upgrade: Upgrade) -> date:
    return moment.astimezone(ZoneInfo(upgrade.time_zone)).date()
