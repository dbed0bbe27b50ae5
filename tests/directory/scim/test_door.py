"""Who comes in, and that every answer is SCIM's own."""

import json
from datetime import timedelta

import pghistory.models
import pytest
from django.core.cache import cache
from django.utils import timezone

from commsplan.lib.bearer import note_use, revoke
from directory.models import DirectoryToken
from directory.scim import endpoints
from stakeholders.models import Group, Person


@pytest.fixture(autouse=True)
def nobody_tried():
    cache.clear()


def bearer(client, secret, path="/scim/v2/Users", scheme="Bearer"):
    return client.get(path, headers={"Authorization": f"{scheme} {secret}"})


def test_only_a_token_opens_the_door(client, token, ana):
    client.force_login(ana)

    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {token[1]}"},
        {"Authorization": "\xff"},
    ):
        response = client.get("/scim/v2/Users", headers=headers)
        assert (response.status_code, response.json()["status"]) == (401, "401")
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert bearer(client, token[1]).status_code == 200
    assert bearer(client, token[1], scheme="bearer").status_code == 200


def test_a_revoked_token_opens_nothing(client, token):
    assert revoke(token[0], now=timezone.now())
    assert not revoke(token[0], now=timezone.now())

    assert bearer(client, token[1]).status_code == 401


def test_only_a_digest_is_kept(token):
    stored = DirectoryToken.objects.values().get()

    assert token[1] not in str(stored)
    assert len(stored["digest"]) == 64


def test_who_guesses_is_held_up_and_who_knows_is_not(client, token):
    for _ in range(endpoints.WRONG_TOKENS["limit"]):
        assert bearer(client, "guess").status_code == 401

    held = bearer(client, "guess")
    assert (held.status_code, held["Retry-After"], held["Content-Type"]) == (429, "60", "application/scim+json")
    assert bearer(client, token[1]).status_code == 200


def test_use_is_noted_once_a_minute(token):
    now = timezone.now()

    def used(at):
        note_use(DirectoryToken.objects.get(), now=at)
        return DirectoryToken.objects.get().last_used_at

    assert used(now) == now
    assert used(now + timedelta(seconds=59)) == now
    assert used(now + timedelta(seconds=60)) == now + timedelta(seconds=60)


def test_the_history_names_the_directory(directory, token, cai):
    directory.patch(f"/Users/{cai.pk}", {"op": "replace", "path": "title", "value": "Clerk"})
    directory.post("/Groups", {"displayName": "Board", "members": [{"value": str(cai.pk)}]})

    changed = Person.pgh_event_model.objects.filter(pgh_label="update").get()
    made = Group.pgh_event_model.objects.filter(pgh_label="insert").get()
    for event in (changed, made):
        metadata = pghistory.models.Context.objects.get(pk=event.pgh_context_id).metadata
        assert (metadata["directory"], metadata["directory_token"]) == ("Entra ID", token[0].pk)
        assert metadata["user"] is None


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", '"x"', b"\xff\xfe", '{"a": NaN}', "[" * 100_000, '{"a":' * 60 + "1" + "}" * 60]
)
def test_a_body_that_is_no_object_is_refused(body, directory):
    response = directory.send("POST", "/Users", body)

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidSyntax")


def test_a_body_may_be_so_large_and_no_larger(directory, monkeypatch):
    monkeypatch.setattr("directory.scim.schemas.LARGEST_BODY", 1000)

    assert directory.post("/Users", {"userName": "x", "nickName": "y" * 1000}).status_code == 413


def test_a_body_larger_than_a_form_may_be_is_read(directory, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert directory.post("/Users", {"userName": "eve@example.org"}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404),
        ("GET", "/Nothing", 404),
        ("GET", "/Users/1/2", 404),
        ("PUT", "/Users", 405),
        ("POST", "/Users/1", 405),
        ("DELETE", "/Groups", 405),
        ("POST", "/Schemas", 405),
        ("GET", "/Schemas/urn:no", 404),
        ("GET", "/Schemas?filter=id+pr", 403),
        ("GET", "/Me", 501),
        ("POST", "/Bulk", 501),
        ("POST", "/.search", 501),
    ],
)
def test_what_is_not_there_says_so_in_scim(method, path, status, directory):
    response = directory.send(method, path)

    assert (response.status_code, response.json()["status"], response["Content-Type"]) == (
        status,
        str(status),
        "application/scim+json",
    )


def test_what_breaks_says_nothing_of_how(rf, token, caplog):
    def broken(request):
        raise RuntimeError("a secret of ours")

    view = endpoints.endpoint(GET=broken)
    response = view(rf.get("/scim/v2/Users", headers={"Authorization": f"Bearer {token[1]}"}))

    said = json.loads(response.content)
    assert (response.status_code, said["status"]) == (500, "500")
    assert said["detail"] == "Something went wrong here. It is in our log."
    assert "a secret of ours" in caplog.text


def test_it_says_what_it_is(directory):
    config = directory.get("/ServiceProviderConfig").json()
    types = directory.get("/ResourceTypes").json()
    schemas = directory.get("/Schemas").json()

    assert (config["patch"]["supported"], config["bulk"]["supported"], config["filter"]["maxResults"]) == (
        True,
        False,
        200,
    )
    assert [entry["endpoint"] for entry in types["Resources"]] == ["/Users", "/Groups"]
    assert types["totalResults"] == 2
    assert [entry["name"] for entry in schemas["Resources"]] == ["User", "Group", "EnterpriseUser"]
    for entry in schemas["Resources"]:
        assert directory.get(f"/Schemas/{entry['id']}").json() == entry
    assert json.dumps(directory.get("/ResourceTypes/User").json()) == json.dumps(types["Resources"][0])


def test_a_slash_at_the_end_does_no_harm(directory, cai):
    assert directory.found("/Users/") == [str(cai.pk)]
    assert directory.get(f"/Users/{cai.pk}/").status_code == 200
