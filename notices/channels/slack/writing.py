"""Blocks. What people wrote can format nothing it should not and mentions nobody: & < > are escaped, and the texts are
verbatim."""

import json
from collections.abc import Iterator

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.story import Block, Row, Span, Story

MOST_BLOCKS, LONGEST_SECTION, LONGEST_HEADER, LONGEST_BUTTON, LONGEST_URL = 50, 3_000, 150, 75, 3_000
LONGEST_TEXT = 3_000
MOST_BUTTONS = 5
MARKS = {"bold": "*", "italic": "_", "struck": "~", "code": "`"}


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    sections = list(_sections(letter))
    room = MOST_BLOCKS - 4
    if len(sections) > room:
        sections = [*sections[:room], _section(story.MORE)]
    header = {"type": "plain_text", "text": story.cut(letter.subject, LONGEST_HEADER) or story.MORE, "emoji": False}
    blocks = [{"type": "header", "text": header}, *sections, *_buttons(letter)]
    text = story.cut(escaped(letter.subject), LONGEST_TEXT)
    payload = {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
    return json.dumps(payload, ensure_ascii=False).encode()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sections(letter: Story) -> Iterator[dict]:
    if rows := [_row(row) for row in letter.rows]:
        yield from _joined(rows, between="\n")
    yield from _joined([_block(block) for block in letter.blocks], between="\n\n")


def _joined(pieces: list[str], *, between: str) -> Iterator[dict]:
    """As few sections as hold them: there may not be many."""
    text = ""
    for piece in (story.cut(piece, LONGEST_SECTION) for piece in pieces):
        if text and len(text) + len(between) + len(piece) > LONGEST_SECTION:
            yield _section(text)
            text = ""
        text = f"{text}{between}{piece}" if text else piece
    if text:
        yield _section(text)


def _section(text: str) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _row(row: Row) -> str:
    return f"*{escaped(row.label)}:* {escaped(row.value)}"


def _block(block: Block) -> str:
    if block.kind == "code":
        return f"```{escaped(block.text)}```"
    text = "".join(_span(span) for span in block.spans)
    if block.kind == "heading":
        return f"*{escaped(block.text)}*"
    if block.kind == "quote":
        return "\n".join(f"> {line}" for line in text.split("\n"))
    return f"{block.mark} {text}" if block.mark else text


def _span(span: Span) -> str:
    text = escaped(span.text)
    if span.href and len(span.href) <= LONGEST_URL and "\n" not in text:
        href = escaped(span.href).replace("|", "%7C")
        return f"<{href}|{text.replace('|', '¦')}>"
    mark = MARKS.get(span.style, "")
    return f"{mark}{text}{mark}" if mark and text == text.strip() and "\n" not in text else text


def _buttons(letter: Story) -> Iterator[dict]:
    links = [link for link in letter.links if len(link.url) <= LONGEST_URL and link.url.startswith("http")]
    elements = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": story.cut(link.label, LONGEST_BUTTON), "emoji": False},
            "url": link.url,
            "action_id": f"open-{number}",
        }
        for number, link in enumerate(links[:MOST_BUTTONS])
    ]
    if elements:
        yield {"type": "actions", "elements": elements}
