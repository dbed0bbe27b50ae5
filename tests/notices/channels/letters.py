"""Letters to send over chats: one as it is, and one of somebody who means harm."""

from datetime import UTC, datetime
from html import escape

from notices.channels.base import Envelope

SHOUTS = (
    *("@channel", "@here", "@all", "@everyone", "@room", "<!channel>", "<!here|here>", "<@U024BE7LH>", "<users/all>"),
    *("<at>Ana</at>", "<@123456789>", "@ana:example.org", "[click](javascript:alert(1))", "&lt;!channel&gt;", "~town"),
    *("```", "` @here `", "*bold* _it_ ~s~", "<script>alert(1)</script>", "\u202egnp.exe", "a\x00b"),
)
STATUS = "https://comms.example.org/status/mail-migration/"
ANSWER = "https://comms.example.org/m/AAAA/"


def letter(subject="Mail stops on Sunday", *, words=("Hello Cai,", "mail stops."), rows=None, links=None, **fields):
    rows = {"What": "Wave 1", "When": "Saturday 28 March 2026, 22:00 Europe/Berlin (CET)"} if rows is None else rows
    links = {"Confirm that you have read this": ANSWER, "Status page": STATUS} if links is None else links
    text = "\n\n".join([*words, *(f"{label}:\n{url}" for label, url in links.items())])
    values = {
        "key": 7,
        "address": "cai@example.org",
        "name": "Cai Berg",
        "language": "en",
        "subject": subject,
        "text": f"{text}\n\n-- \nNorthfield\n",
        "html": html(words, rows, links),
        "sender": '"Maria Lang" <comms@example.org>',
        "reply_to": "maria@example.org",
        "bounce_to": "bounce+7.abc@example.org",
        "message_id": "<m7@example.org>",
        "thread_id": "<upgrade5.person77@example.org>",
        "list_id": "<mail.example.org>",
        "date": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    }
    return Envelope(**values | fields)


def html(words, rows, links) -> str:
    """As the layouts of letters have it."""
    card = "".join(
        f'<tr><th>{escape(name)}</th><td class="value">{escape(value)}</td></tr>' for name, value in rows.items()
    )
    anchors = [f'<a href="{escape(url)}">{escape(label)}</a>' for label, url in links.items()]
    return (
        '<!doctype html><html><body><table><tr><td class="quiet">Northfield</td></tr></table>'
        f'<table><tr><td class="words"><div>{"".join(f"<p>{escape(one)}</p>" for one in words)}</div></td></tr></table>'
        f'<table><tr><td class="button">{"".join(anchors[:1])}</td></tr>'
        f'<tr><td class="links"><div>{"<span> · </span>".join(anchors[1:])}</div></td></tr></table>'
        f'<table><tr><td class="card"><table>{card}</table></td></tr></table></body></html>'
    )


def hostile(**fields) -> Envelope:
    words = " ".join(SHOUTS)
    return letter(words, words=(words, *SHOUTS), rows={one: one for one in SHOUTS}, links={words: STATUS}, **fields)


def long(**fields) -> Envelope:
    """Much more than any of them takes, in letters of four bytes too."""
    words = tuple(f"{number} " + "Zoë 🚀 wörd " * 400 for number in range(60))
    rows = {f"Row {number}": "🚀" * 3_000 for number in range(30)}
    return letter("Sübject 🚀 " * 300, words=words, rows=rows, **fields)
