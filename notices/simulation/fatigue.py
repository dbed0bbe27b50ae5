"""How much comes to whom: groups by weeks, over all upgrades together. Counted with sets of people, not one by one.

A notice over several channels is one: whoever gets it by mail and on the phone is disturbed about one thing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from notices.audiences import crowds
from notices.audiences.crowds import NOBODY, Crowd, Crowds
from notices.enums import MessageState
from notices.models import Message
from notices.simulation import delivering
from notices.simulation.play import AS_PLANNED, Play, play
from stakeholders.models import Group
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
    groups = list(Group.objects.order_by("name", "pk"))
    keys = [group.pk for group in groups]
    played = play(Upgrade.objects.running(), now=now, until=until, approvals=AS_PLANNED, groups=keys)
    known = played.shares.known
    planes: dict[date, list[Crowd]] = {day: [0] * PLANES for day in days}
    sent = _sent_already(known, since=monday, now=now)
    for crowd in sent.values():
        _add(planes[monday], crowd)
    for day, crowd in _to_come(played, sent):
        _add(planes[day], crowd)
    return HeatMap(days, _rows(groups, known, list(planes.values())))


def _to_come(played: Play, sent: Mapping[int, Crowd]) -> Iterator[tuple[date, Crowd]]:
    """By week whom a notice disturbs, over whatever channel first. What is gathered disturbs once, as one mail."""
    digests: dict[datetime, Crowd] = {}
    for have, parts in _parts(played, sent):
        for at, is_gathered, people in sorted(parts, key=lambda part: part[:2]):
            if is_gathered:
                digests[at] = digests.get(at, NOBODY) | people & ~have
            elif people & ~have:
                yield _monday(at), people & ~have
            have |= people
    yield from ((_monday(at), people) for at, people in digests.items())


def _parts(played: Play, sent: Mapping[int, Crowd]) -> Iterator[tuple[Crowd, list[tuple[datetime, bool, Crowd]]]]:
    """Of each notice who has it already, and whom it reaches when, in a digest or not."""
    waiting: dict[int, list[tuple[datetime, bool, Crowd]]] = {}
    for pk, state, at, is_gathered, people in played.shares.on_the_way():
        if state == MessageState.SENT:
            waiting.setdefault(pk, []).append((at, is_gathered, people))
    yield from ((sent.get(pk, NOBODY), parts) for pk, parts in waiting.items())
    for outcome in played.released:
        if not outcome.is_on_its_way and delivering.channels(outcome):
            parts = [part for part in played.shares.parts(outcome) if part.end.is_sent]
            yield NOBODY, [(part.end.at, part.end.is_gathered, part.people) for part in parts]


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())


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
