"""The frame of every page: what it may load, and that each part of it renders."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from accounts.enums import Role
from commsplan import looks, navigation
from tests import factories

pytestmark = pytest.mark.django_db
SIGNED_OUT = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"]
SIGNED_IN = [
    "/components/",
    "/profile/",
    "/accounts/",
    "/accounts/new/",
    "/accounts/password/change/",
    "/accounts/logout/",
]


class Parts(HTMLParser):
    """Addresses that a page loads, headings, and what a strict policy forbids."""

    LOADS = {"src", "srcset", "poster", "data"}

    def __init__(self, html):
        super().__init__()
        self.loaded, self.headings, self.inline = [], 0, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.headings += tag == "h1"
        self.loaded += [value for name, value in attrs if name in self.LOADS]
        self.loaded += [values["href"]] if tag in {"link", "use"} else []
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in values) else []
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]


@pytest.fixture
def ana(client):
    account = factories.account("Ana Abel", role=Role.ADMINISTRATOR, password="sunny-harbour-7")
    client.force_login(account)
    return account


@pytest.mark.parametrize("path", SIGNED_OUT + SIGNED_IN + ["/nowhere/"])
def test_a_page_loads_from_here_alone_and_has_one_heading(client, ana, path):
    if path in SIGNED_OUT:
        client.logout()

    response = client.get(path)

    parts = Parts(response.content.decode())
    assert response.status_code == (404 if path == "/nowhere/" else 200)
    assert [url for url in parts.loaded if not url.startswith("/static/")] == []
    assert parts.loaded != []
    assert (parts.headings, parts.inline) == (1, [])


def test_the_policy_lets_a_page_load_from_here_alone(client):
    policy = client.get("/accounts/login/", follow=True).headers["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'self'"
    assert directives["img-src"] == "'self' data:"
    assert not re.search(r"unsafe|https?:|\*", policy)


def test_the_gallery_shows_every_component(client, ana):
    client.get("/components/")
    source = (settings.BASE_DIR / "templates/components/gallery.html").read_text()

    html = client.get("/components/").content.decode()

    words = {look.words for values in looks.LOOKS.values() for look in values.values()}
    assert {word for word in words if word not in html} == set()
    generic = {"state", "badge", "note", "stat", "progress", "person", "copy", "facts", "pagination", "empty", "errors"}
    generic |= {"story", "help", "tabs", "breadcrumbs", "act"}
    assert {name for name in generic if f"components/{name}.html" not in source} == set()


def test_the_gallery_is_for_staff(client):
    client.force_login(factories.account("Cai", role=Role.READER))

    assert client.get("/components/").status_code == 302


def test_every_icon_in_use_is_in_the_sprite(client, ana):
    html = client.get("/components/").content.decode()
    used = set(re.findall(r"icons\.svg#([a-z0-9-]+)", html))

    sprite = settings.BASE_DIR / "static/dist/icons.svg"
    if not sprite.exists():
        pytest.fail("static/dist is not built: npm ci && npm run build in frontend/.")
    assert used - set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite.read_text())) == set()
    assert len(used) > 50


def test_every_place_of_the_menu_exists():
    names = [place.name for place in navigation.PLACES] + [act.name for act in navigation.ACTS]

    assert [name for name in names if not reverse(name)] == []


def test_a_shortcut_leads_to_one_place():
    keys = [key for place in navigation.PLACES for key in place.keys]

    assert sorted(keys) == sorted(set(keys))


def test_the_list_of_shortcuts_names_only_places_that_one_may_see(client, ana):
    for_ana = client.get("/profile/").content.decode()
    client.force_login(factories.account("Cai", role=Role.READER))
    for_cai = client.get("/profile/").content.decode()

    assert ("Go to operation" in for_ana, "Go to operation" in for_cai) == (True, False)
    assert "Go to people" in for_cai


def test_the_menu_marks_where_one_is(client, ana):
    html = client.get(reverse("people")).content.decode()

    assert re.findall(r'<a class="nav-link" href="([^"]+)" aria-current="page"', html) == [reverse("people")]


def test_the_palette_knows_places_and_only_the_acts_one_may_do(client, ana):
    everything = {entry["label"] for entry in client.get("/palette.json").json()["entries"]}
    client.force_login(factories.account("Cai", role=Role.READER))

    fewer = {entry["label"] for entry in client.get("/palette.json").json()["entries"]}

    places = {place.label for place in navigation.PLACES if place.permissions}
    assert everything - fewer == places | {act.label for act in navigation.ACTS if act.permission}


def test_the_palette_finds_people_and_upgrades_by_name(client, ana):
    cai = factories.person("Cai Morgan")
    factories.person("Dee Okafor")
    mail = factories.upgrade(name="Cairo office moves mail")

    found = client.get("/palette.json", {"q": "cai"}).json()["entries"]

    assert [(entry["label"], entry["url"]) for entry in found] == [
        ("Cairo office moves mail", mail.get_absolute_url()),
        ("Cai Morgan", cai.get_absolute_url()),
    ]


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_pages_of_errors_render_with_nothing_known(name):
    parts = Parts(get_template(name).render())

    assert (parts.headings, parts.inline) == (1, [])


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("import", "people"),
        ("import_map", "people"),
        ("imports", "people"),
        ("imported_calendar", "critical_days"),
        ("calendar_subscribe", "calendar"),
    ],
)
def test_a_page_belongs_to_one_place_of_the_menu(page, place):
    assert [one.name for one in navigation.PLACES if one.holds(page)] == [place]
