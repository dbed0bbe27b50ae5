"""To whom it goes: the recipients of the pipeline, on the day of the release, with what the play has done before.

Large numbers are counted with sets of people (shares); single messages are read one by one.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.audiences.crowds import NOBODY
from notices.enums import PERSONAL, MessageState
from notices.models import Notice, Revision
from notices.pipeline import audience, hours
from notices.pipeline.audience import Foreseen
from notices.pipeline.schedule import fate
from notices.simulation.playing import Outcome
from stakeholders.models import Person

if TYPE_CHECKING:
    from notices.simulation.play import Play

TOO_LATE = "too late to be useful"


@dataclass(frozen=True)
class End:
    """What becomes of a message. `at` is when it is sent at the earliest; `held`: why not sooner; `is_gathered`: it
    leaves in one mail with whatever else waited for the same reader."""

    state: str
    reason: str
    at: datetime
    held: str = ""
    is_gathered: bool = False

    @property
    def is_sent(self) -> bool:
        return self.state == MessageState.SENT


class Ending:
    """Says of itself what its `end` says."""

    end: End

    @property
    def state(self) -> str:
        return self.end.state

    @property
    def reason(self) -> str:
        return self.end.reason

    @property
    def at(self) -> datetime:
        return self.end.at

    @property
    def is_sent(self) -> bool:
        return self.end.is_sent


@dataclass(frozen=True)
class Delivery(Ending):
    """One message as it will be."""

    outcome: Outcome
    person: int
    name: str
    address: str
    channel: str
    end: End


@dataclass(frozen=True)
class Tally(Ending):
    """So many messages of one notice."""

    outcome: Outcome
    channel: str
    end: End
    number: int


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
        for pk, name, address, channel, *rest in play.on_the_way.each(outcome.notice.pk, person=person):
            yield Delivery(outcome, pk, name, address, channel, End(*rest))
        return
    if not channels(outcome):
        return
    hold = waiting(play, outcome)
    over = set(play.shares.known.persons(play.shares.over(outcome))) if hold.most else set()
    for channel in channels(outcome):
        people = recipients(play, outcome, channel).order_by("pk")
        if person is not None:
            people = people.filter(pk=person.pk)
        address = audience.address_over(channel)
        rows = people.annotate(clock=hours.CLOCK).values_list("pk", "name", address, "skip_reason", "clock")
        for pk, name, address, skipped, clock in rows.iterator(chunk_size=5000):
            its_end = end(play, outcome, skipped, hold.of(clock, is_over=pk in over))
            yield Delivery(outcome, pk, name, address, channel, its_end)


def tallies(play: "Play") -> list[Tally]:
    found = list(_on_the_way(play))
    for outcome in play.released:
        if not outcome.is_on_its_way and channels(outcome):
            parts = sorted(play.shares.parts(outcome), key=lambda part: (part.channel, part.end.at, part.end.state))
            found += [Tally(outcome, part.channel, part.end, crowds.size(part.people)) for part in parts]
    return found


def _on_the_way(play: "Play") -> Iterator[Tally]:
    outcomes = {one.notice.pk: one for one in play.released if one.is_on_its_way}
    for pk, channel, *rest, number in play.on_the_way.counted():
        yield Tally(outcomes[pk], channel, End(*rest), number)


def reasons_key(notice: Notice, channel: str) -> Hashable:
    """What the reasons to leave somebody out depend on."""
    return channel, notice.topic, notice.engagement_id, notice.kind in fate.COMES


def asked(outcome: Outcome) -> Asked:
    notice = outcome.notice
    on = None if notice.kind in PERSONAL else outcome.day
    return Asked(source(outcome).audience, notice.upgrade, notice.milestone, notice.survey, on)


def end(play: "Play", outcome: Outcome, skipped: str, held: hours.Held) -> End:
    """What becomes of a message, as outbox.fill and outbox.claim decide it."""
    at = held.until
    if skipped:
        return End(MessageState.SKIPPED, skipped, at)
    if at > play.until:
        return End(MessageState.QUEUED, held.why, at, held.why, held.is_gathered)
    late = fate.deadline(outcome.notice)
    if late is not None and late <= at:
        return End(MessageState.MISSED, TOO_LATE, at)
    return End(MessageState.SENT, "", at, held.why, held.is_gathered)


def waiting(play: "Play", outcome: Outcome) -> hours.Waiting:
    """The answer that filling gets."""
    assert outcome.at is not None  # noqa: S101  it is released
    world, notice = play.world, outcome.notice
    return hours.waiting(notice, at=outcome.at, rules=world.rules, clocks=world.clocks)


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
    sent = [part for part in play.shares.parts(outcome) if part.end.is_sent]
    in_time = [part.people for part in sent if before.at and part.end.at < before.at]
    if len(in_time) == len(sent):
        return people
    return people.filter(pk__in=list(play.shares.known.persons(reduce(or_, in_time, NOBODY))))
