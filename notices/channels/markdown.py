"""Markdown for chats. What people wrote stays what it says: their signs are no formatting, and mention nobody.

Mattermost takes a backslash before some signs only, and shows it before any other; those get a sign that nobody sees.
"""

import re
from collections.abc import Iterator

from notices.channels.story import Block, Row, Span, Story

SPECIAL = re.compile(r"([`*_{}\[\]()#+!|~>-]|\\(?!\w)|(?<=\d)\.(?=\s|$))")
ENTITY = re.compile(r"&(?=#?\w+;)")
READ = re.compile(
    r":(?=[\w+-]+:)|(?<=~)(?=\w)|^(?==+\s*$)", re.MULTILINE
)  # an emoji, a channel, a line under a heading
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)  # would make code of the line
URL = re.compile(r"""(https?://[^\s<>"`*\[\]{}|]*[^\s<>"`*\[\]{}|_~.,:;!?')])""")
MENTION = re.compile(r"@(?=\w)")
UNSEEN = "\u200b"  # between the sign and the name, so that it calls nobody
ENCODED = {"(": "%28", ")": "%29", "\\": "%5C", "@": "%40"}
MARKS = {"bold": "**", "italic": "_", "struck": "~~"}


def escaped(text: str) -> str:
    """Addresses stay whole: chats make links of them, and read no signs in them."""
    parts = URL.split(INDENT.sub("", text))
    return "".join(url(one) if number % 2 else label(one) for number, one in enumerate(parts))


def label(text: str) -> str:
    """For the text of a link, where an address is no link."""
    unread = READ.sub(lambda found: found[0] + UNSEEN, ENTITY.sub("&amp;", text))
    return quiet(SPECIAL.sub(r"\\\1", unread))


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
        return f"[{label(span.text)}]({url(span.href)})"
    if span.style == "code":
        return f"`{quiet(span.text.replace('`', ''))}`"
    mark = MARKS.get(span.style, "")
    text = escaped(span.text)
    return f"{mark}{text}{mark}" if mark and text == text.strip() else text


def url(href: str) -> str:
    return "".join(ENCODED.get(sign, sign) for sign in href)
