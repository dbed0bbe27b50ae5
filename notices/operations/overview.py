"""The operation in plain words, for the page: is all well, and if not, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from commsplan.lib import time
from notices.models import Alert
from notices.operations import alerts, drawing, figures, readings
from notices.operations.alerts import Trouble
from notices.operations.drawing import Chart, Span
from notices.operations.figures import Figures, OutletState, Waiting
from stakeholders.enums import Channel

SLOW = timedelta(minutes=10)
MOST_SLOW, MOST_ALERTS, MOST_ENDED = 5, 40, 5


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


@dataclass(frozen=True)
class Overview:
    numbers: Sequence[Number]
    problems: Sequence[Problem]
    slow: Sequence[Waiting]
    outlets: Sequence[OutletState]
    chart: Chart | None
    figures: Figures
    ended: Sequence[Alert]

    @property
    def tone(self) -> str:
        if self.problems:
            return "bad"
        return "good" if self.has_begun and not self.figures.standstill else "warn"

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
        return "All is well" if self.has_begun else "Nothing runs here yet"

    @property
    def sentence(self) -> str:
        waiting = self.figures.queue
        if self.problems:
            return "Begin with the first. What was begun is not lost: it goes on once the cause is gone."
        if self.figures.standstill:
            return f"By {self.figures.standstill.by}: {self.figures.standstill.reason}"
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
        slow=[one for one in seen.ready if now - one.since > SLOW][:MOST_SLOW],
        outlets=seen.outlets,
        chart=drawing.of(points, span, now=now, zone=zone, silence=figures.silence_allowed()) if points else None,
        figures=seen,
        ended=[one for one in rows if one.ended_at][:MOST_ENDED],
    )


def _problems(seen: Figures, rows: Sequence[Alert]) -> list[Problem]:
    """What is open, and what this look shows although nobody has kept it yet."""
    kept = {one.key: one.since for one in rows}
    live: Sequence[Trouble] = [*alerts.of_database(seen), *alerts.of_clock(seen)]
    found = {one.key: Problem(one.said, alerts.advice(one.key), kept.get(one.key)) for one in live}
    for alert in rows:
        found.setdefault(alert.key, Problem(alert.detail, alerts.advice(alert.key), alert.since))
    return list(found.values())


def _numbers(seen: Figures, recent: dict[str, int]) -> list[Number]:
    return [_waiting(seen), _oldest(seen), _sent(recent), _failed(recent), _clock(seen), _workers(seen)]


def _waiting(seen: Figures) -> Number:
    later = seen.of_state("deferred")
    under_way = "queued and under way" if seen.ready or not seen.queue else "all for a later time"
    words = f"{later:,} tried again later" if later else under_way
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
