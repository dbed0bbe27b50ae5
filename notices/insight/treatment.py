"""Whether the plan treats each stakeholder as the strategy of their quadrant says.

Counted are the notices, meetings and engagements of this upgrade. A notice or meeting of the plan reaches a group when
at least half of its active members are in the audience, or when it is for representatives only and one of them is. A
conversation reaches a group when a representative takes part, or at least half of the members.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Count, IntegerField, Q, QuerySet, TextChoices, Value
from django.urls import NoReverseMatch, reverse

from commsplan.lib import time
from engagement.enums import EngagementKind, EngagementState, Rsvp
from engagement.models import Engagement, Participant
from notices.enums import Medium, NoticeKind, Unit
from notices.insight.sizes import Asked
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.enums import Channel
from stakeholders.models import Membership
from upgrades import strategies
from upgrades.enums import Means, MilestoneKind, Quadrant, TwoWay
from upgrades.models import Milestone, Stakeholder, Strategy, Upgrade

TALK_BEFORE = 10  # business days before the go-live
AT_ONCE = 40  # audiences in one query
LOOK_BACK = 200  # released notices
MEANS_OF_TALK: dict[str, Means] = {
    EngagementKind.ONE_TO_ONE: Means.ONE_TO_ONE,
    EngagementKind.INTERVIEW: Means.ONE_TO_ONE,
    EngagementKind.CALL: Means.ONE_TO_ONE,
    EngagementKind.MEETING: Means.MEETING,
    EngagementKind.FOCUS_GROUP: Means.MEETING,
    EngagementKind.BOARD: Means.MEETING,
    EngagementKind.TOWN_HALL: Means.BRIEFING,
    EngagementKind.TRAINING: Means.TRAINING,
}
MEANS_OF_STEP = {Medium.MEETING: Means.MEETING, Medium.TRAINING: Means.TRAINING}
MEANS_OF_KIND = {
    NoticeKind.BRIEFING: Means.BRIEFING,
    NoticeKind.EXECUTIVE: Means.BRIEFING,
    NoticeKind.NEWS: Means.NEWSLETTER,
}


class Rule(TextChoices):
    RHYTHM = "rhythm", "Rhythm"
    TALK = "talk", "Conversation"
    PUSHES = "pushes", "E-mails a week"
    MEANS = "means", "Means"


class Met(TextChoices):
    MET = "met", "Met"
    SHORT = "short", "Not met"
    NOT_ASKED = "not_asked", "Not asked"


@dataclass(frozen=True)
class Verdict:
    rule: Rule
    met: Met
    words: str
    remedy: str = ""
    url: str = ""


@dataclass(frozen=True)
class Contact:
    """Something that reaches a stakeholder at a moment."""

    at: datetime
    means: frozenset[Means]
    is_talk: bool = False
    is_mail: bool = False
    asks: bool = False


@dataclass(frozen=True)
class Treatment:
    strategy: Strategy
    verdicts: list[Verdict]

    @property
    def short(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.met == Met.SHORT]

    @property
    def met(self) -> Met:
        return Met.SHORT if self.short else Met.MET


def of(upgrade: Upgrade, placed: Mapping[int, Quadrant], *, now: datetime) -> dict[int, Treatment]:
    """By stakeholder, for those that are in a quadrant. The number of queries does not depend on how many they are."""
    stakeholders = list(upgrade.stakeholders.filter(pk__in=placed).order_by("pk"))
    by_quadrant = strategies.of(upgrade)
    contacts = _contacts(upgrade, stakeholders, now=now) if stakeholders else {}
    calendar = Calendar(upgrade, list(upgrade.milestones.live().order_by("start", "pk")), now)
    return {
        one.pk: _judge(one, by_quadrant[placed[one.pk]], sorted(contacts[one.pk], key=_when), calendar)
        for one in stakeholders
    }


def _when(contact: Contact) -> datetime:
    return contact.at


# Who is reached by what


@dataclass(frozen=True)
class Line:
    """A notice or step of the plan."""

    asked: Asked
    contact: Contact


Reached = dict[int, list[Contact]]


def _contacts(upgrade: Upgrade, stakeholders: list[Stakeholder], *, now: datetime) -> Reached:
    found: Reached = defaultdict(list)
    people = {one.person_id: one.pk for one in stakeholders if one.person_id}
    sizes = _sizes([one for one in stakeholders if one.group_id])
    groups = {one.group_id: one.pk for one in stakeholders if one.group_id}
    lines = _simplified([*_notices(upgrade, now=now), *_steps(upgrade, now=now)], upgrade)
    reached = _reached({line.asked.key: line.asked for line in lines}, people, groups, sizes)
    for line in lines:
        for key in reached[line.asked.key]:
            found[key].append(line.contact)
    for key, contact in _talks(upgrade, people, groups, sizes):
        found[key].append(contact)
    return found


def _notices(upgrade: Upgrade, *, now: datetime) -> list[Line]:
    rows = Notice.objects.filter(upgrade=upgrade).select_related("milestone", "survey")
    waiting = rows.waiting().filter(send_at__gte=now, engagement=None).order_by("send_at", "pk")
    released = rows.released().filter(engagement=None).order_by("-released_at", "-pk")[:LOOK_BACK]
    return [_line(notice, upgrade) for notice in [*waiting, *released]]


def _line(notice: Notice, upgrade: Upgrade) -> Line:
    notice.upgrade = upgrade
    is_mail = Channel.EMAIL in notice.channels
    means = {MEANS_OF_KIND[kind] for kind in MEANS_OF_KIND if kind == notice.kind}
    means |= {Means.MAIL} if is_mail else set()
    means |= {Means.PORTAL} if Channel.PORTAL in notice.channels and upgrade.is_published else set()
    at = notice.released_at or notice.send_at or notice.created_at
    contact = Contact(at, frozenset(means), is_mail=is_mail, asks=notice.survey_id is not None)
    return Line(Asked.of(notice), contact)


def _steps(upgrade: Upgrade, *, now: datetime) -> list[Line]:
    """Meetings and trainings of the plan. One that has an engagement counts by who is invited to that."""
    rows = PlanStep.objects.filter(upgrade=upgrade, medium__in=MEANS_OF_STEP, engagement=None)
    lines = []
    for step in rows.select_related("milestone").order_by("pk"):
        step.upgrade = upgrade
        at = step.done_at or schedule.due_at(step)
        if step.done_at or at >= now:
            lines.append(Line(Asked.of(step), Contact(at, frozenset({MEANS_OF_STEP[Medium(step.medium)]}), True)))
    return lines


def _simplified(lines: list[Line], upgrade: Upgrade) -> list[Line]:
    """Few audiences instead of one for each day: deputies are left out, who stand in for somebody and are no other
    stakeholder; a milestone without services and sites of its own touches whom the upgrade touches."""
    whole = set(Milestone.objects.filter(upgrade=upgrade, services=None, sites=None).values_list("pk", flat=True))
    return [replace(line, asked=_simpler(line.asked, whole)) for line in lines]


def _simpler(asked: Asked, whole: Collection[int]) -> Asked:
    is_whole = asked.milestone is None or asked.milestone.pk in whole
    milestone = None if is_whole and not asked.rule.get("not_acknowledged") else asked.milestone
    return replace(asked, milestone=milestone, on=None)


def _sizes(of_groups: Iterable[Stakeholder]) -> dict[int, int]:
    members = Membership.objects.filter(group__in=[one.group_id for one in of_groups], person__archived_at=None)
    return dict(members.order_by().values("group").annotate(size=Count("pk")).values_list("group", "size"))


def _reached(
    asked: Mapping[Hashable, Asked], people: Mapping[int, int], groups: Mapping[int, int], sizes: Mapping[int, int]
) -> dict[Hashable, set[int]]:
    """Stakeholders in each audience; equal audiences are asked once, and many in one query."""
    found: dict[Hashable, set[int]] = {key: set() for key in asked}
    keys = list(asked)
    for first in range(0, len(keys), AT_ONCE):
        part = {number: asked[keys[number]] for number in range(first, min(first + AT_ONCE, len(keys)))}
        for number, person in _together(_who(one, people, number) for number, one in part.items()):
            found[keys[number]].add(people[person])
        for number, group, members in _together(_how_many(one, groups, number) for number, one in part.items()):
            of_representatives = bool(part[number].rule.get("representatives_only"))
            if of_representatives or members * 2 >= sizes.get(group, 0):
                found[keys[number]].add(groups[group])
    return found


def _together(queries: Iterable[QuerySet]) -> Sequence[Any]:
    first, *others = queries
    return list(first.union(*others, all=True) if others else first)


def _who(one: Asked, people: Collection[int], number: int) -> QuerySet:
    found = one.people.order_by().filter(pk__in=list(people))
    return found.annotate(number=Value(number, IntegerField())).values_list("number", "pk")


def _how_many(one: Asked, groups: Collection[int], number: int) -> QuerySet:
    members = Membership.objects.filter(group__in=list(groups), person__in=one.people.order_by().values("pk"))
    if one.rule.get("representatives_only"):
        members = members.filter(is_representative=True)
    counted = members.order_by().annotate(number=Value(number, IntegerField())).values("number", "group")
    return counted.annotate(members=Count("pk", output_field=BigIntegerField())).values_list(
        "number", "group", "members"
    )


def _talks(
    upgrade: Upgrade, people: Mapping[int, int], groups: Mapping[int, int], sizes: Mapping[int, int]
) -> list[tuple[int, Contact]]:
    """Engagements with those who take part, or took part as far as anybody knows."""
    rows = Engagement.objects.filter(upgrade=upgrade).exclude(state=EngagementState.CANCELLED)
    contacts = {one.pk: _talk(one) for one in rows.only("kind", "start")}
    there = Participant.objects.filter(engagement__in=contacts).exclude(rsvp=Rsvp.NO).exclude(attended=False)
    pairs = there.filter(person__in=people).order_by().values_list("engagement", "person")
    found = [(people[person], contacts[engagement]) for engagement, person in pairs]
    members = there.filter(person__memberships__group__in=groups, person__archived_at=None).order_by()
    counted = members.values("engagement", "person__memberships__group").annotate(
        members=Count("pk"), speakers=Count("pk", filter=Q(person__memberships__is_representative=True))
    )
    for row in counted:
        group = row["person__memberships__group"]
        if row["speakers"] or row["members"] * 2 >= sizes.get(group, 0):
            found.append((groups[group], contacts[row["engagement"]]))
    return found


def _talk(engagement: Engagement) -> Contact:
    return Contact(engagement.start, frozenset({MEANS_OF_TALK[engagement.kind]}), is_talk=True)


# The verdicts


@dataclass(frozen=True)
class Calendar:
    upgrade: Upgrade
    milestones: list[Milestone]
    now: datetime

    @cached_property
    def go_lives(self) -> list[Milestone]:
        """Without one, every window counts."""
        named = [one for one in self.milestones if one.kind == MilestoneKind.GO_LIVE]
        return named or [one for one in self.milestones if one.kind == MilestoneKind.WINDOW]

    @cached_property
    def last_day(self) -> date | None:
        ends = [one.last_moment for one in self.go_lives if one.last_moment > self.now]
        return self.day(max(ends)) if ends else None

    @cached_property
    def talk_by(self) -> datetime | None:
        if not self.go_lives:
            return None
        start = min(one.start for one in self.go_lives)
        place = schedule.Place.of(self.upgrade)
        return schedule.moment(start, -TALK_BEFORE, unit=Unit.BUSINESS_DAYS, at=None, place=place)

    @cached_property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.upgrade.time_zone)).date()


def _judge(one: Stakeholder, strategy: Strategy, contacts: list[Contact], calendar: Calendar) -> Treatment:
    ask = Remedies(one, strategy, calendar)
    verdicts = [
        _rhythm(strategy, contacts, calendar, ask),
        _conversation(strategy, contacts, calendar, ask),
        _pushes(strategy, contacts, calendar, ask),
        _means(strategy, contacts, calendar, ask),
    ]
    return Treatment(strategy, verdicts)


def _rhythm(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Verdict:
    """Days on which something reaches them, from the last one before today (if that is recent) to the last go-live."""
    if strategy.every_days is None:
        return Verdict(Rule.RHYTHM, Met.NOT_ASKED, "The strategy asks for no rhythm.")
    if calendar.last_day is None:
        return Verdict(Rule.RHYTHM, Met.NOT_ASKED, "No go-live is ahead.")
    start, end = _first_day(strategy.every_days, contacts, calendar), calendar.last_day
    days = sorted({calendar.day(one.at) for one in contacts if one.at >= calendar.now})
    stops = [start, *(day for day in days if start < day < end), end]
    gap, since = max(((later - day).days, day) for day, later in pairwise(stops)) if start < end else (0, start)
    if gap <= strategy.every_days:
        return Verdict(Rule.RHYTHM, Met.MET, f"Hears something at least every {max(gap, 1)} days.")
    first = next(day for day, later in pairwise(stops) if (later - day).days > strategy.every_days)
    words = f"Hears nothing for {gap} days from {time.short_day(since)}; the strategy says every {strategy.every_days}."
    return ask.for_contact(words, by=first + timedelta(days=strategy.every_days))


def _first_day(every_days: int, contacts: list[Contact], calendar: Calendar) -> date:
    before = [calendar.day(one.at) for one in contacts if one.at < calendar.now]
    recent = [day for day in before if (calendar.today - day).days <= every_days]
    return max(recent, default=calendar.today)


def _conversation(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Verdict:
    talks = [one for one in contacts if one.is_talk]
    wanted, by = strategy.two_way, calendar.talk_by
    if wanted == TwoWay.OPTIONAL:
        return Verdict(Rule.TALK, Met.NOT_ASKED, "A conversation is optional.")
    if wanted == TwoWay.QUESTIONS:
        if talks or any(one.asks for one in contacts):
            return Verdict(Rule.TALK, Met.MET, "They are asked, by a survey or in person.")
        return ask.for_survey("No survey and no conversation reaches them.")
    if wanted == TwoWay.REQUIRED and by:
        early = [one for one in talks if one.at <= by]
        if early:
            return Verdict(Rule.TALK, Met.MET, f"A conversation on {time.short_day(calendar.day(early[0].at))}.")
        return ask.for_talk("No conversation early enough before the go-live.", by=calendar.day(by))
    if talks:
        return Verdict(Rule.TALK, Met.MET, f"A conversation on {time.short_day(calendar.day(talks[0].at))}.")
    return ask.for_talk("No conversation is planned or held.", by=calendar.last_day)


def _pushes(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Verdict:
    """By calendar week, from this week on. Only what this upgrade sends."""
    this_week = _monday(calendar.today)
    weeks = Counter(_monday(calendar.day(one.at)) for one in contacts if one.is_mail)
    coming = {week: number for week, number in weeks.items() if week >= this_week}
    fullest = min(coming, key=lambda week: (-coming[week], week), default=this_week)
    number, limit = coming.get(fullest, 0), strategy.pushes_a_week
    if number <= limit:
        return Verdict(Rule.PUSHES, Met.MET, f"At most {number} a week of this upgrade; the limit is {limit}.")
    words = f"{number} in the week of {time.short_day(fullest)}; the limit is {limit}."
    return replace(ask.in_plan(words, "Move or join some of them."), rule=Rule.PUSHES)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _means(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Verdict:
    wanted = [Means(one) for one in strategy.means]
    if not wanted:
        return Verdict(Rule.MEANS, Met.NOT_ASKED, "The strategy names none.")
    used = {means for one in contacts for means in one.means}
    used |= {Means.PORTAL} if calendar.upgrade.is_published else set()
    found = [one.label for one in wanted if one in used]
    if found:
        return Verdict(Rule.MEANS, Met.MET, f"{', '.join(found)}.")
    words = "None of the means of the strategy is used for them."
    return replace(ask.in_plan(words, f"Use one: {', '.join(one.label for one in wanted)}."), rule=Rule.MEANS)


@dataclass(frozen=True)
class Remedies:
    """What would put it right, with the page where one does it."""

    one: Stakeholder
    strategy: Strategy
    calendar: Calendar

    @property
    def slug(self) -> str:
        return self.calendar.upgrade.slug

    def for_contact(self, words: str, *, by: date) -> Verdict:
        if Means.ONE_TO_ONE in self.strategy.means:
            return replace(self.for_talk(words, by=by), rule=Rule.RHYTHM)
        url = reverse("notice_new", args=[self.slug])
        return Verdict(Rule.RHYTHM, Met.SHORT, words, f"Write a notice for {self._time(by)}", url)

    def for_talk(self, words: str, *, by: date | None) -> Verdict:
        kind = EngagementKind.ONE_TO_ONE if self.one.person_id else EngagementKind.MEETING
        noun = "a one-to-one" if self.one.person_id else "a meeting"
        remedy = f"Plan {noun} {self._time(by, 'by')}" if by else f"Plan {noun}"
        return Verdict(Rule.TALK, Met.SHORT, words, remedy, self._engagement(kind))

    def for_survey(self, words: str) -> Verdict:
        return Verdict(
            Rule.TALK, Met.SHORT, words, "Plan a survey", self._address("upgrade_surveys", self.slug) or self._plan
        )

    def in_plan(self, words: str, remedy: str) -> Verdict:
        return Verdict(Rule.PUSHES, Met.SHORT, words, remedy, self._plan)

    def _time(self, by: date, word: str = "") -> str:
        if by <= self.calendar.today:
            return "soon: it is due already" if word else "today or soon"
        return f"{word} {time.short_day(by)}".strip() if word else f"{time.short_day(by)} or before"

    def _engagement(self, kind: EngagementKind) -> str:
        who = {"person": self.one.person_id} if self.one.person_id else {"group": self.one.group_id}
        query = urlencode({"upgrade": self.slug, "kind": kind.value, **who})
        page = self._address("engagement_new") or self._address("engagement_new", self.slug)
        return f"{page}?{query}" if page else ""

    @property
    def _plan(self) -> str:
        return reverse("upgrade_plan", args=[self.slug])

    def _address(self, name: str, *args: Any) -> str:
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            return ""
