"""To whom it goes: the recipients of the pipeline, on the day of the release, with what the play has done before.

Large numbers are counted by the database, each distinct audience once; single messages are read one by one.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.audiences.crowds import Crowd
from notices.enums import PERSONAL, MessageState
from notices.models import Notice, Revision
from notices.pipeline import audience, fate, hours
from notices.pipeline.audience import Foreseen
from notices.simulation.playing import Outcome
from stakeholders.models import Person

if TYPE_CHECKING:
    from notices.simulation.play import Play

TOO_LATE = "too late to be useful"


@dataclass(frozen=True)
class Delivery:
    """One message as it will be. `at` is when it is sent at the earliest."""

    outcome: Outcome
    person: int
    name: str
    address: str
    channel: str
    state: str
    reason: str
    at: datetime

    @property
    def is_sent(self) -> bool:
        return self.state == MessageState.SENT


@dataclass(frozen=True)
class Tally:
    """So many messages of one notice."""

    outcome: Outcome
    channel: str
    state: str
    reason: str
    at: datetime
    number: int

    @property
    def is_sent(self) -> bool:
        return self.state == MessageState.SENT


def channels(outcome: Outcome) -> list[str]:
    """Those over which messages are sent; the status page shows it by itself."""
    return [channel.value for channel in audience.sent_over(source(outcome))]


def source(outcome: Outcome) -> Notice | Revision:
    """What was approved, where it was."""
    revision = outcome.notice.approved_revision
    if revision is None:
        return outcome.notice
    revision.notice = outcome.notice
    return revision


def recipients(play: "Play", outcome: Outcome, channel: str) -> QuerySet:
    """A queryset of people with their `skip_reason`, which the type checker takes for a field that does not exist."""
    foreseen = _foreseen(play, outcome)
    return audience.recipients(source(outcome), channel=channel, on=outcome.day, foreseen=foreseen)


def everybody(play: "Play", outcome: Outcome) -> QuerySet:
    """Each once; the `skip_reason` says why no channel reaches somebody."""
    return audience.everybody(source(outcome), on=outcome.day, foreseen=_foreseen(play, outcome))


def messages(play: "Play", outcome: Outcome, *, person: Person | None = None) -> Iterator[Delivery]:
    if not outcome.is_released:
        return
    if outcome.is_on_its_way:
        for pk, name, address, channel, state, reason, at in play.on_the_way.each(outcome.notice.pk, person=person):
            yield Delivery(outcome, pk, name, address, channel, state, reason, at)
        return
    walls = _walls(play, outcome)
    for channel in channels(outcome):
        people = recipients(play, outcome, channel).order_by("pk")
        if person is not None:
            people = people.filter(pk=person.pk)
        address = audience.address_over(channel)
        rows = people.annotate(clock=hours.CLOCK).values_list("pk", "name", address, "skip_reason", "clock")
        for pk, name, address, skipped, clock in rows.iterator(chunk_size=5000):
            state, reason, at = _end(play, outcome, skipped, walls.get(clock))
            yield Delivery(outcome, pk, name, address, channel, state, reason, at)


def tallies(play: "Play") -> list[Tally]:
    """Counted with sets of people. Where a rule asks what came before, or somebody has left, the database counts."""
    to_come = [one for one in play.released if not one.is_on_its_way]
    plain = [one for one in to_come if not looks_back(one) and channels(one) and not play.what_if.gone]
    counter = _Counter(play, plain) if plain else None
    found: list[Tally] = []
    for outcome in to_come:
        walls = _walls(play, outcome)
        for channel in channels(outcome):
            if counter is None or looks_back(outcome):
                rows = _count(recipients(play, outcome, channel), with_clocks=bool(walls))
            else:
                rows = counter.rows(outcome, channel, with_clocks=bool(walls))
            found += _tallied(play, outcome, channel, rows, walls)
    return [*_on_the_way(play), *found]


def _on_the_way(play: "Play") -> Iterator[Tally]:
    outcomes = {one.notice.pk: one for one in play.released if one.is_on_its_way}
    for pk, *rest in play.on_the_way.counted():
        yield Tally(outcomes[pk], *rest)


class _Counter:
    """Audiences as sets of people; the reasons are those of audience.recipients, each asked once."""

    def __init__(self, play: "Play", outcomes: list[Outcome]):
        self.play = play
        self.known = crowds.load([asked(one) for one in outcomes])
        self.reasons: dict[Hashable, list[tuple[str, Crowd]]] = {}
        self.elsewhere: dict[Hashable, Crowd] = {}
        self.clocks: dict[str, Crowd] = {}

    def rows(self, outcome: Outcome, channel: str, *, with_clocks: bool) -> list[tuple[str, str, int]]:
        left = self.known.of(asked(outcome)) & ~self._elsewhere(outcome, channel)
        found = []
        for reason, those in [*self._reasons(outcome, channel), ("", self.known.everybody)]:
            parts = self._clocks() if with_clocks else {"": self.known.everybody}
            found += [(reason, clock, crowds.size(left & those & there)) for clock, there in parts.items()]
            left &= ~those
        return [row for row in found if row[2]]

    def _reasons(self, outcome: Outcome, channel: str) -> list[tuple[str, Crowd]]:
        notice = outcome.notice
        key = reasons_key(notice, channel)
        if key not in self.reasons:
            active = Person.objects.active().order_by()
            self.reasons[key] = [
                (reason, self.known.mark(active.filter(condition).values_list("pk", flat=True)))
                for condition, reason in audience.reasons(notice, channel)
            ]
        return self.reasons[key]

    def _elsewhere(self, outcome: Outcome, channel: str) -> Crowd:
        """Those who are counted with another channel."""
        over = source(outcome)
        key = channel, *audience.sent_over(over)
        if key not in self.elsewhere:
            condition = audience.counted_elsewhere(over, channel)
            those = Person.objects.active().order_by().filter(condition) if condition else Person.objects.none()
            self.elsewhere[key] = self.known.mark(those.values_list("pk", flat=True))
        return self.elsewhere[key]

    def _clocks(self) -> dict[str, Crowd]:
        if not self.clocks:
            people: dict[str, list[int]] = {}
            active = Person.objects.active().order_by().annotate(clock=hours.CLOCK)
            for pk, clock in active.values_list("pk", "clock").iterator():
                people.setdefault(clock, []).append(pk)
            self.clocks = {clock: self.known.mark(those) for clock, those in people.items()}
        return self.clocks


def reasons_key(notice: Notice, channel: str) -> Hashable:
    """What the reasons to leave somebody out depend on."""
    return channel, notice.topic, notice.engagement_id, notice.kind in fate.COMES


def asked(outcome: Outcome) -> Asked:
    notice = outcome.notice
    on = None if notice.kind in PERSONAL else outcome.day
    return Asked(source(outcome).audience, notice.upgrade, notice.milestone, notice.survey, on)


def _tallied(
    play: "Play", outcome: Outcome, channel: str, rows: list[tuple[str, str, int]], walls: Mapping[str, datetime]
) -> Iterator[Tally]:
    numbers: dict[tuple[str, str, datetime], int] = {}
    for skipped, clock, number in rows:
        end = _end(play, outcome, skipped, walls.get(clock))
        numbers[end] = numbers.get(end, 0) + number
    for (state, reason, at), number in sorted(numbers.items(), key=lambda pair: (pair[0][2], pair[0][:2])):
        yield Tally(outcome, channel, state, reason, at, number)


def _count(people: QuerySet, *, with_clocks: bool) -> list[tuple[str, str, int]]:
    if with_clocks:
        rows = people.order_by().annotate(clock=hours.CLOCK).values("skip_reason", "clock").annotate(number=Count("pk"))
        return list(rows.values_list("skip_reason", "clock", "number"))
    counted = people.order_by().values("skip_reason").annotate(number=Count("pk"))
    return [(reason, "", number) for reason, number in counted.values_list("skip_reason", "number")]


def _end(play: "Play", outcome: Outcome, skipped: str, wall: datetime | None) -> tuple[str, str, datetime]:
    """What becomes of a message: its state, the reason and when, as outbox.fill and outbox.claim decide it."""
    assert outcome.at is not None  # noqa: S101  it is released
    at = max(outcome.at, wall or outcome.at)
    if skipped:
        return MessageState.SKIPPED, skipped, at
    if at > play.until:
        return MessageState.QUEUED, "", at
    late = fate.deadline(outcome.notice)
    if late is not None and late <= at:
        return MessageState.MISSED, TOO_LATE, at
    return MessageState.SENT, "", at


def _walls(play: "Play", outcome: Outcome) -> dict[str, datetime]:
    """By clock until when it waits there; empty where it goes to everybody at once."""
    assert outcome.at is not None  # noqa: S101  it is released
    world, notice = play.world, outcome.notice
    at_once = notice.said_at is not None
    held = hours.walls(notice, at=outcome.at, rules=world.rules, clocks=world.clocks, at_once=at_once)
    return {key: one.until for key, one in held.items()}


# Whom the play has asked before


def looks_back(outcome: Outcome) -> bool:
    rule: Mapping[str, Any] = source(outcome).audience
    return bool(rule.get("not_answered") or rule.get("not_acknowledged"))


def _foreseen(play: "Play", outcome: Outcome) -> Foreseen:
    if not looks_back(outcome):
        return Foreseen(gone=play.what_if.gone)
    so_far = play.released[: play.released.index(outcome)]
    before = [one for one in so_far if channels(one) and not one.is_on_its_way]
    survey = outcome.notice.survey_id
    before_it = [everybody(play, one) for one in before if survey and one.notice.survey_id == survey]
    invited = tuple(people.filter(skip_reason="", is_list=False) for people in before_it)
    requested = tuple(
        (one.notice, _reached(play, one, before=outcome))
        for one in before
        if one.notice.asks_acknowledgement and one.at and outcome.at and one.at < outcome.at
    )
    return Foreseen(gone=play.what_if.gone, asked={survey: invited} if survey else {}, requested=requested)


def _reached(play: "Play", outcome: Outcome, *, before: Outcome) -> QuerySet[Person]:
    """Those whose message has gone out by then."""
    people = everybody(play, outcome).filter(skip_reason="")
    walls = _walls(play, outcome)
    if not walls or before.at is None:
        return people
    in_time = [zone for zone, at in walls.items() if at < before.at and _end(play, outcome, "", at)[0] == "sent"]
    return people.filter(time_zone__in=in_time)
