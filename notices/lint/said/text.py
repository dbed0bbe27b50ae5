"""One version of what a notice says, as its readers get it, with what judges have to know about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from commsplan.lib import reading
from notices.glossary import Entry, of_language
from notices.lint.said import cues
from notices.lint.said.lexicon import Lexicon, lexicon
from notices.models import Notice
from notices.pipeline.render import check_words
from notices.pipeline.render.prose import Facing, Prose
from stakeholders.enums import ReaderLevel
from upgrades.models import Milestone, Upgrade

USERS, MANAGERS, TECHNICAL = 8, 10, 14  # the grade aimed at
READERS = {USERS: "end users", MANAGERS: "managers", TECHNICAL: "technical readers"}


@dataclass(frozen=True)
class Setting:
    """What all texts of an upgrade share. `names`: of services, sites, groups and the like, as they are written;
    `services`: of all, and of those that a milestone concerns; `dates`: every day that the plan knows, by milestone."""

    now: datetime
    upgrade: Upgrade
    base_url: str
    organisation: str
    entries: tuple[Entry, ...] = ()
    names: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    milestones: tuple[Milestone, ...] = ()
    lexicons: dict[str, Lexicon] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.upgrade.time_zone)

    @cached_property
    def words_of_names(self) -> frozenset[str]:
        return frozenset(word for name in self.names for word in re.findall(r"\w+", name))

    def lexicon(self, language: str) -> Lexicon:
        if language not in self.lexicons:
            self.lexicons[language] = lexicon(tuple(of_language(self.entries, language).values()))
        return self.lexicons[language]

    @cached_property
    def _days(self) -> dict[date, set[int]]:
        """Every day that the plan knows, with its milestones."""
        found: dict[date, set[int]] = {}
        for one in self.milestones:
            for moment in (one.start, one.end, one.action_deadline):
                if moment:
                    found.setdefault(moment.astimezone(self.zone).date(), set()).add(one.pk)
        return found

    def is_day_of_another(self, day: date, besides: Milestone) -> bool:
        return bool(self._days.get(day, set()) - {besides.pk})


@dataclass(frozen=True)
class Readers:
    """Who reads a notice. `missing`: languages of people in the audience that it does not speak, with their number."""

    target: int = USERS
    is_technical: bool = False  # all of them
    missing: Mapping[str, int] = field(default_factory=dict)
    hear_first: bool = False  # for somebody among them it is the first they hear


@dataclass(frozen=True)
class Text:
    setting: Setting
    notice: Notice
    readers: Readers
    language: str
    level: str
    source_subject: str
    source_body: str
    facing: Facing

    @classmethod
    def all(cls, notice: Notice, readers: Readers, setting: Setting, facings: Mapping[str, Facing]) -> list["Text"]:
        return [
            cls(
                setting=setting,
                notice=notice,
                readers=readers,
                language=one["language"],
                level=one.get("level", ReaderLevel.PLAIN),
                source_subject=one["subject"],
                source_body=one["body"],
                facing=facings[one["language"]],
            )
            for one in notice.words
        ]

    @property
    def version(self) -> str:
        return f"{self.language}-{self.level}"

    @property
    def milestone(self) -> Milestone | None:
        return self.notice.milestone

    @property
    def kind(self) -> str:
        return self.notice.kind

    @property
    def is_technical(self) -> bool:
        return self.level == ReaderLevel.TECHNICAL or self.readers.is_technical

    @property
    def target(self) -> int:
        return TECHNICAL if self.is_technical else self.readers.target

    @cached_property
    def subject(self) -> Prose:
        return self.facing.read(self.source_subject)

    @cached_property
    def body(self) -> Prose:
        return self.facing.read(self.source_body)

    @cached_property
    def printed(self) -> frozenset[str]:
        return self.subject.printed | self.body.printed

    @cached_property
    def card(self) -> frozenset[str]:
        return self.facing.card(self.kind)

    @cached_property
    def typed(self) -> list[str]:
        """Paragraphs and items as people typed them, the subject first; a gap stands for each value."""
        return [self.subject.typed, *reading.blocks(self.body.typed)]

    @cached_property
    def typed_sentences(self) -> list[tuple[str, str]]:
        """Each with the paragraph it stands in."""
        return [(sentence, block) for block in self.typed for sentence in reading.sentences_of(block, self.language)]

    @cached_property
    def prose(self) -> str:
        """All of what people typed."""
        return "\n".join(self.typed)

    @cached_property
    def reading(self) -> reading.Reading:
        """Names and dates count as one short word each: readers know them, and nobody can make them shorter."""
        return reading.read(reading.blocks(self.body.told), language=self.language)

    @property
    def is_hard(self) -> bool:
        """By a whole grade: the formulas are not more exact than that."""
        return self.reading.grade is not None and self.reading.grade >= self.target + 1

    def has(self, cue: str) -> bool:
        return cues.has(cue, self.prose, self.language)

    def source(self, part: str) -> str:
        return self.source_subject if part == "subject" else self.source_body

    def find(self, quote: str) -> tuple[str, str]:
        """The part and the piece of the source that reads like the quote, marks and line breaks between its words
        included; empty where it stands in none, because a value is printed in between."""
        pattern = _loose(quote)
        for part in ("subject", "body"):
            if match := pattern.search(self.source(part)):
                return part, match[0]
        return "", ""

    @property
    def unreadable(self) -> list[str]:
        """Why the words cannot be rendered."""
        if not (self.subject.problem or self.body.problem):
            return []
        said = {"language": self.language, "level": self.level, "subject": self.source_subject}
        problems = check_words(
            [said | {"body": self.source_body}],
            has_milestone=self.milestone is not None,
            has_survey=self.notice.survey_id is not None,
        )
        return [f"{one.sentence} {one.suggestion}".strip() for one in problems]


@dataclass(frozen=True)
class Stated:
    """What an upgrade or a milestone says for all its notices, in whatever language it is written."""

    setting: Setting
    row: Upgrade | Milestone
    parts: Mapping[str, str]  # by the label of the field

    @property
    def milestone(self) -> Milestone | None:
        return self.row if isinstance(self.row, Milestone) else None

    @property
    def prose(self) -> list[tuple[str, str]]:
        return [(name, said) for name, said in self.parts.items() if said.strip()]


def stated_in(setting: Setting, row: Upgrade | Milestone) -> Stated:
    return Stated(setting, row, {label: getattr(row, name) for name, label in STATED[type(row)].items()})


STATED: dict[type, dict[str, str]] = {
    Upgrade: {"why": "reason", "why_now": "reason for the date", "risk": "risk", "benefit": "benefit"},
    Milestone: {"effect": "what people will notice", "action": "what people must do"},
}


def _loose(quote: str) -> re.Pattern:
    return re.compile(r"[\s*_~`]+".join(re.escape(word) for word in quote.split()) or r"(?!)")
