"""How the operation goes: a page for people, figures for a program."""

import secrets
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from accounts.permissions import refusal
from accounts.policy import allows
from commsplan.lib.htmx import page
from commsplan.lib.limits import address_of
from notices.insight import outlets as standings
from notices.operations import overview
from notices.operations.drawing import SPANS
from notices.operations.metrics import CONTENT_TYPE, text


@require_GET
def operations(request: HttpRequest):
    if not allows(request.user, "delivery.manage") and (reason := refusal(request.user, "notices.send")):
        raise PermissionDenied(reason)
    wanted = request.GET.get("over", "")
    span = wanted if wanted in SPANS else "hour"
    now = timezone.now()
    seen = overview.of(span=SPANS[span], now=now, zone=timezone.get_current_timezone_name())
    tabs = [{"label": one.label, "url": f"?over={key}", "active": key == span} for key, one in SPANS.items()]
    known = standings.of_known(
        [one.outlet for one in seen.outlets],
        troubles=seen.figures.stopped_domains,
        waiting=seen.figures.unsent,
        is_halted=seen.figures.standstill is not None,
        now=now,
    )
    stands = [one for one in known if one.is_set_up or one.outlet.is_fallback]
    context = {"seen": seen, "standings": stands, "tabs": tabs, "span": span}
    return page(request, "notices/operations.html", context, partial="figures")


@require_safe
@login_not_required
@never_cache
def metrics(request: HttpRequest):
    if not _may_scrape(request):
        response = HttpResponse("Not for everybody: see METRICS_TOKEN.\n", status=401, content_type="text/plain")
        response["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    try:
        return HttpResponse(text(now=timezone.now()), content_type=CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")


def _may_scrape(request: HttpRequest) -> bool:
    """Whoever has the token, this machine itself, and the networks that were named. Behind a proxy everybody seems to
    be on this machine, so what a proxy passes on is judged by the address that the proxy saw."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return secrets.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())
    is_passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if is_passed_on and not settings.SECURE_PROXY_SSL_HEADER:
        return False
    try:
        address = ip_address(address_of(request))
    except ValueError:
        return False
    return (address.is_loopback and not is_passed_on) or any(address in one for one in settings.METRICS_ALLOW)
