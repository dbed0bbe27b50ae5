"""How much comes to whom: groups by weeks, over all upgrades together. Counted with sets of people, not one by one.

A notice over several channels is one: whoever gets it by mail and on the phone is disturbed about one thing.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from notices.audiences import crowds
from notices.audiences.crowds import NOBODY, Crowd, Crowds
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import audience
from notices.simulation import delivering
from notices.simulation.play import AS_PLANNED, Play, play
from notices.simulation.playing import Outcome
from stakeholders.models import Group, Person
from upgrades.models import Upgrade

WEEK = timedelta(days=7)
CAP = 3  # messages for one person in a week
PLANES = 6  # up to 63 are told apart


@dataclass(frozen=True)
class Cell:
    """One group in one week. `each` is how many messages a member gets on average, `over` how many get more than the
    cap, `most` what somebody gets at most."""

    messages: int
    size: int
    over: int
    most: int

    @property
    def each(self) -> float:
        return self.messages / self.size if self.size else 0.0

    @property
    def level(self) -> int:
        """From 0, nothing, to 4, more than the cap."""
        if self.over:
            return 4
        return min(self.most, CAP)


@dataclass(frozen=True)
class Row:
    group: Group
    size: int
    cells: Sequence[Cell]

    @property
    def messages(self) -> int:
        return sum(cell.messages for cell in self.cells)

    @property
    def over(self) -> int:
        return sum(cell.over for cell in self.cells)


@dataclass(frozen=True)
class HeatMap:
    weeks: Sequence[date]  # Mondays
    rows: Sequence[Row]


def heat_map(*, now: datetime, weeks: int = 8) -> HeatMap:
    """All running upgrades, from the week of today on (UTC). What was sent this week already counts."""
    monday = now.date() - timedelta(days=now.weekday())
    days = [monday + number * WEEK for number in range(weeks)]
    until = datetime.combine(days[-1] + WEEK, datetime.min.time(), tzinfo=now.tzinfo) - timedelta(seconds=1)
    played = play(Upgrade.objects.running(), now=now, until=until, approvals=AS_PLANNED)
    released = [one for one in played.released if delivering.channels(one)]
    pushes = [one for one in released if not one.is_on_its_way]
    groups = list(Group.objects.order_by("name", "pk"))
    known = crowds.load([delivering.asked(one) for one in pushes], groups=[group.pk for group in groups])
    planes: dict[date, list[Crowd]] = {day: [0] * PLANES for day in days}
    sent = _sent_already(known, since=monday, now=now)
    for crowd in sent.values():
        _add(planes[monday], crowd)
    for day, crowd in _on_the_way(played, released, known, sent):
        _add(planes[day], crowd)
    for outcome, crowd in _crowds(played, pushes, known):
        assert outcome.at is not None  # noqa: S101  it is released
        _add(planes[outcome.at.date() - timedelta(days=outcome.at.weekday())], crowd)
    return HeatMap(days, _rows(groups, known, list(planes.values())))


def _crowds(played: Play, pushes: Iterable[Outcome], known: Crowds) -> Iterable[tuple[Outcome, Crowd]]:
    """Those whom a message reaches."""
    silent: dict[Hashable, Crowd] = {}
    for outcome in pushes:
        if delivering.looks_back(outcome):
            people: Any = delivering.everybody(played, outcome)
            yield outcome, known.mark(people.filter(skip_reason="").order_by().values_list("pk", flat=True))
            continue
        deaf = ~NOBODY
        for channel in delivering.channels(outcome):
            key = delivering.reasons_key(outcome.notice, channel)
            if key not in silent:
                silent[key] = known.mark(_skipped(outcome, channel).values_list("pk", flat=True))
            deaf &= silent[key]
        yield outcome, known.of(delivering.asked(outcome)) & ~deaf


def _on_the_way(
    played: Play, released: Iterable[Outcome], known: Crowds, sent: Mapping[int, Crowd]
) -> Iterable[tuple[date, Crowd]]:
    """By week those to whom it still comes, and has not come over another channel."""
    for outcome in released:
        first: dict[int, datetime] = {}
        for one in played.messages(outcome) if outcome.is_on_its_way else ():
            if one.is_sent:
                first[one.person] = min(one.at, first.get(one.person, one.at))
        weeks: dict[date, list[int]] = {}
        for person, at in first.items():
            weeks.setdefault(at.date() - timedelta(days=at.weekday()), []).append(person)
        have = sent.get(outcome.notice.pk, NOBODY)
        yield from ((week, known.mark(people) & ~have) for week, people in weeks.items())


def _skipped(outcome: Outcome, channel: str):
    """Everybody whom it does not reach over this channel, by the rules of the audience."""
    reasons = audience.reasons(outcome.notice, channel)
    wanted = Q()
    for condition, _reason in reasons:
        wanted |= Q(condition)
    return Person.objects.active().filter(wanted).order_by()


def _sent_already(known: Crowds, *, since: date, now: datetime) -> dict[int, Crowd]:
    """By notice."""
    begin = datetime.combine(since, datetime.min.time(), tzinfo=now.tzinfo)
    rows = Message.objects.filter(state=MessageState.SENT, sent_at__gte=begin, sent_at__lt=now).order_by()
    people: dict[int, list[int]] = {}
    for notice, person in rows.values_list("notice", "person").distinct().iterator(chunk_size=10_000):
        people.setdefault(notice, []).append(person)
    return {notice: known.mark(those) for notice, those in people.items()}


def _add(planes: list[Crowd], crowd: Crowd) -> None:
    """One more for each of these: adding with carry, all people at once."""
    for number, plane in enumerate(planes):
        planes[number], crowd = plane ^ crowd, plane & crowd
        if not crowd:
            return
    for number in range(PLANES):  # more than can be told apart
        planes[number] |= crowd


def _rows(groups: Iterable[Group], known: Crowds, weeks: Sequence[list[Crowd]]) -> list[Row]:
    found = []
    for group in groups:
        members = known.groups.get(group.pk, 0)
        if members:
            cells = [_cell(members, planes) for planes in weeks]
            found.append(Row(group, crowds.size(members), cells))
    return sorted(found, key=lambda row: (-row.over, -row.messages / row.size, row.group.name))


def _cell(members: Crowd, planes: list[Crowd]) -> Cell:
    there = [plane & members for plane in planes]
    over = 0
    for plane in there[2:]:  # four and more: the cap is three
        over |= plane
    return Cell(
        messages=sum(crowds.size(plane) << number for number, plane in enumerate(there)),
        size=crowds.size(members),
        over=crowds.size(over),
        most=_most(there),
    )


def _most(planes: list[Crowd]) -> int:
    found, among = 0, -1
    for number in reversed(range(len(planes))):
        if planes[number] & among:
            among &= planes[number]
            found += 1 << number
    return found
