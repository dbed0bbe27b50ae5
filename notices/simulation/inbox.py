"""A play as one person lives it: what comes when and why, and what they believe from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from commsplan.lib import time
from notices.pipeline import render
from notices.simulation import beliefs, explaining
from notices.simulation.beliefs import Told
from notices.simulation.delivering import Delivery
from notices.simulation.play import Play
from notices.simulation.playing import Outcome
from stakeholders.models import Group, Person
from upgrades import facts as upgrade_facts
from upgrades.enums import Impact, Status
from upgrades.facts import Facts
from upgrades.materiality import RULES, matters
from upgrades.models import Milestone


@dataclass(frozen=True)
class Letter:
    """One message with its reasons."""

    delivery: Delivery
    why_person: str
    why_now: str
    why_channel: str

    @property
    def outcome(self) -> Outcome:
        return self.delivery.outcome


@dataclass(frozen=True)
class Mail:
    """What comes in one piece: a letter, or a digest that holds several."""

    letters: Sequence[Letter]

    @property
    def is_digest(self) -> bool:
        return len(self.letters) > 1

    @property
    def first(self) -> Letter:
        return self.letters[0]


@dataclass(frozen=True)
class Belief:
    """What somebody believes of a milestone. `truth` is what holds, where that differs in a way that matters."""

    milestone: Milestone
    said: str
    by: str
    truth: str = ""


@dataclass
class InboxDay:
    on: date
    letters: list[Letter] = field(default_factory=list)
    beliefs: list[Belief] = field(default_factory=list)

    @property
    def mails(self) -> list[Mail]:
        """In the order of time. What waited for the same moment leaves in one, over each channel."""
        found: dict[Any, list[Letter]] = {}
        for number, letter in enumerate(self.letters):
            one = letter.delivery
            is_gathered = one.is_sent and one.end.is_gathered
            found.setdefault((one.at, one.channel) if is_gathered else number, []).append(letter)
        return [Mail(letters) for letters in found.values()]


def of(play: Play, person: Person) -> list[InboxDay]:
    """Days on which something comes, or would come; the first is that on which the play begins. On the wall of the
    reader."""
    place = _place(person)
    letters = _letters(play, person)
    told = beliefs.told_to(person, play.world.upgrades, now=play.now)
    first = InboxDay(play.now.astimezone(place).date())
    days = {first.on: first}
    for letter in letters:
        day = letter.delivery.at.astimezone(place).date()
        days.setdefault(day, InboxDay(day)).letters.append(letter)
    for day in sorted(days):
        for letter in days[day].letters:
            told += _tells(letter)
        days[day].beliefs = believed(play, told)
    return [days[day] for day in sorted(days)]


def on(days: Sequence[InboxDay], day: date) -> InboxDay:
    """Any day, also one on which nothing comes: then they believe what they believed before."""
    before = [one for one in days if one.on <= day] or list(days[:1])
    return before[-1] if before[-1].on == day else InboxDay(day, beliefs=before[-1].beliefs)


def _place(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def _letters(play: Play, person: Person) -> list[Letter]:
    names = dict(Group.objects.values_list("pk", "name"))
    found = [delivery for outcome in play.released for delivery in play.messages(outcome, person=person)]
    return [
        Letter(
            delivery,
            why_person=explaining.why_person(delivery.outcome, person, names),
            why_now=" ".join(filter(None, [explaining.why_now(delivery.outcome), explaining.why_later(delivery)])),
            why_channel=explaining.why_channel(delivery),
        )
        for delivery in sorted(found, key=lambda one: (one.at, one.outcome.key, one.channel))
    ]


def _tells(letter: Letter) -> list[Told]:
    """What is skipped or missed tells nobody."""
    notice = letter.outcome.notice
    if not letter.delivery.is_sent:
        return []
    revision = notice.approved_revision if letter.outcome.is_on_its_way else None
    facts = beliefs.told_by(notice, revision.facts if revision else render.facts_of(notice))
    return [Told(fact, value, letter.delivery.at, f"“{notice}”") for fact, value in facts.items()]


def believed(play: Play, told: list[Told]) -> list[Belief]:
    """By milestone, in the order of time."""
    last: dict[str, Told] = {one.fact: one for one in told}
    found = []
    for milestone in play.milestones:
        subject = upgrade_facts.subject(milestone)
        known = {fact.partition(".")[2]: one for fact, one in last.items() if fact.startswith(f"{subject}.")}
        if known:
            found.append(_belief(milestone, known))
    return found


def _belief(milestone: Milestone, known: Mapping[str, Told]) -> Belief:
    values = {name: one.value for name, one in known.items()}
    current = {
        name.partition(".")[2]: value
        for name, value in upgrade_facts.of_milestone(milestone).items()
        if name.partition(".")[2] in RULES
    }
    zone = milestone.upgrade.time_zone
    is_wrong = any(
        matters(f"milestone.{name}", value, current[name], zone=zone, status=milestone.status)
        for name, value in values.items()
        if name in current
    )
    newest = max(known.values(), key=lambda one: one.at)
    truth = in_words({name: current[name] for name in values if name in current}, zone=zone) if is_wrong else ""
    return Belief(milestone, in_words(values, zone=zone), newest.by, truth)


def in_words(values: Facts, *, zone: str) -> str:
    """ "Sunday 29 March 2026, 02:00–06:00 Europe/Berlin (CET); outage; I must log out" """
    if values.get("status") == Status.CANCELLED:
        return "It does not take place."
    parts = [_when(values, zone=zone)]
    if values.get("impact"):
        parts.append(str(Impact(values["impact"]).label).lower())
    if values.get("downtime"):
        parts.append(f"without it for {time.duration(values['downtime'])}")
    if values.get("action"):
        deadline = _moment(values.get("action_deadline"))
        parts.append(f"to do: {values['action']}{f' (until {time.full(deadline, zone=zone)})' if deadline else ''}")
    said = "; ".join(part for part in parts if part)
    return said or "It takes place."


def _when(values: Mapping[str, Any], *, zone: str) -> str:
    start = _moment(values.get("start"))
    return time.window(start, _moment(values.get("end")), zone=zone) if start else ""


def _moment(value: str | None):
    return time.datetime.fromisoformat(value) if value else None
