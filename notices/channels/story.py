"""A letter as chats can show it: its words in blocks, its facts in rows, its links as buttons.

Read from the HTML of the letter, by the classes of its layout; from the plain text where there is none.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from notices.channels.base import Envelope

SAFE = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"|]+", re.IGNORECASE)
ALONE = re.compile(r"^(?:(?P<label>\S.*):\n)?(?P<url>https?://[^\s<>\"]+)$", re.MULTILINE)
BLANKS = re.compile(r"[^\S\xa0]+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\ufeff]")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"])
PARTS = {
    "headline": "headline",
    "changes": "words",
    "words": "words",
    "card": "card",
    "button": "links",
    "links": "links",
}
STYLES = {"strong": "bold", "b": "bold", "th": "bold", "em": "italic", "i": "italic", "code": "code", "del": "struck"}
STYLES |= {"s": "struck"}
MORE = "…"


@dataclass(frozen=True)
class Span:
    text: str
    style: str = ""  # bold, italic, code or struck
    href: str = ""


@dataclass(frozen=True)
class Block:
    """`kind`: paragraph, heading, item, quote or code."""

    kind: str
    spans: tuple[Span, ...]
    mark: str = ""  # of an item: its number

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Row:
    label: str
    value: str


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Story:
    subject: str
    blocks: Sequence[Block]
    rows: Sequence[Row] = ()
    links: Sequence[Link] = ()

    @property
    def url(self) -> str:
        """Where all of it can be read."""
        return self.links[0].url if self.links else ""

    @property
    def told(self) -> str:
        """All of it as people read it, without the looks of a service."""
        facts = "\n".join(f"{row.label}: {row.value}" for row in self.rows)
        links = "\n".join(f"{link.label}: {link.url}" for link in self.links)
        return "\n\n".join(part for part in (self.subject, facts, self.words, links) if part)

    @property
    def words(self) -> str:
        """As plain text."""
        return "\n\n".join(f"{one.mark} {one.text}" if one.mark else one.text for one in self.blocks)


def of(envelope: Envelope) -> Story:
    subject = clean(" ".join(str(envelope.subject).split()))
    reader = _Reader()
    reader.feed(str(envelope.html))
    reader.close()
    words, links = _parted(str(envelope.text))
    blocks = reader.blocks or [Block("paragraph", (Span(one),)) for one in _paragraphs(words)]
    return Story(subject, tuple(blocks), tuple(reader.rows), tuple(reader.links or links))


def clean(text: str) -> str:
    """Without characters that nobody sees, and that may turn what is seen around."""
    return CONTROL.sub("", text)


def cut(text: str, length: int) -> str:
    """At a blank where there is one near."""
    if len(text) <= length:
        return text
    short = text[: max(length - len(MORE), 0)]
    at = short.rfind(" ")
    return (short[:at] if at > length * 2 // 3 else short).rstrip() + MORE


def units(text: str) -> int:
    """As services count that think in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def fit(
    pieces: Iterable[str], length: int, *, between: str = "\n\n", size: Callable[[str], int] = len
) -> tuple[str, bool]:
    """As many whole pieces as there is room for, and whether something was left out. The first is cut if it must be."""
    kept: list[str] = []
    for piece in pieces:
        if size(between.join([*kept, piece])) > length - (len(MORE) + len(between)):
            return between.join([*kept, MORE] if kept else [cut_sized(piece, length, size)]), True
        kept.append(piece)
    return between.join(kept), False


def cut_sized(text: str, length: int, size: Callable[[str], int]) -> str:
    """Nothing at all where not even the sign for more has room."""
    room = length
    while room > 0 and size(short := cut(text, room)) > length:
        room -= max(1, (size(short) - length) // 4)
    return short if room > 0 else ""


def _parted(text: str) -> tuple[str, list[Link]]:
    """The words and their first link. One that stands alone is a link only, and is not said twice."""
    body = text.replace("\r\n", "\n").split("\n-- \n")[0]
    if alone := ALONE.search(body):
        return body[: alone.start()] + body[alone.end() :], [Link(alone["label"] or alone["url"], alone["url"])]
    found = re.search(r"https?://[^\s<>\"]+", body)
    return body, [Link(found[0], found[0])] if found else []


def _paragraphs(text: str) -> list[str]:
    return [clean(one.strip()) for one in re.split(r"\n\s*\n", text) if one.strip()]


@dataclass
class _Open:
    tag: str
    part: str = ""
    style: str = ""
    href: str = ""
    kind: str = ""


@dataclass
class _Reader(HTMLParser):
    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[_Open] = []
        self._spans: list[Span] = []
        self._label = ""
        self._numbers: list[int] = []
        self._mark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._say("\n")
        if tag in VOID:
            return
        before = self._open[-1] if self._open else _Open("")
        part = next((PARTS[name] for name in values.get("class", "").split() if name in PARTS), before.part)
        if part == "words":
            self._begin(tag, values)
        href = values.get("href", "") if tag == "a" else before.href
        kind = {"blockquote": "quote", "pre": "code"}.get(tag, before.kind)
        style = STYLES.get(tag, before.style) if before.kind != "code" else ""
        self._open.append(_Open(tag, part, style, href if SAFE.fullmatch(href) else "", kind))

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in self._open):
            return
        while True:
            one = self._open[-1]
            self._end(one)
            self._open.pop()
            if one.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        part = self._open[-1].part if self._open else ""
        if part in ("words", "links", "card"):
            is_code = self._open[-1].kind == "code"
            self._say(clean(data) if is_code else BLANKS.sub(" ", clean(data.replace("\n", " "))))

    def close(self) -> None:
        super().close()
        while self._open:
            self._end(self._open.pop())

    def _say(self, text: str) -> None:
        one = self._open[-1] if self._open else _Open("")
        if one.part:
            self._spans.append(Span(text, one.style, one.href))

    def _begin(self, tag: str, values: dict[str, str]) -> None:
        if tag in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre", "tr", "ul", "ol"):
            self._finish(self._kind())
        if tag in ("ul", "ol"):
            start = values.get("start", "1")
            self._numbers.append(int(start) if tag == "ol" and start.isdecimal() else -1)
        if tag == "li" and self._numbers:
            number = self._numbers[-1]
            self._mark = f"{number}." if number >= 0 else "•"
            self._numbers[-1] += number >= 0

    def _end(self, one: _Open) -> None:
        if one.part == "words":
            self._end_of_words(one)
        elif one.part == "card" and one.tag == "th":
            self._label = self._taken()
        elif one.part == "card" and one.tag == "td":
            if value := self._taken():
                self.rows.append(Row(self._label, value))
        elif one.part == "links" and one.tag == "a":
            label = self._taken()
            if label and one.href:
                self.links.append(Link(label, one.href))
        elif one.part == "links" and one.tag in ("span", "td"):
            self._spans = []

    def _end_of_words(self, one: _Open) -> None:
        if one.tag in ("td", "th"):
            self._spans.append(Span("  "))
        elif one.tag in ("ul", "ol"):
            self._finish(self._kind())
            self._numbers.pop()
        elif one.tag[0] == "h" and one.tag[1:].isdecimal():
            self._finish("heading")
        elif one.tag in ("p", "li", "pre", "tr", "blockquote", "div"):
            self._finish(self._kind())

    def _kind(self) -> str:
        return "item" if self._mark else next((one.kind for one in reversed(self._open) if one.kind), "paragraph")

    def _finish(self, kind: str) -> None:
        spans, self._spans = _joined(self._spans, keep=kind == "code"), []
        if spans:
            indent = "  " * (len(self._numbers) - 1) if kind == "item" else ""
            self.blocks.append(Block(kind, spans, f"{indent}{self._mark}" if kind == "item" else ""))
            self._mark = ""

    def _taken(self) -> str:
        text, self._spans = "".join(span.text for span in self._spans), []
        return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def _joined(spans: list[Span], *, keep: bool) -> tuple[Span, ...]:
    """Neighbours alike are one; blanks at both ends are none."""
    joined: list[Span] = []
    for span in spans:
        if joined and (joined[-1].style, joined[-1].href) == (span.style, span.href):
            joined[-1] = replace(joined[-1], text=joined[-1].text + span.text)
        else:
            joined.append(span)
    if not keep:
        joined = _stripped(joined)
    return tuple(span for span in joined if span.text) if any(span.text.strip() for span in joined) else ()


def _stripped(spans: list[Span]) -> list[Span]:
    while spans and not spans[0].text.strip():
        spans = spans[1:]
    while spans and not spans[-1].text.strip():
        spans = spans[:-1]
    if spans:
        spans = [replace(spans[0], text=spans[0].text.lstrip()), *spans[1:]]
        spans = [*spans[:-1], replace(spans[-1], text=spans[-1].text.rstrip())]
    return spans
