"""Tokens on the profile page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts import tokens
from accounts.enums import TokenUse
from accounts.models import AccessToken
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    account = factories.account("Ana Abel")
    client.force_login(account)
    return account


def make(client, name="Reports", use=TokenUse.API):
    return client.post(reverse("token_new"), {"name": name, "use": use})


def secret_on(page):
    return re.search(r"commsplan-[\w-]{43}", page.content.decode())[0]


def test_a_token_is_shown_once_and_opens_what_it_is_for(client, ana):
    made = make(client, "Outlook", TokenUse.CALENDAR)
    secret = secret_on(made)

    assert f"http://testserver/calendar/{secret}/all.ics" in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert Client().get(f"/calendar/{secret}/all.ics").status_code == 200
    listed = client.get(reverse("profile")).content.decode()
    assert "Outlook" in listed
    assert secret not in listed
    assert (AccessToken.objects.get().account, AccessToken.objects.get().use) == (ana, "calendar")


def test_one_for_programs_says_which_header_to_send(client, ana):
    made = make(client)

    assert f"Authorization: Bearer {secret_on(made)}" in made.content.decode()


def test_the_page_sent_again_makes_no_second_token(client, ana):
    make(client)

    assert "You have a token of this name" in make(client, "reports").content.decode()
    assert AccessToken.objects.count() == 1


def test_a_revoked_token_opens_nothing_and_is_off_the_list(client, ana):
    secret = secret_on(make(client, "Outlook", TokenUse.CALENDAR))

    client.post(reverse("token_revoke", args=[AccessToken.objects.get().pk]))

    assert Client().get(f"/calendar/{secret}/all.ics").status_code == 404
    assert "No token yet" in client.get(reverse("profile")).content.decode()
    assert secret_on(make(client, "Outlook", TokenUse.CALENDAR)) != secret


def test_nobody_sees_or_revokes_the_tokens_of_somebody_else(client, ana):
    ben = factories.account("Ben Berg")
    token, _ = tokens.issue("Ben's laptop", use=TokenUse.API, by=ben, now=factories.NOW)

    assert client.post(reverse("token_revoke", args=[token.pk])).status_code == 404
    assert "laptop" not in client.get(reverse("profile")).content.decode()
    assert AccessToken.objects.get().revoked_at is None


def test_a_get_revokes_nothing(client, ana):
    token, _ = tokens.issue("One", use=TokenUse.API, by=ana, now=factories.NOW)

    assert client.get(reverse("token_revoke", args=[token.pk])).status_code == 405


def test_too_many_is_said_in_the_form(client, ana, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 0)

    assert "Revoke one that you do not need" in make(client).content.decode()


def test_names_that_are_free_stay_short_enough(ana):
    long = "x" * 80
    tokens.issue(tokens.free_name(long, account=ana), use=TokenUse.API, by=ana, now=factories.NOW)

    assert tokens.free_name(long, account=ana) == "x" * 58 + " 2"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_profile_asks_as_much_for_one_token_as_for_three(client, ana, rows, django_assert_num_queries):
    for number in range(rows):
        tokens.issue(f"{number}", use=TokenUse.API, by=ana, now=factories.NOW)

    with django_assert_num_queries(3):
        client.get(reverse("profile"))
