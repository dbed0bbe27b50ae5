"""Planning a conversation, once or again and again; changing it, and calling it off."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from commsplan.lib.time import at_wall_clock
from engagement import inviting, rhythm
from engagement.enums import EngagementState, Rsvp
from engagement.models import Engagement, Participant
from stakeholders.models import Person
from upgrades.models import Milestone, Upgrade


class NotPossible(Exception):
    """With a sentence for people."""


# What stands in a calendar, and so is worth an update to those who were invited.
IN_CALENDARS = ("kind", "title", "start", "end", "time_zone", "place", "link", "topics", "host", "milestone")
CHANGEABLE = (*IN_CALENDARS, "capacity")


@transaction.atomic
def plan(
    upgrade: Upgrade,
    *,
    kind: str,
    title: str,
    start: datetime,
    end: datetime,
    by,
    time_zone: str = "",
    host=None,
    place: str = "",
    link: str = "",
    topics: str = "",
    capacity: int | None = None,
    milestone: Milestone | None = None,
    people: QuerySet[Person] | None = None,
    repeat: rhythm.Repeat | None = None,
) -> list[Engagement]:
    """One, or with `repeat` a series: rows of their own which share `series`, in the order of time. Its length is on
    the wall clock too: nine to five stays nine to five when the clocks change."""
    zone = time_zone or upgrade.time_zone
    windows = [(start, end)]
    if repeat:
        first = start.astimezone(ZoneInfo(zone)).date()
        windows = [_moved(start, end, zone, day - first) for day in rhythm.dates(first, repeat).kept]
    if not windows:
        raise NotPossible("None of these days is left: every one is before the first, or left out.")
    common: dict[str, Any] = {
        **{"upgrade": upgrade, "milestone": milestone, "kind": kind, "title": title, "time_zone": zone},
        **{"host": host or by, "place": place, "link": link, "topics": topics, "capacity": capacity},
        "series": uuid.uuid4() if len(windows) > 1 else None,
    }
    made = Engagement.objects.bulk_create(Engagement(**common, start=begin, end=close) for begin, close in windows)
    if people is not None:
        inviting.invite_to(made, people)
    return made


def _moved(start: datetime, end: datetime, zone: str, days: timedelta) -> tuple[datetime, datetime]:
    """By whole days on the wall. A lunch hour that the clocks swallow still takes its time."""
    return _keep_order(_shift(start, zone, days), _shift(end, zone, days), end - start)


def _shift(moment: datetime, zone: str, days: timedelta) -> datetime:
    if not days:
        return moment.astimezone(UTC)
    local = moment.astimezone(ZoneInfo(zone))
    return at_wall_clock(local.date() + days, local.time(), zone=zone)


def _keep_order(start: datetime, end: datetime, length: timedelta) -> tuple[datetime, datetime]:
    return (start, end) if end > start else (start, start + length)


@transaction.atomic
def change(engagement: Engagement, values: Mapping[str, Any], *, following: bool = False) -> list[Engagement]:
    """Returns those that are different now, the given one first; each that looks different in a calendar has a higher
    sequence. `following` also changes the planned ones after it in its series: what was changed here is changed there,
    and all move by as many days and to the same time of day."""
    if unknown := values.keys() - set(CHANGEABLE):
        raise ValueError(f"{', '.join(sorted(unknown))} cannot be changed.")
    locked = _locked(engagement, following=following)
    head = next((one for one in locked if one.pk == engagement.pk), None)
    if head is None:
        raise NotPossible("It was called off or is over: plan a new one.")
    new = {name: value for name, value in values.items() if getattr(head, name) != value}
    days, window = _move_of(head, values)
    changed = []
    for one in locked:
        own = {name: value for name, value in new.items() if name not in ("start", "end")}
        if window:
            own["start"], own["end"] = window if one is head else _like(one, window, values, days, head)
        if _apply(one, own):
            changed.append(one)
    engagement.refresh_from_db()
    return changed


def _move_of(head: Engagement, values: Mapping[str, Any]) -> tuple[timedelta, tuple[datetime, datetime] | None]:
    """By how many days it moves on the wall; None as window when it stays where it is."""
    start, end = values.get("start", head.start), values.get("end", head.end)
    zone = values.get("time_zone", head.time_zone)
    if (start, end, zone) == (head.start, head.end, head.time_zone):
        return timedelta(), None
    return _day(start, zone) - _day(head.start, head.time_zone), (start, end)


def _like(
    one: Engagement, window: tuple[datetime, datetime], values: Mapping[str, Any], days: timedelta, head: Engagement
) -> tuple[datetime, datetime]:
    zone = values.get("time_zone", head.time_zone)
    apart = _day(one.start, one.time_zone) + days - _day(window[0], zone)
    return _moved(window[0], window[1], zone, apart)


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _apply(engagement: Engagement, values: Mapping[str, Any]) -> bool:
    differing = [name for name, value in values.items() if getattr(engagement, name) != value]
    for name in differing:
        setattr(engagement, name, values[name])
    if set(differing) & set(IN_CALENDARS):
        engagement.sequence += 1
        differing.append("sequence")
    if differing:
        engagement.save(update_fields=differing)
    return bool(differing)


def _locked(engagement: Engagement, *, following: bool) -> list[Engagement]:
    among = Engagement.objects.in_series_from(engagement) if following else Engagement.objects.filter(pk=engagement.pk)
    return list(among.planned().select_for_update(of=("self",), no_key=True).order_by("start", "pk"))


@transaction.atomic
def cancel(engagement: Engagement, *, reason: str, by, now: datetime, following: bool = False) -> list[Engagement]:
    """Calls it off, with `following` also what comes after it in its series. Returns those that were called off; what
    was held stays. Nobody is told by this: that is said above. `reinstate` takes it back."""
    cancelled = _locked(engagement, following=following)
    for one in cancelled:
        one.state, one.cancel_reason, one.sequence = EngagementState.CANCELLED, reason, one.sequence + 1
        one.save(update_fields=["state", "cancel_reason", "sequence"])
    engagement.refresh_from_db()
    return cancelled


@transaction.atomic
def reinstate(engagements: QuerySet[Engagement]) -> list[Engagement]:
    """Takes place after all. The sequence rises again, so that calendars believe it."""
    off = engagements.filter(state=EngagementState.CANCELLED)
    back = list(off.select_for_update(of=("self",), no_key=True).order_by("start", "pk"))
    for one in back:
        one.state, one.cancel_reason, one.sequence = EngagementState.PLANNED, "", one.sequence + 1
        one.save(update_fields=["state", "cancel_reason", "sequence"])
    return back


ANSWERED = ("rsvp", "rsvp_at", "answered_start", "answered_end", "found_full_at")


class Full(NotPossible):
    """No place is left."""


class Moved(NotPossible):
    """It is at another time than the one that was answered."""


@transaction.atomic
def answer(
    participant: Participant,
    *,
    rsvp: str,
    now: datetime,
    remark: str = "",
    shown: tuple[datetime, datetime] | None = None,
) -> Participant:
    """What somebody said to the invitation. The same answer again keeps its time, unless the engagement has moved.
    `shown` is the window they saw. Raises `Full` when no place is left, `Moved` when that window no longer holds, and
    `NotPossible` when there is nothing to come to any more."""
    engagement = Engagement.objects.select_for_update(of=("self",), no_key=True).get(pk=participant.engagement_id)
    if not engagement.participants.filter(pk=participant.pk).exists():
        raise NotPossible("They are not asked to come any more.")
    participant.refresh_from_db()
    window = (engagement.start, engagement.end)
    if engagement.is_cancelled:
        raise NotPossible("It was called off.")
    if engagement.is_over(now) or engagement.is_held:
        raise NotPossible("It is over.")
    if shown not in (None, window):
        raise Moved("It has just been moved.")
    if rsvp == Rsvp.YES and participant.rsvp != Rsvp.YES and places_left(engagement) == 0:
        raise Full("No place is left.")
    _note(participant, rsvp=rsvp, window=window, now=now)
    participant.remark = remark
    participant.save(update_fields=[*ANSWERED, "remark"])
    return participant


def _note(participant: Participant, *, rsvp: str, window: tuple[datetime, datetime], now: datetime) -> None:
    answered_to = (participant.answered_start, participant.answered_end)
    if rsvp != participant.rsvp or answered_to != window:
        participant.rsvp, participant.rsvp_at = rsvp, None if rsvp == Rsvp.NONE else now
    participant.answered_start, participant.answered_end = (None, None) if rsvp == Rsvp.NONE else window
    participant.found_full_at = None


def found_full(participant: Participant, *, now: datetime) -> None:
    """They wanted to come when no place was left: whoever hosts sees it. The first time counts."""
    Participant.objects.filter(pk=participant.pk, found_full_at=None).update(found_full_at=now)


def places_left(engagement: Engagement) -> int | None:
    """None: there is no limit."""
    if engagement.capacity is None:
        return None
    return max(0, engagement.capacity - engagement.participants.filter(rsvp=Rsvp.YES).count())
