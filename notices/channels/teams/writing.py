"""An adaptive card 1.4. Its text runs are plain: nothing in them is formatting, and nothing mentions anybody."""

import json
from collections.abc import Iterator
from typing import Any

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.story import Block, Row, Span, Story

LARGEST = 28 * 1024  # bytes that Teams takes
ROOM_FOR_FRAME = 512
LONGEST_SUBJECT = 500
MOST_ACTIONS = 5


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    words = [*(_row(row) for row in letter.rows), *(_block(block) for block in letter.blocks)]
    payload = _message(letter, words)
    while len(payload) > LARGEST - ROOM_FOR_FRAME and words:
        words = words[: len(words) * 3 // 4]
        payload = _message(letter, [*words, _text([{"type": "TextRun", "text": story.MORE}])])
    return payload


def _message(letter: Story, words: list[dict]) -> bytes:
    subject = story.cut(letter.subject, LONGEST_SUBJECT)
    title = {"type": "TextRun", "text": subject, "size": "Large", "weight": "Bolder"}
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "fallbackText": subject,
        "msteams": {"width": "Full"},
        "body": [_text([title]), *words],
        "actions": list(_actions(letter)),
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "summary": subject, "attachments": [attachment]}, ensure_ascii=False).encode()


def _actions(letter: Story) -> Iterator[dict]:
    for link in letter.links[:MOST_ACTIONS]:
        yield {"type": "Action.OpenUrl", "title": story.cut(link.label, 80), "url": link.url}


def _text(inlines: list[dict], **more: Any) -> dict:
    return {"type": "RichTextBlock", "inlines": inlines, **more}


def _block(block: Block) -> dict:
    mark = [{"type": "TextRun", "text": f"{block.mark} "}] if block.mark else []
    size = {"weight": "Bolder"} if block.kind == "heading" else {}
    runs = [_run(span, block.kind) | size for span in block.spans]
    return _text(mark + runs, spacing="Small" if block.kind == "item" else "Default")


def _run(span: Span, kind: str) -> dict:
    run: dict[str, Any] = {"type": "TextRun", "text": span.text}
    if span.style == "bold":
        run["weight"] = "Bolder"
    if span.style == "italic" or kind == "quote":
        run["italic"] = True
    if span.style == "struck":
        run["strikethrough"] = True
    if span.style == "code" or kind == "code":
        run["fontType"] = "Monospace"
    if span.href.startswith("http"):
        run["selectAction"] = {"type": "Action.OpenUrl", "url": span.href}
    return run


def _row(row: Row) -> dict:
    label = _text([{"type": "TextRun", "text": row.label, "isSubtle": True}])
    value = _text([{"type": "TextRun", "text": row.value}])
    columns = [{"type": "Column", "width": 1, "items": [label]}, {"type": "Column", "width": 3, "items": [value]}]
    return {"type": "ColumnSet", "columns": columns, "spacing": "Small"}
