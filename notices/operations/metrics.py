"""The figures in the text format of Prometheus. A scrape costs a dozen small queries, however much was ever sent."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from notices.enums import OPEN
from notices.models import Reading
from notices.operations import alerts, figures, readings
from notices.operations.figures import Figures
from stakeholders.enums import Channel

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RATE_MINUTES = 5


class Scrape:
    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        seen = figures.of_now(now=self.now)
        last = readings.last(before=self.now)
        yield from _queue(seen, last)
        yield from _outcomes(seen, last, now=self.now)
        yield from _clock(seen)
        yield from _outlets(seen)
        yield from _watch(seen, last)


def text(*, now: datetime) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape(now=now))
    return generate_latest(registry)


def _gauge(name: str, help_: str, value: float | None) -> Iterator[Metric]:
    """What is not known is not said."""
    if value is not None:
        yield GaugeMetricFamily(f"commsplan_{name}", help_, value=value)


def _family(kind: type, name: str, help_: str, labels: list[str], rows: Mapping[Any, float]) -> Metric:
    found = kind(f"commsplan_{name}", help_, labels=labels)
    for values, number in sorted(rows.items()):
        found.add_metric(list(values), number)
    return found


def _queue(seen: Figures, last: Reading | None) -> Iterator[Metric]:
    channels = _channels(seen)
    depth = {one: float(number) for one, number in seen.depth.items()}
    if not seen.is_counted and last:
        exact = ((key.partition(":"), number) for key, number in last.values["depth"].items())
        depth = {(channel, state): number for (state, _, channel), number in exact}
    depth = {(channel, state.value): 0.0 for channel in channels for state in OPEN} | depth
    yield _family(
        GaugeMetricFamily, "messages", "Messages in the outbox that are still to go.", ["channel", "state"], depth
    )
    ages = {(channel,): 0.0 for channel in channels} | {(channel,): age for channel, age in seen.ages.items()}
    yield _family(
        GaugeMetricFamily, "oldest_ready_seconds", "Since when the oldest message could leave.", ["channel"], ages
    )
    yield from _gauge("late_notices", "Notices that are due and were not released.", seen.late)


def _channels(seen: Figures) -> list[str]:
    """Those that have an outlet: a series begins at zero, so that its first step is seen."""
    return sorted({Channel.EMAIL.value, *(one.outlet.channel for one in seen.outlets)})


def _outcomes(seen: Figures, last: Reading | None, *, now: datetime) -> Iterator[Metric]:
    totals = readings.totals(last, now=now)
    rows = {(channel, state.value): 0.0 for channel in _channels(seen) for state in readings.COUNTED} | {
        (channel, outcome): float(number)
        for outcome, _, channel, number in ((*key.partition(":"), number) for key, number in totals.items())
        if channel
    }
    yield _family(
        CounterMetricFamily, "outcomes", "What came of attempts to send, since counting began.", CHANNEL_OUTCOME, rows
    )
    came = CounterMetricFamily(
        "commsplan_returned", "Mails that came back later.", value=totals.get(readings.RETURNED, 0)
    )
    yield came
    recent = readings.recently(now=now, minutes=RATE_MINUTES)
    rates = {(state.value,): recent.get(state.value, 0) / RATE_MINUTES for state in readings.COUNTED}
    yield _family(
        GaugeMetricFamily, "outcomes_per_minute", "The same per minute, over five minutes.", ["outcome"], rates
    )


CHANNEL_OUTCOME = ["channel", "outcome"]


def _clock(seen: Figures) -> Iterator[Metric]:
    yield from _gauge("tick_lag_seconds", "Since the clock ticked last.", seen.lag)
    yield from _gauge("tick_duration_seconds", "How long the last tick took.", seen.tick_seconds)
    yield from _gauge("workers", "Processes that began something within minutes.", seen.alive)
    worked = (seen.now - seen.worked).total_seconds() if seen.worked else None
    yield from _gauge("worker_lag_seconds", "Since a worker began something last.", worked)


def _outlets(seen: Figures) -> Iterator[Metric]:
    keys = {one: (one.outlet.channel, "fallback" if one.outlet.is_fallback else "first") for one in seen.outlets}
    stopped = {key: float(one.outlet.is_stopped) for one, key in keys.items()}
    down = {key: float(one.is_down(seen.now)) for one, key in keys.items()}
    yield _family(GaugeMetricFamily, "outlet_stopped", "1: somebody or itself stopped it.", CHANNEL_ROLE, stopped)
    yield _family(GaugeMetricFamily, "outlet_down", "1: it does not work.", CHANNEL_ROLE, down)
    yield from _gauge("standstill", "1: somebody stopped everything that sends.", float(seen.standstill is not None))


CHANNEL_ROLE = ["channel", "role"]


def _watch(seen: Figures, last: Reading | None) -> Iterator[Metric]:
    opened = {(key,): 0.0 for key in alerts.ADVICE} | {(alert.key,): 1.0 for alert in alerts.open_now()}
    yield _family(GaugeMetricFamily, "alert", "1: this alert is open.", ["key"], opened)
    yield from _gauge("writable", "0: the database takes nothing.", float(not alerts.of_database(seen)))
    if last:
        yield from _gauge("misled_people", "People who believe something wrong.", last.values.get("drift"))
        yield from _gauge("reading_age_seconds", "Since somebody looked.", (seen.now - last.at).total_seconds())
