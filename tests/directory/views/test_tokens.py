"""The tokens of directories, in the browser."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from directory.models import DirectoryToken
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    account = factories.account("Ada Admin", role=Role.ADMINISTRATOR)
    client.force_login(account)
    return account


def make(client, name="Entra ID"):
    return client.post(reverse("directory_token_new"), {"name": name})


def test_a_token_is_shown_once_and_opens_the_door(client, ada):
    made = make(client)

    secret = re.search(r"commsplan-[\w-]{43}", made.content.decode())[0]
    assert made["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    token = DirectoryToken.objects.get()
    assert (token.name, token.created_by) == ("Entra ID", ada)
    listed = client.get(reverse("directory_tokens")).content.decode()
    assert "Entra ID" in listed
    assert secret not in listed


def test_the_page_sent_again_makes_no_second_token(client, ada):
    make(client)
    again = make(client, "entra id")

    assert "There is already a token of this name" in again.content.decode()
    assert DirectoryToken.objects.count() == 1


def test_a_revoked_token_makes_room_for_one_of_the_same_name(client, ada):
    make(client)
    client.post(reverse("directory_token_revoke", args=[DirectoryToken.objects.get().pk]))
    make(client)

    assert DirectoryToken.objects.filter(revoked_at=None).count() == 1
    assert DirectoryToken.objects.count() == 2


def test_only_administrators_manage_directories(client, ana):
    token = DirectoryToken.objects.create(name="x", digest="x", created_by=ana, created_at=factories.NOW)
    client.force_login(ana)

    answers = [client.get(reverse("directory_tokens")), make(client)]
    answers.append(client.post(reverse("directory_token_revoke", args=[token.pk])))
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert DirectoryToken.objects.get().revoked_at is None


def test_the_list_takes_as_many_queries_for_three_as_for_one(client, ada, django_assert_num_queries):
    for name in ("One", "Two", "Three"):
        make(client, name)
        with django_assert_num_queries(3):
            client.get(reverse("directory_tokens"))
