"""Several notices that reach one person in one mail. Each is as it would be alone, with its own links."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from notices.channels.base import Envelope
from notices.pipeline.render import layouts
from notices.pipeline.render.copies import Claimed, of_message

BODY = re.compile(r"(?s)\A(.*?<body[^>]*>)(.*)(</body>.*)\Z")
RULE = "=" * 72
FRAME = (
    '<div style="max-width:600px;margin:0 auto;padding:24px 32px 0;font-family:-apple-system,BlinkMacSystemFont,'
    "'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:15px;line-height:1.5;color:#526372\">{intro}<ol>{titles}"
    "</ol></div>"
)


def of_messages(messages: Sequence[Claimed]) -> Envelope:
    """One mail in the order given; it is sent, answered and returned as the first of them. A single message stays as it
    is. Raises CannotRender."""
    parts = [of_message(message) for message in messages]
    return combined(parts, layout=_layout_of(messages[0])) if len(parts) > 1 else parts[0]


def combined(parts: Sequence[Envelope], *, layout: str) -> Envelope:
    first = parts[0]
    said = layouts.load(layout).labels(first.language)["digest"]
    intro = said["intro"].format(count=len(parts))
    by_all = all(part.one_click for part in parts)  # else the link leads to all preferences
    leaving = first if by_all else next(part for part in parts if not part.one_click)
    return replace(
        first,
        subject=said["subject"].format(count=len(parts), first=first.subject),
        text=_text(parts, intro),
        html=_html(parts, intro),
        unsubscribe_url=leaving.unsubscribe_url,
        unsubscribe_mailto=leaving.unsubscribe_mailto,
        one_click=by_all,
        calendars=tuple(calendar for part in parts for calendar in part.calendars),
    )


def _layout_of(message: Claimed) -> str:
    return message.variant.layout if message.variant else layouts.NEWEST


def _text(parts: Sequence[Envelope], intro: str) -> str:
    titles = "\n".join(f"{number}. {part.subject}" for number, part in enumerate(parts, 1))
    whole = [f"{RULE}\n{number}. {part.subject}\n{RULE}\n\n{part.text}" for number, part in enumerate(parts, 1)]
    return "\n\n".join([intro, titles, *whole])


def _html(parts: Sequence[Envelope], intro: str) -> str:
    """The layout of all is one, so that the head of the first does for each."""
    cut = [BODY.match(part.html) for part in parts]
    pages = [
        (found[1], found[2], found[3]) if found else ("", part.html, "") for found, part in zip(cut, parts, strict=True)
    ]
    titles = "".join(f"<li>{escape(part.subject)}</li>" for part in parts)
    top = FRAME.format(intro=escape(intro), titles=titles)
    return pages[0][0] + top + "".join(inside for _, inside, _ in pages) + pages[0][2]
