"""From Markdown to plain blocks: paragraphs, list items and headings, without marks, links and addresses."""

import re

MARKER = re.compile(r"\s*(?:[-*+] |\d{1,3}[.)] |#{1,6} |> ?)+|\s*\|")
RULER = re.compile(r"\s*(?:[-*_] ?){3,}\s*|[\s|:-]+")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
ADDRESS = re.compile(r"<?(?:https?://|mailto:|tel:|www\.)[^\s<>]*>?|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
EMPHASIS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)")
EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")


def blocks(markdown: str) -> list[str]:
    """In the order of the text. Lines of one paragraph are one block, each item of a list is one."""
    found: list[list[str]] = [[]]
    for line in markdown.splitlines():
        if not line.strip() or RULER.fullmatch(line):
            found.append([])
            continue
        marker = MARKER.match(line)
        if marker:
            found.append([])
        found[-1].append(line[marker.end() :] if marker else line)
    return [said for lines in found if (said := inline(" ".join(lines)))]


def inline(text: str) -> str:
    """Without marks and addresses."""
    said = LINK.sub(r"\1", text)
    said = EMPHASIS.sub("", ADDRESS.sub("", said)).replace("|", " ")
    return " ".join(EMPTY_BRACKETS.sub("", said).split())
