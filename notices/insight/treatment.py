"""Whether the plan treats each stakeholder as the strategy of their quadrant says.

Counted is what `contacts` finds in this upgrade. Whom an outage or a degraded service hits, and who has something to
do, is treated at least like those to keep informed, wherever they stand. IT hears before the users do.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count, pairwise
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.urls import NoReverseMatch, reverse

from commsplan.lib import time
from engagement.enums import EngagementKind
from notices import variants
from notices.audiences import contacts as reaching
from notices.audiences.contacts import ANNOUNCES, Contact, Found
from notices.enums import NoticeKind, Unit
from notices.models import Notice
from notices.pipeline import schedule
from stakeholders.enums import Category, ReaderLevel
from upgrades import strategies
from upgrades.enums import UNCONNECTED, Impact, Means, MilestoneKind, Quadrant, TwoWay
from upgrades.models import Milestone, Stakeholder, Strategy, Upgrade

DAY = timedelta(days=1)
TALK_BEFORE = 10  # business days before the go-live
REMINDS = {NoticeKind.REMINDER, NoticeKind.FINAL}
PRINTS = re.compile(r"\{\{.*?\}\}", re.DOTALL)
UNSEEN = re.compile(r"\{%.*?%\}|(?<=\])\([^)\s]*\)", re.DOTALL)  # tags, and where links lead


class Rule(TextChoices):
    RHYTHM = "rhythm", "Rhythm"
    TALK = "talk", "Conversation"
    PUSHES = "pushes", "E-mails a week"
    MEANS = "means", "Means"
    LENGTH = "length", "Length"
    LADDER = "ladder", "Told and reminded"
    ORDER = "order", "Before the users"


class Met(TextChoices):
    MET = "met", "Met"
    SHORT = "short", "Not met"
    NOT_ASKED = "not_asked", "Not asked"


@dataclass(frozen=True)
class Judgement:
    rule: Rule
    met: Met
    words: str
    remedy: str = ""
    url: str = ""


@dataclass(frozen=True)
class Treatment:
    strategy: Strategy
    judgements: list[Judgement]
    because: str = ""  # why they are treated at least like those to keep informed

    @property
    def short(self) -> list[Judgement]:
        return [one for one in self.judgements if one.met == Met.SHORT]

    @property
    def met(self) -> Met:
        return Met.SHORT if self.short else Met.MET


def of(upgrade: Upgrade, placed: Mapping[int, Quadrant], *, now: datetime) -> dict[int, Treatment]:
    """By stakeholder, for those that are in a quadrant. The number of queries does not depend on how many they are."""
    stakeholders = list(upgrade.stakeholders.filter(pk__in=placed).select_related("person", "group").order_by("pk"))
    by_quadrant = strategies.of(upgrade)
    milestones = list(upgrade.milestones.live().order_by("start", "pk"))
    found = reaching.of(upgrade, stakeholders, milestones, now=now) if stakeholders else Found()
    calendar = Calendar(upgrade, milestones, now)
    return {one.pk: _judge(one, by_quadrant, placed[one.pk], found, calendar) for one in stakeholders}


# The judgements


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
    def next_start(self) -> datetime | None:
        return min((one.start for one in self.go_lives if one.start > self.now), default=None)

    @cached_property
    def eve(self) -> date | None:
        """The last day before the next go-live."""
        return self.day(self.next_start) - DAY if self.next_start else None

    def workday(self, by: date) -> date | None:
        """The last day until then on which people work and nothing goes live; None where it is today or over."""
        is_business_day = schedule.Place.of(self.upgrade).is_business_day
        while by > self.today and (not is_business_day(by) or self._goes_live(by)):
            by -= DAY
        return by if by > self.today else None

    @cached_property
    def next_workday(self) -> date:
        is_business_day = schedule.Place.of(self.upgrade).is_business_day
        return next(day for day in (self.today + DAY * number for number in count(1)) if is_business_day(day))

    def _goes_live(self, day: date) -> bool:
        return any(self.day(one.start) <= day <= self.day(one.last_moment) for one in self.go_lives)

    @cached_property
    def decisions(self) -> list[tuple[datetime, Milestone]]:
        """Those ahead, and how old a conversation about them may be."""
        place = schedule.Place.of(self.upgrade)
        ahead = [one for one in self.milestones if one.kind == MilestoneKind.DECISION and one.start > self.now]
        return [
            (schedule.moment(one.start, -TALK_BEFORE, unit=Unit.BUSINESS_DAYS, at=None, place=place), one)
            for one in ahead
        ]

    @cached_property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.upgrade.time_zone)).date()


def _judge(
    one: Stakeholder, by_quadrant: Mapping[Quadrant, Strategy], quadrant: Quadrant, found: Found, calendar: Calendar
) -> Treatment:
    contacts, because = found.by_stakeholder[one.pk], _pressing(one, found)
    strategy = by_quadrant[quadrant]
    if because:
        strategy = strategies.at_least(strategy, by_quadrant[Quadrant.KEEP_INFORMED])
    ask = Remedies(one, strategy, calendar)
    judgements = [
        _rhythm(strategy, contacts, calendar, ask),
        _conversation(strategy, contacts, calendar, ask),
        _pushes(strategy, contacts, calendar, ask),
        _means(strategy, contacts, calendar, ask),
    ]
    if strategy.most_words:
        judgements.append(_length(one, strategy, contacts, calendar))
    if because:
        judgements.append(_ladder(contacts, calendar, ask))
    if one.group and one.group.category == Category.IT and found.users_hear:
        judgements.append(_order(contacts, found.users_hear, calendar, ask))
    return Treatment(strategy, judgements, because)


def _pressing(one: Stakeholder, found: Found) -> str:
    if one.impact_on_them >= Impact.DEGRADED:
        return f"{Impact(one.impact_on_them).label} for them"
    return "They have something to do" if one.pk in found.must_act else ""


def _rhythm(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement:
    """Days on which something reaches them, from the last one before today (if that is recent) to the last go-live."""
    if strategy.every_days is None:
        return Judgement(Rule.RHYTHM, Met.NOT_ASKED, "The strategy asks for no rhythm.")
    if calendar.last_day is None:
        return Judgement(Rule.RHYTHM, Met.NOT_ASKED, "No go-live is ahead.")
    start, end = _first_day(strategy.every_days, contacts, calendar), calendar.last_day
    days = sorted({calendar.day(one.at) for one in contacts if one.means and one.at >= calendar.now})
    stops = [start, *(day for day in days if start < day < end), end]
    gap, since = max(((later - day).days, day) for day, later in pairwise(stops)) if start < end else (0, start)
    if gap <= strategy.every_days:
        return Judgement(Rule.RHYTHM, Met.MET, f"Hears something at least every {max(gap, 1)} days.")
    first = next(day for day, later in pairwise(stops) if (later - day).days > strategy.every_days)
    words = f"Hears nothing for {gap} days from {time.short_day(since)}; the strategy says every {strategy.every_days}."
    return ask.for_contact(words, by=first + timedelta(days=strategy.every_days))


def _first_day(every_days: int, contacts: list[Contact], calendar: Calendar) -> date:
    before = [calendar.day(one.at) for one in contacts if one.means and one.at < calendar.now]
    recent = [day for day in before if (calendar.today - day).days <= every_days]
    return max(recent, default=calendar.today)


def _conversation(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement:
    talks = [one for one in contacts if one.is_talk]
    wanted, by = strategy.two_way, calendar.talk_by
    if wanted == TwoWay.REQUIRED:
        talks = [one for one in talks if one.is_in_private]
    if wanted == TwoWay.OPTIONAL:
        return Judgement(Rule.TALK, Met.NOT_ASKED, "A conversation is optional.")
    if wanted == TwoWay.QUESTIONS:
        if talks or any(one.asks for one in contacts):
            return Judgement(Rule.TALK, Met.MET, "They are asked, by a survey or in person.")
        return ask.for_survey("No survey and no conversation reaches them.")
    if wanted == TwoWay.REQUIRED and by:
        early = [one for one in talks if one.at <= by]
        if not early:
            return ask.for_talk("No conversation early enough before the go-live.", by=calendar.day(by))
        return _before_decisions(talks, calendar, ask) or _talked(early[0], calendar)
    if wanted == TwoWay.REQUIRED and (missing := _before_decisions(talks, calendar, ask)):
        return missing
    if talks:
        return _talked(talks[0], calendar)
    return ask.for_talk("No conversation is planned or held.", by=calendar.eve)


def _before_decisions(talks: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement | None:
    """Whoever decides with us is heard shortly before, not months ago."""
    for since, decision in calendar.decisions:
        if not any(since <= talk.at <= decision.start for talk in talks):
            day = calendar.day(decision.start)
            words = f"No conversation in the {TALK_BEFORE} business days before “{decision}” on {time.short_day(day)}."
            return ask.for_talk(words, by=day)
    return None


def _talked(talk: Contact, calendar: Calendar) -> Judgement:
    return Judgement(Rule.TALK, Met.MET, f"A conversation on {time.short_day(calendar.day(talk.at))}.")


def _pushes(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement:
    """By calendar week, from this week on. Only what this upgrade sends."""
    this_week = _monday(calendar.today)
    weeks = Counter(_monday(calendar.day(one.at)) for one in contacts if one.is_mail)
    coming = {week: number for week, number in weeks.items() if week >= this_week}
    fullest = min(coming, key=lambda week: (-coming[week], week), default=this_week)
    number, limit = coming.get(fullest, 0), strategy.pushes_a_week
    if number <= limit:
        return Judgement(Rule.PUSHES, Met.MET, f"At most {number} a week of this upgrade; the limit is {limit}.")
    words = f"{number} in the week of {time.short_day(fullest)}; the limit is {limit}."
    return replace(ask.in_plan(words, "Move or join some of them."), rule=Rule.PUSHES)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _means(strategy: Strategy, contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement:
    wanted = [Means(one) for one in strategy.means if one not in UNCONNECTED]
    if not wanted:
        words = (
            "The strategy names only chat, which is not connected." if strategy.means else "The strategy names none."
        )
        return Judgement(Rule.MEANS, Met.NOT_ASKED, words)
    used = {means for one in contacts for means in one.means}
    used |= {Means.PORTAL} if calendar.upgrade.is_published else set()
    found = [one.label for one in wanted if one in used]
    if found:
        return Judgement(Rule.MEANS, Met.MET, f"{', '.join(found)}.")
    words = "None of the means of the strategy is used for them."
    return replace(ask.in_plan(words, f"Use one: {', '.join(one.label for one in wanted)}."), rule=Rule.MEANS)


def _length(one: Stakeholder, strategy: Strategy, contacts: list[Contact], calendar: Calendar) -> Judgement:
    """Of what still can be shortened, in the version they would read."""
    drafts = [mail.notice for mail in contacts if mail.is_mail and mail.notice and mail.at >= calendar.now]
    if not drafts:
        return Judgement(Rule.LENGTH, Met.NOT_ASKED, "No e-mail waits for them.")
    number, _, longest = max((_words_for(one, notice), notice.pk, notice) for notice in drafts)
    limit = strategy.most_words or 0
    if number <= limit:
        return Judgement(Rule.LENGTH, Met.MET, f"At most {number} words as written; the limit is {limit}.")
    words = f"“{longest.title}” has {number} words as written; the limit is {limit}."
    return Judgement(Rule.LENGTH, Met.SHORT, words, "Shorten it", reverse("notice_edit", args=[longest.pk]))


@dataclass
class Said:
    language: str
    level: str
    body: str


def _words_for(one: Stakeholder, notice: Notice) -> int:
    """A group has readers of every version, so the longest counts."""
    texts = [Said(each["language"], each.get("level", ReaderLevel.PLAIN), each["body"]) for each in notice.words]
    if one.person and texts:
        texts = [variants.best(texts, language=one.person.language, level=one.person.reader_level)]
    return max((count_words(text.body) for text in texts), default=0)


def count_words(source: str) -> int:
    """As written: a placeholder is one word, whatever it prints; the address of a link is none."""
    seen = UNSEEN.sub(" ", PRINTS.sub("placeholder", source))
    return sum(any(sign.isalnum() for sign in word) for word in seen.split())


def _ladder(contacts: list[Contact], calendar: Calendar, ask: "Remedies") -> Judgement:
    if calendar.next_start is None:
        return Judgement(Rule.LADDER, Met.NOT_ASKED, "No go-live is ahead.")
    mails = {one.kind for one in contacts if one.is_mail and one.at < calendar.next_start}
    missing = [words for words, kinds in (("announcement", ANNOUNCES), ("reminder", REMINDS)) if not mails & kinds]
    day = time.short_day(calendar.day(calendar.next_start))
    if not missing:
        return Judgement(Rule.LADDER, Met.MET, f"An announcement and a reminder before {day}.")
    words = f"No {' and no '.join(missing)} reaches them by e-mail before {day}."
    return replace(ask.in_plan(words, f"Add {' and '.join(map(_a, missing))}"), rule=Rule.LADDER)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _order(contacts: list[Contact], users_hear: datetime, calendar: Calendar, ask: "Remedies") -> Judgement:
    """Whoever is called when something does not work must know of it first."""
    first = next((one.at for one in contacts if one.means), None)
    day = time.short_day(calendar.day(users_hear))
    if first and first < users_hear:
        return Judgement(Rule.ORDER, Met.MET, f"Hears on {time.short_day(calendar.day(first))}, the users on {day}.")
    if users_hear < calendar.now:
        return Judgement(Rule.ORDER, Met.NOT_ASKED, "The users know of it already.")
    words = f"The users hear on {day}, and nothing reaches them before."
    return replace(ask.in_plan(words, "Tell them first"), rule=Rule.ORDER)


@dataclass(frozen=True)
class Remedies:
    """What would put it right, with the page where one does it."""

    one: Stakeholder
    strategy: Strategy
    calendar: Calendar

    @property
    def slug(self) -> str:
        return self.calendar.upgrade.slug

    def for_contact(self, words: str, *, by: date) -> Judgement:
        if Means.ONE_TO_ONE in self.strategy.means:
            return replace(self.for_talk(words, by=by), rule=Rule.RHYTHM)
        url = reverse("notice_new", args=[self.slug])
        return Judgement(Rule.RHYTHM, Met.SHORT, words, f"Write a notice {self._time(by, 'for')}", url)

    def for_talk(self, words: str, *, by: date | None) -> Judgement:
        kind = EngagementKind.ONE_TO_ONE if self.one.person_id else EngagementKind.MEETING
        noun = "a one-to-one" if self.one.person_id else "a meeting"
        remedy = f"Plan {noun} {self._time(by, 'by')}" if by else f"Plan {noun}"
        return Judgement(Rule.TALK, Met.SHORT, words, remedy, self._engagement(kind, by))

    def for_survey(self, words: str) -> Judgement:
        return Judgement(
            Rule.TALK, Met.SHORT, words, "Plan a survey", self._address("upgrade_surveys", self.slug) or self._plan
        )

    def in_plan(self, words: str, remedy: str) -> Judgement:
        return Judgement(Rule.PUSHES, Met.SHORT, words, remedy, self._plan)

    def _time(self, by: date, word: str) -> str:
        day = self.calendar.workday(by)
        return f"{word} {time.short_day(day)}" if day else "as soon as possible"

    def _engagement(self, kind: EngagementKind, by: date | None) -> str:
        asked = {"kind": kind.value}
        if by:
            asked["day"] = (self.calendar.workday(by) or self.calendar.next_workday).isoformat()
        who = {"people": self.one.person_id} if self.one.person_id else {"groups": self.one.group_id}
        return f"{reverse('engagement_new', args=[self.slug])}?{urlencode(asked | who)}"

    @property
    def _plan(self) -> str:
        return reverse("upgrade_plan", args=[self.slug])

    def _address(self, name: str, *args: Any) -> str:
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            return ""
