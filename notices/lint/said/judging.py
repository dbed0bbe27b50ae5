"""Judges look at one text and find spots; a rule gathers the spots of all versions of a notice into one finding."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from notices.enums import Severity
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.line import Line
from notices.lint.places import url
from notices.lint.said.text import Stated, Text
from notices.models import Notice

LANGUAGES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Edit:
    """In one version of the words: what stands there, and what shall stand there. Nothing to find: a paragraph more."""

    language: str
    level: str
    part: str
    find: str
    put: str

    @property
    def values(self) -> dict[str, str]:
        return {"language": self.language, "level": self.level, "part": self.part, "find": self.find, "put": self.put}


@dataclass(frozen=True)
class Spot:
    """What is wrong in one text. `quote`: the words concerned. `edit` mends it with one click; else `url` is where
    somebody has to, the composer if there is none."""

    sentence: str
    quote: str = ""
    label: str = ""
    edit: Edit | None = None
    url: str = ""
    facts: Any = None  # what a waiver is given for; the quote, if nothing is said
    help: str = ""  # what a word means

    @property
    def counts_for(self) -> Any:
        return self.quote if self.facts is None else self.facts


Judge = Callable[[Text], Iterator[Spot]]


@dataclass(frozen=True)
class Judging:
    """A judge with the rule it speaks for."""

    key: str
    severity: Severity
    title: str
    judge: Judge


JUDGES: dict[str, Judging] = {}


FactJudge = Callable[[Stated], Iterator[Spot]]


def judges(
    key: str, severity: Severity, title: str, *, source: str, facts: FactJudge | None = None
) -> Callable[[Judge], Judge]:
    """Like `rule`, for what is seen in one text alone. `facts` judges what the upgrade and its milestones say."""

    def register(judge: Judge) -> Judge:
        JUDGES[key] = Judging(key, severity, title, judge)

        @rule(key, severity, title, source=source)
        def check(plan) -> Iterator[Found]:
            for line in plan.texts.lines:
                if found := together(line, plan.texts.spots(key, line)):
                    yield found
            for stated in plan.texts.stated:
                if spots := list(facts(stated)) if facts else []:
                    yield _stated(stated, spots)

        return judge

    return register


def together(line: Line, spots: list[tuple[Text, Spot]]) -> Found | None:
    """One finding for all of them: the first one's sentence, and one click for all that can be mended so."""
    if not spots or line.notice is None:
        return None
    text, spot = spots[0]
    where = f" ({LANGUAGES.get(text.language, text.language)})" if len(line.notice.words) > 1 else ""
    others = len(spots) - 1
    more = f" There {'is 1 more place' if others == 1 else f'are {others} more places'} like it." if others else ""
    return Found(
        place=line.place,
        sentence=f"“{line.name}”{where}: {spot.sentence}{more}",
        facts={"spots": sorted([text.version, one.counts_for] for text, one in spots)},
        fix=fix_of(line.notice, spots),
    )


def _stated(stated: Stated, spots: list[Spot]) -> Found:
    place = Place.of(stated.row)
    return Found(
        place=place,
        sentence=f"“{place.name}”: {spots[0].sentence}",
        facts={"spots": sorted(str(spot.counts_for) for spot in spots)},
        fix=Fix(
            "open", spots[0].label or "Open its words", {"url": spots[0].url or url(place, stated.setting.upgrade)}
        ),
    )


def fix_of(notice: Notice, spots: list[tuple[Text, Spot]]) -> Fix:
    mendable = [spot for _, spot in spots if spot.edit]
    if mendable:
        edits = [spot.edit.values for spot in mendable if spot.edit]
        label = mendable[0].label if len(edits) == 1 else f"Mend {len(edits)} places: {mendable[0].label}"
        return Fix("mend_words", label, {"notice": notice.pk, "version": notice.version, "edits": edits})
    text, spot = spots[0]
    url = spot.url or f"{reverse('notice_edit', args=[notice.pk])}?version={text.version}"
    return Fix("open", spot.label or "Open the words", {"url": url})


def replaced(text: Text, quote: str, put: str, *, label: str, sentence: str, **more: Any) -> Spot:
    """A spot whose words can be replaced, where the source has them in one piece."""
    part, found = text.find(quote)
    edit = Edit(text.language, text.level, part, found, put) if part else None
    return Spot(sentence, quote, label if edit else "", edit, **more)


def added(text: Text, paragraph: str, *, label: str, sentence: str, **more: Any) -> Spot:
    return Spot(sentence, label=label, edit=Edit(text.language, text.level, "body", "", paragraph), **more)


def spots_of(texts: Iterable[Text]) -> list[tuple[Judging, Text, Spot]]:
    """Everything that every judge finds: for the composer."""
    return [(one, text, spot) for text in texts for one in JUDGES.values() for spot in one.judge(text)]


def mended(source: str, edit: Edit) -> str:
    """The first place only. A new paragraph stands before the last one, which says whom to ask."""
    if edit.find:
        return source.replace(edit.find, edit.put, 1)
    paragraphs = source.rstrip().split("\n\n")
    return (
        "\n\n".join([*paragraphs[:-1], edit.put, *paragraphs[-1:]] if len(paragraphs) > 2 else [*paragraphs, edit.put])
        + "\n"
    )
