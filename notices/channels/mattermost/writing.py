import json

from notices.channels import markdown, story
from notices.channels.base import Envelope

LONGEST_POST = 16_383  # a longer one is split into several
LONGEST_SUBJECT = 300
MOST_LINKS = 5


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    title = f"### {markdown.escaped(story.cut(letter.subject, LONGEST_SUBJECT))}"
    links = [f"[{markdown.label(link.label)}]({markdown.url(link.url)})" for link in letter.links[:MOST_LINKS]]
    end = " · ".join(links)
    facts = "\n".join(f"- {markdown.row(row)}".replace("\n", "\n  ") for row in letter.rows)
    pieces = [piece for piece in (title, facts, *markdown.blocks(letter)) if piece]
    text, _ = story.fit(pieces, LONGEST_POST - len(end) - 2)
    text = f"{text}\n\n{end}" if end else text
    # mentions are taken apart in the text; groups need this as well
    return json.dumps({"text": text, "props": {"disable_group_highlight": True}}, ensure_ascii=False).encode()
