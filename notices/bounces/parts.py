"""A mail taken apart, whatever it looks like.

Bounces come from thirty years of servers and, sometimes, from people who want to hurt. So: never more than MOST_BYTES,
MOST_PARTS and DEEPEST are looked at, nothing recurses, and what cannot be decoded is read as well as it can be.
"""

import base64
import codecs
import html
import quopri
import re
from collections import deque
from dataclasses import dataclass, field

MOST_BYTES = 1_000_000
MOST_PARTS = 60
MOST_HEADERS = 400
DEEPEST = 6
LONGEST_LINE = 4_000
LONGEST_TEXT = 100_000

Headers = dict[str, list[str]]

LINE_END = re.compile(rb"\r{0,2}\n|\r")
BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
BOUNDARY = re.compile(r"""\bboundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))""", re.I)
LINE_BETWEEN = re.compile(rb"(?:^|\n)--(\S[^\r\n]{0,200}?)[ \t]*\r?\ncontent-[a-z-]{1,40}[ \t]*:", re.I)
ONLY_FOR_OLD_PROGRAMS = re.compile(
    rb"\s*this (?:is a|message is in) [^\n]{0,40}(?:mime|multi-?part)[^\n]{0,120}\n(?:[^\n]{1,120}\n){0,2}\s*--\S", re.I
)
CHARSET = re.compile(r"""\bcharset\s*=\s*(?:3D)?["']?([\w.:+-]{1,40})""", re.I)
ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
ENCODED_RUN = re.compile(r"(?:=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=)+")
BETWEEN_ENCODED = re.compile(r"(?<=\?=)\s+(?==\?)")
FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]*:[ \t]?(.*)$")
TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|/td)[^<>]{0,500}>", re.I)
HIDDEN = re.compile(r"<(style|script|head)\b", re.I)
MOST_HIDDEN = 40
ANY_TAG = re.compile(r"</?[a-z!][^<>@]{0,3000}>", re.I)
OTHER_NAMES = {
    "unicode-1-1-utf-7": "utf-7",
    "ufs-8": "utf-8",
    "uft-8": "utf-8",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
}
STATEFUL = b"\x1b$"  # the shift of ISO-2022-JP, often sent without saying so


@dataclass
class Part:
    headers: Headers
    body: bytes
    depth: int = 0
    inner: list["Part"] = field(default_factory=list)

    @property
    def kind(self) -> str:
        said = first(self.headers, "content-type")
        return said.partition(";")[0].strip().lower() or "text/plain"

    @property
    def text(self) -> str:
        return decoded(self.body, self.headers)[:LONGEST_TEXT]

    @property
    def is_text(self) -> bool:
        """Also one that says it has parts, and has none."""
        return self.kind.startswith("text/") or (self.kind.startswith("multipart/") and not self.inner)

    @property
    def is_returned(self) -> bool:
        return self.kind in ("message/rfc822", "message/global", "message/partial") or self.is_headers

    @property
    def is_headers(self) -> bool:
        return self.kind in (
            "text/rfc822-headers",
            "text/rfc822-header",
            "message/rfc822-headers",
            "message/global-headers",
        )


def first(headers: Headers, name: str) -> str:
    return headers.get(name, [""])[0]


def take_apart(raw: bytes) -> Part:
    """The mail, its parts below it. What is inside a returned message is not looked into."""
    root = Part(*split(_clean(raw[:MOST_BYTES])))
    waiting, seen = deque([root]), 1
    while waiting and seen < MOST_PARTS:
        part = waiting.popleft()
        for body in _pieces(part) if part.depth < DEEPEST else []:
            inner = Part(*split(body), depth=part.depth + 1)
            part.inner.append(inner)
            waiting.append(inner)
            seen += 1
            if seen >= MOST_PARTS:
                break
    return root


def leaves(root: Part) -> list[Part]:
    """In the order of the mail."""
    found, stack = [], [root]
    while stack:
        part = stack.pop()
        if part.inner:
            stack.extend(reversed(part.inner))
        else:
            found.append(part)
    return found


def split(raw: bytes) -> tuple[Headers, bytes]:
    """Headers and body. A part without headers is all body."""
    head, body = _halves(raw)
    return (headers_in(_guessed(head)), body) if _looks_like_headers(head) else ({}, raw)


def headers_in(text: str) -> Headers:
    found: Headers = {}
    last: list[str] | None = None
    for line in text.splitlines()[: MOST_HEADERS * 4]:
        match = FIELD.match(line[:LONGEST_LINE])
        if line[:1] in (" ", "\t") and last:
            last[-1] = f"{last[-1]} {line.strip()}"[:LONGEST_LINE]
        elif match and len(found) < MOST_HEADERS:
            last = found.setdefault(match[1].lower(), [])
            last.append(match[2].strip())
    return found


def words(value: str) -> str:
    """A header for reading: RFC 2047 decoded where it can be."""
    return ENCODED_RUN.sub(_of_run, BETWEEN_ENCODED.sub("", value[:LONGEST_LINE])) if "=?" in value else value


def _of_run(match: re.Match) -> str:
    """Together, where the charset is one: some cut a character in two."""
    found: list[tuple[str, bytes]] = []
    for charset, way, letters in ENCODED.findall(match[0]):
        raw = letters.encode("utf-8", "replace")
        piece = _from_base64(raw) if way in "bB" else quopri.decodestring(raw, header=True)
        same = found and found[-1][0] == charset.lower()
        found.append((charset.lower(), (found.pop()[1] if same else b"") + piece))
    return "".join(_in(raw, charset.partition("*")[0]) for charset, raw in found)


def decoded(body: bytes, headers: Headers) -> str:
    raw = _unpacked(body[:MOST_BYTES], first(headers, "content-transfer-encoding").lower())
    charset = CHARSET.search(first(headers, "content-type"))
    text = _in(raw, charset[1]) if charset and STATEFUL not in raw else _guessed(raw)
    is_html = "html" in first(headers, "content-type").partition(";")[0].lower()
    return without_tags(text[: 4 * LONGEST_TEXT]) if is_html else text


def without_tags(text: str) -> str:
    one_line = " ".join(_without_hidden(text).split())
    return html.unescape(ANY_TAG.sub(" ", TAG.sub("\n", one_line)))


def _without_hidden(text: str) -> str:
    for _ in range(MOST_HIDDEN):
        start = HIDDEN.search(text)
        if not start:
            break
        end = text.lower().find(f"</{start[1].lower()}", start.end())
        text = text[: start.start()] + (text[end + 2 + len(start[1]) :].partition(">")[2] if end >= 0 else "")
    return text


def _clean(raw: bytes) -> bytes:
    """Without the line that mailboxes put first, and without blank lines before the headers. Lines end in one way."""
    raw = LINE_END.sub(b"\n", raw.lstrip(b"\r\n\t \xef\xbb\xbf").replace(b"\x00", b""))
    return raw.partition(b"\n")[2] if raw.startswith((b"From ", b">From ")) else raw


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    if raw[:1] in (b"\n", b"\r"):
        return b"", raw
    cut = BLANK.search(raw)
    return (raw[: cut.start()], raw[cut.end() :]) if cut else (raw, b"")


def _looks_like_headers(head: bytes) -> bool:
    return bool(FIELD.match(_guessed(head.partition(b"\n")[0]).rstrip("\r")))


def _has_parts_unsaid(part: Part) -> bool:
    """Some gateways forget the header, and leave the sentence for old mail programs."""
    return part.depth == 0 and part.kind == "text/plain" and bool(ONLY_FOR_OLD_PROGRAMS.match(part.body))


def _pieces(part: Part) -> list[bytes]:
    if not part.kind.startswith("multipart") and not _has_parts_unsaid(part):
        return []
    said = BOUNDARY.search(first(part.headers, "content-type"))
    named = (said[1] or said[2]).strip().encode("latin-1", "replace") if said else b""
    used = LINE_BETWEEN.search(part.body)
    mark = re.escape(named if used is None or (named and b"--" + named in part.body) else used[1])
    if not mark:
        return []
    pieces = re.split(rb"(?:^|\r?\n)--" + mark + rb"(?:--)?[ \t]*(?=\r?\n|$)", part.body, maxsplit=MOST_PARTS)
    return [piece.removeprefix(b"\r").removeprefix(b"\n") for piece in pieces[1:] if piece.strip()]


def _unpacked(raw: bytes, encoding: str) -> bytes:
    if "quoted-printable" in encoding:
        return quopri.decodestring(raw)
    if "base64" in encoding:
        return _from_base64(raw)
    return raw


def _from_base64(raw: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    whole = letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _in(raw: bytes, charset: str) -> str:
    name = OTHER_NAMES.get(charset.lower(), charset)
    try:
        return codecs.decode(raw, name, "replace") if codecs.lookup(name)._is_text_encoding else _guessed(raw)
    except (LookupError, UnicodeError, ValueError):
        return _guessed(raw)


def _guessed(raw: bytes) -> str:
    for charset in ["iso2022_jp"] if STATEFUL in raw else []:
        return raw.decode(charset, "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
