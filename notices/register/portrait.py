"""What is known about one person, for their page: each question is asked of the database once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from commsplan.lib import time
from engagement.models import Nomination, Participant, Telling
from feedback.models import Concern, Invitation
from notices.register.merging import counted
from stakeholders.enums import Channel, Topic, Weekday
from stakeholders.models import Person
from upgrades import fact_words
from upgrades.models import Stakeholder

COUNTED = ("messages", "participations", "concerns", "nominations", "nominated", "invitations", "follow_ups")
MOST = 50  # of each list; who has more is looked for through their upgrades


@dataclass(frozen=True)
class Clock:
    """What time it is there, and whether they work now."""

    said: str
    hours: str
    is_at_work: bool | None  # None: their hours are not known


@dataclass(frozen=True)
class Told:
    """Facts that somebody was told in a conversation."""

    telling: Telling
    facts: list[tuple[str, str]]


def counts(person: Person) -> dict[str, int]:
    rows: Any = Person.objects.filter(pk=person.pk).values(**{f"n_{name}": counted(name) for name in COUNTED})
    return rows.get()


def clock(person: Person, *, now: datetime) -> Clock:
    local = now.astimezone(ZoneInfo(person.time_zone))
    said = time.full(now, zone=person.time_zone)
    days = days_of(person.works_on)
    if person.works_from is None or person.works_until is None:
        return Clock(said, days, None)
    at = local.time()
    overnight = person.works_until <= person.works_from
    inside = at >= person.works_from or at < person.works_until if overnight else at < person.works_until
    is_in = (inside and (overnight or at >= person.works_from)) and local.isoweekday() in person.works_on
    return Clock(said, f"{days}, {person.works_from:%H:%M}–{person.works_until:%H:%M}", is_in)


def days_of(numbers: Iterable[int]) -> str:
    """ "Mon–Fri", or the days one by one."""
    days = sorted(set(numbers))
    names = [Weekday(day).label[:3] for day in days]
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names) or "No days"


def stakes(person: Person) -> list[dict]:
    """The upgrades in which this person, or a group of theirs, is a stakeholder; the person's own place first."""
    own = Stakeholder.objects.filter(person=person)
    through = Stakeholder.objects.filter(group__memberships__person=person)
    found = (own | through).distinct().assessed().select_related("upgrade", "group")
    return [
        {"stake": stake, "quadrant": stake.quadrant, "through": stake.group}
        for stake in found.order_by("upgrade__name", F("person").asc(nulls_last=True), "pk")
    ]


def participations(person: Person) -> QuerySet[Participant]:
    found = Participant.objects.filter(person=person).select_related("engagement__upgrade")
    return found.order_by("-engagement__start", "-pk")[:MOST]


def told_in_person(person: Person) -> list[Told]:
    """Where they were, and what was told there; the newest first."""
    tellings = Telling.objects.heard_by(person).select_related("engagement__upgrade")
    return [Told(one, facts_of(one)) for one in tellings.order_by("-at", "-pk")[:MOST]]


def facts_of(telling: Telling) -> list[tuple[str, str]]:
    """In the words of the page of the engagement."""
    zone = telling.engagement.upgrade.time_zone
    keys = sorted(telling.facts, key=lambda key: (fact_words.subject_of(key), fact_words.place(key)))
    return [(fact_words.label(key), fact_words.as_told(key, telling.facts[key], zone=zone)) for key in keys]


def invitations(person: Person) -> QuerySet[Invitation]:
    found = Invitation.objects.filter(person=person).select_related("survey__upgrade")
    return found.order_by("-survey__created_at", "-pk")[:MOST]


def concerns(person: Person) -> QuerySet[Concern]:
    found = Concern.objects.filter(person=person).select_related("upgrade", "answered_by")
    return found.order_by("-created_at", "-pk")[:MOST]


def nominations(person: Person) -> QuerySet[Nomination]:
    """By them and of them."""
    found = Nomination.objects.filter(Q(by=person) | Q(person=person)).select_related("upgrade", "by", "person")
    return found.order_by("-created_at", "-pk")[:MOST]


def follow_ups(person: Person):
    found = person.follow_ups.select_related("engagement__upgrade", "owner")
    return found.order_by(F("done_at").asc(nulls_first=True), "due_on", "pk")[:MOST]


def absences(person: Person):
    return person.absences.select_related("deputy").order_by("-end_on", "-pk")[:MOST]


def stands_in(person: Person):
    return person.stands_in.select_related("person").order_by("-end_on", "-pk")[:MOST]


def topics(person: Person) -> list[dict]:
    declined = set(person.opt_outs.values_list("topic", flat=True))
    return [{"topic": topic.label, "wants": topic not in declined} for topic in Topic]


def channels(person: Person) -> list[dict]:
    """By which they can be reached, and what they chose before."""
    before = {*person.refused_channels, *filter(None, [person.preferred_channel])}
    own = {Channel.EMAIL, *person.addresses.values_list("channel", flat=True), *before}
    return [
        {
            "channel": channel,
            "is_preferred": channel == person.preferred_channel,
            "is_refused": channel in person.refused_channels,
        }
        for channel in Channel
        if channel in own
    ]


def own_choices(person: Person) -> list[str]:
    """The names of the fields that no import touches."""
    fields: Any = {field.name: field for field in Person._meta.get_fields() if hasattr(field, "verbose_name")}
    return [str(fields[name].verbose_name) if name in fields else name for name in person.own_choices]


def shells(person: Person):
    """Who was merged into this one, with their numbers."""
    return person.merged_from.order_by("pk")[:MOST]
