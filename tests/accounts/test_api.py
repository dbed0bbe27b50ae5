"""`@api_allowed`: what lets programs in, and what they hear when it does not."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import tokens
from accounts.enums import TokenUse
from accounts.models import AccessToken, Account
from commsplan.lib import bearer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.api_urls")]


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


@pytest.fixture
def ana():
    return factories.account("Ana Abel")


@pytest.fixture
def secret(ana):
    return tokens.issue("Reports", use=TokenUse.API, by=ana, now=factories.NOW)[1]


def ask(secret, path="/who/me/", client=None, **more):
    return (client or Client()).get(path, headers={"Authorization": f"Bearer {secret}"}, **more)


def test_a_token_lets_a_program_in_without_any_cookie(secret):
    response = ask(secret)

    assert (response.status_code, response.json()) == (200, {"who": "Ana Abel"})
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-store"
    assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))


def test_use_is_noted(secret):
    ask(secret)

    assert AccessToken.objects.get().last_used_at


def test_who_is_signed_in_reads_it_in_the_browser(client, ana):
    client.force_login(ana)

    assert client.get("/who/me/").json() == {"who": "Ana Abel"}


def test_the_token_counts_and_not_the_cookie(client, secret):
    client.force_login(factories.account("Ben Berg"))

    assert ask(secret, client=client).json() == {"who": "Ana Abel"}
    assert ask("wrong", client=client).status_code == 401


def test_without_anything_it_is_401_in_json_and_not_the_sign_in_page(client):
    response = client.get("/who/me/")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="CommsPlan"'
    assert list(response.json()) == ["error"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer wrong", "Basic YTpi", "", "Bearer \udcff"])
def test_what_is_no_token_opens_nothing(client, header):
    assert client.get("/who/me/", headers={"Authorization": header}).status_code == 401


def test_a_revoked_token_opens_nothing(secret):
    assert bearer.revoke(AccessToken.objects.get(), now=factories.NOW)
    assert not bearer.revoke(AccessToken.objects.get(), now=factories.NOW)

    assert ask(secret).status_code == 401


def test_an_account_that_is_switched_off_opens_nothing(secret, ana):
    Account.objects.filter(pk=ana.pk).update(is_active=False)

    assert ask(secret).status_code == 401


def test_a_token_for_calendars_says_that_it_is_none_for_programs(ana):
    _, secret = tokens.issue("Outlook", use=TokenUse.CALENDAR, by=ana, now=factories.NOW)

    response = ask(secret)

    assert response.status_code == 403
    assert "calendars only" in response.json()["error"]
    assert AccessToken.objects.get().last_used_at is None


def test_only_reading_is_possible(secret):
    response = Client(enforce_csrf_checks=True).post("/who/me/", headers={"Authorization": f"Bearer {secret}"})

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert "only be read" in response.json()["error"]


def test_what_the_view_refuses_is_json(secret):
    assert (ask(secret, "/who/refused/").status_code, ask(secret, "/who/refused/").json()) == (
        403,
        {"error": "Only on Mondays."},
    )
    assert ask(secret, "/who/missing/").json() == {"error": "There is nothing here."}
    assert ask(secret, "/managed/").json() == {"error": "This takes the role Administrator."}


def test_guessing_ends_while_a_right_token_still_opens(secret):
    answers = [ask(f"guess {number}").status_code for number in range(32)]

    assert answers == [401] * 30 + [429] * 2
    assert ask("guess")["Retry-After"] == "60"
    assert ask(secret).status_code == 200


def test_the_secret_is_kept_nowhere(secret):
    assert secret not in str(list(AccessToken.objects.values()))


def test_there_is_an_end_to_the_tokens_of_one_account(ana, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 1)
    tokens.issue("One", use=TokenUse.API, by=ana, now=factories.NOW)

    with pytest.raises(tokens.TooMany, match="Revoke one"):
        tokens.issue("Two", use=TokenUse.API, by=ana, now=factories.NOW)
