import json

from notices.channels import story
from notices.channels.base import Envelope

LONGEST_TITLE, LONGEST_BODY = 200, 1_800  # the smallest of the services take 2,000 in all


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    end = "\n".join(f"{quiet(story.cut(link.label, 80))}: {link.url}" for link in letter.links[:2])
    pieces = [f"{row.label}: {row.value}" for row in letter.rows[:3]]
    pieces += [f"{block.mark} {block.text}" if block.mark else block.text for block in letter.blocks]
    text, _ = story.fit([quiet(piece) for piece in pieces], max(LONGEST_BODY - len(end), 200))
    payload = {"title": quiet(story.cut(letter.subject, LONGEST_TITLE)), "body": f"{text}\n\n{end}".strip()}
    return json.dumps(payload, ensure_ascii=False).encode()


def quiet(text: str) -> str:
    """Calls nobody in any of the services that know @everyone, <@id> or <!here>."""
    return text.replace("@", "@\u200b").replace("<!", "<\u200b!")
