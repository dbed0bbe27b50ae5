"""For good or for now, and whose fault: by status code (RFC 3463), by SMTP reply, then by words."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from notices.bounces.addresses import ADDRESS
from notices.bounces.reports import About

ENHANCED = re.compile(r"(?<![\d.])#?([245]\.[0-7]\.\d{1,3})(?![\d.]*\.\d|\d)")
SAID_REPLY = re.compile(
    r"""(?:^|said:?|<<<|returned:?|with:?|was:|code\s*[:=]?|error:|smtp[;:]|response[^\n\d]{0,30}|[\[("':;>])\s*"""
    r"""([45][0-57]\d)(?=$|[\s:;,)\]"'-])(?!\s*(?:bytes|kb|mb|users|messages|seconds|minutes|hours)\b)""",
    re.I | re.M,
)
ANY_REPLY = re.compile(
    r"(?<![\w.:/@#-])([45][0-57]\d)(?= [^\d]|[:-] ?\S|$)(?! (?:bytes|kb|mb|users|messages|minutes|hours|seconds))",
    re.M | re.I,
)
NO_WORDS = re.compile(r"https?://\S+|\b[0-9a-f-]{24,}\b", re.I)
ACCENTS = re.compile(r"[\u0300-\u036f]")
SPACE = re.compile(r"\s+")

# of the second and third number of a status code
BY_CODE = {
    "1.2": About.ADDRESS,
    "1.10": About.ADDRESS,
    "1.7": About.SENDER,
    "1.8": About.SENDER,
    "2.2": About.FULL,
    "2.3": About.CONTENT,
    "3.4": About.CONTENT,
    "4.7": About.ROUTE,
    "7.26": About.SENDER,
}
NOBODY_THERE = {"1.1", "1.3", "1.6", "2.1"}
BY_FAMILY = {
    "1": About.ADDRESS,
    "2": About.ADDRESS,
    "3": About.ROUTE,
    "4": About.ROUTE,
    "5": About.ROUTE,
    "6": About.CONTENT,
    "7": About.SENDER,
}


@dataclass(frozen=True)
class Verdict:
    is_permanent: bool
    status: str
    about: About


@cache
def table() -> dict:
    return tomllib.loads(folded((Path(__file__).parent / "phrases.toml").read_text()))


def folded(text: str) -> str:
    """In small letters, and without accents: servers write them or not."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower().replace("’", "'")


@lru_cache(maxsize=4)  # a report with many recipients asks for each of the same text
def judge(said: str, *, status: str = "", around: str = "") -> Verdict:
    """`said`: what the server answered. `status`: what the report names. `around`: all its words, where these are not
    enough."""
    named, code, reply = _first(ENHANCED, status), _specific(said), reply_in(said)
    best = next((one for one in (named, code) if one and not _is_vague(one)), "")
    if not best and not reply and around:
        code, reply = _specific(around) or code, reply_in(around)
        best = code if code and not _is_vague(code) else ""
    about = about_of(said, best) or about_of(around, best) if around else about_of(said, best)
    sure = (best or named or reply or code)[:1]
    if not best and not named and not reply and about == About.ADDRESS:
        sure = "5"
    is_permanent = sure == "5" if sure else _is_permanent_in_words(about, f"{said}\n{around}")
    return Verdict(is_permanent, best or named or code or reply, about)


def about_of(text: str, code: str) -> About:
    tail = code[2:]
    worded = by_words(text)
    if tail in BY_CODE:
        return BY_CODE[tail]
    if tail in NOBODY_THERE:
        return worded if worded in (About.SENDER, About.FULL) else About.ADDRESS
    if worded or not code or _is_vague(code):
        return worded
    return BY_FAMILY.get(tail[:1], About.UNKNOWN)


@lru_cache(maxsize=4)
def by_words(text: str) -> About:
    bare = plain(text)
    for row in table()["says"]:
        if any(word in bare for word in row["words"]):
            return About(row["about"])
    return About.UNKNOWN


def has(name: str, text: str) -> bool:
    return any(word in text for word in table()[name]["words"])


@lru_cache(maxsize=4)
def plain(text: str) -> str:
    """Without addresses and links, whose pieces would be taken for words."""
    return folded(SPACE.sub(" ", ADDRESS.sub(" ", NO_WORDS.sub(" ", text[:20_000]))))


def reply_in(text: str) -> str:
    return _first(SAID_REPLY, text) or _first(ANY_REPLY, text)


def _is_permanent_in_words(about: About, text: str) -> bool:
    """Servers call it permanent, too, when they have waited long enough: that says nothing of next week."""
    bare = plain(text)
    if about == About.FULL or has("expired", bare):
        return False
    return has("final", bare) or not (about == About.ROUTE or has("temporary", bare))


def _specific(text: str) -> str:
    """The first status code that says something, else the first."""
    codes = [match[1] for match in ENHANCED.finditer(text) if match[1][0] != "2"]
    return next((code for code in codes if not _is_vague(code)), codes[0] if codes else "")


def _is_vague(code: str) -> bool:
    return code.endswith(".0.0")


def _first(pattern: re.Pattern, text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
