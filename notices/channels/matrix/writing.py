import json
from collections.abc import Iterator
from html import escape

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.story import Block, Span, Story

LARGEST = 32_000  # bytes of each of the two texts; an event may have 65,536
MOST_LINKS, LONGEST_URL, LONGEST_LABEL = 5, 2_000, 200
TAGS = {"bold": "strong", "italic": "em", "struck": "del", "code": "code"}
BLOCKS = {"paragraph": "p", "heading": "h4", "quote": "blockquote", "code": "pre"}


def build(envelope: Envelope) -> bytes:
    """`m.mentions` is there and empty: the room is called by nothing that stands in the text."""
    letter = story.of(envelope)
    links = [link for link in letter.links if len(link.url) <= LONGEST_URL][:MOST_LINKS]
    end_plain = "\n".join(f"{story.cut(link.label, LONGEST_LABEL)}: {link.url}" for link in links)
    end_html = "".join(
        f'<p><a href="{escape(link.url)}">{escape(story.cut(link.label, LONGEST_LABEL))}</a></p>' for link in links
    )
    plain, _ = story.fit(_plain(letter), LARGEST // 2 - _size(end_plain), size=_size)
    html, _ = story.fit(_html(letter), LARGEST - _size(end_html), between="", size=_size)
    if html.endswith(story.MORE) and not html.startswith("<"):
        html = escape(plain)  # its first piece alone was too long to be cut as HTML
    content = {
        "msgtype": "m.text",
        "body": f"{plain}\n\n{end_plain}".strip(),
        "format": "org.matrix.custom.html",
        "formatted_body": html + end_html,
        "m.mentions": {},
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _size(text: str) -> int:
    """As it is written in JSON: an event counts in bytes."""
    return len(json.dumps(text, ensure_ascii=False).encode())


def _plain(letter: Story) -> Iterator[str]:
    yield story.cut(letter.subject, 500)
    if letter.rows:
        yield story.cut("\n".join(f"{row.label}: {row.value}" for row in letter.rows), 6_000)
    for block in letter.blocks:
        yield story.cut(f"{block.mark} {block.text}" if block.mark else block.text, 6_000)


def _html(letter: Story) -> Iterator[str]:
    yield f"<h3>{escape(story.cut(letter.subject, 500))}</h3>"
    for row in letter.rows:
        value = escape(story.cut(row.value, 2_000)).replace("\n", "<br>")
        yield f"<p><strong>{escape(row.label)}:</strong> {value}</p>"
    for block in letter.blocks:
        yield _block(block)


def _block(block: Block) -> str:
    inner = (
        "".join(_span(span) for span in block.spans) if len(block.text) <= 6_000 else escape(block.text[:6_000]) + "…"
    )
    if block.kind == "item":
        return f"<p>{escape(block.mark)} {inner}</p>"
    tag = BLOCKS[block.kind]
    return f"<{tag}>{inner}</{tag}>"


def _span(span: Span) -> str:
    text = escape(span.text).replace("\n", "<br>")
    if span.href:
        return f'<a href="{escape(span.href)}">{text}</a>'
    tag = TAGS.get(span.style)
    return f"<{tag}>{text}</{tag}>" if tag else text
