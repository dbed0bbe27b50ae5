"""What the check says about one notice while somebody writes it: how hard it is to read, and remarks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commsplan.lib.reading import formula_of
from notices.enums import Severity
from notices.insight import comparison
from notices.lint import catalogue
from notices.lint.checking import ORDER
from notices.lint.parts import texts
from notices.lint.said.judging import Edit, Judging, Spot, mended, spots_of
from notices.lint.said.text import READERS, Text
from notices.models import Notice
from notices.pipeline.render.prose import NAMES

HARDEST = 18  # the end of the gauge
RULES = catalogue.rules  # importing them makes the judges known
JARGON = "CNT005"
SHOWN_ELSEWHERE = "CNT008"  # what cannot be rendered stands above the preview already


@dataclass(frozen=True)
class Gauge:
    """How hard one version is to read, and how hard it should be."""

    version: str
    name: str
    grade: float | None
    target: int
    readers: str
    formula: str
    words: int
    is_hard: bool

    @property
    def shown(self) -> float:
        return min(self.grade or 0, HARDEST)

    @property
    def end(self) -> int:
        return HARDEST


@dataclass(frozen=True)
class Remark:
    """One place that a rule found. `before`, `quote` and `after` are the sentence it stands in."""

    key: str
    rule: str
    severity: Severity
    version: str
    name: str
    sentence: str
    before: str
    quote: str
    after: str
    label: str
    url: str
    help: str
    edit: Edit | None
    part: str
    line: int
    column: int


@dataclass(frozen=True)
class Proof:
    gauges: Sequence[Gauge]
    remarks: Sequence[Remark]

    def gauge(self, version: str) -> Gauge | None:
        return next((one for one in self.gauges if one.version == version), None)

    def jargon(self, version: str) -> int:
        """Words of this version that not all readers know."""
        return sum(remark.rule == JARGON and remark.version == version for remark in self.remarks)

    @property
    def counted(self) -> str:
        number = len(self.remarks)
        return "1 remark" if number == 1 else f"{number} remarks"


def read(notice: Notice, *, now: datetime) -> Proof:
    """The words as they are on the notice in memory."""
    found = texts.of_draft(notice, now=now, hear_first=texts.is_first(notice))
    return Proof([_gauge(text) for text in found], list(_remarks(found)))


def gauges(notice: Notice, *, now: datetime) -> dict[str, Gauge]:
    """By version."""
    return {text.version: _gauge(text) for text in texts.of_draft(notice, now=now)}


def mend(words: Sequence[dict[str, str]], remarks: Iterable[Remark], key: str) -> list[dict[str, str]]:
    """The words with one remark taken care of; unchanged where it is gone."""
    edit = next((one.edit for one in remarks if one.key == key), None)
    if edit is None:
        return list(words)
    return [
        one | {edit.part: mended(one[edit.part], edit)}
        if (one["language"], one["level"]) == (edit.language, edit.level)
        else one
        for one in words
    ]


def _gauge(text: Text) -> Gauge:
    return Gauge(
        version=text.version,
        name=comparison.name_of(text.language, text.level),
        grade=text.reading.grade,
        target=text.target,
        readers=READERS[text.target],
        formula=formula_of(text.language).name,
        words=text.reading.words,
        is_hard=text.is_hard,
    )


def _remarks(found: Iterable[Text]) -> list[Remark]:
    spots = [each for each in spots_of(found) if each[0].key != SHOWN_ELSEWHERE or each[2].quote]
    spots.sort(key=lambda each: (ORDER[each[0].severity], each[0].key))
    return [_remark(number, *each) for number, each in enumerate(spots)]


def _remark(number: int, judging: Judging, text: Text, spot: Spot) -> Remark:
    before, after = _around(text, spot.quote)
    part, piece = text.find(spot.quote) if spot.quote else ("", "")
    line, column = _place(text.source(part), piece) if part else (0, 0)
    return Remark(
        key=f"{judging.key}:{text.version}:{number}",
        rule=judging.key,
        severity=judging.severity,
        version=text.version,
        name=comparison.name_of(text.language, text.level),
        sentence=spot.sentence[:1].upper() + spot.sentence[1:],
        before=before,
        quote=spot.quote,
        after=after,
        label=spot.label,
        url=spot.url,
        help=spot.help,
        edit=spot.edit,
        part=part,
        line=line,
        column=column,
    )


def _around(text: Text, quote: str) -> tuple[str, str]:
    """The sentence in which it stands, as readers get it."""
    for sentence, _ in text.typed_sentences:
        if quote and quote in sentence:
            before, _, after = sentence.partition(quote)
            return _with_values(before, text), _with_values(after, text)
    return "", ""


def _with_values(said: str, text: Text) -> str:
    return "".join(text.facing.values.get(NAMES[each], "") if each in NAMES else each for each in said)


def _place(source: str, piece: str) -> tuple[int, int]:
    before = source[: source.find(piece)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
