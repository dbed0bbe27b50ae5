import re

import pytest
from django.core import mail

from accounts.enums import Role
from accounts.models import Account
from tests import factories

pytestmark = pytest.mark.django_db
NEW = {"name": "Ben Adams", "email": "ben@example.org", "roles": ["approver"], "time_zone": "UTC"}


@pytest.fixture
def ana(client):
    account = factories.account("Ana Abel", role=Role.ADMINISTRATOR)
    client.force_login(account)
    return account


def change(client, account, **fields):
    """What the page posts that shows the account as it is now."""
    seen = client.get(f"/accounts/{account.pk}/").context["form"]["seen"].value()
    return client.post(f"/accounts/{account.pk}/", NEW | fields | {"seen": seen})


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_manage_accounts(client, role):
    cai = factories.account("Cai", role=role)
    client.force_login(cai)

    tries = [
        client.get("/accounts/"),
        client.get("/accounts/new/"),
        client.post("/accounts/new/", NEW),
        client.post(f"/accounts/{cai.pk}/", NEW | {"roles": ["administrator"], "is_active": "on"}),
        client.post(f"/accounts/{cai.pk}/invite/"),
    ]

    assert [response.status_code for response in tries] == [403] * 5
    cai.refresh_from_db()
    assert (cai.roles, Account.objects.count(), mail.outbox) == ([role], 1, [])


def test_the_list_takes_the_same_queries_for_one_and_for_three(client, ana, django_assert_num_queries):
    client.get("/accounts/")
    with django_assert_num_queries(3):  # session, account, list
        client.get("/accounts/")
    factories.account("Ben")
    factories.account("Cai")

    with django_assert_num_queries(3):
        html = client.get("/accounts/").content.decode()

    assert [name in html for name in ("Ana Abel", "Ben", "Cai")] == [True] * 3


def test_cancel_leads_back_to_the_list(client, ana):
    assert '<a class="btn" href="/accounts/">Cancel</a>' in client.get("/accounts/new/").content.decode()


def test_whoever_is_invited_chooses_a_password_and_is_in(client, ana):
    client.post("/accounts/new/", NEW)
    client.logout()

    ben = Account.objects.get(email="ben@example.org")
    assert (ben.roles, ben.has_usable_password()) == ([Role.APPROVER], False)
    assert [message.to for message in mail.outbox] == [["ben@example.org"]]
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body).group(1)
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "quiet-meadow-9", "password2": "quiet-meadow-9"})
    client.post("/accounts/login/", {"login": "ben@example.org", "password": "quiet-meadow-9"})
    assert client.session["_auth_user_id"] == str(ben.pk)


def test_an_address_is_taken_whatever_its_capitals(client, ana):
    factories.account("Ben", email="ben@example.org")

    response = client.post("/accounts/new/", NEW | {"email": "BEN@example.org"})

    assert response.status_code == 200
    assert Account.objects.count() == 2


def test_roles_change_what_one_may_do(client, ana):
    ben = factories.account("Ben", role=Role.READER)
    assert not ben.has_perm("notices.approve")

    change(client, ben, roles=["approver", "department_contact"], is_active="on")

    ben.refresh_from_db()
    assert ben.roles == ["approver", "department_contact"]
    assert ben.has_perm("notices.approve")


def test_whoever_is_switched_off_is_signed_out_at_once(client, ana, django_user_model):
    ben = factories.account("Ben")
    change(client, ben)

    client.force_login(ben)

    assert client.get("/profile/").status_code == 302


def test_the_last_administrator_is_told_why_not(client, ana):
    response = change(client, ana, roles=["reader"], is_active="on")

    assert "Somebody must stay an administrator" in response.content.decode()
    ana.refresh_from_db()
    assert ana.roles == [Role.ADMINISTRATOR]


def test_nobody_makes_an_account_for_themselves(client, ana):
    client.logout()
    answers = {"email": "eve@example.org", "password1": "quiet-meadow-9", "password2": "quiet-meadow-9"}

    html = client.post("/accounts/signup/", answers).content.decode()

    assert "Accounts are made for you" in html
    assert Account.objects.count() == 1


def test_two_administrators_overwrite_nothing(client, ana):
    ben = factories.account("Ben Adams", role=Role.APPROVER, email="ben@example.org")
    seen = client.get(f"/accounts/{ben.pk}/").context["form"]["seen"].value()
    change(client, ben, roles=["reader"], is_active="on")

    response = client.post(f"/accounts/{ben.pk}/", NEW | {"roles": ["administrator"], "is_active": "on", "seen": seen})

    ben.refresh_from_db()
    assert ben.roles == ["reader"]
    assert "Somebody else saved this" in response.content.decode()


@pytest.mark.parametrize("page", ["email", "confirm-email"])
def test_nobody_changes_their_own_address(client, ana, page):
    assert client.get(f"/accounts/{page}/").status_code == 404
    assert client.post(f"/accounts/{page}/", {"action_add": "", "email": "evil@example.org"}).status_code == 404


def test_guessing_passwords_ends_at_a_page_of_ours(client, ana):
    client.logout()
    guess = {"login": "guessed@example.org", "password": "a try"}

    last = [client.post("/accounts/login/", guess) for _ in range(12)][-1]

    assert "Please wait a little" in last.content.decode() or "Too many failed" in last.content.decode()


def test_behind_a_proxy_one_who_guesses_locks_nobody_else_out(client, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ben = factories.account("Ben Adams", email="ben@example.org")
    ben.set_password("quiet-meadow-9")
    ben.save()
    for number in range(40):
        guess = {"login": f"nobody{number}@example.org", "password": "a try"}
        client.post("/accounts/login/", guess, headers={"x-forwarded-for": "203.0.113.5"})

    answers = {"login": "ben@example.org", "password": "quiet-meadow-9"}
    response = client.post("/accounts/login/", answers, headers={"x-forwarded-for": "1.2.3.4, 203.0.113.9"})

    assert (response.status_code, response.headers.get("Location")) == (302, "/")


def test_who_wants_to_stop_what_is_sent_can_sign_in_while_the_queue_is_away(client, settings):
    account = factories.account("Ana Abel", role=Role.ADMINISTRATOR)
    account.set_password("northfield-2026")
    account.save()
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1"}}

    response = client.post("/accounts/login/", {"login": account.email, "password": "northfield-2026"})

    assert response.status_code == 302
    assert client.get("/delivery/").status_code == 200
