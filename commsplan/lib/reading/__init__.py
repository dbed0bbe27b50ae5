"""How hard a text is to read: sentences, words and syllables, and the school grade that a formula makes of them."""

from commsplan.lib.reading.grades import FORMULAS, JUDGED_FROM, Formula, formula_of
from commsplan.lib.reading.guessing import language_of
from commsplan.lib.reading.measuring import Reading, Sentence, read, sentences_of
from commsplan.lib.reading.plain import blocks
from commsplan.lib.reading.syllables import syllables

__all__ = [
    "FORMULAS",
    "JUDGED_FROM",
    "Formula",
    "Reading",
    "Sentence",
    "blocks",
    "formula_of",
    "language_of",
    "read",
    "sentences_of",
    "syllables",
]
