"""Markdown to safe HTML and to plain text, from one reading. Values take the place of their marks in between."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from notices.pipeline.render.words import LINKS, MARK, PROSE, Manuscript

SAFE_LINK = re.compile(r"(https?://|mailto:|tel:)\S", re.IGNORECASE)
BARE_LINK = re.compile(r"""https?://[^\s<>"]*[^\s<>"'.,;:!?)\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+""", re.ASCII)
TAGS = {
    *{"a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"},
    *{"s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"},
}
WIDTH = 72
FINISHED = "finished"  # in the meta of a token: its values are in their places


def _is_safe(url: str) -> bool:
    return bool(SAFE_LINK.match(url))


def _reader(is_allowed) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.validateLink = is_allowed  # type: ignore[method-assign]
    return reader


READER = _reader(_is_safe)
TRUSTING_READER = _reader(lambda url: True)


def read(manuscript: Manuscript, blocks: Mapping[str, list[Token]] | None = None) -> list[Token]:
    """Links that lead anywhere but the web, a mailbox or a telephone stay text. `blocks`: what a placeholder becomes
    that stands in a paragraph of its own."""
    tokens = list(_with_blocks(READER.parse(manuscript.text), manuscript, blocks or {}))
    for token in tokens:
        if token.meta.get(FINISHED):
            continue
        if token.type == "inline":
            token.children = list(_weave(token.children or [], manuscript))
        elif token.type.startswith("heading"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"  # the headline of the page is the only h1
        elif token.content:
            token.content = _plain(token.content, manuscript)
    return list(_without_empty_paragraphs(tokens))


def _with_blocks(tokens: list[Token], manuscript: Manuscript, blocks: Mapping[str, list[Token]]) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        alone = MARK.fullmatch(tokens[place + 1].content.strip()) if tokens[place].type == "paragraph_open" else None
        if alone and (name := manuscript.at(alone).name) in blocks:
            for token in blocks[name]:
                yield token.copy(meta={FINISHED: True})
            place += 3
            continue
        yield tokens[place]
        place += 1


def html(tokens: list[Token]) -> str:
    rendered = READER.renderer.render(tokens, READER.options, {})
    return nh3.clean(
        rendered,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


def text(tokens: list[Token]) -> str:
    return "\n\n".join(_blocks(SyntaxTreeNode(tokens).children, WIDTH))


@lru_cache(maxsize=1024)  # the words of a template are those of hundreds of notices
def unsafe_links(source: str) -> tuple[str, ...]:
    """Where a text would lead if we let it."""
    children = [child for token in TRUSTING_READER.parse(source) for child in token.children or []]
    targets = [str(child.attrs["href"]) for child in children if child.type == "link_open"]
    return tuple(target for target in targets if not _is_safe(target) and not MARK.search(target))


# Values


def _plain(content: str, manuscript: Manuscript) -> str:
    return Manuscript(content, manuscript.printed).plain()


def _weave(children: list[Token], manuscript: Manuscript) -> Iterator[Token]:
    depth = 0  # inside a link nothing becomes a link
    for child in children:
        depth += (child.type == "link_open") - (child.type == "link_close")
        if child.type == "link_open":
            child.attrs["href"] = _address(str(child.attrs["href"]), manuscript)
            yield child
        elif child.type == "text":
            yield from _woven_text(child.content, manuscript, may_link=depth == 0)
        else:
            child.content = _plain(child.content, manuscript)
            yield child


def _address(href: str, manuscript: Manuscript) -> str:
    def value(mark: re.Match) -> str:
        printed = manuscript.at(mark)
        if printed.name in LINKS:
            return printed.text
        return "" if printed.slot else quote(printed.text, safe="@+")

    address = MARK.sub(value, href)
    return address.replace("%20", "") if address.startswith("tel:") else address


def _woven_text(content: str, manuscript: Manuscript, *, may_link: bool) -> Iterator[Token]:
    place = 0
    for mark in MARK.finditer(content):
        yield from _pieces(content[place : mark.start()], may_link)
        printed = manuscript.at(mark)
        yield from _pieces(printed.text, may_link and printed.name in LINKS | PROSE)
        place = mark.end()
    yield from _pieces(content[place:], may_link)


def _pieces(said: str, may_link: bool) -> Iterator[Token]:
    for number, line in enumerate(said.splitlines()):
        if number:
            yield Token("hardbreak", "br", 0)
        place = 0
        for link in BARE_LINK.finditer(line) if may_link else ():
            yield _text(line[place : link.start()])
            yield from _link(link[0])
            place = link.end()
        yield _text(line[place:])


def _link(target: str) -> Iterator[Token]:
    href = target if target.startswith("http") else f"mailto:{target}"
    yield Token("link_open", "a", 1, attrs={"href": href})
    yield _text(target)
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _without_empty_paragraphs(tokens: list[Token]) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        if tokens[place].type == "paragraph_open" and _is_empty(tokens[place + 1]):
            place += 3
            continue
        yield tokens[place]
        place += 1


def _is_empty(inline: Token) -> bool:
    return not any(child.content.strip() for child in inline.children or [])


# Plain text


def _blocks(nodes: list[SyntaxTreeNode], width: int) -> list[str]:
    return [said for node in nodes if (said := _block(node, width))]


def _block(node: SyntaxTreeNode, width: int) -> str:
    match node.type:
        case "heading":
            said = _inline(node.children[0])
            return f"{said}\n{('=' if node.tag == 'h2' else '-') * min(len(said), width)}"
        case "bullet_list" | "ordered_list":
            return _items(node, width)
        case "blockquote":
            return textwrap.indent("\n\n".join(_blocks(node.children, width - 2)), "> ", lambda line: True)
        case "code_block" | "fence":
            return textwrap.indent(node.content.rstrip("\n"), "    ")
        case "table":
            return _table(node)
        case "hr":
            return "-" * width
        case _:
            return _wrapped(_inline(node), width)


def _items(node: SyntaxTreeNode, width: int) -> str:
    first = int(node.attrs.get("start", 1))
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    items = []
    for number, item in enumerate(node.children, first):
        lead = f"{number}. " if node.type == "ordered_list" else "- "
        blocks = _blocks(item.children, width - len(lead))
        said = ("\n" if tight else "\n\n").join(blocks)
        items.append(lead + textwrap.indent(said, " " * len(lead)).lstrip())
    return ("\n" if tight else "\n\n").join(items)


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        [_inline(cell).replace("\n", " ") for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * size for size in widths), *lines[1:]])


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link_in_text("".join(map(_inline, node.children)), str(node.attrs["href"]))
        case "s":
            return "~~" + "".join(map(_inline, node.children)) + "~~"
        case _:
            return "".join(map(_inline, node.children))


def _link_in_text(said: str, href: str) -> str:
    target = re.sub("^(mailto|tel):", "", unquote(href) if href.startswith("mailto:") else href)
    return target if said == target else f"{said} <{target}>"


def _wrapped(said: str, width: int) -> str:
    lines = (textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in said.split("\n"))
    return "\n".join(lines).strip("\n")
