"""SCIM over HTTP (RFC 7644): who may come in, bodies and parameters, pages of results, and answers that are always
SCIM's own, also when something goes wrong."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DataError, IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from commsplan.lib import bearer, limits
from directory import tokens
from directory.scim import filters, groups, lookups, patching, people, schemas, showing
from directory.scim.errors import ScimError, invalid_syntax, invalid_value, taken

CONTENT_TYPE = "application/scim+json"
WRONG_TOKENS = {"limit": 30, "seconds": 60}
ALWAYS = {"schemas", "id"}
logger = logging.getLogger(__name__)


def base() -> str:
    return f"{settings.BASE_URL.rstrip('/')}/scim/v2"


def endpoint(**methods: Callable) -> Callable:
    """A view that answers these methods to those who show a token: endpoint(GET=…, POST=…)."""

    @csrf_exempt  # no cookie opens this door
    @login_not_required
    def view(request: HttpRequest, **kwargs) -> HttpResponse:
        try:
            _let_in(request)
            if request.method not in methods:
                raise ScimError(405, f"{request.method} is not possible here.")
            response = methods[request.method](request, **kwargs)
        except ScimError as error:
            response = _refused(error)
        except IntegrityError:
            response = _refused(taken("Somebody else got this name, address or id at the same moment."))
        except DataError:
            response = _refused(invalid_value("One of the values cannot be kept."))
        except Exception:
            logger.exception("scim request failed %s %s", request.method, request.path)
            response = _refused(ScimError(500, "Something went wrong here. It is in our log."))
        if response.status_code == 405:
            response["Allow"] = ", ".join(methods)
        return response

    return view


def _let_in(request: HttpRequest) -> None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(secret.strip()) if scheme.lower() == "bearer" else None
    if not token:
        if limits.allows("scim", limits.address_of(request), **WRONG_TOKENS):
            raise ScimError(401, "This takes a bearer token that an administrator made.")
        raise ScimError(429, "Too many wrong tokens. Try again in a minute.")
    bearer.note_use(token, now=timezone.now())
    pghistory.context(directory=token.name, directory_token=token.pk)


def _refused(error: ScimError) -> HttpResponse:
    response = answer(error.document(), status=error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    if error.status == 429:
        response["Retry-After"] = str(WRONG_TOKENS["seconds"])
    return response


def answer(document: dict | None, *, status: int = 200, location: str = "") -> HttpResponse:
    content = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "private, no-store"
    if location:
        response["Location"] = location
    return response


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Read past Django's own limit, which is meant for forms."""
    too_big = ScimError(413, f"A request may have {schemas.LARGEST_BODY // 1024 // 1024} MB.", "tooMany")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise invalid_syntax("Content-Length is a number.") from error
    if length > schemas.LARGEST_BODY:
        raise too_big
    content = request.read(schemas.LARGEST_BODY + 1)
    if len(content) > schemas.LARGEST_BODY:
        raise too_big
    return _understood(content)


def _understood(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise invalid_syntax("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise invalid_syntax("The body is a JSON object.")
    if b"\\u" in content:
        _refuse_odd_characters(body)
    return patching.canonical(body)


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _refuse_odd_characters(body: dict) -> None:
    """Escapes are the only way for them to get through JSON."""
    if not filters.is_clean(json.dumps(body, ensure_ascii=False).replace("\\u0000", "\0")):
        raise invalid_value("A text has characters that no text may have.")


# -- what is asked for


@dataclass(frozen=True)
class Search:
    filter: str = ""
    start: int = 1
    count: int = schemas.LARGEST_PAGE
    attributes: frozenset[str] = field(default_factory=frozenset)
    excluded: frozenset[str] = field(default_factory=frozenset)

    def wants(self, name: str) -> bool:
        """Whether an attribute (or a part of it) is to be told."""
        low = name.lower()
        if self.attributes:
            return any(asked.split(".")[0] == low for asked in self.attributes)
        return low not in self.excluded

    def cut(self, document: dict[str, Any]) -> dict[str, Any]:
        if self.attributes:
            return {key: value for key, value in _kept(document, self.attributes).items() if value not in ({}, [])}
        return _without(document, self.excluded) if self.excluded else document


def search_of(asked: dict[str, Any]) -> Search:
    return Search(
        filter=_text(asked, "filter"),
        start=max(1, _number(asked, "startIndex", 1)),
        count=max(0, min(schemas.LARGEST_PAGE, _number(asked, "count", schemas.LARGEST_PAGE))),
        attributes=_names(asked, "attributes"),
        excluded=_names(asked, "excludedAttributes"),
    )


def _text(asked: dict, name: str) -> str:
    value = asked.get(name) or ""
    if not isinstance(value, str) or not filters.is_clean(value):
        raise invalid_value(f"{name} is a text.")
    return value


def _number(asked: dict, name: str, default: int) -> int:
    value = asked.get(name)
    if value in (None, ""):
        return default
    try:
        return max(-1, min(int(value), 2**31))
    except (TypeError, ValueError) as error:
        raise invalid_value(f"{name} is a number.") from error


def _names(asked: dict, name: str) -> frozenset[str]:
    value = asked.get(name) or ""
    listed = value if isinstance(value, list) else str(value).split(",")
    return frozenset(_short(str(entry).strip()) for entry in listed if str(entry).strip())


def _short(name: str) -> str:
    """urn:…:enterprise:2.0:User:department is enterprise's department; urn:…:core:2.0:User:title is title."""
    low = name.lower()
    for urn in (schemas.USER.lower(), schemas.GROUP.lower()):
        low = low.removeprefix(f"{urn}:")
    enterprise = schemas.ENTERPRISE.lower()
    if low.startswith(f"{enterprise}:"):
        return f"{ENTERPRISE_KEY}.{low.removeprefix(f'{enterprise}:')}"
    return ENTERPRISE_KEY if low == enterprise else low


ENTERPRISE_KEY = "enterprise"


def _key(name: str) -> str:
    return ENTERPRISE_KEY if name == schemas.ENTERPRISE else name.lower()


def _kept(document: dict[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    told = {}
    for name, value in document.items():
        key = _key(name)
        parts = frozenset(asked.partition(".")[2] for asked in wanted if asked.startswith(f"{key}."))
        if name in ALWAYS or key in wanted:
            told[name] = value
        elif parts:
            told[name] = _each(value, partial(_kept, wanted=parts))
    return told


def _without(document: dict[str, Any], unwanted: frozenset[str]) -> dict[str, Any]:
    told = {}
    for name, value in document.items():
        key = _key(name)
        parts = frozenset(asked.partition(".")[2] for asked in unwanted if asked.startswith(f"{key}."))
        if name not in ALWAYS and key in unwanted:
            continue
        told[name] = _each(value, partial(_without, unwanted=parts)) if parts else value
    return told


def _each(value: Any, cut: Callable[[dict], dict]) -> Any:
    if isinstance(value, list):
        return [cut(entry) if isinstance(entry, dict) else entry for entry in value]
    return cut(value) if isinstance(value, dict) else value


def page_of(rows: QuerySet, search: Search, show: Callable[[Any], dict], fields: dict[str, lookups.Lookup]) -> dict:
    if search.filter:
        rows = rows.filter(lookups.as_query(filters.parse(search.filter), fields))
    total = rows.order_by().count()
    first = search.start - 1
    shown = list(rows.order_by("pk")[first : first + search.count]) if search.count and first < total else []
    return list_of([search.cut(show(row)) for row in shown], total=total, start=search.start)


def list_of(found: list[dict], *, total: int, start: int = 1) -> dict:
    return {
        "schemas": [schemas.LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(found),
        "Resources": found,
    }


# -- users


def users(request):
    return _users(search_of(request.GET.dict()))


def users_search(request):
    return _users(search_of(_as_named(body_of(request))))


def _users(search: Search) -> HttpResponse:
    where = base()
    return answer(page_of(people.shown(), search, lambda person: showing.resource(person, base=where), people.FILTERS))


def _user(key: str, request: HttpRequest, **told) -> HttpResponse:
    document = showing.resource(people.find(key), base=base())
    return answer(search_of(request.GET.dict()).cut(document), **told)


def user_create(request):
    person = people.create(body_of(request), now=timezone.now())
    return _user(str(person.pk), request, status=201, location=f"{base()}/Users/{person.pk}")


def user(request, key):
    return _user(key, request)


def user_replace(request, key):
    people.replace(key, body_of(request), now=timezone.now())
    return _user(key, request)


def user_patch(request, key):
    people.patch(key, patching.operations(body_of(request)), base=base(), now=timezone.now())
    return _user(key, request)


def user_delete(request, key):
    people.delete(key, now=timezone.now())
    return answer(None, status=204)


# -- groups


def groups_page(request):
    return _groups(search_of(request.GET.dict()))


def groups_search(request):
    return _groups(search_of(_as_named(body_of(request))))


def _groups(search: Search) -> HttpResponse:
    where = base()
    found = _with_members(groups.shown(), search)
    return answer(page_of(found, search, lambda group: groups.resource(group, base=where), groups.FILTERS))


def _with_members(found, search: Search):
    return groups.with_members(found) if search.wants("members") else found


def _group(key: str, request: HttpRequest, **told) -> HttpResponse:
    search = search_of(request.GET.dict())
    group = _with_members(groups.shown().filter(pk=groups.find(key).pk), search).get()
    return answer(search.cut(groups.resource(group, base=base())), **told)


def group_create(request):
    key = f"{groups.PREFIX}{groups.create(body_of(request)).pk}"
    return _group(key, request, status=201, location=f"{base()}/Groups/{key}")


def group(request, key):
    return _group(key, request)


def group_replace(request, key):
    groups.replace(key, body_of(request))
    return _group(key, request)


def group_patch(request, key):
    """Without a body, as RFC 7644 3.5.2 allows and Entra ID expects: ten thousand members would be told for nothing."""
    groups.patch(key, patching.operations(body_of(request)))
    return _group(key, request) if "attributes" in request.GET else answer(None, status=204)


def group_delete(request, key):
    groups.delete(key)
    return answer(None, status=204)


# -- what we are


def service_provider(request):
    return answer(schemas.service_provider(base()))


def _catalogue(entries: Callable[[str], list[dict]], what: str) -> tuple[Callable, Callable]:
    def listing(request):
        if request.GET.get("filter"):
            raise ScimError(403, "This list cannot be filtered.")  # RFC 7644 4
        found = entries(base())
        return answer(list_of(found, total=len(found)))

    def one(request, key):
        found = next((entry for entry in entries(base()) if entry["id"].lower() == key.lower()), None)
        if not found:
            raise ScimError(404, f"There is no {what} {key[:80]!r}.")
        return answer(found)

    return listing, one


schema_list, schema_one = _catalogue(schemas.schemas, "schema")
type_list, type_one = _catalogue(schemas.resource_types, "resource type")


def missing(request, rest=""):
    raise ScimError(404, "There is nothing at this address.")


def not_offered(request):
    raise ScimError(501, "This is not offered here: see ServiceProviderConfig.")


def _as_named(body: dict[str, Any]) -> dict[str, Any]:
    """A search by POST says the same as one by GET; names in any case."""
    names = {name.lower(): name for name in ("filter", "startIndex", "count", "attributes", "excludedAttributes")}
    return {names.get(key.lower(), key): value for key, value in body.items()}
