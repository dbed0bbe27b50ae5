"""Whom a notice would reach as things stand: the numbers beside the audience."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Value

from notices.audiences.asked import Asked
from notices.models import Notice
from notices.pipeline import audience, render
from stakeholders.models import Person

MANY = 500  # from here on one looks twice
LOOKED_AT = 60  # notices whose audience is asked for one person
AT_ONCE = 10
SHOWN = 8


@dataclass(frozen=True)
class Reach:
    """People by what happens to them, and by the version of the words that they read. `rooms`: so many of those to whom
    it goes are no people, but chat rooms and the like."""

    goes_to: int
    skipped: Sequence[tuple[str, int]]
    versions: dict[tuple[str, str], int]
    rooms: int = 0

    @property
    def who(self) -> str:
        """As in “1,240 people and 2 rooms”."""
        return audience.people_and_rooms(self.goes_to - self.rooms, self.rooms)

    @property
    def skipped_count(self) -> int:
        return sum(number for _, number in self.skipped)

    @property
    def is_many(self) -> bool:
        return self.goes_to > MANY


def of(notice: Notice, *, on: date | None) -> Reach:
    """One query, counted in the database. `on`: the day on which it goes out."""
    rows = everybody(notice, on=on).order_by().values_list("skip_reason", "language", "reader_level")
    reasons: dict[str, int] = {}
    versions: dict[tuple[str, str], int] = {}
    rooms = 0
    for reason, language, level, number, of_rooms in rows.annotate(
        number=Count("pk"), of_rooms=Count("pk", filter=audience.ROOM)
    ):
        reasons[reason] = reasons.get(reason, 0) + number
        if not reason:
            versions[language, level] = versions.get((language, level), 0) + number
            rooms += of_rooms
    goes_to = reasons.pop("", 0)
    skipped = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return Reach(goes_to=goes_to, skipped=skipped, versions=versions, rooms=rooms)


def missing_languages(notice: Notice, reach: Reach) -> list[tuple[str, int]]:
    """Languages that people in the audience read and that the notice does not speak, most readers first."""
    spoken = {words["language"] for words in notice.words}
    readers: dict[str, int] = {}
    for (language, _), number in reach.versions.items():
        if language not in spoken:
            readers[language] = readers.get(language, 0) + number
    return sorted(readers.items(), key=lambda item: (-item[1], item[0]))


def everybody(notice: Notice, *, on: date | None) -> Any:
    """A queryset of people with their `skip_reason`, which mypy takes for a field that does not exist."""
    return audience.everybody(notice, on=on)


def readers(notice: Notice, *, on: date | None) -> Any:
    return everybody(notice, on=on).filter(skip_reason="")


def first_recipients(notice: Notice, *, on: date | None, number: int = 5) -> list[Person]:
    return list(readers(notice, on=on)[:number])


def reader(notice: Notice, *, on: date | None, person: int | None = None) -> Person:
    """Through whose eyes a preview looks: the chosen person of the audience, else its first, else a sample reader."""
    chosen = everybody(notice, on=on).filter(pk=person).first() if person else None
    return chosen or readers(notice, on=on).first() or render.sample_reader(notice)


def as_read_by(account, notice: Notice, *, on: date | None) -> Person:
    """How an account's own person reads it, if there is one; else the first reader."""
    return getattr(account, "person", None) or reader(notice, on=on)


def planned_for(person: Person, *, now: datetime) -> list[Notice]:
    """The next waiting notices that would reach this person. Ten audiences are asked in one query, equal ones once,
    until there are enough."""
    if person.is_archived:
        return []
    waiting = Notice.objects.waiting().exclude(send_at=None).select_related("upgrade", "milestone", "survey")
    asked = [(notice, Asked.of(notice, now=now)) for notice in waiting.order_by("send_at", "pk")[:LOOKED_AT]]
    distinct = list({one.key: one for _, one in asked}.values())
    reached: set = set()
    for first in range(0, len(distinct), AT_ONCE):
        reached |= those_with(person, distinct[first : first + AT_ONCE])
        found = [notice for notice, one in asked if one.key in reached]
        if len(found) >= SHOWN:
            break
    return [notice for notice, one in asked if one.key in reached][:SHOWN]


def those_with(person: Person, audiences: list[Asked]) -> set:
    """The keys of those audiences to which this person belongs."""
    hits: list[Any] = [
        audience.resolve(one.rule, upgrade=one.upgrade, milestone=one.milestone, survey=one.survey, on=one.on)
        .filter(pk=person.pk)
        .order_by()
        .values(place=Value(place))
        for place, one in enumerate(audiences)
    ]
    return {audiences[place].key for place in hits[0].union(*hits[1:], all=True).values_list("place", flat=True)}
