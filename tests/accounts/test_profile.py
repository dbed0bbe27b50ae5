import pytest

from accounts.models import Account
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    account = factories.account("Ana Abel")
    client.force_login(account)
    return account


def test_the_profile_is_kept(client, ana):
    response = client.post("/profile/", {"name": "Ana B.", "time_zone": "America/New_York", "theme": "dark"})

    ana.refresh_from_db()
    assert response.headers["Location"] == "/profile/"
    assert (ana.name, ana.time_zone, ana.theme, ana.shortcuts) == ("Ana B.", "America/New_York", "dark", False)


def test_nobody_gives_themselves_a_role(client, ana):
    before = ana.roles

    client.post("/profile/", {"name": "Ana", "time_zone": "UTC", "theme": "auto", "roles": ["administrator"]})

    ana.refresh_from_db()
    assert ana.roles == before


def test_a_refused_name_does_not_show_as_the_name_of_the_account(client, ana):
    response = client.post("/profile/", {"name": "", "time_zone": "UTC", "theme": "auto"})

    assert list(response.context["form"].errors) == ["name"]
    assert "Ana Abel" in response.content.decode()


@pytest.mark.parametrize(("theme", "shown"), [("dark", "dark"), ("light", "light"), ("auto", "light")])
def test_the_server_sets_the_theme_before_anything_is_drawn(client, ana, theme, shown):
    Account.objects.update(theme=theme)

    html = client.get("/profile/").content.decode()

    assert f'data-theme-choice="{theme}" data-bs-theme="{shown}"' in html


def test_single_keys_can_be_switched_off(client, ana):
    assert 'data-shortcuts="on"' in client.get("/profile/").content.decode()

    Account.objects.update(shortcuts=False)

    assert 'data-shortcuts="off"' in client.get("/profile/").content.decode()


def test_the_menu_changes_the_theme_and_leads_back(client, ana):
    response = client.post(
        "/profile/theme/", {"theme": "dark"}, headers={"Referer": "http://testserver/components/?a=1"}
    )

    ana.refresh_from_db()
    assert response.headers["Location"] == "http://testserver/components/?a=1"
    assert ana.theme == "dark"


def test_the_menu_never_leads_to_another_site(client, ana):
    response = client.post("/profile/theme/", {"theme": "dark"}, headers={"Referer": "https://evil.example/"})

    assert response.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("page", "kept"),
    [("/", "private, no-cache"), ("/people/", "private, no-cache"), ("/people/export/", "private, no-store")],
)
def test_what_somebody_sees_who_is_signed_in_stays_out_of_shared_caches(client, ana, page, kept):
    client.force_login(ana)

    assert client.get(page)["Cache-Control"] == kept
