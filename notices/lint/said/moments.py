"""Dates and times in prose: "Sat 3 May 2026", "May 3", "3.5.2026", "le 3 mai", "02:00", "2 a.m.", "14 Uhr", "14h30".

Only what can be nothing else is taken for one: "3.5." alone is a version, "may 3" is no month, "2 h" is a duration,
03/05/2026 in English is two dates.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from functools import cache

from commsplan.lib.time import NAMES

YEAR = r"(?P<year>\d{4})"
ISO = r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)"
DIGIT = re.compile(r"\d")
SPAN = re.compile(r"\d\.?\s?(?:[–-]|\b(?:to|bis(?: zum)?|au)\b)\s?$")
SHORT_DAY = re.compile(r"(?<![\d./])\d{1,2}[./]\d{1,2}(?![\d/])")
EN_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
CLOCKS = {
    "en": [
        r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?![:\d])(?!\s?(?:h|hours?|hrs?|min|minutes?)\b)(?:\s?(?P<half>[ap])\.?m\b\.?)?",
        r"(?<![\d:.])(?P<hour>\d{1,2})\s?(?P<half>[ap])\.?m\b\.?",
    ],
    "de": [
        r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?![:\d])(?!\s?(?:h|Std|Stunden|Min|Minuten)\b)(?:\s?Uhr\b)?",
        r"(?<![\d:.])(?P<hour>\d{1,2})(?:\.(?P<minute>\d\d))?\s?Uhr\b",
    ],
    "fr": [
        r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?![:\d])(?!\s?(?:h|heures?|min|minutes?)\b)",
        r"(?<![\d:.])(?P<hour>\d{1,2})\s?h\s?(?P<minute>\d\d)\b",
        r"(?<=\bà )(?P<hour>\d{1,2})\s?h\b(?!\s?\d)",
    ],
}


@dataclass(frozen=True)
class Day:
    """A date as it is written. Without a year it is the one nearest to what it is compared with. `ends_span`: what is
    meant are the days until it, as in "9–15 March"."""

    text: str
    begin: int
    end: int
    day: int
    month: int
    year: int | None
    weekday: int | None
    ends_span: bool = False

    def near(self, other: date) -> date:
        if self.year:
            return date(self.year, self.month, self.day)
        near = [found for year in (other.year - 1, other.year, other.year + 1) if (found := self._in(year))]
        return min(near, key=lambda one: abs((one - other).days))

    def _in(self, year: int) -> date | None:
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True)
class Clock:
    text: str
    begin: int
    end: int
    at: time


def days(text: str, language: str) -> list[Day]:
    """In the order of the text."""
    if not DIGIT.search(text):
        return []
    found: list[Day] = []
    for match in (match for pattern in _day_patterns(language) for match in pattern.finditer(text)):
        day = _day(match, language)
        if day and not any(day.begin < other.end and other.begin < day.end for other in found):
            found.append(day)
    return sorted(found, key=lambda one: one.begin)


def names_day(text: str, language: str) -> bool:
    """Also "14.03." and "14/03", which might be something else."""
    return bool(days(text, language) or SHORT_DAY.search(text))


def clocks(text: str, language: str) -> list[Clock]:
    if not DIGIT.search(text):
        return []
    found: dict[int, Clock] = {}
    for match in (match for pattern in _clock_patterns(language) for match in pattern.finditer(text)):
        if at := _time(match.groupdict()):
            found.setdefault(match.start(), Clock(match[0].strip(), match.start(), match.end(), at))
    return [found[begin] for begin in sorted(found)]


def weekday_name(number: int, language: str) -> str:
    return NAMES.get(language, NAMES["en"])[0][number]


@cache
def _day_patterns(language: str) -> list[re.Pattern]:
    weekday = f"(?:(?P<weekday>{'|'.join(_weekdays(language))})\\b\\.?,?\\s+)?"
    month = f"(?P<month>{'|'.join(_months(language))})\\b\\.?"
    ways = {
        "de": [
            rf"{weekday}(?:den\s+)?(?<![\d.])(?P<day>\d\d?)\.\s?{month}(?:\s+{YEAR})?",
            rf"{weekday}(?:den\s+)?(?<![\d.])(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?(?P<year>\d{{4}}|\d\d)(?!\.?\d)",
            r"(?:(?<=\b[Aa]m )|(?<=\bbis )|(?<=\b[Vv]om )|(?<=\bzum ))(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.(?!\d)",
        ],
        "fr": [
            rf"{weekday}(?:le\s+)?(?<!\d)(?P<day>\d\d?)(?:er)?\s+{month}(?:\s+{YEAR})?",
            rf"{weekday}(?:le\s+)?(?<![\d/])(?P<day>\d\d?)/(?P<month>\d\d?)/(?P<year>\d{{4}}|\d\d)(?![\d/])",
        ],
    }
    english = [
        rf"{weekday}(?:the\s+)?(?<!\d){EN_DAY}\s+(?:of\s+)?{month}(?:,?\s+{YEAR})?",
        rf"{weekday}\b{month}\s+{EN_DAY}\b(?!:)(?:,?\s+{YEAR})?",
    ]
    flags = re.IGNORECASE if language == "fr" else re.NOFLAG
    return [re.compile(way, flags) for way in [weekday + ISO, *ways.get(language, english)]]


@cache
def _clock_patterns(language: str) -> list[re.Pattern]:
    return [re.compile(way, re.IGNORECASE) for way in CLOCKS.get(language, CLOCKS["en"])]


@cache
def _weekdays(language: str) -> dict[str, int]:
    return _numbered(NAMES.get(language, NAMES["en"])[0], begin=0, shortest=2 if language == "de" else 3)


@cache
def _months(language: str) -> dict[str, int]:
    return _numbered(NAMES.get(language, NAMES["en"])[1], begin=1, shortest=3)


def _numbered(names: list[str], *, begin: int, shortest: int) -> dict[str, int]:
    """Names and their beginnings, longest first. A beginning that several names share is none of them."""
    found: dict[str, int] = {}
    for size in (20, 5, 4, shortest):
        short = [name[:size] for name in names]
        found |= {one: number for number, one in enumerate(short, begin) if short.count(one) == 1 and one not in found}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _day(match: re.Match, language: str) -> Day | None:
    parts = match.groupdict()
    month = parts["month"]
    number = int(month) if month.isdigit() else _find(_months(language), month)
    year = parts.get("year")
    whole = int(year) + (2000 if len(year) == 2 else 0) if year else None
    try:
        date(whole or 2024, number, int(parts["day"]))  # a leap year
        if whole is not None:
            date(whole, number, int(parts["day"]))
    except ValueError:
        return None
    name = parts.get("weekday")
    weekday = _find(_weekdays(language), name) if name else None
    text = match[0].strip()
    text = text.removesuffix(".") if text[-2:-1].isalpha() else text  # the full stop ends the sentence
    ends_span = bool(SPAN.search(match.string[: match.start()]))
    return Day(text, match.start(), match.end(), int(parts["day"]), number, whole, weekday, ends_span)


def _find(names: dict[str, int], said: str) -> int:
    return next(number for name, number in names.items() if name.lower() == said.lower())


def _time(parts: dict[str, str | None]) -> time | None:
    hour, minute, half = int(parts["hour"] or 0), int(parts.get("minute") or 0), (parts.get("half") or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour % 24, minute) if hour <= 24 and minute <= 59 else None
