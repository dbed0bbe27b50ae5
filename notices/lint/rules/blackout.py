"""Whether windows and notices come when they should not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from notices.audiences.crowds import NOBODY, Crowd
from notices.enums import Clock, NoticeKind, Severity, Trigger, Unit
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.parts.clashes import FIRST_HOUR, LAST_HOUR, Whereabouts
from notices.lint.phrases import day, listed, people, when
from notices.lint.plan import LoadedPlan
from notices.pipeline import hours
from upgrades.collisions import Collision
from upgrades.enums import Impact, MilestoneKind, Status
from upgrades.models import Milestone
from upgrades.overlaps import Overlap

URGENT = (  # what is about this very moment comes at any hour
    NoticeKind.FINAL,
    NoticeKind.STARTED,
    NoticeKind.PROGRESS,
    NoticeKind.COMPLETED,
    NoticeKind.POSTPONED,
    NoticeKind.CANCELLED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.OUTAGE,
    NoticeKind.MEETING_CHANGED,
    NoticeKind.MEETING_OFF,
)
ONE_IN = 10  # of the readers: fewer are no reason to write to all at another hour
DAY = timedelta(days=1)


@rule("BLK001", Severity.ERROR, "A window falls into days on which nothing may change", source="ServiceNow; UNM")
def no_window_is_in_a_hard_freeze(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        hits = [one for one in plan.clashes.collisions.get(window.pk, ()) if one.is_hard]
        if hits:
            yield _in_critical_days(plan, window, hits, "nothing may change then")


@rule("BLK002", Severity.WARNING, "A window falls into critical days", source="ServiceNow; UNM")
def no_window_is_in_critical_days(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        hits = [one for one in plan.clashes.collisions.get(window.pk, ()) if not one.is_hard]
        if hits:
            yield _in_critical_days(plan, window, hits, "they asked not to be disturbed")


def _in_critical_days(plan: LoadedPlan, window: Milestone, hits: Sequence[Collision], why: str) -> Found:
    named = listed([_critical(one, plan.upgrade.time_zone) for one in hits], most=2)
    return Found(
        place=Place.of(window),
        sentence=f"“{window}” on {when(window.start, plan.upgrade.time_zone)} falls into {named}: {why}.",
        facts=_times(window) | {"days": sorted([*_span(one.critical_days)] for one in hits)},
        fix=_next_slot(plan, window),
    )


def _critical(hit: Collision, zone: str) -> str:
    entry = hit.critical_days
    whose = listed([f"“{name}”" for name in hit.shared]) if hit.shared else "everybody"
    first, last = day(entry.start, zone), day(entry.end - timedelta(microseconds=1), zone)
    return f"“{entry}” of {whose} ({first if first == last else f'{first} to {last}'})"


@rule("BLK003", Severity.ERROR, "Two upgrades at the same time", source="auth_outage 5")
def no_two_upgrades_meet(plan: LoadedPlan) -> Iterator[Found]:
    """The same group alone is better avoided, and no error."""
    for window in plan.windows:
        hits = [one for one in plan.clashes.overlaps.get(window.pk, ()) if one.is_hard]
        if hits:
            yield _at_the_same_time(plan, window, hits)


def _at_the_same_time(plan: LoadedPlan, window: Milestone, hits: Sequence[Overlap]) -> Found:
    zone = plan.upgrade.time_zone
    others = [
        f"“{one.other}” of “{one.other.upgrade}” ({when(one.other.start, zone)}, {listed(one.shared)})" for one in hits
    ]
    return Found(
        place=Place.of(window),
        sentence=f"“{window}” on {when(window.start, zone)} is at the same time as {listed(others, most=2)}: "
        "nobody can tell what went wrong, and the owners may not know of each other.",
        facts=_times(window) | {"others": sorted([*_span(one.other), *one.shared] for one in hits)},
        fix=_next_slot(plan, window),
    )


def _times(window: Milestone) -> dict:
    return {"window": _span(window)}


def _span(row) -> list:
    return [row.pk, row.start.isoformat(), row.end.isoformat() if row.end else ""]


def _next_slot(plan: LoadedPlan, window: Milestone) -> Fix:
    if window.status == Status.IN_PROCESS or window.start <= plan.now:
        url = reverse("milestone_edit", args=[plan.upgrade.slug, window.pk])
        return Fix("open", "Open the window", {"url": url})
    return Fix("move_to_free_slot", "Move it to the next free time", {"milestone": window.pk})


# When people read


@rule("BLK004", Severity.WARNING, "It comes at night or on a free day", source="knadh/listmonk 3117")
def nobody_is_written_to_at_night(plan: LoadedPlan) -> Iterator[Found]:
    """What quiet hours hold back until the morning comes at no bad hour."""
    for line in plan.notices():
        for at in line.dues if line.is_push and not line.is_out else ():
            found = _held_in_vain(plan, line, at) if at > plan.now else None
            if at > plan.now and _has_chosen_hour(line):
                found = found or _at_a_bad_hour(plan, line, at)
            if found:
                yield found
                break


def _to_come(plan: LoadedPlan) -> Iterator[Line]:
    return (line for line in plan.notices() if line.is_push and not line.is_out and _has_chosen_hour(line))


def _has_chosen_hour(line: Line) -> bool:
    is_exact = line.step is not None and line.step.unit == Unit.MINUTES
    return line.kind not in URGENT and not is_exact


def _held_in_vain(plan: LoadedPlan, line: Line, at: datetime) -> Found | None:
    """Quiet hours would keep it until it is of no use any more, and so they do not."""
    if not plan.rules.hold or not line.notice:
        return None
    crowd = plan.crowd(line)
    awake: list[tuple[Whereabouts, datetime, int]] = []
    for place in plan.clashes.places:
        local = _local(plan, line, at, place)
        if (number := (place.crowd & crowd).bit_count()) and hours.is_cut_short(
            line.notice, place.clock, at=local, rules=plan.rules
        ):
            awake.append((place, local, number))
    return _said_of_rest(plan, line, at, awake) if awake else None


def _is_held(plan: LoadedPlan, line: Line, local: datetime, place: Whereabouts) -> bool:
    if not plan.rules.hold or not line.notice or not hours.may_wait(line.notice):
        return False
    return hours.is_quiet(local, place.clock, plan.rules, place=plan.upgrade.time_zone)


def _at_a_bad_hour(plan: LoadedPlan, line: Line, at: datetime) -> Found | None:
    crowd = plan.crowd(line)
    asleep: list[tuple[Whereabouts, datetime, int]] = []
    free: list[tuple[Whereabouts, str, int]] = []
    for place in plan.clashes.places:
        number = (place.crowd & crowd).bit_count()
        if not number:
            continue
        local = _local(plan, line, at, place)
        if _is_held(plan, line, local, place):
            continue
        if reason := place.rests(local.date()):
            free.append((place, reason, number))
        elif place.sleeps(local):
            asleep.append((place, local, number))
    size = crowd.bit_count()
    here = at.astimezone(ZoneInfo(plan.upgrade.time_zone)).date()
    away = (plan.clashes.away.get(here, NOBODY) & crowd).bit_count()
    if sum(number for *_, number in asleep) * ONE_IN > size:
        return _said_of_night(plan, line, at, asleep)
    if sum(number for *_, number in free) * ONE_IN > size:
        return _said_of_free_day(plan, line, at, free)
    return _said_of_leave(plan, line, at, away, size) if away * 2 > size else None


def _local(plan: LoadedPlan, line: Line, at: datetime, place: Whereabouts) -> datetime:
    """What the reader's clock says. With "where each reader is" it says what the plan says."""
    here = at.astimezone(ZoneInfo(plan.upgrade.time_zone))
    if line.step and line.step.clock == Clock.READER and line.step.at:
        return here.replace(hour=line.step.at.hour, minute=line.step.at.minute, tzinfo=ZoneInfo(place.zone))
    if line.notice and line.notice.local_on and line.notice.local_at:
        return datetime.combine(line.notice.local_on, line.notice.local_at, tzinfo=ZoneInfo(place.zone))
    return at.astimezone(ZoneInfo(place.zone))


def _said_of_rest(plan: LoadedPlan, line: Line, at: datetime, awake: list) -> Found:
    local = awake[0][1]
    opens = plan.rules.opens_at
    number = sum(number for *_, number in awake)
    return Found(
        place=line.place,
        sentence=f"“{line.name}” goes out on {when(at, plan.upgrade.time_zone)}, when {people(number)} "
        f"{'has' if number == 1 else 'have'} quiet hours (it is {local:%H:%M} in {awake[0][0].zone}). Held until "
        f"{opens:%H:%M} it would come too late, so it comes all the same.",
        facts={"at": at.isoformat(), "zones": sorted({place.zone for place, *_ in awake}), "too late": True},
        fix=_another_hour(plan, line, at),
    )


def _said_of_night(plan: LoadedPlan, line: Line, at: datetime, asleep: list) -> Found:
    zones: dict[str, tuple[datetime, int]] = {}
    for place, local, number in asleep:
        zones[place.zone] = local, zones.get(place.zone, (local, 0))[1] + number
    most = sorted(zones.items(), key=lambda pair: (-pair[1][1], pair[0]))
    said = [f"{local:%H:%M} in {zone} ({people(number)})" for zone, (local, number) in most]
    return Found(
        place=line.place,
        sentence=f"“{line.name}” goes out on {when(at, plan.upgrade.time_zone)}, when it is {listed(said)}: at night.",
        facts={"at": at.isoformat(), "zones": sorted(zones)},
        fix=_another_hour(plan, line, at),
    )


def _said_of_free_day(plan: LoadedPlan, line: Line, at: datetime, free: list) -> Found:
    reasons: dict[str, int] = {}
    for _place, reason, number in free:
        reasons[reason] = reasons.get(reason, 0) + number
    most = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return Found(
        place=line.place,
        sentence=f"“{line.name}” goes out on {when(at, plan.upgrade.time_zone)}: for "
        f"{people(sum(reasons.values()))} that is {listed([reason for reason, _ in most])}.",
        facts={"at": at.isoformat(), "reasons": sorted(reasons)},
        fix=_working_day(plan, line, at),
    )


def _said_of_leave(plan: LoadedPlan, line: Line, at: datetime, away: int, size: int) -> Found:
    who = "the only reader is" if size == 1 else f"{away} of {people(size)} are"
    return Found(
        place=line.place,
        sentence=f"“{line.name}” goes out on {when(at, plan.upgrade.time_zone)}, when {who} away and nobody stands in.",
        facts={"at": at.isoformat(), "away": True},
        fix=_open(plan, line),
    )


def _another_hour(plan: LoadedPlan, line: Line, at: datetime) -> Fix:
    """Where the hour is a good one at the place, it is one where each reader is."""
    if not _is_movable(line):
        return _open(plan, line)
    here = at.astimezone(ZoneInfo(plan.upgrade.time_zone))
    step = line.step.pk if line.step else None
    if FIRST_HOUR <= here.hour < LAST_HOUR:
        return Fix("reader_clock", f"Send it at {here:%H:%M} where each reader is", {"step": step})
    return Fix("working_hour", "Send it in the working hours before", {"step": step})


def _working_day(plan: LoadedPlan, line: Line, at: datetime) -> Fix:
    if not _is_movable(line):
        return _open(plan, line)
    return Fix("working_day", "Send it on a working day before", {"step": line.step.pk if line.step else None})


def _is_movable(line: Line) -> bool:
    return line.step is not None and line.step.trigger == Trigger.OFFSET and line.step.unit != Unit.MINUTES


def _open(plan: LoadedPlan, line: Line) -> Fix:
    if line.step:
        return Fix("open", "Open the line", {"url": reverse("step_edit", args=[plan.upgrade.slug, line.step.pk])})
    return Fix("open", "Open the notice", {"url": reverse("notice_edit", args=[line.place.pk])})


# Somebody else's big day


@rule("BLK005", Severity.WARNING, "It comes on the big day of another upgrade", source="Our own experience")
def nobody_is_written_to_on_anothers_go_live(plan: LoadedPlan) -> Iterator[Found]:
    zone = ZoneInfo(plan.upgrade.time_zone)
    days: dict = {}
    for window in _go_lives(plan):
        days.setdefault(window.milestone.start.astimezone(zone).date(), []).append(window)
    for line in _to_come(plan):
        for at in line.dues:
            others = days.get(at.astimezone(zone).date(), ()) if at > plan.now else ()
            if hits := [one for one in others if _is_for_the_same(plan.crowd(line), plan.crowds.of(one.asked))]:
                yield _on_a_big_day(plan, line, at, [one.milestone for one in hits])
                break


def _go_lives(plan: LoadedPlan) -> Iterable:
    return (
        one
        for one in plan.pushes.windows
        if one.milestone.upgrade_id != plan.upgrade.pk
        and one.milestone.kind == MilestoneKind.GO_LIVE
        and one.milestone.impact >= Impact.DEGRADED
        and not one.milestone.is_over
    )


def _is_for_the_same(crowd: Crowd, other: Crowd) -> bool:
    """Half of the readers."""
    return bool(crowd) and (crowd & other).bit_count() * 2 >= crowd.bit_count()


def _on_a_big_day(plan: LoadedPlan, line: Line, at: datetime, others: Sequence[Milestone]) -> Found:
    named = listed([f"“{one}” of “{one.upgrade}”" for one in others], most=2)
    fix = _open(plan, line)
    if _is_movable(line) and line.step and line.step.offset and at - 4 * DAY > plan.now:
        fix = Fix("working_day", "Send it a business day before", {"step": line.step.pk})
    return Found(
        place=line.place,
        sentence=f"“{line.name}” goes out on {when(at, plan.upgrade.time_zone)}, the day of {named}, to people who "
        "have to deal with that: it is not read.",
        facts={"at": at.isoformat(), "others": sorted(one.pk for one in others)},
        fix=fix,
    )
