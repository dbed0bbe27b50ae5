"""Two plays side by side: what a what-if moves, loses and gains, who believes something wrong then, what it costs."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from notices.enums import Event, Trigger
from notices.pipeline import render
from notices.pipeline.hours import OVER_THE_CAP, QUIET
from notices.pipeline.hours.walls import NIGHT
from notices.simulation import beliefs
from notices.simulation.beliefs import Heard, Wrong, Wrongs
from notices.simulation.play import Play
from notices.simulation.playing import NEVER, Outcome
from upgrades import collisions
from upgrades.collisions import Collision
from upgrades.models import CriticalDays

Finding = Any  # of notices.lint, which stands above: whoever compares brings it
Check = Callable[[Play], Sequence[Finding]]
KEPT_WAITING = (QUIET, NIGHT, OVER_THE_CAP)
OTHERWISE = (Event.SLIPPED, Event.EXTENDED, Event.CANCELLED)


@dataclass(frozen=True)
class Pair:
    """A notice in both plays; None where it is in one alone. `held` are those that quiet hours or the cap of the week
    keep waiting."""

    before: Outcome | None
    after: Outcome | None
    sent_before: int = 0
    sent_after: int = 0
    held_before: int = 0
    held_after: int = 0

    @property
    def outcome(self) -> Outcome:
        found = self.after or self.before
        assert found is not None  # noqa: S101  one of the two
        return found

    @property
    def from_at(self) -> datetime | None:
        return self.before.due if self.before else None

    @property
    def to_at(self) -> datetime | None:
        return self.after.due if self.after else None

    @property
    def is_lost(self) -> bool:
        return _goes(self.before) and not _goes(self.after)

    @property
    def is_gained(self) -> bool:
        return _goes(self.after) and not _goes(self.before)

    @property
    def is_moved(self) -> bool:
        return _goes(self.before) and _goes(self.after) and self.from_at != self.to_at

    @property
    def is_otherwise(self) -> bool:
        """At the same time to others, or to some of them at another hour."""
        differs = self.sent_before != self.sent_after or self.is_held_otherwise
        return not (self.is_lost or self.is_gained or self.is_moved) and differs

    @property
    def is_held_otherwise(self) -> bool:
        return self.held_before != self.held_after

    @property
    def why_lost(self) -> str:
        return self.after.reason if self.after and self.after.reason else "It is no longer in the plan."


@dataclass(frozen=True)
class Difference:
    before: Play
    after: Play
    pairs: Sequence[Pair]
    corrections: Wrongs
    wrong_already: Wrongs
    collisions_gained: Sequence[Collision]
    collisions_lost: Sequence[Collision]
    findings_gained: Sequence[Finding] = ()
    findings_lost: Sequence[Finding] = ()
    is_checked: bool = False

    @cached_property
    def moved(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.is_moved]

    @cached_property
    def lost(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.is_lost]

    @cached_property
    def gained(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.is_gained]

    @cached_property
    def otherwise(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.is_otherwise]

    @property
    def same(self) -> int:
        return len(self.pairs) - len(self.moved) - len(self.lost) - len(self.gained) - len(self.otherwise)

    @cached_property
    def messages_before(self) -> int:
        return sum(tally.number for tally in self.before.tallies if tally.is_sent)

    @cached_property
    def messages_after(self) -> int:
        return sum(tally.number for tally in self.after.tallies if tally.is_sent)

    @property
    def new_wrongs(self) -> list[Wrong]:
        """Those that are not wrong already, without any what-if."""
        known = {(one.fact, repr(one.told), repr(one.current), one.people) for one in self.wrong_already.facts}
        return [
            one
            for one in self.corrections.facts
            if (one.fact, repr(one.told), repr(one.current), one.people) not in known
        ]

    @property
    def people_to_correct(self) -> int:
        return self.corrections.people if self.new_wrongs else 0

    @property
    def cost(self) -> int:
        """In messages: what goes out more or less, and one correction for everybody who has to hear."""
        return self.messages_after - self.messages_before + self.people_to_correct

    @property
    def is_nothing(self) -> bool:
        changes = (self.moved, self.lost, self.gained, self.otherwise, self.new_wrongs, self.cost)
        others = (self.collisions_gained, self.collisions_lost, self.findings_gained, self.findings_lost)
        return not any([*changes, *others])


def compare(before: Play, after: Play, *, check: Check | None = None) -> Difference:
    """`check` finds what the linter says of a play."""
    then, now = _collisions(before), _collisions(after)
    found = [list(check(one)) for one in (before, after)] if check else [[], []]
    return Difference(
        before=before,
        after=after,
        pairs=_pairs(before, after),
        corrections=_wrongs(after),
        wrong_already=_wrongs(before),
        collisions_gained=[one for key, one in now.items() if key not in then],
        collisions_lost=[one for key, one in then.items() if key not in now],
        findings_gained=_without(found[1], found[0]),
        findings_lost=_without(found[0], found[1]),
        is_checked=check is not None,
    )


def _pairs(before: Play, after: Play) -> list[Pair]:
    then, now = ({_name(one): one for one in play.outcomes} for play in (before, after))
    sent, held = [_sent(play) for play in (before, after)], [_held(play) for play in (before, after)]
    names = list(then) + [name for name in now if name not in then]
    pairs = [
        Pair(then.get(name), now.get(name), sent[0][name], sent[1][name], held[0][name], held[1][name])
        for name in names
    ]
    return sorted(pairs, key=_in_order)


def _in_order(pair: Pair) -> tuple[datetime, str]:
    moments = [moment for moment in (pair.to_at, pair.from_at) if moment]
    return min(moments, default=NEVER), pair.outcome.key


def _name(outcome: Outcome) -> str:
    """Turns of a cadence are counted, so that each finds itself again on another day."""
    return f"{outcome.notice.step_id}-{outcome.occurrence}" if outcome.occurrence else outcome.key


def _sent(play: Play) -> Counter[str]:
    found: Counter[str] = Counter()
    for tally in play.tallies:
        found[_name(tally.outcome)] += tally.number if tally.is_sent else 0
    return found


def _held(play: Play) -> Counter[str]:
    found: Counter[str] = Counter()
    for tally in play.tallies:
        found[_name(tally.outcome)] += tally.number if tally.is_sent and tally.end.held in KEPT_WAITING else 0
    return found


def _goes(outcome: Outcome | None) -> bool:
    """It goes out, or still will after the play ends."""
    return outcome is not None and (outcome.is_released or (outcome.is_open and outcome.due is not None))


def _wrongs(play: Play) -> Wrongs:
    milestones = play.world.milestones
    return beliefs.wrongs(
        play.world.upgrades, milestones, now=play.now, gone=play.what_if.gone, heard=list(_heard(play))
    )


def _heard(play: Play) -> Iterator[Heard]:
    """What says by itself that something is otherwise corrects those whom it reaches."""
    for outcome in play.released:
        notice = outcome.notice
        if notice.step and notice.step.trigger == Trigger.EVENT and notice.step.event in OTHERWISE:
            people = [one.person for one in play.messages(outcome) if one.is_sent]
            yield Heard(people, beliefs.told_by(notice, render.facts_of(notice)))


def _collisions(play: Play) -> dict[tuple[int, int], Collision]:
    milestones = [one for one in play.milestones if collisions.disturbs(one) and collisions.over(one) > play.now]
    if not milestones:
        return {}
    first = min(one.start for one in milestones)
    last = max(collisions.over(one) for one in milestones)
    entries = [*CriticalDays.objects.all().between(first, last), *play.what_if.critical_days()]
    found = collisions.between(milestones, entries, scopes=play.what_if.scopes())
    return {(one.milestone.pk, one.critical_days.pk): one for one in found}


def _without(findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    known = {one.key for one in others}
    return [one for one in findings if one.key not in known]
