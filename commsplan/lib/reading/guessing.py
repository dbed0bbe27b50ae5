"""In which language a short text is written, by its most frequent words."""

import re

FREQUENT = {
    "en": {
        "the",
        "and",
        "is",
        "are",
        "of",
        "to",
        "in",
        "you",
        "your",
        "will",
        "be",
        "for",
        "it",
        "on",
        "we",
        "not",
        "no",
    },
    "de": {
        "der",
        "die",
        "das",
        "und",
        "ist",
        "sind",
        "sie",
        "ihre",
        "ihr",
        "wird",
        "werden",
        "nicht",
        "für",
        "den",
        "ein",
    },
    "fr": {
        "le",
        "la",
        "les",
        "et",
        "est",
        "sont",
        "vous",
        "votre",
        "vos",
        "sera",
        "pas",
        "pour",
        "des",
        "une",
        "un",
        "du",
    },
}


def language_of(text: str, *, default: str = "en") -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    score = {language: sum(word in frequent for word in words) for language, frequent in FREQUENT.items()}
    best = max(score, key=lambda language: (score[language], language == default))
    return best if score[best] else default
