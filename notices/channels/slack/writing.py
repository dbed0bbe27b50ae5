"""Blocks of rich text. Its runs are plain: what people wrote is no formatting in them, and mentions nobody. Slack reads
the line for notifications alone: there & < > are escaped."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.story import Block, Row, Span, Story

LARGEST = 12_000  # characters of all blocks; Slack refuses a little more, and does not say how much
LONGEST_PIECE, LONGEST_HEADER, LONGEST_BUTTON = 3_000, 150, 75
LONGEST_URL, LONGEST_URLS = 3_000, 6_000
LONGEST_TEXT = 3_000
MOST_BUTTONS = 5
MOST_INDENTS = 8
STYLES = {"bold": "bold", "italic": "italic", "struck": "strike", "code": "code"}
SECTION, LIST = "rich_text_section", "rich_text_list"


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    subject = {"type": "plain_text", "text": story.cut(letter.subject, LONGEST_HEADER) or story.MORE, "emoji": False}
    header, buttons = {"type": "header", "text": subject}, list(_buttons(letter))
    words = _joined(_fitting(letter, LARGEST - _size([header, *buttons])))
    payload = {
        "text": story.cut(escaped(letter.subject), LONGEST_TEXT) or story.MORE,
        "mrkdwn": False,
        "blocks": [header, *([{"type": "rich_text", "elements": words}] if words else []), *buttons],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return json.dumps(payload, ensure_ascii=False).encode()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def _fitting(letter: Story, room: int) -> Iterator[dict]:
    """As many of its rows and blocks as there is room for."""
    more = _section(_text(story.MORE))
    room -= _size(more)
    for piece in _pieces(letter):
        room -= _size(piece) + len(json.dumps("\n\n"))
        if room < 0:
            yield more
            return
        yield piece


def _pieces(letter: Story) -> Iterator[dict]:
    if letter.rows:
        lines = [run for row in letter.rows for run in (_text("\n"), *_row(row))][1:]
        yield _section(*lines) if _size(lines) <= LONGEST_PIECE else _section(_text(_cut(letter.rows)))
    for block in letter.blocks:
        yield _block(block)


def _cut(rows: Sequence[Row]) -> str:
    return story.cut("\n".join(f"{row.label}: {row.value}" for row in rows), LONGEST_PIECE)


def _row(row: Row) -> tuple[dict, dict]:
    return _text(f"{row.label}: ", "bold"), _text(row.value)


def _block(block: Block) -> dict:
    runs = [_run(span, block.kind) for span in block.spans]
    if len(block.text) > LONGEST_PIECE:
        runs = [_text(story.cut(block.text, LONGEST_PIECE))]
    if block.kind == "code":
        return {"type": "rich_text_preformatted", "elements": [_text(run["text"]) for run in runs]}
    if block.kind == "quote":
        return {"type": "rich_text_quote", "elements": runs}
    return _item(block.mark, runs) if block.mark else _section(*runs)


def _item(mark: str, runs: list[dict]) -> dict:
    number = mark.strip().rstrip(".")
    kind = {"style": "ordered", "offset": max(int(number) - 1, 0)} if number.isdecimal() else {"style": "bullet"}
    indent = min((len(mark) - len(mark.lstrip())) // 2, MOST_INDENTS)
    return {"type": LIST, **kind, "indent": indent, "elements": [_section(*runs)]}


def _section(*runs: dict) -> dict:
    return {"type": SECTION, "elements": list(runs)}


def _run(span: Span, kind: str) -> dict:
    if span.href.startswith(("http", "mailto:")) and len(span.href) <= LONGEST_URL:
        return {"type": "link", "url": span.href, "text": span.text}
    return _text(span.text, "bold" if kind == "heading" else STYLES.get(span.style, ""))


def _text(text: str, style: str = "") -> dict:
    return {"type": "text", "text": text} | ({"style": {style: True}} if style else {})


def _joined(pieces: Iterator[dict]) -> list[dict]:
    """Paragraphs in a row are one section with blank lines in it, items in a row one list, as people would enter it."""
    joined: list[dict] = []
    for piece in pieces:
        before = joined[-1] if joined else {}
        if piece["type"] == SECTION == before.get("type"):
            before["elements"] += [_text("\n\n"), *piece["elements"]]
        elif piece["type"] == LIST and _follows(piece, before):
            before["elements"] += piece["elements"]
        elif piece["type"] == SECTION and before:
            joined.append(_section(_text("\n"), *piece["elements"]))
        else:
            joined.append(piece)
    return joined


def _follows(item: dict, before: dict) -> bool:
    if any(item.get(name) != before.get(name) for name in ("type", "style", "indent")):
        return False
    return item["style"] == "bullet" or item["offset"] == before["offset"] + len(before["elements"])


def _buttons(letter: Story) -> Iterator[dict]:
    elements: list[dict] = []
    room = LONGEST_URLS
    for link in letter.links:
        is_short = len(link.url) <= min(room, LONGEST_URL)
        if not is_short or not link.url.startswith("http") or len(elements) == MOST_BUTTONS:
            continue
        room -= len(link.url)
        label = {"type": "plain_text", "text": story.cut(link.label, LONGEST_BUTTON), "emoji": False}
        elements.append({"type": "button", "text": label, "url": link.url, "action_id": f"open-{len(elements)}"})
    if elements:
        yield {"type": "actions", "elements": elements}
