"""The operation in plain words, for the page: is all well, and if not, what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.urls import reverse

from commsplan.lib import time
from notices.models import Alert
from notices.operations import alerts, drawing, figures, readings, remedies
from notices.operations.alerts import Trouble
from notices.operations.drawing import Chart, Span
from notices.operations.figures import Figures, OutletState, Waiting
from notices.operations.remedies import Remedy
from stakeholders.enums import Channel

SLOW = timedelta(minutes=10)
MOST_SLOW, MOST_ALERTS, MOST_ENDED = 5, 40, 5
MOST_DOMAINS, MOST_PAUSED = 3, 5
SEEN_AT_ONCE = (alerts.OUTLET, alerts.DOMAIN)
UNTOLD_FOR = timedelta(minutes=3)


@dataclass(frozen=True)
class Number:
    label: str
    value: str
    icon: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Problem:
    """`since`: None while nothing of it can be kept."""

    said: str
    advice: str
    since: datetime | None
    remedies: Sequence[Remedy] = ()
    url: str = ""  # of what it is about


@dataclass(frozen=True)
class Overview:
    numbers: Sequence[Number]
    problems: Sequence[Problem]
    held: Sequence[Problem]  # by a person, who had a reason
    slow: Sequence[Waiting]
    outlets: Sequence[OutletState]
    chart: Chart | None
    figures: Figures
    ended: Sequence[Alert]
    is_untold: bool = False  # for minutes now: no mail about what is wrong could leave

    @property
    def tone(self) -> str:
        if self.problems:
            return "bad"
        return "good" if self.has_begun and not self.held else "warn"

    @property
    def has_begun(self) -> bool:
        return self.figures.lag is not None

    @property
    def headline(self) -> str:
        if self.problems:
            number = len(self.problems)
            return "1 thing needs you" if number == 1 else f"{number} things need you"
        if self.figures.standstill:
            return "Everything that sends is stopped"
        if self.held:
            return "Nothing is wrong, but something is held"
        return "All is well" if self.has_begun else "Nothing runs here yet"

    @property
    def sentence(self) -> str:
        waiting = self.figures.queue
        if self.problems:
            begin = "Begin with the first. " if len(self.problems) > 1 else ""
            return f"{begin}What was begun is not lost: it goes on once the cause is gone."
        if self.held:
            return "Somebody stopped or paused what is below. It waits until a person starts it again."
        if not self.has_begun:
            return "The clock has never ticked, so nothing leaves. Start the processes “clock”, “beat” and “worker”."
        if waiting and not self.figures.ready:
            return f"{waiting:,} {'message waits for its' if waiting == 1 else 'messages wait for their'} time."
        if waiting:
            return f"{waiting:,} {'message is' if waiting == 1 else 'messages are'} on the way."
        return "The clock ticks, workers look for work, and nothing waits."


def of(*, span: Span, now: datetime, zone: str) -> Overview:
    """The same few queries, whatever there is."""
    seen = figures.of_now(now=now)
    points, recent = readings.course(since=now - span.length, step=span.step, minutes=alerts.FAILED_MINUTES, now=now)
    rows = list(Alert.objects.order_by(F("ended_at").desc(nulls_first=True), "since", "pk")[:MOST_ALERTS])
    return Overview(
        numbers=_numbers(seen, recent),
        problems=_problems(seen, [one for one in rows if not one.ended_at]),
        held=_held(seen),
        slow=[one for one in seen.ready if now - one.since > SLOW][:MOST_SLOW],
        outlets=seen.outlets,
        chart=drawing.of(points, span, now=now, zone=zone, silence=figures.silence_allowed()) if points else None,
        figures=seen,
        ended=[one for one in rows if one.ended_at][:MOST_ENDED],
        is_untold=any(not one.ended_at and not one.mailed_at and now - one.since > UNTOLD_FOR for one in rows),
    )


def _problems(seen: Figures, rows: Sequence[Alert]) -> list[Problem]:
    """What is open, and what this look shows although nobody has kept it yet; what causes the rest comes first."""
    kept = {one.key: one.since for one in rows}
    live: Sequence[Trouble] = [*alerts.of_database(seen), *alerts.of_clock(seen), *alerts.of_stops(seen)]
    lasting = {one.key: one.detail for one in rows if one.key.partition(":")[0] not in SEEN_AT_ONCE}
    said = lasting | {one.key: one.said for one in live}
    since = kept | {one.key: one.since for one in live if one.since}
    keys = sorted(said, key=alerts.rank)
    domains = [key for key in keys if key.partition(":")[0] == alerts.DOMAIN]
    found: list[Problem] = []
    for key in keys:
        if key not in domains[MOST_DOMAINS:]:
            found.append(_problem(key, said[key], since.get(key), seen))
        elif key == domains[MOST_DOMAINS]:
            found.append(_other_domains(seen, least=len(domains)))
    return found


def _problem(key: str, said: str, since: datetime | None, seen: Figures) -> Problem:
    return Problem(said, alerts.advice(key, said), since, remedies.of(key, seen))


def _other_domains(seen: Figures, *, least: int) -> Problem:
    """Of very many not even each alert is known here."""
    all_ = {one.outlet_id: one.number for one in seen.stopped_domains}  # type: ignore[attr-defined]
    number = max(least, sum(all_.values())) - MOST_DOMAINS
    said = f"Mail to {'another domain' if number == 1 else f'{number:,} other domains'} stopped itself, too."
    return Problem(said, "", None, remedies.of_many_domains(seen.stopped_domains))


def _held(seen: Figures) -> list[Problem]:
    return [*_standstill(seen), *_stopped(seen), *_paused(seen)]


def _standstill(seen: Figures) -> Iterator[Problem]:
    if halt := seen.standstill:
        said = f"{halt.by} stopped everything that sends: {halt.reason}"
        yield Problem(
            said,
            "What is due waits, unless it is too late to be useful by then.",
            halt.at,
            [remedies.start_everything()],
        )


def _stopped(seen: Figures) -> Iterator[Problem]:
    for one in seen.outlets:
        if one.outlet.is_stopped and not one.stopped_itself:
            said = f"{one.outlet.stopped_by} stopped {one.outlet}: {one.outlet.stop_reason}"
            words = "The usual server sends what it can." if one.outlet.is_fallback else "What is due over it waits."
            yield Problem(said, words, one.outlet.stopped_at, [remedies.start(one.outlet)])


def _paused(seen: Figures) -> Iterator[Problem]:
    for one in seen.paused[:MOST_PAUSED]:
        words = f"{one.upgrade}. Something of it could have left by now."
        acts = [remedies.resume(one.notice)]
        yield Problem(f"Paused: {one.title}", words, one.paused_at, acts, reverse("notice", args=[one.notice]))
    if (more := len(seen.paused) - MOST_PAUSED) > 0:
        said = f"{more:,} more {'notice is' if more == 1 else 'notices are'} paused."
        yield Problem(said, "", None, [Remedy("Outbox", f"{reverse('outbox')}?tab=sending", "inbox")])


def _numbers(seen: Figures, recent: dict[str, int]) -> list[Number]:
    return [_waiting(seen), _oldest(seen), _sent(recent), _failed(recent), _clock(seen), _workers(seen)]


def _waiting(seen: Figures) -> Number:
    later = seen.of_state("deferred")
    under_way = "queued and under way" if seen.ready or not seen.queue else "all for a later time"
    words = f"{later:,} for later" if later else under_way
    return Number("Waiting in the outbox", f"{seen.queue:,}{'' if seen.is_counted else ' or more'}", "inbox", words)


def _oldest(seen: Figures) -> Number:
    if not seen.ages:
        return Number("Longest wait", "none", "hourglass", "nothing that could leave waits", "good")
    channel, age = max(seen.ages.items(), key=lambda one: one[1])
    tone = "warn" if age > SLOW.total_seconds() else "good"
    words = f"{Channel(channel).label}; up to {_span(SLOW.total_seconds())} is usual"
    return Number("Longest wait", _span(age), "hourglass", words, tone)


def _sent(recent: dict[str, int]) -> Number:
    sent = recent.get("sent", 0)
    return Number("Sent", f"{sent:,}", "send", f"in {alerts.FAILED_MINUTES} minutes")


def _failed(recent: dict[str, int]) -> Number:
    failed = alerts.failed_in(recent)
    tone = "warn" if failed else "good"
    return Number("Failed or bounced", f"{failed:,}", "alert-triangle", f"in {alerts.FAILED_MINUTES} minutes", tone)


def _clock(seen: Figures) -> Number:
    if seen.lag is None:
        return Number("Clock", "has not ticked yet", "clock", "it starts with the processes “beat” and “clock”", "warn")
    allowed = figures.silence_allowed()
    tone = "bad" if timedelta(seconds=seen.lag) > allowed else "good"
    words = f"up to {_span(allowed.total_seconds())} is usual"
    took = f"; the last took {seen.tick_seconds:.1f} s" if seen.tick_seconds is not None else ""
    return Number("Last tick of the clock", f"{_span(seen.lag)} ago", "clock", f"{words}{took}", tone)


def _workers(seen: Figures) -> Number:
    if seen.worked is None:
        return Number("Workers", "not known", "users", "none has begun anything yet")
    age = (seen.now - seen.worked).total_seconds()
    tone = "bad" if age > alerts.AWAY.total_seconds() else "good"
    words = f"one is enough; the last began something {_span(age)} ago"
    return Number("Workers alive", str(seen.alive), "users", words, tone)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else time.duration(int(seconds // 60))
