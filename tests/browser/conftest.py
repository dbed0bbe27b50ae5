"""A real browser. Without one these tests fail and say how to get one; they are never skipped."""

import shutil
from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import expect

from tests.fixtures.mailserver import mailserver

__all__ = ["mailserver"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
expect.set_options(timeout=30_000)  # only a test that fails waits that long
# A question that a newer one replaced before it was answered; "htmx:sendError" is one that got no answer.
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "The browser tests need Chromium. Install it: apt-get install chromium (as root), or put it on PATH."
        )
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox", *QUIET]}


@dataclass
class Witness:
    """What a browser asked for and complained about. Pages opened on purpose with an error may be forgiven."""

    home: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _under_way: set = field(default_factory=set)

    def watch(self, page):
        page.on("request", self._request)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def let_finish(self, page):
        """What a page is still asking for: to close it now would be an error of its own."""
        until = monotonic() + 30
        while not page.is_closed() and self._under_way and monotonic() < until:
            page.wait_for_timeout(20)

    def _request(self, request):
        self._under_way.add(request)
        if not request.url.startswith((self.home, "data:", "about:", "blob:")):
            self.outside.append(request.url)

    def _ended(self, request):
        self._under_way.discard(request)

    def _console(self, message):
        if message.type == "error" and not message.text.startswith(REPLACED):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def requests_end():
    """What a page asks as it closes is answered before the database is emptied: both at once is a deadlock."""
    begun, ended = [], []

    def begin(**_):
        begun.append(1)

    def end(**_):
        ended.append(1)

    request_started.connect(begin)
    request_finished.connect(end)
    yield
    until = monotonic() + 60
    while len(ended) < len(begun) and monotonic() < until:
        sleep(0.01)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def house(live_server, settings, requests_end):
    """The live server, with links in mails that lead to it."""
    settings.BASE_URL = live_server.url
    settings.BASE_HOST = "localhost"
    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server


@pytest.fixture
def witness(house):
    witness = Witness(house.url)
    yield witness
    assert witness.outside == []
    assert witness.complaints == []


@pytest.fixture
def open_page(browser, house, witness):
    """A page of its own browser: no cookies but its own."""
    contexts = []

    def make(**options):
        context = browser.new_context(base_url=house.url, **{"viewport": {"width": 1280, "height": 900}} | options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return witness.watch(context.new_page())

    yield make
    for context in contexts:
        for page in context.pages:
            witness.let_finish(page)
        context.close()


@pytest.fixture
def sign_in(open_page):
    def make(email: str, password: str, **options):
        page = open_page(**options)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return make
