"""The HTML of a mail inside a page: a document of its own that may style itself and do nothing else."""

import re
from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse

LOOKS = {"desktop": "Desktop", "phone": "Phone", "text": "Plain text", "dark": "Dark"}
DARK_QUERY = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
PERSONAL_LINK = re.compile(r"(/(?:m|answer|unsubscribe|preferences)/)[\w-]{16,}")

POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-same-origin"],
}


def only_styles(view: Callable) -> Callable:
    """No scripts, no forms, nothing from elsewhere, and links that lead nowhere: whoever followed one could answer, or
    unsubscribe, in the name of somebody else."""
    return csp(POLICY)(view)


def look_of(request: HttpRequest) -> str:
    look = request.POST.get("look") or request.GET.get("look") or "desktop"
    return look if look in LOOKS else "desktop"


def framed(html: str, *, look: str = "desktop") -> HttpResponse:
    """A mail follows the reader's device; here the page says which of its two looks is shown."""
    html = DARK_QUERY.sub("@media all" if look == "dark" else "@media not all", veil(html))
    head = '<base target="_blank">'
    html = re.sub(r"(<head[^>]*>)", rf"\1{head}", html, count=1) if "<head" in html else head + html
    return HttpResponse(html)


def veil(text: str) -> str:
    """The text without the secret part of its personal links."""
    return PERSONAL_LINK.sub(r"\1…", text)
