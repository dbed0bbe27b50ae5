"""Whether the words can be understood: plain, finished, honest about how bad it is, and readable by everybody."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.http import urlencode

from commsplan.lib import time
from commsplan.lib.reading import language_of
from notices.enums import Audible, Severity
from notices.glossary import Entry
from notices.lint import said
from notices.lint.said import cues
from notices.lint.said.judging import Spot, judges, replaced
from notices.lint.said.lexicon import acronyms, is_explained
from notices.lint.said.text import READERS, Setting, Stated, Text
from upgrades.enums import Impact
from upgrades.models import Milestone

PATTERNS = Path(said.__file__).with_name("patterns.toml")
HOUR = 60
LONG_SENTENCE = 25  # words
NOT_OF_THE_WORDS = ("services", "changes")  # an upgrade without services; what differs from reader to reader
BRACKETS = re.compile(
    r"(?<![!\]\w])\[(?:\.{2,}|…|_+|\s*|[^\]\n]{0,30}\b(?i:date|time|name|service|link|insert|here|todo|tbd|datum|uhrzeit|dienst"
    r"|einfügen|nom|heure|lien|insérer)\b[^\]\n]{0,30})\](?!\()"
)
BRACES = re.compile(r"(?<!\{)\{[a-z_ ]{2,30}\}(?!\})|<<?[A-Za-z_ ]{3,30}>>?(?=\W)|\?{3,}|_{4,}")
LINK = re.compile(
    r"(?P<bang>!?)\[(?P<label>[^\]\n]*)\]\((?P<target>[^)\s]*)\)|(?P<bare>(?:https?://|www\.)[^\s<>()\]]+)"
)
NOWHERE = re.compile(
    r"(?i)^(?:https?://)?(?:localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|(?:[\w-]+\.)*example\.(?:com|org|net)\b)"
)
SCHEME = re.compile(r"(?i)^(?:https?://|mailto:|tel:|#)")
IMAGE = re.compile(r"!\[\s*\]\([^)]*\)|<img(?![^>]*\balt=[\"'][^\"'])[^>]*>", re.IGNORECASE)


@cache
def _patterns(name: str, language: str) -> list[re.Pattern]:
    table = tomllib.loads(PATTERNS.read_text(encoding="utf-8"))[name]
    flags = re.NOFLAG if name == "filler" else re.IGNORECASE
    return [re.compile(rf"(?<![\w-])(?:{way})(?!\w)", flags) for way in table.get(language) or table["en"]]


@cache
def _any(name: str, language: str) -> re.Pattern:
    """All of them in one, to see quickly that there is none."""
    ways = "|".join(re.sub(r"\?P<\w+>", "?:", one.pattern) for one in _patterns(name, language))
    return re.compile(ways, re.NOFLAG if name == "filler" else re.IGNORECASE)


def _matches(name: str, said: str, language: str) -> Iterator[re.Match]:
    if _any(name, language).search(said):
        yield from (match for pattern in _patterns(name, language) for match in pattern.finditer(said))


# Words that readers do not know


def jargon_in_facts(stated: Stated) -> Iterator[Spot]:
    for part, prose in stated.prose:
        for quote, entry in _unknown(prose, stated.setting, language_of(prose), technical=False):
            sentence = f"“{quote}”, in the {part}, is a word that not all readers know."
            if entry:
                yield Spot(f"{sentence}{_instead(entry)}", quote)
            else:
                label, url = _explain(quote, "")
                yield Spot(sentence, quote, label, url=url)


@judges(
    "CNT005",
    Severity.WARNING,
    "A word that not all readers know",
    source="Prosci; plain language",
    facts=jargon_in_facts,
)
def words_are_known(text: Text) -> Iterator[Spot]:
    for quote, entry in _unknown(text.prose, text.setting, text.language, technical=text.is_technical):
        if entry is None:
            label, url = _explain(quote, text.language)
            sentence = f"nobody explains what “{quote}” stands for."
            yield Spot(sentence, quote, label, url=url)
            continue
        is_strange = entry.audible == Audible.TECHNICAL
        what = "is a word that not all readers know" if is_strange else "is better said otherwise"
        sentence = f"“{quote}” {what}.{_instead(entry)}"
        if entry.instead and quote.lower() == entry.word.lower():
            put = entry.instead[:1].upper() + entry.instead[1:] if quote[:1].isupper() else entry.instead
            label = f"Say “{entry.instead}”"
            yield replaced(text, quote, put, label=label, sentence=sentence, help=entry.meaning)
        else:
            yield Spot(sentence, quote, help=entry.meaning)


def _unknown(prose: str, setting: Setting, language: str, *, technical: bool) -> Iterator[tuple[str, Entry | None]]:
    """Each word once. What is named like a service, a place or a group is a name, and what is explained is known."""
    lexicon, seen = setting.lexicon(language), set()
    for quote, entry in lexicon.used_in(prose):
        is_fine = entry.is_known(technical=technical) or quote in setting.words_of_names
        is_fine |= entry.audible != Audible.NOBODY and is_explained(quote, prose)
        if not is_fine and quote.lower() not in seen:
            seen.add(quote.lower())
            yield quote, entry
    for line in prose.split("\n"):
        for quote in acronyms(line):
            word = quote.removesuffix("s")
            is_fine = technical or word in lexicon.known or word.lower() in lexicon.entries or word in ZONES
            is_fine |= bool({word, quote} & setting.words_of_names) or is_explained(quote, prose)
            if not is_fine and quote.lower() not in seen:
                seen.add(quote.lower())
                yield quote, None


ZONES = {  # zones, which are no jargon
    *("UTC", "GMT", "CET", "CEST", "MEZ", "MESZ", "BST", "WET", "WEST", "EET", "EEST", "EST", "EDT", "CST", "CDT"),
    *("MST", "MDT", "PST", "PDT", "IST", "JST", "AEST", "AEDT"),
}


def _instead(entry: Entry) -> str:
    return f" Better: “{entry.instead}”." if entry.instead else ""


def _explain(word: str, language: str) -> tuple[str, str]:
    query = urlencode({"word": word, "language": language})
    return f"Explain “{word}” in the glossary", f"{reverse('term_new')}?{query}"


# How hard it is to read


@judges(
    "CNT006", Severity.WARNING, "Harder to read than its readers like", source="plain language; targets by audience"
)
def the_grade_fits_the_readers(text: Text) -> Iterator[Spot]:
    found = text.reading
    if found.grade is None or not text.is_hard:
        return
    longest = [one for one in found.longest(3) if one.words >= LONG_SENTENCE] or found.longest(1)
    sentence = (
        f"it reads like grade {found.grade:.0f}, and {READERS[text.target]} should get {text.target}. "
        f"Its longest sentence has {longest[0].words} words."
    )
    facts = [one.text for one in longest]
    yield Spot(sentence, longest[0].text, "Open the longest sentence", facts=facts)


# Unfinished


def filler_in_facts(stated: Stated) -> Iterator[Spot]:
    for part, prose in stated.prose:
        for match in _matches("filler", prose, language_of(prose)):
            yield Spot(f"“{match[0]}” still stands in the {part}.", match[0])


@judges(
    "CNT008",
    Severity.ERROR,
    "Not finished: fillers, placeholders or links that lead nowhere",
    source="common sense",
    facts=filler_in_facts,
)
def words_are_finished(text: Text) -> Iterator[Spot]:
    if text.unreadable:
        yield from (Spot(said, facts=said) for said in text.unreadable)
        return
    for name in dict.fromkeys([*text.subject.nothing, *text.body.nothing]):
        if name in NOT_OF_THE_WORDS:
            continue
        yield Spot(f"“{{{{ {name} }}}}” has no value, so it prints nothing.", facts=name)
    for match in (*_matches("filler", text.prose, text.language), *BRACES.finditer(text.prose)):
        yield Spot(f"“{match[0]}” still has to be filled in.", match[0])
    for match in BRACKETS.finditer(text.body.typed):
        yield Spot(f"“{match[0]}” still has to be filled in.", match[0])
    yield from _links(text)


def _links(text: Text) -> Iterator[Spot]:
    for match in LINK.finditer(text.body.typed):
        target = match["target"] if match["bare"] is None else match["bare"]
        if match["bang"] or (target and re.match(cues.GAP, target)):
            continue
        if problem := _problem(target, text):
            yield Spot(problem, match[0] if match["bare"] else match["label"] or match[0], facts=target)


def _problem(target: str, text: Text) -> str:
    if not target:
        return "a link leads nowhere."
    if NOWHERE.match(target):
        return f"“{target}” leads to no page that readers can see."
    if not SCHEME.match(target):
        return f"“{target}” is no link: it has to begin with https://."
    own = f"{text.setting.base_url}/status/{text.setting.upgrade.slug}"
    if target.startswith(own) and not text.setting.upgrade.is_published:
        return "it leads to the status page, which is not published yet."
    return ""


# Smaller than it is


def is_serious(milestone: Milestone | None) -> bool:
    return milestone is not None and milestone.impact == Impact.OUTAGE and minutes_of(milestone) > HOUR


def minutes_of(milestone: Milestone) -> int:
    """As far as it is known: what one person goes without, else the window."""
    if milestone.downtime is not None:
        return milestone.downtime
    return time.minutes(milestone.end - milestone.start) if milestone.end else 0


def understated_in_facts(stated: Stated) -> Iterator[Spot]:
    if stated.milestone is None or not is_serious(stated.milestone):
        return
    for part, prose in stated.prose:
        for match in _matches("understated", prose, language_of(prose)):
            yield Spot(_understated(match[0], stated.milestone, part), match[0])


@judges("CNT012", Severity.WARNING, "Said smaller than it is", source="honest impact", facts=understated_in_facts)
def impact_is_not_played_down(text: Text) -> Iterator[Spot]:
    milestone = text.milestone
    if milestone is None or not is_serious(milestone):
        return
    for match in _matches("understated", text.prose, text.language):
        sentence = _understated(match[0], milestone, "")
        put = _honest(match, text.language) if milestone.downtime else ""
        if put:
            yield replaced(text, match[0], put, label="Say how long it takes", sentence=sentence)
        else:
            yield Spot(sentence, match[0])


def _understated(quote: str, milestone: Milestone, part: str) -> str:
    where = f", in the {part}," if part else ""
    return f"“{quote}”{where} is an outage of {time.duration(minutes_of(milestone))}."


ABOUT = {"en": "of about", "de": "von etwa", "fr": "d’environ"}
FOR = {"en": "for about", "de": "für etwa", "fr": "pendant environ"}


def _honest(match: re.Match, language: str) -> str:
    parts = match.groupdict()
    if parts.get("noun"):
        article = "" if not parts.get("article") else "an " if parts["noun"][0] in "aeiouAEIOU" else "a "
        return f"{article}{parts['noun']} {ABOUT[language]} {{{{ downtime }}}}"
    return f"{FOR[language]} {{{{ downtime }}}}" if parts.get("adverb") else ""


# Readable by everybody


@judges("CNT013", Severity.WARNING, "Told by a picture or a colour alone", source="WCAG 1.1.1, 1.4.1")
def nobody_is_left_out(text: Text) -> Iterator[Spot]:
    for match in IMAGE.finditer(text.body.typed):
        yield Spot("a picture has no words for those who do not see it.", match[0])
    for match in _matches("colour", text.prose, text.language):
        yield Spot(f"“{match[0]}” says something by its colour alone.", match[0])
