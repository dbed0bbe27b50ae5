import pytest
from django.http import HttpRequest
from django.template import engines
from django_htmx.middleware import HtmxDetails

from commsplan.lib.htmx import page


@pytest.fixture
def two_rows(settings, tmp_path):
    (tmp_path / "sample.html").write_text("<ol>{% partialdef rows inline %}<li>{{ word }}</li>{% endpartialdef %}</ol>")
    settings.TEMPLATES = [
        settings.TEMPLATES[0]
        | {
            "DIRS": [tmp_path],
            "OPTIONS": {
                "loaders": [("template_partials.loader.Loader", ["django.template.loaders.filesystem.Loader"])],
                "builtins": ["template_partials.templatetags.partials"],
            },
        }
    ]
    engines.__dict__.pop("templates", None)
    engines._engines = {}


def asked(**headers):
    request = HttpRequest()
    request.META = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    request.htmx = HtmxDetails(request)
    return page(request, "sample.html", {"word": "told"}, partial="rows")


def test_htmx_gets_the_fragment_and_everybody_else_the_page(two_rows):
    assert asked().content == b"<ol><li>told</li></ol>"
    assert asked(hx_request="true").content == b"<li>told</li>"
    assert asked(hx_request="true", hx_boosted="true").content == b"<ol><li>told</li></ol>"


def test_caches_keep_the_two_apart(two_rows):
    assert asked().headers["Vary"] == "HX-Request, HX-Boosted"
