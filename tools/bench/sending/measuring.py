"""One run: ceiling, our path, the sending side alone and the peers take turns, so that a busy minute hits them all."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from notices.channels import KINDS, mime
from notices.channels.base import Accepted, Access, Envelope, Parcel
from notices.enums import MessageState
from notices.models import Message, Notice, Outlet
from notices.pipeline import outbox, outlets, render
from stakeholders.enums import Channel
from tools.bench.sending import ground, peers, programs, workers
from tools.bench.sending.programs import Missing
from tools.bench.sending.results import Results, keep

ROUNDS = 3
FEW, SOME, MANY = 1_000, 5_000, 100_000
SMALL = 4_000  # bytes
ENOUGH = 480  # seconds: after that, no further measurement begins
SOURCE_MESSAGES = 20_000
CONNECTIONS = 4
ALLOWED = 200  # a second
CEILING, CEILING_ONE = "ceiling, our size, 10 sessions", "ceiling, our size, 1 session"
CEILING_SMALL, CEILING_SMALL_ONE = "ceiling, 4 KB, 10 sessions", "ceiling, 4 KB, 1 session"
ALONE, BUILDING = "sending side alone, 4 connections", "building alone, 1 process"
SLOPE = """
SELECT regr_slope(number, at) FROM (
    SELECT row_number() OVER (ORDER BY sent_at, id) AS number, extract(epoch FROM sent_at) AS at
    FROM notices_message WHERE notice_id = %s AND state = 'sent') AS each
"""  # how fast it goes on, whether one by one or a second's worth at once
PARTS = ("ceiling", "peers", "path", "many", "urgent", "allowed", "once", "history")
ROUND_OF = {"urgent": 20, "allowed": 2_000}


def path(processes: int, messages: int) -> str:
    return f"whole path, {messages:,} messages, {processes} process{'es' if processes > 1 else ''}"


class Bench:
    def __init__(self, folder: Path, port: int, parts: set[str]):
        self.folder = folder
        self.port = port
        self.parts = self.chosen = parts
        self.results = Results()
        self.letter = _letter()
        self.content = mime.build(self.letter)
        self.began = time.monotonic()

    def run(self) -> None:
        self.results.figure("size of a message", len(self.content) / 1000, "KB")
        with programs.sink(self.port, self.folder) as self.sink:
            for number in range(ROUNDS):
                self.take_turns(number)
            for processes in (2, 1):
                self.with_workers(processes)
        if self.wants("once"):
            self.once()
        if self.wants("history"):
            self.old_rows()

    def wants(self, part: str) -> bool:
        """On a slow or busy machine the last ones are left out rather than waited for."""
        if part in self.parts and time.monotonic() > self.began + ENOUGH:
            self.results.note(f"Left out after {ENOUGH} s: {part}.")
            self.parts = self.parts - {part}
        return part in self.parts

    # Rounds

    def take_turns(self, number: int) -> None:
        print(f"Round {number + 1} of {ROUNDS}", flush=True)
        if self.wants("ceiling"):
            self.ceiling()
            self.alone()
        for processes in (1, 2) if self.wants("path") else ():
            with workers.working(processes, self.folder) as working:
                self.whole(working, SOME)
        if self.wants("peers"):
            self.others(SOME if number == 0 else FEW)

    def ceiling(self) -> None:
        size = len(self.content)
        for name, length, sessions in [
            (CEILING, size, 10),
            (CEILING_ONE, size, 1),
            (CEILING_SMALL, SMALL, 10),
            (CEILING_SMALL_ONE, SMALL, 1),
        ]:
            messages = SOURCE_MESSAGES if sessions > 1 else SOURCE_MESSAGES // 4
            self.results.rate(name, programs.source(self.port, messages=messages, size=length, sessions=sessions))

    def alone(self) -> None:
        """The same bytes again and again, one process, nothing built and nothing recorded."""
        post = KINDS[Channel.EMAIL].open(Access(connections=CONNECTIONS))
        began, done, put = time.perf_counter(), 0, 0
        while done < SOURCE_MESSAGES:
            while put < SOURCE_MESSAGES and post.room():
                post.put(Parcel(put, "a@example.org", "b@example.org", self.content))
                put += 1
            outcomes = [outcome for _, outcome in post.collect(1.0)]
            if refused := [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]:
                raise workers.NotSent(f"The sink refused: {refused[0]}")
            done += len(outcomes)
        self.results.rate(ALONE, SOURCE_MESSAGES / (time.perf_counter() - began))
        post.close()

    def whole(self, working: workers.Workers, messages: int) -> workers.Sent:
        before = self.sink.count()
        done = working.send(notice := ground.notice(messages))
        self._demand_all(notice, done.messages, before)
        self.results.rate(path(working.processes, messages), done.rate)
        self.results.rate(f"{path(working.processes, messages)}, without fill", done.messages / done.sending)
        return done

    def others(self, messages: int) -> None:
        for peer in peers.NAMES:
            rate = peers.measure(peer, self.letter, messages=messages, port=self.port, folder=self.folder)
            self.results.rate(peer, rate)

    def _demand_all(self, notice: Notice, expected: int, before: int) -> None:
        """Recorded as sent, and arrived at the other side: all of them, each once."""
        sent, until = ground.sent(notice), time.monotonic() + 2
        while (arrived := self.sink.count() - before) < sent and time.monotonic() < until:
            time.sleep(0.05)
        if not sent == arrived == expected:
            self.results.note(f"{notice}: {expected:,} made, {sent:,} recorded as sent, {arrived:,} arrived.")

    # Once for each number of workers

    def with_workers(self, processes: int) -> None:
        wanted = [part for part in (self.many, self.urgent, self.allowed) if self.wants(part.__name__)]
        if not wanted:
            return
        print(f"{processes} worker process(es)", flush=True)
        with workers.working(processes, self.folder) as working:
            for part in wanted:
                part(working)

    def many(self, working: workers.Workers) -> None:
        self.ceiling_again()
        before = working.memory()
        cpu = working.cpu()
        done = self.whole(working, MANY)
        self.results.figure(f"fill of {MANY:,}, beside {working.processes} idle", done.filling, "s")
        self.results.figure(f"memory of a worker, {working.processes}: before", before, "MB")
        self.results.figure(f"memory of a worker, {working.processes}: after {MANY:,}", working.memory(), "MB")
        self.results.figure(
            f"processor time of the workers per message, {working.processes}", (working.cpu() - cpu) / MANY * 1e6, "µs"
        )

    def ceiling_again(self) -> None:
        if "ceiling" in self.parts:
            rate = programs.source(self.port, messages=SOURCE_MESSAGES, size=len(self.content), sessions=10)
            self.results.rate(CEILING, rate)

    def urgent(self, working: workers.Workers) -> None:
        """Somebody presses the button while a bulk send runs."""
        bulk, urgent = ground.notice(MANY), ground.notice(ROUND_OF["urgent"], is_urgent=True)
        outbox.fill(bulk, now=timezone.now())
        working.nudge()
        time.sleep(3)
        pressed = timezone.now()
        outbox.fill(urgent, now=pressed)
        working.nudge()
        workers.wait_until_sent(urgent)
        was_running = ground.is_open(bulk)
        last = Message.objects.filter(notice=urgent).aggregate(last=Max("sent_at"))["last"]
        name = f"an urgent notice during a bulk send, {working.processes}"
        self.results.figure(name, (last - pressed).total_seconds(), "s")
        if not was_running:
            self.results.note("The bulk send was over before the urgent notice was.")
        workers.wait_until_sent(bulk)

    def allowed(self, working: workers.Workers) -> None:
        outlet = outlets.of(Channel.EMAIL)
        Outlet.objects.filter(pk=outlet.pk).update(per_second=ALLOWED)
        try:
            working.send(notice := ground.notice(ROUND_OF["allowed"]))
        finally:
            Outlet.objects.filter(pk=outlet.pk).update(per_second=None)
        with connection.cursor() as cursor:
            cursor.execute(SLOPE, [notice.pk])
            [rate] = cursor.fetchone()
        self.results.figure(f"share used of {ALLOWED} a second, {working.processes}", 100 * rate / ALLOWED, "%")
        sent = ground.sent(notice)
        if sent != ROUND_OF["allowed"]:
            self.results.note(f"Of {ROUND_OF['allowed']:,} only {sent:,} were sent.")

    # At a server that remembers

    def once(self) -> None:
        kept = self.folder / "received"
        receiver: list[str | Path] = [sys.executable, "-m", "tools.bench.sending.receiver", str(self.port), kept]
        with programs.running(receiver, log=self.folder / "receiver.log"):
            programs.wait_for(self.port)
            with workers.working(2, self.folder) as working:
                before = len(kept.read_bytes().splitlines())
                working.send(ground.notice(SOME))
        lines = kept.read_bytes().splitlines()[before:]
        people, ids = ({line.split()[place] for line in lines} for place in (0, 1))
        self.results.figure(f"of {SOME:,}: arrived", len(lines))
        self.results.figure(f"of {SOME:,}: different people, different Message-IDs", min(len(people), len(ids)))

    # With a history

    def old_rows(self) -> None:
        """What a message costs one process, from the first that is recorded to the last."""
        print("With and without a history", flush=True)
        costs: list[float] = []
        with programs.sink(self.port, self.folder) as self.sink:
            for name in ("no history", "a million old messages"):
                with workers.working(1, self.folder) as working:
                    few = median(self.cost(working, FEW) for _ in range(5))
                    many = self.cost(working, MANY)
                self.results.figure(f"cost of a message of {FEW:,}, {name}", few, "µs")
                self.results.figure(f"cost of a message of {MANY:,}, {name}", many, "µs")
                self.results.figure(f"cost of one of {MANY:,} to one of {FEW:,}, {name}", many / few)
                costs.append(many)
                if len(costs) == 1:
                    ground.grow_old()
        self.results.figure("cost of a message with a million old ones to one without", costs[1] / costs[0])

    def cost(self, working: workers.Workers, messages: int) -> float:
        working.send(notice := ground.notice(messages))
        span = Message.objects.filter(notice=notice).aggregate(first=Min("sent_at"), last=Max("sent_at"))
        return (span["last"] - span["first"]).total_seconds() / messages * 1e6

    # What came of it

    def save(self) -> None:
        found, data = self.results, self.results.as_data()
        best = path(2, MANY) if found.rates.get(path(2, MANY)) else path(2, SOME)
        data["ratio_to_ceiling"] = found.ratio(best, CEILING)
        data["ratios"] = {
            "ratio_to_ceiling": found.ratio(best, CEILING),
            **{f"ratio_to_ceiling, {name}": found.ratio(name, CEILING) for name in found.rates if "whole" in name},
            "sending_side_to_ceiling": found.ratio(ALONE, CEILING),
            **{f"ratio_to_{peer}": found.ratio(path(2, SOME), peer) for peer in peers.NAMES},
            **{f"ratio_to_{peer}, {MANY:,} messages": found.ratio(path(2, MANY), peer) for peer in peers.NAMES},
        }
        print("Ratios", flush=True)
        for name, value in data["ratios"].items():
            if value:
                print(f"  {name:58} {value:10.2f}", flush=True)
        keep("send" if self.chosen == set(PARTS) else f"send: {', '.join(sorted(self.chosen))}", data)


def measure(folder: Path, port: int, parts: set[str]) -> None:
    ground.build()
    try:
        programs.find("smtp-sink")
    except Missing as error:
        print(f"The send path is not measured. {error}", flush=True)
        return
    if "peers" in parts:
        parts = parts - _without("peers", peers.prepare)
    bench = Bench(folder, port, parts)
    try:
        bench.run()
    finally:
        bench.save()


def _without(part: str, prepare: Callable[[], None]) -> set[str]:
    try:
        prepare()
    except Missing as error:
        print(f"Not measured: {part}. {error}", flush=True)
        return {part}
    return set()


def _letter() -> Envelope:
    """One of those that the path sends, in English."""
    sample = ground.notice(20)
    outbox.fill(sample, now=timezone.now())
    rows = Message.objects.filter(notice=sample).select_related("notice", "variant__revision")
    envelope = render.of_message(rows.filter(variant__language="en").order_by("pk")[0])
    Message.objects.filter(notice=sample).update(state=MessageState.CANCELLED)
    connection.close()
    return envelope


def chosen_parts() -> set[str]:
    """ONLY="ceiling,path" measures less."""
    return {part for part in PARTS if part in (os.environ.get("ONLY") or ",".join(PARTS)).split(",")}
