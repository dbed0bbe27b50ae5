"""What happens to a milestone, and when it did. Read from its history, so that a change by SQL or a restored backup is
seen like a change in the browser. `happened` is pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from notices.enums import Event, NoticeState
from notices.models import Notice
from notices.pipeline.schedule.when import ZONES
from upgrades.enums import Phase, Status
from upgrades.models import Milestone, Upgrade

SOON_ENOUGH = timedelta(minutes=15)  # by so much a start may be later without being another one
COMPARED = [Event.SLIPPED, Event.EXTENDED]  # with what was told; the others are what is


@dataclass(frozen=True)
class State:
    """A milestone as it was from a moment on."""

    at: datetime
    status: str
    start: datetime
    end: datetime | None

    @property
    def last_moment(self) -> datetime:
        return self.end or self.start


def happened(event: str, states: Sequence[State], *, since: datetime, zone: str = "UTC") -> datetime | None:
    """When that came to be so which is so now; None where it is not. `states` are all of a milestone, the oldest first.
    What is moved counts against how it was at `since`."""
    if not states or event not in HOLDS:
        return None
    before = _before(event, states, since=since)
    holds = HOLDS[event]
    moment = None
    for state in reversed(states):
        if (event in COMPARED and state is before) or not holds(before, state, zone):
            break
        moment = state.at
    return moment


def _before(event: str, states: Sequence[State], *, since: datetime) -> State:
    known = [state for state in states if state.at <= since] or states[:1]
    if event != Event.EXTENDED:
        return known[-1]
    run = _last_run(states)
    return known[-1] if run is None or run.at <= since else run


def _last_run(states: Sequence[State]) -> State | None:
    """The state in which it went in process, if it is that now."""
    first = None
    for state in reversed(states):
        if state.status != Status.IN_PROCESS:
            break
        first = state
    return first


def _is_moved(before: State, state: State, zone: str) -> bool:
    """Material: a quarter of an hour, another day at the place, or any earlier. What has begun is no longer moved."""
    if state.status not in (Status.TENTATIVE, Status.CONFIRMED):
        return False
    place = ZoneInfo(zone if zone in ZONES else "UTC")
    is_other_day = before.start.astimezone(place).date() != state.start.astimezone(place).date()
    return state.start < before.start or state.start - before.start >= SOON_ENOUGH or is_other_day


def _is_extended(before: State, state: State, zone: str) -> bool:
    return state.status == Status.IN_PROCESS and state.last_moment > before.last_moment


HOLDS: dict[str, Callable[[State, State, str], bool]] = {
    Event.STARTED: lambda before, state, zone: state.status in (Status.IN_PROCESS, Status.COMPLETED),
    Event.FINISHED: lambda before, state, zone: state.status == Status.COMPLETED,
    Event.CANCELLED: lambda before, state, zone: state.status == Status.CANCELLED,
    Event.SLIPPED: _is_moved,
    Event.EXTENDED: _is_extended,
}


def of(notices: Iterable[Notice], *, now: datetime) -> dict[int, datetime]:
    """By notice when that happened which its step waits for. Needs their steps with milestone and upgrade; four
    queries at most."""
    waiting = [notice for notice in notices if notice.step and notice.step.event in HOLDS]
    if not waiting:
        return {}
    milestones = {notice.step.milestone_id: notice.step.milestone for notice in waiting if notice.step}
    for notice in waiting:
        if notice.step:
            milestones[notice.step.milestone_id].upgrade = notice.step.upgrade
    states, told = _states(milestones, now=now), _told(milestones)
    found = {}
    for notice in waiting:
        step = notice.step
        if step is None or (since := _since(notice, told.get(step.milestone_id))) is None:
            continue
        at = happened(step.event, states[step.milestone_id], since=since, zone=step.upgrade.time_zone)
        if at is not None:
            found[notice.pk] = at
    return found


def _since(notice: Notice, told: datetime | None) -> datetime | None:
    """Against what a move counts: what somebody was told last, or what the approver saw. As long as nobody has been
    told and nobody stands behind the notice, a date may move freely. What others are told once it has its time changes
    nothing for its own readers."""
    is_ready = notice.state == NoticeState.APPROVED
    if notice.step and notice.step.event in COMPARED and not (told or is_ready):
        return None
    has_its_time = bool(notice.waits_for and notice.send_at)
    moments = [notice.created_at, notice.approved_at, None if has_its_time else told]
    return max(moment for moment in moments if moment)


def _told(milestones: Iterable[int]) -> dict[int, datetime]:
    released = Notice.objects.released().filter(milestone__in=milestones).order_by()
    return dict(released.values("milestone").annotate(at=Max("released_at")).values_list("milestone", "at"))


def _states(milestones: dict[int, Milestone], *, now: datetime) -> dict[int, list[State]]:
    """With the row itself at the end where the history does not have it."""
    events = Milestone.pgh_event_model.objects.filter(pgh_obj_id__in=milestones)  # type: ignore[attr-defined]
    rows = events.exclude(pgh_label="delete").order_by("pgh_id")
    states: dict[int, list[State]] = {key: [] for key in milestones}
    for key, *values in rows.values_list("pgh_obj_id", "pgh_created_at", "status", "start", "end"):
        states[key].append(State(*values))
    for key, milestone in milestones.items():
        is_now = (milestone.status, milestone.start, milestone.end)
        last = states[key][-1] if states[key] else None
        if last is None or (last.status, last.start, last.end) != is_now:
            states[key].append(State(now, *is_now))
    _cancel_with_upgrade(states, milestones, now=now)
    return states


def _cancel_with_upgrade(states: dict[int, list[State]], milestones: dict[int, Milestone], *, now: datetime) -> None:
    """What is not over when its upgrade is cancelled is cancelled with it."""
    off = [one for one in milestones.values() if one.upgrade.phase == Phase.CANCELLED and not one.is_over]
    since = _cancelled_since({one.upgrade_id for one in off}) if off else {}
    for one in off:
        states[one.pk].append(State(since.get(one.upgrade_id, now), Status.CANCELLED, one.start, one.end))


def _cancelled_since(upgrades: Iterable[int]) -> dict[int, datetime]:
    events = Upgrade.pgh_event_model.objects.filter(pgh_obj_id__in=upgrades)  # type: ignore[attr-defined]
    rows = events.exclude(pgh_label="delete").order_by("pgh_id").values_list("pgh_obj_id", "pgh_created_at", "phase")
    since: dict[int, datetime] = {}
    for key, at, phase in rows:
        if phase != Phase.CANCELLED:
            since.pop(key, None)
        else:
            since.setdefault(key, at)
    return since
