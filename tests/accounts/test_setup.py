import pytest

from accounts.models import Account
from tests import factories

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Ana Abel", "email": "Ana@Example.org", "password": "sunny-harbour-7", "time_zone": "Europe/Lisbon"}


def test_signing_in_leads_to_the_set_up_while_nobody_has_an_account(client):
    assert client.get("/accounts/login/").headers["Location"] == "/setup/"


def test_the_set_up_makes_an_account_and_signs_it_in(client):
    response = client.post("/setup/", ANSWERS)

    ana = Account.objects.get()
    assert response.headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(ana.pk)
    assert (ana.name, ana.time_zone, ana.is_administrator) == ("Ana Abel", "Europe/Lisbon", True)


def test_the_set_up_is_gone_once_there_is_an_account(client):
    factories.account()

    assert client.get("/setup/").status_code == 302
    assert client.post("/setup/", ANSWERS).status_code == 302
    assert Account.objects.count() == 1
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "password"}, "password"),
        ({"password": "ana@example.org"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_made(client, change, field):
    response = client.post("/setup/", ANSWERS | change)

    assert list(response.context["form"].errors) == [field]
    assert not Account.objects.exists()
