"""What a reader reads, without the layout around it: for those who judge words and do not send them."""

import re
from dataclasses import dataclass
from functools import cached_property

from notices.pipeline.render import card, layouts, words
from notices.pipeline.render.desk import tamed
from notices.pipeline.render.known import Known
from notices.pipeline.render.words import MARK, CannotRender, Manuscript
from upgrades.facts import Facts

SOMEBODY = {"name": "Cai Berg", "first_name": "Cai"}
GAPS = {name: chr(0xE000 + number) for number, name in enumerate(sorted(words.PLACEHOLDERS))}
STORIES = frozenset(
    [
        "effect",
        "change_reason",
        "action",
        "objective",
        "why",
        "why_now",
        "risk",
        "benefit",
        "topics",
        "reason",
        "question",
        "answer",
        "impact",
    ]
)
NAMES = {gap: name for name, gap in GAPS.items()}


@dataclass(frozen=True)
class Facing:
    """The facts of a notice as one language prints them. Many texts share one."""

    known: Known
    organisation: str
    base_url: str

    @classmethod
    def of(cls, facts: Facts, *, language: str, organisation: str, base_url: str) -> "Facing":
        return cls(Known(facts, language, layouts.load(layouts.NEWEST).labels(language)), organisation, base_url)

    @cached_property
    def values(self) -> dict[str, str]:
        status = f"{self.base_url}/status/{self.known.upgrade('slug')}/"
        own = {
            "changes": "",
            "status_link": status,
            "survey_link": status,
            "rsvp_link": status,
            "organisation": self.organisation,
        }
        return self.known.values() | SOMEBODY | own

    def card(self, kind: str) -> frozenset[str]:
        """The rows of the facts card that have something to say."""
        return card.said(self.known, kind=kind, layout=layouts.load(layouts.NEWEST).words["card"])

    def read(self, source: str) -> "Prose":
        try:
            manuscript = words.fill(tamed(source), self.values)
        except CannotRender as error:
            return Prose(Manuscript(source), str(error))
        return Prose(manuscript)


@dataclass(frozen=True)
class Prose:
    """Words with their conditions resolved."""

    manuscript: Manuscript
    problem: str = ""

    @cached_property
    def said(self) -> str:
        """With the values in their places; still Markdown."""
        return self.manuscript.plain()

    @cached_property
    def typed(self) -> str:
        """What people typed: of each value only a gap is left, one character that tells its name (NAMES)."""
        return MARK.sub(lambda mark: GAPS.get(self.manuscript.at(mark).name, self.manuscript.at(mark).text), self._text)

    @property
    def _text(self) -> str:
        return self.manuscript.text

    @cached_property
    def told(self) -> str:
        """With what people wrote about the matter in its place, and one short word for each name, date and address."""
        return MARK.sub(lambda mark: self._told(mark), self._text)

    def _told(self, mark: re.Match) -> str:
        printed = self.manuscript.at(mark)
        return printed.text if printed.name in STORIES or not printed.name or not printed.text else "Name"

    @cached_property
    def printed(self) -> frozenset[str]:
        """The placeholders that printed something."""
        return frozenset(one.name for one in self.manuscript.printed if one.name and one.text)

    @cached_property
    def nothing(self) -> list[str]:
        """The placeholders that printed nothing."""
        return [one.name for one in self.manuscript.printed if one.name and not one.text]
