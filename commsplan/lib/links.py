"""Pages reached by a personal link from a mail. The link itself is the key: it is kept out of caches, search engines,
other sites and our own history, and what does not open anything says so in friendly words."""

from collections.abc import Callable
from functools import wraps

import pghistory
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from commsplan.lib import limits, tokens

WINDOW = 600  # seconds
TRIES_PER_LINK = 60
GUESSES_PER_ADDRESS = 100  # only links that open nothing count: a whole campus may share one address
HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "strict-origin",  # never the path; "no-referrer" would make browsers post with Origin: null
}


class Gone(Exception):
    """The link is genuine, but what it opened is no longer there."""


def opened_by(purpose: str) -> Callable:
    """For a view that takes the id inside the link instead of the token: view(request, pk, token)."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def reached(request: HttpRequest, token: str) -> HttpResponse:
            with pghistory.context(url=f"/{purpose}/…"):
                response = _open(view, purpose, request, token)
            for name, value in HEADERS.items():
                response[name] = value
            return response

        return login_not_required(reached)

    return decorate


def _open(view: Callable[..., HttpResponse], purpose: str, request: HttpRequest, token: str) -> HttpResponse:
    try:
        pk = tokens.read(purpose, token)
        if request.method == "POST" and not limits.allows(purpose, token, limit=TRIES_PER_LINK, seconds=WINDOW):
            return _refuse(request, 429)
        return view(request, pk, token)
    except (tokens.BadToken, Gone):
        guesser = limits.address_of(request)
        allowed = limits.allows("bad-link", guesser, limit=GUESSES_PER_ADDRESS, seconds=WINDOW)
        return _refuse(request, 404 if allowed else 429)


def _refuse(request: HttpRequest, status: int) -> HttpResponse:
    response = render(request, "link_refused.html", {"too_often": status == 429}, status=status)
    if status == 429:
        response["Retry-After"] = str(WINDOW)
    return response


def language_for(request: HttpRequest, language: str) -> translation.override:
    """The person's language, unless the address asks for another: `with language_for(request, …):`."""
    wanted = request.GET.get("lang", "")
    return translation.override(wanted if wanted in dict(settings.LANGUAGES) else language)
