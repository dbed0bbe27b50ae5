"""One view answers with its whole page or, when htmx asks, with a part of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, partial: str, status: int = 200
) -> HttpResponse:
    """Render the whole page, or only `partial` of it when htmx asks."""
    wants_fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    response = render(request, f"{template}#{partial}" if wants_fragment else template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted"])
    return response
