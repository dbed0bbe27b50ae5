"""The pages of the catcher. Everything that came by mail is escaped here."""

import datetime
from html import escape
from string import Template
from urllib.parse import urlencode

from commsplan.embedded.catcher.letter import Letter
from commsplan.embedded.catcher.mailbox import Mail

PER_PAGE = 50

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/catcher.css">
<script src="/catcher.js" defer></script>
</head>
<body>
<header class="top">
<a class="brand" href="/"><span aria-hidden="true">✉</span> Mail catcher</a>
<span class="note">Mail stays on this machine. Nothing is sent on.</span>
</header>
<main>
$content
</main>
</body>
</html>
""")

FRAME = Template(
    '<iframe src="$address" title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
)


def inbox(mails: list[Mail], *, found: int, kept: int, newest: int, words: str, page: int) -> str:
    content = "\n".join([_tools(words, found, kept, newest), _rows(mails, words), _pages(found, words, page)])
    return PAGE.substitute(title="Mail catcher", content=content)


def mail_page(mail: Mail, letter: Letter, *, older: int | None, newer: int | None) -> str:
    content = "\n".join(
        [
            _position(older, newer),
            f"<h1>{escape(mail.subject) or '(no subject)'}</h1>",
            _envelope(mail, letter),
            _body(mail, letter),
            _calendar(letter),
            _attachments(mail, letter),
            _details("All headers", _definition(letter.headers)),
            f'<p><a href="/mail/{mail.id}/source">Show the source</a> · {_size(mail.size)}</p>',
        ]
    )
    return PAGE.substitute(title=escape(mail.subject) or "(no subject)", content=content)


def problem(title: str, sentence: str) -> str:
    content = f'<h1>{escape(title)}</h1><p>{escape(sentence)}</p><p><a href="/">All mails</a></p>'
    return PAGE.substitute(title=escape(title), content=content)


def _tools(words: str, found: int, kept: int, newest: int) -> str:
    count = f"{found:,} of {kept:,} mails" if words else f"{kept:,} {'mail' if kept == 1 else 'mails'}"
    clear = (
        '<form method="post" action="/delete" class="delete"><button class="quiet">Delete all</button></form>'
        if kept
        else ""
    )
    return f"""<h1 class="hidden">Mails</h1>
<div class="tools">
<form class="search" role="search" action="/">
<label class="hidden" for="words">Search recipient, sender or subject</label>
<input id="words" name="q" type="search" value="{escape(words)}" placeholder="Search recipient, sender or subject">
<button>Search</button>
</form>
<p class="count" id="count" data-newest="{newest}" role="status">{count}</p>
{clear}
</div>"""


def _rows(mails: list[Mail], words: str) -> str:
    if not mails:
        text = "No mail matches your search." if words else "No mail yet. What CommsPlan sends appears here at once."
        return f'<p class="empty">{text}</p>'
    return f'<ol class="mails" reversed start="{mails[0].id}">{"".join(map(_row, mails))}</ol>'


def _row(mail: Mail) -> str:
    return f"""<li><a href="/mail/{mail.id}">
<span class="to">{escape(mail.is_to)}</span>
<span class="subject">{escape(mail.subject) or "(no subject)"}</span>
{_time(mail.received_at)}
</a></li>
"""


def _pages(found: int, words: str, page: int) -> str:
    last = max(1, -(-found // PER_PAGE))
    if last == 1:
        return ""
    links = [(page - 1, "Newer", page > 1), (page + 1, "Older", page < last)]
    shown = [
        f'<a href="/?{escape(urlencode({"q": words, "page": number}))}">{text}</a>'
        if possible
        else f"<span>{text}</span>"
        for number, text, possible in links
    ]
    return f'<nav class="pages" aria-label="Pages">{shown[0]}<span>Page {page:,} of {last:,}</span>{shown[1]}</nav>'


def _position(older: int | None, newer: int | None) -> str:
    links = ['<a href="/">All mails</a>']
    links += [f'<a href="/mail/{newer}">Newer</a>'] if newer else []
    links += [f'<a href="/mail/{older}">Older</a>'] if older else []
    return f'<nav class="position" aria-label="Mails">{" ".join(links)}</nav>'


def _envelope(mail: Mail, letter: Letter) -> str:
    headers = {name.lower(): value for name, value in letter.headers}
    rows = [
        ("From", headers.get("from", "")),
        ("To", headers.get("to", "")),
        ("Envelope from", mail.sender or "(empty)"),
        ("Envelope to", mail.is_to),
    ]
    return f'<div class="envelope">{_definition(rows, received_at=mail.received_at)}</div>'


def _definition(rows: list[tuple[str, str]], received_at: float | None = None) -> str:
    items = [f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows]
    if received_at is not None:
        items.append(f"<dt>Received</dt><dd>{_time(received_at)}</dd>")
    return f"<dl>{''.join(items)}</dl>"


def _body(mail: Mail, letter: Letter) -> str:
    text = f"<pre>{escape(letter.text)}</pre>"
    if not letter.html:
        return text
    frame = FRAME.substitute(address=f"/mail/{mail.id}/html")
    plain = _details("Plain text", text) if letter.text else '<p class="warning">This mail has no plain text part.</p>'
    return frame + plain


def _calendar(letter: Letter) -> str:
    return "".join(
        _details("Calendar", f"<pre>{escape(part.content.decode('utf-8', 'replace'))}</pre>")
        for part in letter.calendars
    )


def _attachments(mail: Mail, letter: Letter) -> str:
    body = {"text/plain", "text/html"}
    rows = [
        f'<li><a href="/mail/{mail.id}/part/{part.number}">{escape(part.name)}</a> '
        f"{escape(part.content_type)}, {_size(len(part.content))}</li>"
        for part in letter.parts
        if part.content_type not in body
    ]
    return f"<h2>Parts</h2><ul>{''.join(rows)}</ul>" if rows else ""


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"


def _time(moment: float) -> str:
    at = datetime.datetime.fromtimestamp(moment).astimezone()
    today = at.date() == datetime.datetime.now().astimezone().date()
    shown = f"{at:%H:%M:%S}" if today else f"{at:%a %d %b, %H:%M}"
    return f'<time datetime="{at.isoformat(timespec="seconds")}" title="{at:%A %d %B %Y, %H:%M:%S %Z}">{shown}</time>'


def _size(size: int) -> str:
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1024:,.0f} kB"
