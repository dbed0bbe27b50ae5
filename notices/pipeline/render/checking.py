"""Finds what is wrong with words before anybody is told: in which language, where, and what to write instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError

from notices.enums import PUT_RIGHT
from notices.models import Notice
from notices.pipeline.render import layouts, markdown, words
from notices.pipeline.render.known import Known
from notices.pipeline.render.release import facts_of
from notices.pipeline.render.words import FILTERS, LINKS, PERSONAL, PLACEHOLDERS, CannotRender, Slot
from upgrades.facts import Facts

LONGEST_SUBJECT = 200
LONGEST_BODY = 50_000  # far below what the language refuses to render
OF_A_MILESTONE = frozenset(
    [
        "milestone",
        "start",
        "end",
        "window",
        "day",
        "short_day",
        "downtime",
        "impact",
        "sites",
        "effect",
        "systems",
        "change_reason",
        "action",
        "action_deadline",
        "workaround",
        "outcome",
    ]
)
OF_A_MEETING = frozenset(
    [
        "meeting",
        "meeting_time",
        "meeting_day",
        "meeting_short_day",
        "place",
        "join_link",
        "topics",
        "host",
        "reason",
        "rsvp_link",
    ]
)
OF_A_CONCERN = frozenset(["question", "answer"])
OF_A_CORRECTION = frozenset(["changes"])
BLOCK = re.compile(r"\{\{.*?\}\}|\{%-?\s*(\w+|#)?.*?%\}", re.DOTALL)
OPENS = {"if", "unless", "case", "comment"}


@dataclass(frozen=True)
class Problem:
    language: str
    line: int
    column: int
    sentence: str
    suggestion: str = ""
    field: str = "body"  # or "subject"
    level: str = "plain"

    def __str__(self) -> str:
        place = f"{self.language}, {self.field}, line {self.line}: {self.sentence}"
        return f"{place} {self.suggestion}".strip()


@dataclass(frozen=True)
class Found:
    index: int
    sentence: str
    suggestion: str = ""


def check(said: Sequence[Mapping[str, str]], *, notice: Notice) -> list[Problem]:
    """These words, were they the notice's, against today's facts. In the order of languages, then of the text."""
    return check_words(
        said,
        has_milestone=notice.milestone_id is not None,
        has_survey=notice.survey_id is not None,
        has_meeting=notice.engagement_id is not None,
        has_concern=notice.concern_id is not None,
        has_changes=notice.kind in PUT_RIGHT,
        facts=facts_of(notice),
    )


def makes_sense(name: str, notice: Notice) -> bool:
    """Whether this placeholder is worth offering to somebody who writes this notice."""
    foreign = (
        name in OF_A_MEETING and notice.engagement_id is None,
        name in OF_A_CONCERN and notice.concern_id is None,
        name in OF_A_CORRECTION and notice.kind not in PUT_RIGHT,
    )
    return not any(foreign)


def check_words(
    said: Sequence[Mapping[str, str]],
    *,
    has_milestone: bool,
    has_survey: bool,
    has_meeting: bool = False,
    has_concern: bool = False,
    has_changes: bool = True,
    facts: Facts | None = None,
) -> list[Problem]:
    """Without `facts` it cannot know which placeholders would print nothing."""
    if not said:
        return [Problem("en", 1, 1, "There are no words yet.", "Write a subject and a text.")]
    problems = []
    has = {"milestone": has_milestone, "survey": has_survey, "meeting": has_meeting, "concern": has_concern}
    has["changes"] = has_changes
    for one in said:
        for field in ("subject", "body"):
            finder = Finder(one[field], one["language"], field, has, facts)
            problems += [_placed(found, one, field) for found in sorted(set(finder.find()), key=lambda f: f.index)]
    return problems


@dataclass(frozen=True)
class Finder:
    """What is wrong with one text."""

    source: str
    language: str
    field: str
    has: Mapping[str, bool]  # what the notice is about
    facts: Facts | None

    def find(self) -> Iterator[Found]:
        if not self.source.strip():
            yield Found(0, "The subject is empty." if self.field == "subject" else "The text is empty.")
            return
        yield from self.shape()
        try:
            template = words.read(self.source)
        except LiquidError as error:
            yield self.syntax(error)
            return
        wrong = [found for node in words.nodes(template) for found in self.block(node)]
        yield from wrong
        if self.facts is not None:
            yield from self.missing(self.facts, is_known_wrong=bool(wrong))

    def shape(self) -> Iterator[Found]:
        if self.field == "subject":
            if "\n" in self.source.strip():
                yield Found(self.source.strip().index("\n"), "A subject has one line.")
            if len(self.source) > LONGEST_SUBJECT:
                yield Found(LONGEST_SUBJECT, f"A subject has at most {LONGEST_SUBJECT} characters.")
            return
        if len(self.source) > LONGEST_BODY:
            yield Found(LONGEST_BODY, f"A text has at most {LONGEST_BODY:,} characters.", "Put the rest on a page.")
            return
        for target in markdown.unsafe_links(self.source):
            place = max(self.source.find(target), 0)
            yield Found(place, f"“{target}” is not a safe link.", "Links begin with https://, mailto: or tel:.")

    def block(self, node) -> Iterator[Found]:
        for path in words.paths(node):
            yield from self.use(node, path)
        for each in words.filters(node):
            if each.name not in FILTERS:
                yield Found(
                    each.token.start_index, f"There is no filter “{each.name}”.", _near(each.name, FILTERS, "| {}")
                )

    def use(self, node, path) -> Iterator[Found]:
        """One mention of a placeholder."""
        name, place = str(path.head()), path.token.start_index
        if name not in PLACEHOLDERS or len(path.path) > 1:
            yield Found(place, f"There is no placeholder “{path}”.", _near(name, PLACEHOLDERS, "{{{{ {} }}}}"))
            return
        if name in PERSONAL:
            yield from self.personal(node, name, place)
        if name in OF_A_MILESTONE and not self.has["milestone"]:
            yield Found(place, f"“{name}” needs a milestone, and this notice has none.", "Choose a milestone.")
        if name == "survey_link" and not self.has["survey"]:
            yield Found(place, "“survey_link” needs a survey, and this notice has none.", "Choose a survey.")
        if name in OF_A_MEETING and not self.has["meeting"]:
            yield Found(place, f"“{name}” belongs to invitations, and this notice is about no meeting.")
        if name in OF_A_CONCERN and not self.has["concern"]:
            yield Found(place, f"“{name}” belongs to answers, and this notice answers nothing.")
        if name in OF_A_CORRECTION and not self.has["changes"]:
            advice = "Any notice shows what has changed for its reader above its facts, by itself."
            yield Found(place, f"“{name}” belongs to corrections and catch-ups.", advice)

    def personal(self, node, name: str, place: int) -> Iterator[Found]:
        if not isinstance(node, OutputNode) or words.name_in(node) != name:
            yield Found(place, f"“{name}” is different for every reader: it can be printed, not asked for.")
        elif getattr(node.expression, "filters", None):
            yield Found(place, f"“{name}” is different for every reader: it is printed as it is, without filters.")
        if self.field == "subject" and name in LINKS:
            yield Found(place, "A subject cannot hold a link.", "Put it into the text.")
        if self.field == "subject" and name in OF_A_CORRECTION:
            yield Found(place, "A subject cannot hold what has changed: it has many lines.", "Put it into the text.")

    def missing(self, facts: Facts, *, is_known_wrong: bool) -> Iterator[Found]:
        """Printed, but empty today."""
        known = Known(facts, self.language, layouts.load(layouts.NEWEST).labels(self.language)).values()
        unknown = dict.fromkeys(words.names_in(self.source) - PLACEHOLDERS.keys(), "-")  # found already
        values = unknown | known | {name: Slot(name) for name in PERSONAL} | {"organisation": "-"}
        try:
            printed = words.fill(self.source, values).printed
        except CannotRender as error:
            if not is_known_wrong:
                yield Found(0, str(error))
            return
        for one in printed:
            if not one.text and one.name in known and self.can_have(one.name):
                advice = f'Fill it in, or write {{% if {one.name} != "" %}} … {{% endif %}} around it.'
                yield Found(one.index, f"“{one.name}” has no value, so it prints nothing.", advice)

    def can_have(self, name: str) -> bool:
        subjects = {"milestone": OF_A_MILESTONE, "meeting": OF_A_MEETING, "concern": OF_A_CONCERN}
        return not any(name in names and not self.has[subject] for subject, names in subjects.items())

    def syntax(self, error: LiquidError) -> Found:
        said = str(error.message)
        index = error.token.start_index if error.token and error.token.start_index >= 0 else self._first_bad_block()
        if tag := re.match("unexpected tag '(.*)'", said):
            return Found(index, f"“{{% {tag[1]} %}}” is not possible here.", _near(tag[1], WORDS_OF_TAGS, "{{% {} %}}"))
        if unclosed := re.match("expected tag end(.*), found", said):
            return Found(index, f"“{{% {unclosed[1]} %}}” is not closed.", f"Write {{% end{unclosed[1]} %}} after it.")
        if closing := re.match("expected '([%}]})', found end of file", said):
            return Found(index, "This opens, but does not close.", f"Write {closing[1]} where it ends.")
        return Found(index, f"This cannot be read: {said}.")

    def _first_bad_block(self) -> int:
        """For errors that do not tell their place: the block that cannot be read alone, else the last one left open."""
        waiting: list[int] = []
        for block in BLOCK.finditer(self.source):
            tag = block[1] or ""
            if tag in OPENS:
                waiting.append(block.start())
            elif tag.startswith("end") and waiting:
                waiting.pop()
            if not _reads(block[0] + (f"{{% end{tag} %}}" if tag in OPENS else "")) and not _is_inner(tag):
                return block.start()
        return waiting[-1] if waiting else 0


WORDS_OF_TAGS = [
    "if",
    "elsif",
    "else",
    "endif",
    "unless",
    "endunless",
    "case",
    "when",
    "endcase",
    "comment",
    "endcomment",
]


def _is_inner(tag: str) -> bool:
    return tag in {"else", "elsif", "when"} or tag.startswith("end")


def _reads(source: str) -> bool:
    try:
        words.read(source)
    except LiquidError:
        return False
    return True


def _near(name: str, known, pattern: str) -> str:
    matches = get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean {pattern.format(matches[0])}?" if matches else ""


def _placed(found: Found, one: Mapping[str, str], field: str) -> Problem:
    before = one[field][: found.index]
    return Problem(
        language=one["language"],
        line=before.count("\n") + 1,
        column=found.index - (before.rfind("\n") + 1) + 1,
        sentence=found.sentence,
        suggestion=found.suggestion,
        field=field,
        level=one.get("level", "plain"),
    )
