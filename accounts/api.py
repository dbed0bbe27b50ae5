"""Views that programs read as JSON: `@api_allowed`. Who is signed in may read them in the browser, too."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from accounts import tokens
from accounts.enums import TokenUse
from accounts.middleware import settle
from accounts.models import Account
from commsplan.lib import bearer, limits

METHODS = ("GET", "HEAD")
WRONG_TOKENS = {"limit": 30, "seconds": 60}
HEADERS_BY_STATUS = {
    401: {"WWW-Authenticate": 'Bearer realm="CommsPlan"'},
    405: {"Allow": ", ".join(METHODS)},
    429: {"Retry-After": str(WRONG_TOKENS["seconds"])},
}


class Refused(Exception):
    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


def api_allowed(view: Callable) -> Callable:
    """Lets in who is signed in or shows `Authorization: Bearer …`. Nobody is led to the sign-in page: every refusal is
    JSON with the reason. `PermissionDenied` and `Http404` of the view become such answers as well."""

    @csrf_exempt  # reads only
    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = _answer(view, request, *args, **kwargs)
        except Refused as refusal:
            response = refused(refusal.status, str(refusal))
        except PermissionDenied as error:
            response = refused(403, str(error) or "This account may not read it.")
        except Http404:
            response = refused(404, "There is nothing here.")
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    return answered


def refused(status: int, reason: str) -> JsonResponse:
    return JsonResponse({"error": reason}, status=status, headers=HEADERS_BY_STATUS.get(status))


def _answer(view: Callable, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    if request.method not in METHODS:
        raise Refused(405, "This can only be read (GET).")
    if "Authorization" not in request.headers:
        if not request.user.is_authenticated:
            raise Refused(401, "Sign in, or send the header Authorization: Bearer and a token of yours for programs.")
        return view(request, *args, **kwargs)
    request.user = _bearer_of(request)
    with timezone.override(settle(request.user)):
        return view(request, *args, **kwargs)


def _bearer_of(request: HttpRequest) -> Account:
    """The header decides alone: a program that shows one is not somebody else because of a cookie."""
    scheme, _, secret = request.headers["Authorization"].partition(" ")
    token = tokens.find(secret.strip()) if scheme.lower() == "bearer" else None
    if not token:
        if not limits.allows("api", limits.address_of(request), **WRONG_TOKENS):
            raise Refused(429, "Too many wrong tokens. Try again in a minute.")
        raise Refused(401, "This token opens nothing: it is wrong or revoked, or its account is switched off.")
    if token.use != TokenUse.API:
        raise Refused(403, "This token opens calendars only. Make one for programs on your profile page.")
    bearer.note_use(token, now=timezone.now())
    return token.account
