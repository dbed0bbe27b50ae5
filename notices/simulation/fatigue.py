"""How much comes to whom: groups by weeks, over all upgrades together. Counted with sets of people, not one by one."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from notices.audiences import crowds
from notices.audiences.crowds import Crowd, Crowds
from notices.enums import MessageState
from notices.models import Message
from notices.pipeline import audience
from notices.simulation import delivering
from notices.simulation.play import AS_PLANNED, Play, play
from notices.simulation.playing import Outcome
from stakeholders.enums import Channel
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
    released = [one for one in played.released if Channel.EMAIL in delivering.channels(one)]
    pushes = [one for one in released if not one.is_on_its_way]
    groups = list(Group.objects.order_by("name", "pk"))
    known = crowds.load([delivering.asked(one) for one in pushes], groups=[group.pk for group in groups])
    planes: dict[date, list[Crowd]] = {day: [0] * PLANES for day in days}
    for crowd in _sent_already(known, since=monday, now=now):
        _add(planes[monday], crowd)
    for day, crowd in _on_the_way(played, released, known):
        _add(planes[day], crowd)
    for outcome, crowd in _crowds(played, pushes, known):
        assert outcome.at is not None  # noqa: S101  it is released
        _add(planes[outcome.at.date() - timedelta(days=outcome.at.weekday())], crowd)
    return HeatMap(days, _rows(groups, known, list(planes.values())))


def _crowds(played: Play, pushes: Iterable[Outcome], known: Crowds) -> Iterable[tuple[Outcome, Crowd]]:
    """Those whom a message reaches."""
    silent: dict[Hashable, Crowd] = {}
    for outcome in pushes:
        key = delivering.reasons_key(outcome.notice, Channel.EMAIL)
        if key not in silent:
            silent[key] = known.mark(_skipped(outcome).values_list("pk", flat=True))
        if delivering.looks_back(outcome):
            people = delivering.recipients(played, outcome, Channel.EMAIL).filter(skip_reason="")
            yield outcome, known.mark(people.order_by().values_list("pk", flat=True))
        else:
            yield outcome, known.of(delivering.asked(outcome)) & ~silent[key]


def _on_the_way(played: Play, released: Iterable[Outcome], known: Crowds) -> Iterable[tuple[date, Crowd]]:
    """By week those to whom it still comes."""
    for outcome in released:
        weeks: dict[date, list[int]] = {}
        for one in played.messages(outcome) if outcome.is_on_its_way else ():
            if one.is_sent and one.channel == Channel.EMAIL:
                weeks.setdefault(one.at.date() - timedelta(days=one.at.weekday()), []).append(one.person)
        yield from ((week, known.mark(people)) for week, people in weeks.items())


def _skipped(outcome: Outcome):
    """Everybody whom a mail about its topic does not reach, by the rules of the audience."""
    reasons = audience.reasons(outcome.notice, Channel.EMAIL)
    wanted = Q()
    for condition, _reason in reasons:
        wanted |= Q(condition)
    return Person.objects.active().filter(wanted).order_by()


def _sent_already(known: Crowds, *, since: date, now: datetime) -> Iterable[Crowd]:
    begin = datetime.combine(since, datetime.min.time(), tzinfo=now.tzinfo)
    rows = Message.objects.filter(state=MessageState.SENT, channel=Channel.EMAIL, sent_at__gte=begin, sent_at__lt=now)
    people: dict[int, list[int]] = {}
    for notice, person in rows.order_by().values_list("notice", "person").iterator(chunk_size=10_000):
        people.setdefault(notice, []).append(person)
    return [known.mark(those) for those in people.values()]


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
