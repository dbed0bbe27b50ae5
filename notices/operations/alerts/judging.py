"""What is wrong, as the figures of this moment say."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings

from commsplan.lib import time
from notices.enums import MessageState
from notices.models import Reading
from notices.operations import signs
from notices.operations.alerts.kinds import (
    CLOCK,
    DATABASE,
    DOES_NOT_WORK,
    DRIFT,
    FAILURES,
    LATE,
    LONGEST_KEY,
    NOT_SET_UP,
    OUTLET,
    QUEUE,
    SECRETS,
    SET_ASIDE,
    STOPPED_ITSELF,
    TIME,
    WORKERS,
    Trouble,
    key_of,
)
from notices.operations.figures import Figures, OutletState, silence_allowed
from notices.operations.readings import RETURNED
from stakeholders.enums import Channel
from stakeholders.models import Person

CLOCK_MAY_DIFFER = 2.0  # seconds
READ_ONLY = "The database is read-only: nothing can be saved, and nothing is sent."
AWAY = timedelta(minutes=5)  # no worker began anything
LATE_FOR = timedelta(minutes=10)
FAILED_SHARE, FAILED_LEAST, FAILED_MINUTES = 0.2, 20, 15
DRIFT_SHARE, DRIFT_FOR = 0.1, timedelta(days=1)


def troubles(
    seen: Figures, *, reading: Reading | None, counted: Mapping[str, int], drift: int, set_aside: int = 0
) -> list[Trouble]:
    """`reading`: an earlier one, if there is any. `counted`: outcomes of the last quarter of an hour. `set_aside`:
    messages that nobody tries again by themselves."""
    found = [*of_clock(seen, reading), *_queue(seen), *_late(seen), *_failures(counted), *_drift(drift, now=seen.now)]
    found += [*of_stops(seen), *_secrets(seen), *_not_set_up(seen)]
    found += [*_wrong_clocks(seen), *_set_aside(set_aside)]
    return found if any(one.key == CLOCK for one in found) else [*found, *_workers(seen)]


def of_clock(seen: Figures, reading: Reading | None = None) -> Iterator[Trouble]:
    """A clock that never ticked is missed as soon as somebody looks for the second time."""
    silent_since = seen.beat or (reading.at if reading else seen.now)
    if seen.now - silent_since > silence_allowed():
        lasts = f"not ticked for {_said(seen.now - silent_since)}" if seen.beat else "never ticked"
        yield Trouble(CLOCK, f"The clock has {lasts}: nothing new goes out.", seen.beat)


def _wrong_clocks(seen: Figures) -> Iterator[Trouble]:
    for host, ahead in sorted(seen.wrong_clocks.items()):
        said = (
            f"The clock of {host} is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the database's."
        )
        yield Trouble(f"{TIME}:{host}"[:LONGEST_KEY], said)


def _workers(seen: Figures) -> Iterator[Trouble]:
    """Each minute one of them has to look at the operation. Nothing is known of them without the cache, or before the
    first of them has begun something."""
    if seen.worked and seen.now - seen.worked > AWAY:
        said = f"No worker has begun anything for {_said(seen.now - seen.worked)}: nothing is sent."
        yield Trouble(WORKERS, said, seen.worked)


def _queue(seen: Figures) -> Iterator[Trouble]:
    """What a person stopped waits because of that."""
    held = {one.outlet.channel for one in seen.outlets if one.outlet.is_stopped and not one.outlet.is_fallback}
    most = timedelta(minutes=settings.ALERT_QUEUE_MINUTES)
    for channel, age in seen.ages.items():
        waited = timedelta(seconds=age)
        if waited > most and channel not in held and channel not in seen.not_set_up and not seen.standstill:
            words = f"{Channel(channel).label}: the oldest message that could leave has waited for {_said(waited)}."
            yield Trouble(f"{QUEUE}:{channel}", words, seen.now - waited)


def of_stops(seen: Figures) -> Iterator[Trouble]:
    """What stopped itself or is down shows at once, and not for a moment longer than it lasts."""
    yield from _domains(seen)
    for state in seen.outlets:
        yield from _outlet(state, now=seen.now)


def _domains(seen: Figures) -> Iterator[Trouble]:
    for one in seen.stopped_domains:
        said = f"Mail to {one.domain} stopped itself after {one.errors} errors in a row: {one.reason}"
        yield Trouble(key_of(one.domain), said, one.stopped_at)


def _set_aside(messages: int) -> Iterator[Trouble]:
    if messages:
        said = "1 message was set aside" if messages == 1 else f"{messages:,} messages were set aside"
        yield Trouble(SET_ASIDE, f"{said}: a worker died of it, or it could not be written.")


def _secrets(seen: Figures) -> Iterator[Trouble]:
    if seen.locked:
        yield Trouble(SECRETS, f"No key opens the secrets of: {', '.join(seen.locked)}. Nothing is sent there.")


def _not_set_up(seen: Figures) -> Iterator[Trouble]:
    for channel in sorted(set(seen.not_set_up) & set(seen.ages)):
        said = f"{Channel(channel).label}: messages wait for a channel that nobody has set up."
        yield Trouble(f"{NOT_SET_UP}:{channel}", said)


def _late(seen: Figures) -> Iterator[Trouble]:
    if seen.late_since and seen.now - seen.late_since > LATE_FOR:
        notices = "1 notice is" if seen.late == 1 else f"{seen.late:,} notices are"
        said = f"{notices} due and not released, the oldest for {_said(seen.now - seen.late_since)}."
        yield Trouble(LATE, said, seen.late_since)


def _failures(counted: Mapping[str, int]) -> Iterator[Trouble]:
    failed = failed_in(counted)
    tried = failed + counted.get(MessageState.SENT, 0)
    if tried >= FAILED_LEAST and failed / tried > FAILED_SHARE:
        said = f"{failed:,} of {tried:,} messages of the last {FAILED_MINUTES} minutes failed or bounced."
        yield Trouble(FAILURES, said)


def failed_in(counted: Mapping[str, int]) -> int:
    """At the server at once, or by a mail that came back later, whichever way it came."""
    return sum(counted.get(name, 0) for name in (MessageState.FAILED, MessageState.BOUNCED, RETURNED))


def _outlet(state: OutletState, *, now: datetime) -> Iterator[Trouble]:
    role = "fallback" if state.outlet.is_fallback else "first"
    key = f"{OUTLET}:{state.outlet.channel}:{role}"
    if state.stopped_itself:
        yield Trouble(key, f"{state.outlet}{STOPPED_ITSELF}{state.outlet.stop_reason}", state.outlet.stopped_at)
    elif state.health and state.is_down(now):
        reason = state.health.reason
        if state.health.is_replaced:
            reason = f"{reason.rstrip('.')}. The fallback has taken over."
        said = f"{state.outlet}{DOES_NOT_WORK}{reason}"
        yield Trouble(key, said, state.health.down_since)


def _drift(people: int, *, now: datetime) -> Iterator[Trouble]:
    """Many people for long: a date that was just moved is no alarm."""
    if not people or people <= DRIFT_SHARE * Person.objects.active().count():
        return
    since = Reading.objects.filter(at__gte=now - DRIFT_FOR, values__has_key="drift")
    before = Reading.objects.filter(at__lt=now - DRIFT_FOR, values__has_key="drift").exists()
    if before and not any(one["drift"] <= people / 2 for one in since.values_list("values", flat=True)):
        yield Trouble(DRIFT, f"{people:,} people believe something wrong, and many of them for more than a day.")


def _said(span: timedelta) -> str:
    return time.duration(max(1, int(span / timedelta(minutes=1))))


def database_since(seen: Figures) -> datetime | None:
    return signs.why_not_writable(now=seen.now)[1]


def of_database(seen: Figures) -> list[Trouble]:
    """What is known although it cannot be kept."""
    reason, _ = (READ_ONLY, None) if seen.is_read_only else signs.why_not_writable(now=seen.now)
    return [Trouble(DATABASE, reason, database_since(seen))] if reason else []
