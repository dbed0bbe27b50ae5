"""Who gets what at which moment: one notice after the other, as they go out, with sets of people.

Whether somebody has had their share of the week depends on whatever came before, of all upgrades. So where there is a
cap, a play takes along what goes on beside it.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection

from notices.audiences import crowds
from notices.audiences.crowds import NOBODY, Crowd, Crowds
from notices.enums import LIVE, MessageState
from notices.pipeline import audience, hours
from notices.pipeline.hours.caps import LONGEST_ON_THE_WAY, WEEK
from notices.simulation import delivering
from notices.simulation.delivering import End
from notices.simulation.on_the_way import OnTheWay
from notices.simulation.playing import Outcome, in_order
from stakeholders.models import Person

if TYPE_CHECKING:
    from notices.simulation.play import Play

STRICTLY = timedelta(microseconds=1)
SENT_LATELY = """
SELECT notice.id, notice.kind, notice.milestone_id, notice.released_at, sent.number, array_agg(DISTINCT sent.person_id)
FROM (SELECT message.notice_id, message.person_id,
             width_bucket(message.sent_at - interval '1 microsecond', %(since)s::timestamptz[]) AS number
      FROM notices_message message
      WHERE message.state = %(sent)s AND message.sent_at > %(first)s AND message.sent_at < %(now)s
        AND message.notice_id IN (SELECT id FROM notices_notice WHERE released_at > %(released_since)s)) AS sent
JOIN notices_notice notice ON notice.id = sent.notice_id
WHERE sent.number > 0
GROUP BY notice.id, sent.number
"""


@dataclass(frozen=True)
class Part:
    """Those for whom a notice ends in the same way over one channel."""

    channel: str
    end: End
    people: Crowd


@dataclass(frozen=True)
class Told:
    """What counts in somebody's week: while it is on its way, and for a week after it was sent."""

    key: Hashable
    released_at: datetime
    state: str
    at: datetime
    people: Crowd

    def counts(self, at: datetime) -> bool:
        if self.released_at <= at - LONGEST_ON_THE_WAY:
            return False
        if self.state == MessageState.SENT:
            return self.at > at - WEEK
        return self.state == MessageState.QUEUED or self.at >= at


@dataclass
class Week:
    """The week that ends at one moment. `digits`: how many notices each had, as crowds.count says it."""

    at: datetime
    of_notice: dict[Hashable, Crowd] = field(default_factory=lambda: defaultdict(int))
    digits: list[Crowd] = field(default_factory=list)

    def add(self, told: Iterable[Told]) -> None:
        new: dict[Hashable, Crowd] = defaultdict(int)
        for one in told:
            new[one.key] |= one.people & ~self.of_notice[one.key]
        for key, people in new.items():
            self.of_notice[key] |= people
        self.digits = crowds.count(new.values(), on=self.digits)


@dataclass(eq=False)
class Shares:
    """`plays`: those whose messages count, each with this. `groups`: whose members are asked about, too."""

    plays: list["Play"] = field(default_factory=list)
    groups: tuple[int, ...] = ()
    _parts: dict[str, list[Part]] = field(default_factory=dict)
    _over: dict[str, Crowd] = field(default_factory=dict)
    _reasons: dict[Hashable, list[tuple[str, Crowd]]] = field(default_factory=dict)
    _elsewhere: dict[Hashable, Crowd] = field(default_factory=dict)
    _week: Week | None = None

    def parts(self, outcome: Outcome) -> list[Part]:
        """Of what goes out while it is played."""
        if outcome.key not in self._parts and not self._has_cap:
            self._work_out(self._play_of[outcome.key], outcome)
        while outcome.key not in self._parts:
            self._work_out(*next(self._in_order))
        return self._parts[outcome.key]

    def over(self, outcome: Outcome) -> Crowd:
        """Those who have had their share of the week when it goes out."""
        self.parts(outcome)
        return self._over.get(outcome.key, NOBODY)

    def on_the_way(self) -> Iterator[tuple[int, str, datetime, bool, Crowd]]:
        """Notice, state, when, whether in a digest, and to whom."""
        for notice, _, _, _, state, at, is_gathered, people in self._waiting:
            yield notice, state, at, is_gathered, self.known.mark(people)

    @cached_property
    def known(self) -> Crowds:
        rules = [delivering.asked(one) for play, one in self._to_come if not _is_asked_anew(play, one)]
        found = crowds.load(rules, groups=self.groups)
        if any(_is_asked_anew(play, one) for play, one in self._to_come):
            found = found.knowing(Person.objects.active().order_by().values_list("pk", flat=True))
        return found

    @cached_property
    def _has_cap(self) -> bool:
        return any(play.world.rules.most_per_week for play in self.plays)

    @cached_property
    def _to_come(self) -> list[tuple["Play", Outcome]]:
        found = [(play, one) for play in self.plays for one in play.released if not one.is_on_its_way]
        return sorted(
            ((play, one) for play, one in found if delivering.channels(one)), key=lambda one: in_order(one[1])
        )

    @cached_property
    def _in_order(self) -> Iterator[tuple["Play", Outcome]]:
        return iter(self._to_come)

    @cached_property
    def _play_of(self) -> dict[str, "Play"]:
        return {one.key: play for play, one in self._to_come}

    def _work_out(self, play: "Play", outcome: Outcome) -> None:
        assert outcome.at is not None  # noqa: S101  it is released
        waiting = delivering.waiting(play, outcome)
        over = self._over_the_cap(outcome.at, waiting.most) if waiting.most else NOBODY
        found: dict[tuple[str, End], Crowd] = defaultdict(int)
        for channel in delivering.channels(outcome):
            for skipped, clock, people in self._people(play, outcome, channel, with_clocks=bool(waiting.clocks)):
                for is_over, those in ((True, people & over), (False, people & ~over)):
                    if those:
                        held = waiting.of(clock, is_over=is_over)
                        found[channel, delivering.end(play, outcome, skipped, held)] |= those
        self._over[outcome.key] = over
        self._parts[outcome.key] = [Part(channel, end, people) for (channel, end), people in found.items()]
        if self._has_cap:
            self._tell([told for part in self._parts[outcome.key] if (told := _told(outcome, part))])

    def _people(
        self, play: "Play", outcome: Outcome, channel: str, *, with_clocks: bool
    ) -> Iterable[tuple[str, str, Crowd]]:
        """By reason to skip them and by clock."""
        if _is_asked_anew(play, outcome):
            people = delivering.recipients(play, outcome, channel).order_by().annotate(clock=hours.CLOCK)
            rows = people.values("skip_reason", "clock").annotate(people=ArrayAgg("pk"))
            for reason, clock, those in rows.values_list("skip_reason", "clock", "people"):
                yield reason, clock, self.known.mark(those)
            return
        left = self.known.of(delivering.asked(outcome)) & ~self._counted_elsewhere(outcome, channel)
        parts = self.clocks if with_clocks else {"": self.known.everybody}
        for reason, those in [*self._skipped(outcome, channel), ("", self.known.everybody)]:
            here = left & those
            yield from ((reason, clock, here & there) for clock, there in parts.items() if here)
            left &= ~those

    def _skipped(self, outcome: Outcome, channel: str) -> list[tuple[str, Crowd]]:
        """The reasons are those of audience.recipients, each asked once."""
        notice = outcome.notice
        key = delivering.reasons_key(notice, channel)
        if key not in self._reasons:
            active = Person.objects.active().order_by()
            self._reasons[key] = [
                (reason, self.known.mark(active.filter(condition).values_list("pk", flat=True)))
                for condition, reason in audience.reasons(notice, channel)
            ]
        return self._reasons[key]

    def _counted_elsewhere(self, outcome: Outcome, channel: str) -> Crowd:
        """Those who are counted with another channel."""
        over = delivering.source(outcome)
        key = channel, *audience.sent_over(over)
        if key not in self._elsewhere:
            condition = audience.counted_elsewhere(over, channel)
            those = Person.objects.active().order_by().filter(condition) if condition else Person.objects.none()
            self._elsewhere[key] = self.known.mark(those.values_list("pk", flat=True))
        return self._elsewhere[key]

    @cached_property
    def clocks(self) -> dict[str, Crowd]:
        active = Person.objects.active().order_by().annotate(clock=hours.CLOCK).values("clock")
        rows = active.annotate(people=ArrayAgg("pk")).values_list("clock", "people")
        return {clock: self.known.mark(people) for clock, people in rows}

    # The week of each reader, as hours.over_the_cap counts it

    def _over_the_cap(self, at: datetime, most: int) -> Crowd:
        if self._week is None or self._week.at != at:
            self._told = [one for one in self._told if one.counts(at)]
            self._week = Week(at)
            self._week.add(self._told)
        return crowds.more_than(most - 1, self._week.digits) & ~self._lists

    def _tell(self, told: list[Told]) -> None:
        self._told += told
        if self._week:
            self._week.add(one for one in told if one.counts(self._week.at))

    @cached_property
    def _told(self) -> list[Told]:
        """What has been sent, and what is on its way already."""
        sent = MessageState.SENT
        before = [
            Told(_key(f"notice-{pk}", kind, milestone), released_at, sent, since + STRICTLY, self.known.mark(people))
            for pk, kind, milestone, released_at, since, people in self._sent_lately()
        ]
        return before + [
            Told(_key(f"notice-{pk}", kind, milestone), released_at, state, at, self.known.mark(people))
            for pk, kind, milestone, released_at, state, at, _, people in self._waiting
        ]

    @cached_property
    def _lists(self) -> Crowd:
        return self.known.mark(Person.objects.active().filter(is_list=True).order_by().values_list("pk", flat=True))

    def _sent_lately(self) -> list[tuple]:
        """By notice, and by the last of the moments from which on a week is counted: later ones do not count it."""
        now = self.plays[0].now
        since = sorted({one.at - WEEK for _, one in self._to_come if one.at and one.at - WEEK < now})
        if not since:
            return []
        values: dict[str, Any] = {"since": since, "first": since[0], "now": now, "sent": MessageState.SENT.value}
        with connection.cursor() as cursor:
            cursor.execute(SENT_LATELY, values | {"released_since": now - LONGEST_ON_THE_WAY})
            return [(*row, since[number - 1], people) for *row, number, people in cursor.fetchall()]

    @cached_property
    def _waiting(self) -> list[tuple]:
        first = self.plays[0]
        milestones = {pk: one for play in self.plays for pk, one in play.world.milestones.items()}
        return OnTheWay(None, milestones, first.what_if, first.now, first.until).by_moment()


def _is_asked_anew(play: "Play", outcome: Outcome) -> bool:
    """Where a rule asks what came before, or somebody has left, the database answers."""
    return bool(play.what_if.gone) or delivering.looks_back(outcome)


def _told(outcome: Outcome, part: Part) -> Told | None:
    if part.end.state == MessageState.SKIPPED:
        return None
    assert outcome.at is not None  # noqa: S101  it is released
    key = _key(outcome.key, outcome.notice.kind, outcome.notice.milestone_id)
    return Told(key, outcome.at, part.end.state, part.end.at, part.people)


def _key(own: str, kind: str, milestone: int | None) -> Hashable:
    """The live notices of one window count as one."""
    return milestone if kind in LIVE and milestone else own
