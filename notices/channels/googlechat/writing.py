import json
import re
from html import escape

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.story import Block, Span, Story

LARGEST = 28_000  # bytes; a message may have 32,000
LONGEST_TEXT, LONGEST_TITLE, MOST_BUTTONS, MOST_WIDGETS = 3_000, 200, 5, 80
TAGS = {"bold": "b", "italic": "i", "struck": "s", "code": "code"}
CALL = re.compile(r"<(?=users/)", re.IGNORECASE)
UPGRADE = re.compile(r"[\w.-]+")


def build(envelope: Envelope) -> bytes:
    """All of it is a card: nothing in a card calls anybody, and signs are no formatting, as they would be in a text.
    Notifications show the line beside it, which is plain."""
    letter = story.of(envelope)
    widgets = [_row(row.label, row.value) for row in letter.rows] + [_block(block) for block in letter.blocks]
    payload = _message(envelope, letter, widgets[:MOST_WIDGETS])
    while len(payload) > LARGEST and widgets:
        widgets = widgets[: min(len(widgets), MOST_WIDGETS) * 3 // 4]
        payload = _message(envelope, letter, [*widgets, _paragraph(story.MORE)])
    return payload


def _message(envelope: Envelope, letter: Story, widgets: list[dict]) -> bytes:
    buttons = [
        {"text": story.cut(link.label, 80), "onClick": {"openLink": {"url": link.url}}}
        for link in letter.links[:MOST_BUTTONS]
    ]
    shown = [*widgets, *([{"buttonList": {"buttons": buttons}}] if buttons else [])]
    card: dict = {"header": {"title": story.cut(letter.subject, LONGEST_TITLE)}}
    if shown:
        card["sections"] = [{"widgets": shown}]
    message = {
        "fallbackText": quiet(story.cut(letter.subject, LONGEST_TITLE)),
        "cardsV2": [{"cardId": "notice", "card": card}],
        "thread": {"threadKey": _thread(envelope.thread_id)},
    }
    return json.dumps(message, ensure_ascii=False).encode()


def quiet(text: str) -> str:
    return CALL.sub("<\u200b", text)


def _thread(thread_id: str) -> str:
    found = UPGRADE.search(thread_id)
    return f"commsplan-{found[0] if found else 'notices'}"[:4_000]


def _row(label: str, value: str) -> dict:
    text = _plain(story.cut(value, LONGEST_TEXT))
    return {"decoratedText": {"topLabel": story.cut(label, 100), "text": text, "wrapText": True}}


def _plain(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _paragraph(text: str) -> dict:
    return {"textParagraph": {"text": text}}


def _block(block: Block) -> dict:
    if len(block.text) > LONGEST_TEXT:
        return _paragraph(_plain(story.cut(block.text, LONGEST_TEXT)))
    text = "".join(_span(span) for span in block.spans)
    if block.kind == "heading":
        text = f"<b>{text}</b>"
    return _paragraph(f"{block.mark} {text}" if block.mark else text)


def _span(span: Span) -> str:
    text = _plain(span.text)
    if span.href:
        return f'<a href="{escape(span.href)}">{text}</a>'
    tag = TAGS.get(span.style)
    return f"<{tag}>{text}</{tag}>" if tag else text
