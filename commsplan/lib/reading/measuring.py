"""Sentences and words of a text, and its grade."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from commsplan.lib.reading.grades import JUDGED_FROM, LONG, Counts, formula_of
from commsplan.lib.reading.syllables import syllables

WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)[’'](?=\w)", re.IGNORECASE)
END = re.compile(r"[.!?…]+[\"”“»’')\]]*\s+(?=[\"“„«‚'(\[]?[A-ZÀ-ÖØ-Þ\d])")
INITIAL = re.compile(r"(?:^|\s)[^\W\d_]\.$")
NUMBERED = re.compile(r"\d\.$")
ABBREVIATIONS = {
    *("e.g.", "i.e.", "etc.", "approx.", "no.", "vs.", "mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "dept.", "incl."),
    *("z.b.", "d.h.", "usw.", "bzw.", "ca.", "evtl.", "ggf.", "inkl.", "max.", "min.", "nr.", "str.", "tel.", "vgl."),
    *("u.a.", "o.ä.", "bspw.", "mind.", "ex.", "env.", "mme.", "bd.", "art.", "av.", "p."),
    *("mon.", "tue.", "wed.", "thu.", "fri.", "sat.", "sun.", "jan.", "feb.", "mar.", "apr.", "aug.", "sep.", "sept."),
    *("oct.", "okt.", "nov.", "dec.", "dez.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.", "janv.", "févr."),
}
GREETING = 4  # words: a short line that ends in a comma greets


@dataclass(frozen=True)
class Sentence:
    text: str
    words: int
    syllables: int
    long_words: int
    many_syllables: int
    one_syllable: int


@dataclass(frozen=True)
class Reading:
    language: str
    sentences: tuple[Sentence, ...]

    @cached_property
    def words(self) -> int:
        return sum(one.words for one in self.sentences)

    @cached_property
    def grade(self) -> float | None:
        """The school grade for which it is written; None for what is too short to be judged."""
        if self.words < JUDGED_FROM:
            return None
        return max(0.0, round(formula_of(self.language).grade(self.counts), 1))

    @cached_property
    def counts(self) -> Counts:
        return Counts(
            sentences=len(self.sentences),
            words=self.words,
            syllables=sum(one.syllables for one in self.sentences),
            long_words=sum(one.long_words for one in self.sentences),
            many_syllables=sum(one.many_syllables for one in self.sentences),
            one_syllable=sum(one.one_syllable for one in self.sentences),
        )

    def longest(self, number: int = 3) -> list[Sentence]:
        return sorted(self.sentences, key=lambda one: -one.words)[:number]


def read(blocks: Iterable[str], *, language: str) -> Reading:
    """`blocks` are paragraphs, list items and headings: each begins with a sentence of its own."""
    found = (
        measure(text, language) for block in blocks if not _greets(block) for text in sentences_of(block, language)
    )
    return Reading(language, tuple(one for one in found if one.words))


def sentences_of(block: str, language: str) -> Iterator[str]:
    begin = 0
    for end in END.finditer(block):
        said = block[begin : end.end()].rstrip()
        if not _goes_on(said, language):
            yield said
            begin = end.end()
    if rest := block[begin:].strip():
        yield rest


@lru_cache(maxsize=4096)
def measure(text: str, language: str) -> Sentence:
    words = [ELIDED.sub("", word) for word in WORD.findall(text)]
    counted = [syllables(word, language) for word in words] if formula_of(language).counts_syllables else []
    return Sentence(
        text=text,
        words=len(words),
        syllables=sum(counted),
        long_words=sum(len(word) > LONG for word in words),
        many_syllables=sum(number >= 3 for number in counted),
        one_syllable=sum(number == 1 for number in counted),
    )


def _greets(block: str) -> bool:
    return block.endswith((",", "،")) and len(block.split()) <= GREETING


def _goes_on(said: str, language: str) -> bool:
    """The full stop belongs to an abbreviation, an initial or, in German, to a number."""
    last = said.rsplit(None, 1)[-1].lower().lstrip('(„“"«')
    return last in ABBREVIATIONS or bool(INITIAL.search(said)) or (language == "de" and bool(NUMBERED.search(said)))
