"""The formulas, each from counts to a school grade.

English: Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers, Chissom: Derivation of New Readability Formulas for
Navy Enlisted Personnel, 1975). German: first Wiener Sachtextformel (Bamberger, Vanecek: Lesen – Verstehen – Lernen –
Schreiben, 1984). French, and every other language: LIX (Björnsson: Läsbarhet, 1968), which counts long words instead of
syllables and so works across languages; its index becomes a grade by the table of Anderson (Lix and Rix: Variations on
a Little-known Readability Index, Journal of Reading 26, 1983), read as a line between the steps of the table, and
carried on at both ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

JUDGED_FROM = 30  # words: below, one long word decides
LONG = 6  # letters: a word with more is long

ANDERSON = {34: 5, 38: 6, 41: 7, 44: 8, 48: 9, 51: 10, 54: 11, 57: 12}  # from this LIX on, this grade
LIX_OF_GRADE = [(0.0, 0.0), *((float(index), float(grade)) for index, grade in ANDERSON.items()), (60.0, 13.0)]


@dataclass(frozen=True)
class Counts:
    sentences: int
    words: int
    syllables: int
    long_words: int  # more than six letters
    many_syllables: int  # words with three or more
    one_syllable: int


@dataclass(frozen=True)
class Formula:
    name: str
    grade: Callable[[Counts], float]
    counts_syllables: bool = True


def flesch_kincaid(counts: Counts) -> float:
    """0.39 · words per sentence + 11.8 · syllables per word − 15.59."""
    return 0.39 * counts.words / counts.sentences + 11.8 * counts.syllables / counts.words - 15.59


def wiener_sachtextformel(counts: Counts) -> float:
    """0.1935 · MS + 0.1672 · SL + 0.1297 · IW − 0.0327 · ES − 0.875: MS, IW and ES are the percentages of words with
    three or more syllables, with more than six letters and with one syllable; SL is the length of a sentence."""
    percent = 100 / counts.words
    return (
        0.1935 * counts.many_syllables * percent
        + 0.1672 * counts.words / counts.sentences
        + 0.1297 * counts.long_words * percent
        - 0.0327 * counts.one_syllable * percent
        - 0.875
    )


def lix(counts: Counts) -> float:
    """Words per sentence + percentage of long words."""
    return counts.words / counts.sentences + 100 * counts.long_words / counts.words


def grade_of_lix(index: float) -> float:
    for (low, grade), (high, next_grade) in pairwise(LIX_OF_GRADE):
        if index < high:
            return grade + (index - low) * (next_grade - grade) / (high - low)
    return LIX_OF_GRADE[-1][1]


def by_lix(counts: Counts) -> float:
    return grade_of_lix(lix(counts))


FORMULAS = {
    "en": Formula("Flesch–Kincaid", flesch_kincaid),
    "de": Formula("Wiener Sachtextformel", wiener_sachtextformel),
}
OTHERS = Formula("LIX", by_lix, counts_syllables=False)


def formula_of(language: str) -> Formula:
    return FORMULAS.get(language, OTHERS)
