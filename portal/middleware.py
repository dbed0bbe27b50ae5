"""Public pages are answered before sessions, accounts and messages begin: they can neither read nor set a cookie, so
nothing about one reader can get into what is handed to all of them."""

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

PREFIX = "/status"


class BeforeSessions:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            try:
                match = resolve(request.path_info, "portal.urls")
            except Resolver404:
                return self.get_response(request)
            if getattr(match.func, "needs_no_session", False):
                request.resolver_match = match
                return match.func(request, *match.args, **match.kwargs)
        return self.get_response(request)
