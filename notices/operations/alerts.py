"""What is wrong with the operation: one open alert for each thing, from when it was first seen to when it was over.

Looked for again and again, so a restart forgets nothing. What comes back within minutes is the same alert.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from commsplan.lib import time
from notices.enums import MessageState
from notices.models import Alert, Reading
from notices.operations import signs
from notices.operations.figures import Figures, OutletState, silence_allowed
from notices.operations.readings import RETURNED
from stakeholders.enums import Channel
from stakeholders.models import Person

log = logging.getLogger(__name__)

LONGEST_KEY = 40
SETTLES = timedelta(minutes=5)
CLOCK, WORKERS, QUEUE, LATE, FAILURES, OUTLET = "clock", "workers", "queue", "late", "failures", "outlet"
DRIFT, DATABASE, TIME = "drift", "database", "time"
CLOCK_MAY_DIFFER = 2.0  # seconds
DOMAIN, SECRETS, NOT_SET_UP, SET_ASIDE = "domain", "secrets", "not_set_up", "set_aside"
WORST_FIRST = (DATABASE, CLOCK, WORKERS, OUTLET, SECRETS, DOMAIN, NOT_SET_UP, SET_ASIDE, QUEUE, LATE, FAILURES, TIME)
READ_ONLY = "The database is read-only: nothing can be saved, and nothing is sent."
AWAY = timedelta(minutes=5)  # no worker began anything
LATE_FOR = timedelta(minutes=10)
FAILED_SHARE, FAILED_LEAST, FAILED_MINUTES = 0.2, 20, 15
DRIFT_SHARE, DRIFT_FOR = 0.1, timedelta(days=1)

ADVICE: dict[str, str] = {
    CLOCK: "Start the processes “beat” and “clock” again, and look into their logs. Nothing is lost: what is due goes "
    "out once the clock ticks. After an hour of silence it waits for a person's word.",
    WORKERS: "Start the process “worker” again, and look into its log. If it is busy with a mail server that does not "
    "answer, start more workers.",
    QUEUE: "See whether the outlet works, is stopped or is limited. A long queue over a limited outlet is only slow; "
    "more workers do not help then.",
    LATE: "Open these notices: each says why it was not released.",
    FAILURES: "Open a notice with failures and read what the other side answered. If all of them say the same, stop "
    "the outlet until that is settled.",
    OUTLET: "Read in the outlet's log what the other side answered, put that right, try the outlet out and start it.",
    DOMAIN: "Read what the domain answered, put that right with whoever runs its mail server, and start it again on "
    "the page of the outlet. Everybody else gets their mail meanwhile.",
    SECRETS: "Put the former key behind the present one into SECRETS_KEYS (or SECRET_KEY_FALLBACKS), start the web "
    "processes and the workers again, and run “manage.py rotate_secrets”. Where the key is lost, enter the secrets "
    "again. What waits goes out then.",
    NOT_SET_UP: "Set the channel up, or tell these people another way: what waits for it longer than a quarter of an "
    "hour ends as failed, and can be tried again once it is set up.",
    SET_ASIDE: "Open these notices: each message says why. The others went on without them. Put right what was wrong, "
    "and try the failed ones again; or tell these people another way.",
    DRIFT: "Open the ledgers of the upgrades that moved, and send the corrections that wait there.",
    TIME: "Let all machines get the time from the same place (NTP). Nothing is sent twice because of it, but what is "
    "due leaves too early or too late.",
    DATABASE: "Make room on the disk of the database, or let it be written to again. Everything goes on by itself "
    "within a minute; what waits goes out then.",
}
DOES_NOT_WORK, STOPPED_ITSELF = " does not work: ", " stopped itself: "
MOST_ON_PAGES = 2
REFUSES_LOGIN = re.compile(r"log-?in|\b53[0458]\b|authenticat", re.IGNORECASE)
LOGIN = (
    "The mail server does not take our name and password: put the right ones into EMAIL_URL (EMAIL_FALLBACK_URL for "
    "the fallback), and start the web processes and the workers again."
)
UNREACHABLE = (
    "See whether the mail server runs, whether its name and port in EMAIL_URL are right, and whether a firewall stands "
    "between."
)
LOOK = "Read what the mail server answered, and ask whoever runs it."
BY_ITSELF = "It is tried once a minute: once it works, everything goes on by itself. Nothing is lost meanwhile."
OF_CHANNEL = f"Read what the other side answered, and look at how the channel is set up. {BY_ITSELF}"


@dataclass(frozen=True)
class Trouble:
    """`key`: its kind, and of what, as in "queue:email". `since`: where that is known, when it began."""

    key: str
    said: str
    since: datetime | None = None


def advice(key: str, said: str = "") -> str:
    """`said`: of what is wrong; some of it tells more exactly what to do."""
    kind = key.partition(":")[0]
    if kind == OUTLET and DOES_NOT_WORK in said:
        return _of_mail(said) if key.startswith(f"{OUTLET}:{Channel.EMAIL}:") else OF_CHANNEL
    return ADVICE.get(kind, "")


def _of_mail(said: str) -> str:
    what = LOGIN if REFUSES_LOGIN.search(said) else UNREACHABLE if "cannot be reached" in said else LOOK
    return f"{what} {BY_ITSELF}"


def troubles(
    seen: Figures, *, reading: Reading | None, counted: Mapping[str, int], drift: int, set_aside: int = 0
) -> list[Trouble]:
    """`reading`: an earlier one, if there is any. `counted`: outcomes of the last quarter of an hour. `set_aside`:
    messages that nobody tries again by themselves."""
    found = [*of_clock(seen, reading), *_queue(seen), *_late(seen), *_failures(counted), *_drift(drift, now=seen.now)]
    found += [*_domains(seen), *_secrets(seen), *_not_set_up(seen)]
    found += [*_wrong_clocks(seen), *_set_aside(set_aside)]
    found += [trouble for state in seen.outlets for trouble in _outlet(state, now=seen.now)]
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


def _domains(seen: Figures) -> Iterator[Trouble]:
    for one in seen.stopped_domains:
        said = f"Mail to {one.domain} stopped itself after {one.errors} errors in a row: {one.reason}"
        yield Trouble(key_of(one.domain), said, one.stopped_at)


def key_of(domain: str) -> str:
    key = f"{DOMAIN}:{domain}"
    return key if len(key) <= LONGEST_KEY else f"{DOMAIN}:{sha256(domain.encode()).hexdigest()[:20]}"


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
        instead = " The fallback has taken over." if state.health.is_replaced else ""
        said = f"{state.outlet}{DOES_NOT_WORK}{state.health.reason}{instead}"
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


# Rows


def keep(found: Sequence[Trouble], *, now: datetime) -> None:
    """Opens, goes on with and ends alerts, so that exactly these are open."""
    keys = [one.key for one in found]
    _open([Trouble(one.key[:LONGEST_KEY], one.said[:500], one.since) for one in found], now=now)
    for alert in Alert.objects.filter(ended_at=None).exclude(key__in=keys).order_by("pk"):
        if Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=now):
            log.info("alert over: key=%s", alert.key)


def _open(found: Iterable[Trouble], *, now: datetime) -> None:
    for trouble in found:
        if Alert.objects.filter(key=trouble.key, ended_at=None).update(detail=trouble.said):
            continue
        lately = Alert.objects.filter(key=trouble.key, ended_at__gt=now - SETTLES).order_by("-ended_at", "-pk")
        if not _reopened(lately.first(), trouble):
            alert = Alert(key=trouble.key, detail=trouble.said, since=trouble.since or now)
            Alert.objects.bulk_create([alert], ignore_conflicts=True)
        log.warning("alert: key=%s detail=%s", trouble.key, trouble.said)


def _reopened(alert: Alert | None, trouble: Trouble) -> bool:
    """Unless its end was told already."""
    if alert is None or (alert.mailed_at and alert.ended_at and alert.mailed_at >= alert.ended_at):
        return False
    again = Alert.objects.filter(pk=alert.pk, ended_at=alert.ended_at)
    return bool(again.update(ended_at=None, detail=trouble.said))


def past(*, database_since: datetime, reason: str, mailed_at: datetime | None, now: datetime) -> None:
    """The database could not be written to, so this is the first that it hears of it."""
    Alert.objects.create(key=DATABASE, detail=reason[:500], since=database_since, mailed_at=mailed_at, ended_at=now)


def open_now() -> list[Alert]:
    return list(Alert.objects.filter(ended_at=None).order_by("since", "pk"))


def for_every_page(rows: Sequence[Alert]) -> list[str]:
    """Those that matter most. What is stopped is said anyway."""
    wrong = [one for one in rows if one.key.partition(":")[0] != DOMAIN and STOPPED_ITSELF not in one.detail]
    said = [one.detail for one in sorted(wrong, key=lambda one: rank(one.key))]
    more = len(said) - MOST_ON_PAGES
    return [*said[:MOST_ON_PAGES], *([f"And {more} more."] if more > 0 else [])]


def rank(key: str) -> int:
    """What causes the rest comes first."""
    kind = key.partition(":")[0]
    return WORST_FIRST.index(kind) if kind in WORST_FIRST else len(WORST_FIRST)


def database_since(seen: Figures) -> datetime | None:
    return signs.why_not_writable(now=seen.now)[1]


def of_database(seen: Figures) -> list[Trouble]:
    """What is known although it cannot be kept."""
    reason, _ = (READ_ONLY, None) if seen.is_read_only else signs.why_not_writable(now=seen.now)
    return [Trouble(DATABASE, reason, database_since(seen))] if reason else []
