"""Pages for everybody: no sign-in, no cookie, no script needed. Rendered once, handed out many times (portal.shelf)."""

import json
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_safe

from commsplan.lib import wallclock
from portal import calendars, shelf, status
from portal.status import Reader, UpgradePage

MAX_AGE = 30  # seconds
ZONES = frozenset(zone for zone, _label in wallclock.zone_choices())


def for_everybody(view: Callable) -> Callable:
    """Answered before sessions begin (portal.middleware), in the language of ?lang= or of the browser."""

    @require_safe
    @login_not_required
    @wraps(view)
    def shown(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        reader = reader_of(request)
        with translation.override(reader.language):
            try:
                copy = view(request, reader, *args, **kwargs)
            except shelf.NoCopy:
                return refusal(request, "portal/unavailable.html", 503)
            return hand_out(request, copy) if copy else refusal(request, "portal/missing.html", 404)

    shown.needs_no_session = True  # type: ignore[attr-defined]
    return shown


def reader_of(request: HttpRequest) -> Reader:
    wanted = [request.GET.get("lang", "")]
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    wanted += [code.split("-")[0] for code, _weight in accepted]
    language = next((code for code in wanted if code in dict(settings.LANGUAGES)), settings.LANGUAGE_CODE)
    zone = request.GET.get("tz", "")
    return Reader(language, zone if zone in ZONES else "")


def hand_out(request: HttpRequest, copy: shelf.Copy) -> HttpResponse:
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(copy.packed if packs else copy.body, content_type=copy.content_type)
    if packs:
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
    response["ETag"] = copy.etag
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["Vary"] = "Accept-Language, Accept-Encoding"
    response["Content-Language"] = copy.language
    return get_conditional_response(request, etag=copy.etag, response=response) or response


def refusal(request: HttpRequest, template: str, code: int) -> HttpResponse:
    response = render(request, template, status=code)
    response["Cache-Control"] = "no-store"
    if code == 503:
        response["Retry-After"] = "30"
    return response


def key_of(kind: str, reader: Reader, slug: str = "") -> str:
    return f"{kind}:{slug}:{reader.language}:{reader.zone}"


def of_upgrade(kind: str, slug: str, reader: Reader, content_type: str, write: Callable[[UpgradePage], str | bytes]):
    """The kept copy of something made from one upgrade's page; None when it is not published."""

    def make() -> shelf.Copy | None:
        upgrade = status.find(slug)
        if upgrade is None:
            return None
        page = status.upgrade_page(upgrade, reader=reader, now=timezone.now())
        written = write(page)
        body = written if isinstance(written, bytes) else written.encode()
        return shelf.copy(body, content_type=content_type, language=reader.language)

    return from_shelf(kind, reader, make, slug)


def from_shelf(kind: str, reader: Reader, make: Callable[[], shelf.Copy | None], slug: str = "") -> shelf.Copy | None:
    """Without the database, a copy in another zone or language is better than none."""
    others = [Reader(reader.language), *(Reader(code) for code, _name in settings.LANGUAGES)]
    return shelf.get(key_of(kind, reader, slug), make, instead=[key_of(kind, other, slug) for other in others])


def address(name: str, *args) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=args)}"


# Pages


@for_everybody
def status_index(request, reader):
    def make():
        page = status.index_page(reader=reader, now=timezone.now())
        html = render_to_string("portal/index.html", around(reader) | {"page": page, "feeds": []})
        return shelf.copy(html.encode(), content_type="text/html; charset=utf-8", language=reader.language)

    return from_shelf("index", reader, make)


@for_everybody
def status_page(request, reader, slug):
    def write(page):
        return render_to_string("portal/status.html", around(reader) | {"page": page, "upgrade": page.upgrade})

    return of_upgrade("page", slug, reader, "text/html; charset=utf-8", write)


def around(reader: Reader) -> dict:
    """What a page needs that is made without a request, so that nothing of a reader can be in it."""
    return {
        "ORGANISATION": settings.ORGANISATION,
        "BASE_URL": settings.BASE_URL,
        "reader": reader,
        "zones": wallclock.zone_choices(),
        "languages": settings.LANGUAGES,
    }


# For machines


@for_everybody
def status_index_json(request, reader):
    def make():
        page = status.index_page(reader=reader, now=timezone.now())
        body = json.dumps(status.index_json(page, address=address), ensure_ascii=False, indent=1)
        return shelf.copy(body.encode(), content_type="application/json", language=reader.language)

    return from_shelf("index-json", reader, make)


@for_everybody
def status_json(request, reader, slug):
    def write(page):
        return json.dumps(status.as_json(page, url=address("status", slug)), ensure_ascii=False, indent=1)

    return of_upgrade("json", slug, reader, "application/json", write)


@for_everybody
def status_calendar(request, reader, slug):
    def write(page):
        return calendars.of_upgrade(page.upgrade, page.windows)

    return of_upgrade("calendar", slug, reader, "text/calendar; charset=utf-8", write)


@for_everybody
def status_feed(request, reader, slug):
    return of_upgrade("feed", slug, reader, "application/atom+xml; charset=utf-8", lambda page: atom(page, reader))


def atom(page: UpgradePage, reader: Reader) -> str:
    link = address("status", page.upgrade.slug)
    feed = Atom1Feed(
        title=page.upgrade.name,
        link=link,
        description=page.headline,
        language=reader.language,
        subtitle=page.headline,
        author_name=settings.ORGANISATION,
        feed_url=address("status_feed", page.upgrade.slug),
        feed_guid=link,
    )
    for one in page.updates:
        permanent = f"{link}#update-{one.pk}"
        feed.add_item(
            title=one.subject,
            link=permanent,
            description=one.html,
            unique_id=permanent,
            pubdate=one.at,
            updateddate=one.at,
        )
    return feed.writeString("utf-8")
