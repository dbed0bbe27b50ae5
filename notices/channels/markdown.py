"""Markdown for chats. What people wrote stays what it says: their signs are no formatting, and mention nobody."""

import re
from collections.abc import Iterator

from notices.channels.story import Block, Row, Span, Story

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>:-])")
MENTION = re.compile(r"@(?=\w)")
UNSEEN = "\u200b"  # between the sign and the name, so that it calls nobody
MARKS = {"bold": "**", "italic": "_", "struck": "~~"}


def escaped(text: str) -> str:
    return quiet(SPECIAL.sub(r"\\\1", text))


def quiet(text: str) -> str:
    return MENTION.sub("@" + UNSEEN, text)


def blocks(letter: Story) -> Iterator[str]:
    """Items of one list stay together."""
    items: list[str] = []
    for block in letter.blocks:
        if block.kind == "item":
            items.append(_block(block))
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield _block(block)
    if items:
        yield "\n".join(items)


def row(one: Row) -> str:
    return f"**{escaped(one.label)}:** {escaped(one.value)}"


def _block(block: Block) -> str:
    if block.kind == "code":
        return f"````\n{quiet(block.text.replace('````', ''))}\n````"
    text = "".join(_span(span) for span in block.spans)
    if block.kind == "heading":
        return f"#### {text}"
    if block.kind == "quote":
        return "\n".join(f"> {line}" for line in text.split("\n"))
    if block.kind == "item":
        indent, mark = block.mark[: len(block.mark) - len(block.mark.lstrip())], block.mark.strip()
        return f"{indent * 2}{'-' if mark == '•' else mark} {text}"
    return text


def _span(span: Span) -> str:
    if span.href:
        return f"[{escaped(span.text)}]({url(span.href)})"
    if span.style == "code":
        return f"`{quiet(span.text.replace('`', ''))}`"
    mark = MARKS.get(span.style, "")
    text = escaped(span.text)
    return f"{mark}{text}{mark}" if mark and text == text.strip() else text


def url(href: str) -> str:
    return href.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
