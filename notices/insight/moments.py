"""When something goes out, in words: for what has a time, for what waits, and for what each reader's clock decides."""

from datetime import date, time

from commsplan.lib.time import NAMES, short_day
from notices.enums import Event
from notices.models import Notice, PlanStep

WEEKDAYS = NAMES["en"][0]
THERE = "where each reader is"
WHEN = {
    Event.STARTED: "When it has started",
    Event.FINISHED: "When it is completed",
    Event.SLIPPED: "When it is moved",
    Event.EXTENDED: "When its end moves out while it is in process",
    Event.CANCELLED: "When it is cancelled",
    Event.ON_WORD: "When somebody says so",
}
UNITS = {"business_days": "business day", "calendar_days": "day", "minutes": "minute"}


def turns_in_words(step: PlanStep) -> str:
    """ "Every Friday, 16:00, while it is in process"."""
    there = f" {THERE}" if step.clock == "reader" else ""
    return f"{_rhythm(step)}, {step.at:%H:%M}{there}, while it is in process"


def _rhythm(step: PlanStep) -> str:
    days = [WEEKDAYS[number] for number in sorted(step.weekdays)]
    if step.every_weeks == 1 and len(days) == 7:
        return "Every day"
    if step.every_weeks == 1 and days == WEEKDAYS[:5]:
        return "Every weekday"
    named = " and ".join(filter(None, [", ".join(days[:-1]), days[-1]]))
    if step.every_weeks == 1:
        return f"Every {named}"
    every = "Every other week" if step.every_weeks == 2 else f"Every {step.every_weeks} weeks"
    return f"{every} on {named}"


def event_in_words(step: PlanStep) -> str:
    """ "When it is cancelled", "30 minutes after: when it is moved"."""
    said = WHEN[Event(step.event)]
    if not step.offset:
        return said
    unit = f"{UNITS[step.unit]}{'' if step.offset == 1 else 's'}"
    return f"{step.offset} {unit} after {said[0].lower()}{said[1:]}".replace("after when ", "after ")


def on_the_wall(day: date, at: time) -> str:
    """ "Wed 3 Dec 2025, 09:00, where each reader is"."""
    return f"{short_day(day)}, {at:%H:%M}, {THERE}"


def waits_in_words(notice: Notice) -> str:
    """What a notice without a time waits for; the clock of its readers; empty where its moment says it all."""
    if notice.released_at:
        return ""
    if notice.waits_for and notice.send_at is None:
        return WHEN[Event(notice.waits_for)]
    if notice.local_on and notice.local_at:
        return on_the_wall(notice.local_on, notice.local_at)
    return ""
