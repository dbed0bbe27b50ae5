"""Calendars that people with an account subscribe to. Calendar programs send neither cookies nor headers of ours: the
token in the address lets them in, and whatever is wrong gets one and the same answer."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from accounts import tokens
from accounts.enums import TokenUse
from accounts.forms import SubscriptionForm
from accounts.models import AccessToken
from commsplan.lib import bearer, keys
from portal import feeds
from portal.feeds import Feed
from stakeholders.models import Person
from upgrades.models import Service, Upgrade

CONTENT_TYPE = "text/calendar; charset=utf-8"
HEADERS = {
    "Cache-Control": "private, no-cache",  # kept by whoever subscribed, asked about each time; by nobody in between
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
REMEMBERED = 60 * 60 * 24 * 60  # seconds


def opened_by_token(find: Callable[..., Feed]) -> Callable:
    @require_safe
    @login_not_required
    @wraps(find)
    def answered(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
        now = timezone.now()
        opened = tokens.find_for_calendars(token)
        if opened is None:
            return _nothing()
        try:
            feed = find(**kwargs)
        except Http404:
            return _nothing()
        bearer.note_use(opened, now=now)
        return _hand_out(request, feed.written(now=now), now=now)

    return answered


def _nothing() -> HttpResponse:
    return HttpResponse(
        "There is nothing here.\n", status=404, content_type="text/plain; charset=utf-8", headers=HEADERS
    )


def _hand_out(request: HttpRequest, body: bytes, *, now: datetime) -> HttpResponse:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    since = _unchanged_since(request.path, etag, now=now)
    response = HttpResponse(body, content_type=CONTENT_TYPE, headers=HEADERS | {"ETag": etag})
    if since:
        response["Last-Modified"] = http_date(since.timestamp())
    modified = int(since.timestamp()) if since else None
    return get_conditional_response(request, etag=etag, last_modified=modified, response=response) or response


def _unchanged_since(path: str, etag: str, *, now: datetime) -> datetime | None:
    """When this content was first handed out here. What follows upon it is at least a second younger, as that is all
    that the header can say. None without the cache."""
    key = f"feed:{hashlib.sha256(path.encode()).hexdigest()[:32]}"
    try:
        known = cache.get(key)
        if known and known[0] == etag:
            return known[1]
        since = max(now, known[1] + timedelta(seconds=1)) if known else now
        cache.set(key, (etag, since), timeout=REMEMBERED)
    except RedisError:
        return None
    return since


@opened_by_token
def calendar_feed_all() -> Feed:
    return feeds.of_everything()


@opened_by_token
def calendar_feed_upgrade(slug: str) -> Feed:
    return feeds.of_upgrade(get_object_or_404(Upgrade, slug=slug))


@opened_by_token
def calendar_feed_service(pk: int) -> Feed:
    return feeds.of_service(get_object_or_404(Service, pk=pk))


@opened_by_token
def calendar_feed_person(pk: int) -> Feed:
    return feeds.of_person(_person(pk))


def _person(pk: int) -> Person:
    """Who was merged stands for the person they became; of who was erased nothing is left to subscribe to."""
    person = get_object_or_404(Person, pk=pk)
    return _person(person.merged_into_id) if person.merged_into_id else get_object_or_404(Person.objects.real(), pk=pk)


# To subscribe


def _asked(request: HttpRequest) -> tuple[str, dict, str, str]:
    """Feed, its arguments, its name and its page, as the link on a page says."""
    of = request.GET.get("of", "")
    match request.GET.get("feed", ""):
        case "all":
            return "calendar_feed_all", {}, "All upgrades", reverse("calendar")
        case "upgrade":
            upgrade = get_object_or_404(Upgrade, slug=of)
            return "calendar_feed_upgrade", {"slug": upgrade.slug}, upgrade.name, upgrade.get_absolute_url()
        case "service":
            service = get_object_or_404(Service, pk=keys.number(of))
            return "calendar_feed_service", {"pk": service.pk}, service.name, service.get_absolute_url()
        case "person":
            person = get_object_or_404(Person.objects.real(), pk=keys.number(of))
            return "calendar_feed_person", {"pk": person.pk}, f"What concerns {person}", person.get_absolute_url()
    raise Http404("There is no such calendar.")


@never_cache
@require_http_methods(["GET", "POST"])
def calendar_subscribe(request):
    """The answer to the POST is the one page that ever shows the address."""
    feed, arguments, name, back = _asked(request)
    token = AccessToken(account=request.user, use=TokenUse.CALENDAR, name=tokens.free_name(name, account=request.user))
    form = SubscriptionForm(request.POST if request.method == "POST" else None, instance=token)
    context = {"form": form, "name": name, "back": back}
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = tokens.issue(form.cleaned_data["name"], use=token.use, by=request.user, now=timezone.now())
        except tokens.TooMany as error:
            form.add_error(None, str(error))
        else:
            address = settings.BASE_URL + reverse(feed, kwargs={"token": secret, **arguments})
            webcal = f"webcal://{urlsplit(address).netloc}{urlsplit(address).path}"
            return render(
                request, "portal/subscribed.html", context | {"token": made, "address": address, "webcal": webcal}
            )
    return render(request, "portal/subscribe.html", context)
