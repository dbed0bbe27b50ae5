"""The browser's side. Mails are untrusted: strict policies, sandboxed frames, and no answer to a foreign host name."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from commsplan.embedded.catcher import pages
from commsplan.embedded.catcher.letter import Letter, Part
from commsplan.embedded.catcher.mailbox import Mail, Mailbox

HERE = Path(__file__).parent
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: http://localhost:* http://127.0.0.1:*; frame-ancestors 'self'"
)
INERT_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class CatcherServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], mailbox: Mailbox) -> None:
        super().__init__(address, Browser)
        self.mailbox = mailbox
        self.loopback_only = address[0] in {"127.0.0.1", "localhost", "::1"}


class Browser(BaseHTTPRequestHandler):
    server: CatcherServer
    server_version = "CommsPlan"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if not self._host_is_ours():
            return self._problem(
                HTTPStatus.MISDIRECTED_REQUEST, "Not here", "This address does not lead to the mail catcher."
            )
        for pattern, answer in PATHS:
            if found := re.fullmatch(pattern, url.path):
                return answer(self, parse_qs(url.query), *found.groups())
        return self._missing()

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65536))
        if not self._host_is_ours() or self.headers.get("Origin", "").partition("://")[2] != self.headers.get("Host"):
            return self._problem(
                HTTPStatus.FORBIDDEN, "Not allowed", "This button works on the catcher's own page only."
            )
        if self.path != "/delete":
            return self._missing()
        self.mailbox.clear()
        return self._answer(b"", "text/plain", status=HTTPStatus.SEE_OTHER, more={"Location": "/"})

    @property
    def mailbox(self) -> Mailbox:
        return self.server.mailbox

    def inbox(self, query: dict) -> None:
        words = query.get("q", [""])[0].strip()[:200]
        mails = self.mailbox.find(words)
        last = max(1, -(-len(mails) // pages.PER_PAGE))
        page = min(max(_number(query, "page", 1), 1), last)
        shown = mails[(page - 1) * pages.PER_PAGE : page * pages.PER_PAGE]
        counts = {"found": len(mails), "kept": len(self.mailbox), "newest": self.mailbox.newest}
        self._page(pages.inbox(shown, words=words, page=page, **counts))

    def mail(self, query: dict, number: str) -> None:
        if mail := self._mail(number):
            neighbours = {"older": self._neighbour(mail, -1), "newer": self._neighbour(mail, 1)}
            self._page(pages.mail_page(mail, Letter(self.mailbox.read(mail)), **neighbours))

    def html(self, query: dict, number: str) -> None:
        if mail := self._mail(number):
            html = Letter(self.mailbox.read(mail)).html_for_frame(f"http://{self.headers['Host']}/mail/{number}")
            self._answer(html.encode(), "text/html; charset=utf-8", policy=MAIL_POLICY)

    def source(self, query: dict, number: str) -> None:
        if mail := self._mail(number):
            self._answer(self.mailbox.read(mail), "text/plain; charset=utf-8")

    def part(self, query: dict, number: str, index: str) -> None:
        mail = self._mail(number)
        if mail is None:
            return
        parts = Letter(self.mailbox.read(mail)).parts
        if int(index) >= len(parts):
            return self._missing()
        self._answer_part(parts[int(index)])

    def state(self, query: dict) -> None:
        self._json({"kept": len(self.mailbox), "newest": self.mailbox.newest})

    def mails(self, query: dict) -> None:
        """`?q=` words, `&after=` the last number known, `&limit=`. Newest first."""
        mails = self.mailbox.find(query.get("q", [""])[0], after=_number(query, "after", 0))
        limit = _number(query, "limit", 100)
        self._json({"found": len(mails), "mails": [mail._asdict() for mail in mails[:limit]]})

    def one(self, query: dict, number: str) -> None:
        if mail := self._mail(number):
            letter = Letter(self.mailbox.read(mail))
            self._json(mail._asdict() | {"headers": letter.headers, "text": letter.text, "html": letter.html})

    def asset(self, query: dict, name: str) -> None:
        kind = "text/css" if name.endswith("css") else "text/javascript"
        self._answer((HERE / name).read_bytes(), f"{kind}; charset=utf-8")

    def log_message(self, *_: object) -> None:
        pass

    def _host_is_ours(self) -> bool:
        """A page elsewhere may point its own name at this machine; its script must not read the mail."""
        name = re.sub(r":\d+$", "", self.headers.get("Host", ""))
        return name in LOOPBACK or not self.server.loopback_only

    def _mail(self, number: str) -> Mail | None:
        mail = self.mailbox.get(int(number))
        if mail is None:
            self._missing()
        return mail

    def _neighbour(self, mail: Mail, step: int) -> int | None:
        return mail.id + step if self.mailbox.get(mail.id + step) else None

    def _missing(self) -> None:
        self._problem(HTTPStatus.NOT_FOUND, "Not found", "There is no such mail. Perhaps it was deleted.")

    def _problem(self, status: HTTPStatus, title: str, sentence: str) -> None:
        self._page(pages.problem(title, sentence), status=status)

    def _page(self, html: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(html.encode("utf-8", "replace"), "text/html; charset=utf-8", status=status)

    def _json(self, data: object) -> None:
        self._answer(json.dumps(data).encode(), "application/json")

    def _answer_part(self, part: Part) -> None:
        if part.content_type in INERT_TYPES:
            self._answer(part.content, part.content_type)
        else:
            name = f"attachment; filename*=UTF-8''{quote(part.name, safe='')}"
            self._answer(part.content, "application/octet-stream", more={"Content-Disposition": name})

    def _answer(
        self,
        content: bytes,
        content_type: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        policy: str = PAGE_POLICY,
        more: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _number(query: dict, name: str, default: int) -> int:
    value = query.get(name, [""])[0]
    return int(value) if value.isdecimal() and len(value) < 12 else default


PATHS: list[tuple[str, Callable[..., None]]] = [
    (r"/", Browser.inbox),
    (r"/mail/(\d{1,12})", Browser.mail),
    (r"/mail/(\d{1,12})/html", Browser.html),
    (r"/mail/(\d{1,12})/source", Browser.source),
    (r"/mail/(\d{1,12})/part/(\d{1,4})", Browser.part),
    (r"/api/state", Browser.state),
    (r"/api/mails", Browser.mails),
    (r"/api/mails/(\d{1,12})", Browser.one),
    (r"/(catcher\.(?:css|js))", Browser.asset),
]
