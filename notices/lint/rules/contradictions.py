"""What the prose says against what the plan knows.

Only what looks like the window is compared with it. A sentence has to speak of something that starts, stops or is not
there, and of nothing else that may have a date: a survey, a training, a deadline, what was planned before. A date that
any other milestone has, and a time inside the window, are no contradiction. What the plan does not know contradicts
nothing. So some contradictions stay unseen; those that are found are true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from commsplan.lib import time as said_time
from notices.enums import NoticeKind, Severity
from notices.lint import phrases
from notices.lint.said import cues, moments
from notices.lint.said.judging import Spot, judges, replaced
from notices.lint.said.text import Setting, Text
from notices.pipeline.render.prose import GAPS
from upgrades.models import Milestone

WITH_A_ZONE = [GAPS[name] for name in ("start", "end", "window", "action_deadline")]
ABOUT_ANOTHER_TIME = (  # it looks back, or says that the plan has changed
    NoticeKind.POSTPONED,
    NoticeKind.CANCELLED,
    NoticeKind.ROLLED_BACK,
    NoticeKind.FOLLOW_UP,
    NoticeKind.SURVEY,
    NoticeKind.SURVEY_REMINDER,
    NoticeKind.NEWS,
)
UNTIL = ("until", "till", "end", "back", "finish", "bis", "ende", "fertig", "jusqu", "fin", "termine")


@dataclass(frozen=True)
class Window:
    """The facts that prose can contradict, on the wall of the place."""

    milestone: Milestone
    zone: ZoneInfo
    setting: Setting

    @cached_property
    def start(self) -> datetime:
        return self.milestone.start.astimezone(self.zone)

    @cached_property
    def end(self) -> datetime:
        return self.milestone.last_moment.astimezone(self.zone)

    @cached_property
    def deadline(self) -> datetime | None:
        deadline = self.milestone.action_deadline
        return deadline.astimezone(self.zone) if deadline else None

    def has_day(self, day: date) -> bool:
        is_deadline = self.deadline is not None and day == self.deadline.date()
        return self.start.date() <= day <= self.end.date() or is_deadline or self._is_elsewhere(day)

    def _is_elsewhere(self, day: date) -> bool:
        return self.setting.is_day_of_another(day, self.milestone)

    def has_time(self, clock: moments.Clock) -> bool:
        """On any of its days."""
        if self.deadline and clock.at == self.deadline.time().replace(second=0, microsecond=0):
            return True
        days = (self.end.date() - self.start.date()).days
        moments_of_it = (self.start.date() + timedelta(days=number) for number in range(min(days, 1) + 1))
        at = [datetime.combine(day, clock.at, tzinfo=self.zone) for day in moments_of_it]
        return days > 1 or any(self.start <= one <= self.end for one in at)

    def said(self) -> str:
        zone = str(self.zone)
        if self.milestone.end is None:
            return phrases.when(self.start, zone)
        return said_time.window(self.start, self.end, zone=zone)


def window_of(text: Text) -> Window | None:
    if text.milestone is None:
        return None
    return Window(text.milestone, text.setting.zone, text.setting)


@judges(
    "CNT003",
    Severity.ERROR,
    "A time without its zone, or a weekday that is not that of its date",
    source="uptime-kuma 3626",
)
def times_are_whole(text: Text) -> Iterator[Spot]:
    has_zone = any(_has_zone(block) for block in text.typed)
    for number, block in enumerate(text.typed):
        yield from _wrong_weekdays(text, block)
        if number or not has_zone:  # a subject has little room: it is enough that the body says it
            yield from _without_zone(text, block)


def _wrong_weekdays(text: Text, block: str) -> Iterator[Spot]:
    near = (text.milestone.start if text.milestone else text.setting.now).astimezone(text.setting.zone).date()
    for day in moments.days(block, text.language):
        if day.weekday is None or day.near(near).weekday() == day.weekday:
            continue
        meant = day.near(near)
        right = said_time.day(meant, language=text.language)
        window = window_of(text)
        put = "{{ day }}" if window and meant == window.start.date() else right
        yield replaced(
            text,
            day.text,
            put,
            label=f"Write “{put}”",
            sentence=f"“{day.text}” does not exist: it is a {moments.weekday_name(meant.weekday(), 'en')}.",
        )


def _has_zone(block: str) -> bool:
    return bool(cues.ZONE.search(block)) or any(gap in block for gap in WITH_A_ZONE)


def _without_zone(text: Text, block: str) -> Iterator[Spot]:
    """One zone is enough for a paragraph."""
    if _has_zone(block):
        return
    clocks = moments.clocks(block, text.language)
    if not clocks:
        return
    last = clocks[-1]
    moment = text.milestone.start if text.milestone else text.setting.now
    zone = said_time.zone_name(moment, text.setting.upgrade.time_zone)
    put = f"{last.text} {zone}"
    yield replaced(
        text,
        last.text,
        put,
        label=f"Write “{put}”",
        sentence=f"“{last.text}” does not say in which time zone.",
        facts=[clock.text for clock in clocks],
    )


@judges("CNT004", Severity.ERROR, "The words contradict the facts", source="Free prose is checked against the facts")
def prose_agrees_with_the_facts(text: Text) -> Iterator[Spot]:
    window = window_of(text) if text.kind not in ABOUT_ANOTHER_TIME else None
    others = _other_services(text)
    for sentence, _ in text.typed_sentences:
        if window and moments.DIGIT.search(sentence):
            yield from _wrong_moments(text, sentence, window)
            yield from _wrong_deadline(text, sentence, window)
        if others:
            yield from _wrong_service(text, sentence, others)


def _wrong_moments(text: Text, sentence: str, window: Window) -> Iterator[Spot]:
    language = text.language
    if not cues.has("window", sentence, language) or cues.has("else", sentence, language):
        return
    said = [day for day in moments.days(sentence, language) if not day.ends_span]
    days = [day for day in said if not window.has_day(day.near(window.start.date()))]
    for day in days:
        yield _against(text, sentence, day.text, window, is_day=True)
    if days or _is_of_another_zone(sentence, window):
        return
    for clock in moments.clocks(sentence, language):
        if not window.has_time(clock):
            yield _against(text, sentence, clock.text, window, is_day=False)


def _is_of_another_zone(sentence: str, window: Window) -> bool:
    own = {str(window.zone), window.start.tzname(), window.end.tzname()}
    return bool(cues.ZONE.search(sentence)) and not any(name and name in sentence for name in own)


def _against(text: Text, sentence: str, quote: str, window: Window, *, is_day: bool) -> Spot:
    before = sentence[: sentence.find(quote)].lower().split()[-3:]
    is_end = any(word.startswith(UNTIL) for word in before) and window.milestone.end is not None
    name = "end" if is_end else "day" if is_day else "start"
    return replaced(
        text,
        quote,
        f"{{{{ {name} }}}}",
        label=f"Replace “{quote}” by the {'date' if is_day and not is_end else name} of the plan",
        sentence=f"it says “{quote}”, but the plan says {window.said()}.",
        facts=[quote, window.start.isoformat(), window.end.isoformat()],
    )


def _wrong_deadline(text: Text, sentence: str, window: Window) -> Iterator[Spot]:
    if window.deadline is None or not cues.has("deadline", sentence, text.language):
        return
    if cues.has("else", cues_without_deadline(sentence), text.language):
        return
    for day in moments.days(sentence, text.language):
        if not window.has_day(day.near(window.deadline.date())):
            said = phrases.when(window.deadline, str(window.zone))
            yield replaced(
                text,
                day.text,
                "{{ action_deadline }}",
                label=f"Replace “{day.text}” by the deadline of the plan",
                sentence=f"it says “{day.text}”, but what people must do is due {said}.",
                facts=[day.text, window.deadline.isoformat()],
            )


DEADLINE_WORDS = ("deadline", "at the latest", "no later", "by ", "before", "spätestens", "frist", "bis ", "vorher")
DEADLINE_WORDS_FR = ("au plus tard", "date limite", "délai", "avant")


def cues_without_deadline(sentence: str) -> str:
    """What else it speaks of."""
    said = sentence.lower()
    for word in DEADLINE_WORDS + DEADLINE_WORDS_FR:
        said = said.replace(word, " ")
    return said


def _other_services(text: Text) -> list[str]:
    """Those that it names, although the plan is not about them. One in "Mail migration" is what that is about."""
    prose, own = text.prose.lower(), {name.lower() for name in text.facing.known.services}
    about = [*own, text.setting.upgrade.name.lower(), (text.facing.known.milestone("name") or "").lower()]
    named = [name for name in sorted(text.setting.services) if own and name.lower() in prose]
    return [name for name in named if not any(name.lower() in one or (one and one in name.lower()) for one in about)]


def _wrong_service(text: Text, sentence: str, others: list[str]) -> Iterator[Spot]:
    """Another service of the organisation is said to stop."""
    said, own = sentence.lower(), sorted(text.facing.known.services)
    if GAPS["services"] in sentence or any(name.lower() in said for name in own):
        return
    named = [name for name in others if _stands_in(name, sentence)]
    if not named or not cues.has("down", sentence, text.language) or cues.has("up", sentence, text.language):
        return
    for name in named:
        yield replaced(
            text,
            name,
            "{{ services }}",
            label=f"Replace “{name}” by the services of the plan",
            sentence=f"it says that “{name}” stops, but the plan is about {phrases.listed(own)}.",
            facts=[name, own],
        )


def _stands_in(name: str, sentence: str) -> bool:
    place = sentence.find(name)
    if place < 0:
        return False
    around = sentence[max(0, place - 1) : place] + sentence[place + len(name) : place + len(name) + 1]
    return not any(character.isalnum() or character == "-" for character in around)
