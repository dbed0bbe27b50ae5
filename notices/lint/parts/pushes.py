"""What comes to people, of all upgrades together: what was sent lately, and what is still to come."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from itertools import chain
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Count

from accounts.enums import Role
from feedback.models import Question
from notices.audiences.crowds import NOBODY, Crowd, Crowds, count, more_than
from notices.enums import NoticeKind
from notices.lint.line import Line
from notices.lint.parts.beside import Beside, Push, Window
from notices.pipeline.audience import ways
from stakeholders.models import Group, Membership, Person
from upgrades import reach, strategies
from upgrades.enums import Impact, Quadrant
from upgrades.models import Milestone, Stakeholder, Upgrade

CAP = strategies.DEFAULTS[Quadrant.KEEP_INFORMED]["pushes_a_week"]
CAP_OF_CONTACTS = 5  # who speaks for a group, and whom people call
FULL_SURVEY = 3  # questions; what has more takes its time


@dataclass(frozen=True)
class Week:
    """A week of the calendar where the upgrade is. `over`: those to whom more comes than they bear."""

    monday: date
    own: tuple[Push, ...]
    others: tuple[Push, ...]
    over: Crowd

    @property
    def number(self) -> int:
        """ISO 8601: 202610."""
        year, week, _day = self.monday.isocalendar()
        return year * 100 + week


@dataclass(frozen=True, kw_only=True)
class Pushes:
    """`caps`: by how many a week those who bear as many. `windows` are those of all upgrades, `touched` the groups that
    a window of this one touches, `names` what groups are called, `questions` how many of each kind a survey has."""

    zone: str
    crowds: Crowds
    pushes: tuple[Push, ...] = ()
    windows: tuple[Window, ...] = ()
    caps: Mapping[int, Crowd] = field(default_factory=dict)
    touched: Mapping[int, frozenset[int]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    questions: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def weeks(self) -> dict[date, Week]:
        """In order, those in which anything comes from this plan."""
        return {monday: self.week(monday, self._own[monday]) for monday in sorted(self._own)}

    def week(self, monday: date, own: Iterable[Push]) -> Week:
        """What others say as it is, and of this plan only these."""
        these = tuple(own)
        counted = count(self._units(these), on=self._counted(monday))
        over = reduce(or_, (more_than(cap, counted) & who for cap, who in self.caps.items()), NOBODY)
        return Week(monday, these, tuple(self._others.get(monday, ())), over)

    def monday(self, at: datetime) -> date:
        day = at.astimezone(self._place).date()
        return day - timedelta(days=day.weekday())

    @cached_property
    def _place(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _own(self) -> dict[date, list[Push]]:
        return self._by_week(push for push in self.pushes if push.line)

    @cached_property
    def _others(self) -> dict[date, list[Push]]:
        return self._by_week(push for push in self.pushes if not push.line)

    def _by_week(self, pushes: Iterable[Push]) -> dict[date, list[Push]]:
        found: dict[date, list[Push]] = defaultdict(list)
        for push in pushes:
            found[self.monday(push.at)].append(push)
        return dict(found)

    @cached_property
    def _digits(self) -> dict[date, list[Crowd]]:
        return {}

    def _counted(self, monday: date) -> list[Crowd]:
        """Of others, once for each week: there are many of them."""
        if monday not in self._digits:
            self._digits[monday] = count(self._units(self._others.get(monday, ())))
        return self._digits[monday]

    def _units(self, pushes: Iterable[Push]) -> Iterator[Crowd]:
        """Each counts; those of one window together once."""
        live: dict[int, Crowd] = defaultdict(int)
        for push in pushes:
            if push.window:
                live[push.window] |= self.crowd(push)
            else:
                yield self.crowd(push)
        yield from live.values()

    def crowd(self, push: Push) -> Crowd:
        return self.crowds.of(push.asked)

    @cached_property
    def full_surveys(self) -> tuple[Push, ...]:
        asks = (push for push in self.pushes if push.survey and push.kind == NoticeKind.SURVEY)
        return tuple(push for push in asks if sum(self.questions.get(push.survey or 0, {}).values()) > FULL_SURVEY)

    def mostly(self, crowd: Crowd) -> str:
        """The name of the group to which most of these belong; empty where none has any."""
        counted = ((group, (members & crowd).bit_count()) for group, members in self.crowds.groups.items())
        pk, most = max(counted, key=lambda pair: (pair[1], -pair[0]), default=(0, 0))
        return self.names.get(pk, "") if most else ""


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    beside: Beside,
    *,
    now: datetime,
) -> Pushes:
    own = [window.milestone for window in beside.windows if window.milestone.upgrade_id == upgrade.pk]
    return Pushes(
        zone=upgrade.time_zone,
        crowds=crowds,
        pushes=beside.pushes,
        windows=beside.windows,
        caps=_caps(beside, crowds),
        touched=_touched(own),
        names=dict(Group.objects.filter(pk__in=list(crowds.groups)).order_by().values_list("pk", "name")),
        questions=_questions({push.survey for push in beside.pushes if push.survey}),
    )


def _caps(beside: Beside, crowds: Crowds) -> dict[int, Crowd]:
    """Somebody of several quadrants bears what the one bears that bears most. Who feels a window is at least kept
    informed, whatever the quadrant."""
    found: dict[int, Crowd] = defaultdict(int)
    for upgrade, stakes in beside.stakes.items():
        known = crowds.mark(stake.person for stake in stakes if stake.person and stake.quadrant)
        for stake in stakes:
            if stake.quadrant:
                members = crowds.groups.get(stake.group, NOBODY) & ~known if stake.group else NOBODY
                who = crowds.mark([stake.person]) if stake.person else members
                found[_cap(stake, upgrade, beside)] |= who
    found[CAP] |= reduce(or_, (crowds.of(window.asked) for window in beside.windows), NOBODY)
    found[CAP_OF_CONTACTS] |= crowds.mark(_contacts()) | reduce(
        or_, (crowds.groups.get(pk, NOBODY) for pk in beside.desk), NOBODY
    )
    return _highest(found, everybody=crowds.everybody)


def _cap(stake: ways.Stake, upgrade: int, beside: Beside) -> int:
    quadrants = [stake.quadrant] if stake.quadrant else []
    if stake.impact >= Impact.DEGRADED:
        quadrants.append(Quadrant.KEEP_INFORMED)
    return max(beside.caps.get((upgrade, one), strategies.DEFAULTS[one]["pushes_a_week"]) for one in quadrants)


def _contacts() -> Iterable[int]:
    """Who speaks for a group or a department."""
    speakers = Membership.objects.filter(is_representative=True).order_by().values_list("person", flat=True)
    contacts = Person.objects.filter(account__roles__contains=[Role.DEPARTMENT_CONTACT]).order_by()
    return chain(speakers, contacts.values_list("pk", flat=True))


def _highest(found: Mapping[int, Crowd], *, everybody: Crowd) -> dict[int, Crowd]:
    caps: dict[int, Crowd] = {}
    rest = everybody
    for cap in sorted(found, reverse=True):
        caps[cap] = found[cap] & rest
        rest &= ~found[cap]
    caps[CAP] = caps.get(CAP, NOBODY) | rest
    return caps


def _touched(windows: Sequence[Milestone]) -> dict[int, frozenset[int]]:
    return {
        pk: frozenset(thing.pk for thing in things if thing.kind == "group")
        for pk, things in reach.of_milestones(windows).items()
    }


def _questions(surveys: set[int]) -> dict[int, dict[str, int]]:
    rows = Question.objects.filter(survey__in=surveys).order_by().values("survey", "kind").annotate(number=Count("pk"))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["survey"]][row["kind"]] = row["number"]
    return dict(found)
