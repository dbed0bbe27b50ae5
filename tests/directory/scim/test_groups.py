"""Groups and their members, as directories send them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.scim.schemas import GROUP
from stakeholders.models import Group, Membership, Person
from tests import factories
from tests.factories import NOW


def members(group) -> list[int]:
    return list(Membership.objects.filter(group=group).order_by("person").values_list("person", flat=True))


def entries(*people) -> list[dict]:
    return [{"value": str(person.pk)} for person in people]


def at(group) -> str:
    return f"/Groups/g{group.pk}"


@pytest.fixture
def board(cai, dee):
    return factories.group("Board", people=[cai], representatives=[dee])


def test_a_group_is_made_with_its_members(directory, cai, dee):
    sent = {"schemas": [GROUP], "displayName": "Tour Guides", "externalId": "8aa1", "members": entries(cai, dee)}
    response = directory.post("/Groups", sent)

    group = Group.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"http://testserver/scim/v2{at(group)}")
    assert (group.name, members(group)) == ("Tour Guides", [cai.pk, dee.pk])
    told = response.json()
    assert (told["id"], told["externalId"], told["displayName"]) == (f"g{group.pk}", "8aa1", "Tour Guides")
    assert told["members"][0] == {
        "value": str(cai.pk),
        "type": "User",
        "$ref": f"http://testserver/scim/v2/Users/{cai.pk}",
    }
    assert directory.found("/Groups", filter='externalId eq "8aa1"') == [f"g{group.pk}"]
    assert directory.get(f"/Users/{cai.pk}").json()["groups"][0]["display"] == "Tour Guides"


def test_a_name_is_given_once(directory, board):
    assert directory.post("/Groups", {"displayName": "board"}).json()["scimType"] == "uniqueness"
    assert directory.post("/Groups", {"displayName": " "}).json()["scimType"] == "invalidValue"
    assert Group.objects.count() == 1


def test_entra_adds_and_removes_members(directory, board, cai, dee):
    eve = factories.person("Eve")

    added = directory.patch(
        at(board), {"op": "Add", "path": "members", "value": [{"$ref": None, "value": str(eve.pk)}]}
    )
    assert (added.status_code, added.content) == (204, b"")
    assert members(board) == [cai.pk, dee.pk, eve.pk]

    directory.patch(at(board), {"op": "Remove", "path": "members", "value": entries(cai)})
    assert members(board) == [dee.pk, eve.pk]

    directory.patch(at(board), {"op": "Remove", "path": f'members[value eq "{eve.pk}"]'})
    assert members(board) == [dee.pk]
    assert Membership.objects.get(group=board, person=dee).is_representative


def test_okta_renames_without_a_path_and_sends_all_members(directory, board, cai, dee):
    eve = factories.person("Eve")

    directory.patch(at(board), {"op": "replace", "value": {"id": f"g{board.pk}", "displayName": "The Board"}})
    assert Group.objects.get().name == "The Board"

    directory.put(at(board), {"schemas": [GROUP], "displayName": "The Board", "members": entries(dee, eve)})
    assert members(board) == [dee.pk, eve.pk]
    assert Membership.objects.get(group=board, person=dee).is_representative

    directory.put(at(board), {"schemas": [GROUP], "displayName": "Directors"})
    assert members(board) == [dee.pk, eve.pk]

    directory.patch(at(board), {"op": "replace", "path": "members", "value": entries(cai)})
    assert members(board) == [cai.pk]

    directory.patch(at(board), {"op": "remove", "path": "members"})
    assert members(board) == []


def test_whom_the_directory_cannot_see_stays_a_member(directory, board, cai, dee):
    Person.objects.filter(pk=dee.pk).update(archived_at=NOW)

    assert [entry["value"] for entry in directory.get(at(board)).json()["members"]] == [str(cai.pk)]
    directory.put(at(board), {"members": []})

    assert members(board) == [dee.pk]


def test_the_id_of_somebody_merged_means_the_one_they_are_now(directory, board, cai):
    eve, old = factories.person("Eve"), factories.person("Eve again", email="")
    Person.objects.filter(pk=old.pk).update(archived_at=NOW, merged_into=eve)

    directory.patch(at(board), {"op": "add", "path": "members", "value": entries(old)})

    assert eve.pk in members(board)
    assert old.pk not in members(board)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "add", "path": "members", "value": [{"value": "99999"}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"value": "g1"}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"value": "1", "type": "Group"}]}, "invalidValue"),
        ({"op": "replace", "path": 'members[value eq "1"].value', "value": "2"}, "invalidPath"),
        ({"op": "remove", "path": 'members[display eq "Cai"]'}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "g2"}, "mutability"),
        ({"op": "replace", "path": "title", "value": "x"}, "invalidPath"),
    ],
)
def test_a_patch_that_cannot_be_done_changes_nothing(operation, kind, directory, board, cai, dee):
    response = directory.patch(at(board), {"op": "replace", "value": {"displayName": "New"}}, operation)

    assert (response.status_code, response.json()["scimType"]) == (400, kind)
    assert (Group.objects.get().name, members(board)) == ("Board", [cai.pk, dee.pk])


def test_filters_and_excluded_members(directory, board, cai):
    factories.group("Staff")

    assert directory.found("/Groups", filter='displayName eq "BOARD"', excludedAttributes="members") == [f"g{board.pk}"]
    assert directory.found("/Groups", filter=f'id eq "g{board.pk}" and members eq "{cai.pk}"') == [f"g{board.pk}"]
    assert directory.found("/Groups", filter=f'members[value eq "{cai.pk}"]') == [f"g{board.pk}"]
    assert directory.found("/Users", filter=f'groups.value eq "g{board.pk}" and userName eq "{cai.email}"') == [
        str(cai.pk)
    ]
    assert "members" not in directory.get(at(board), excludedAttributes="members").json()
    assert directory.get(f"/Groups/{board.pk}").status_code == 404


def test_a_group_that_nothing_points_to_is_deleted(directory, board):
    assert directory.delete(at(board)).status_code == 204
    assert directory.get(at(board)).status_code == 404
    assert not Group.objects.exists()
    assert Person.objects.count() == 2


def test_a_group_of_an_upgrade_is_emptied_and_stays(directory, board):
    factories.stakeholder(board, of=factories.upgrade())

    assert directory.delete(at(board)).status_code == 204
    assert Group.objects.get() == board
    assert members(board) == []


def test_ten_thousand_members_take_a_handful_of_statements(directory):
    Person.objects.bulk_create(Person(name=f"Person {number}") for number in range(10_000))
    group = factories.group("Everybody")
    everybody = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    values = [{"value": str(pk)} for pk in everybody]

    with CaptureQueriesContext(connection) as captured:
        directory.patch(at(group), {"op": "add", "path": "members", "value": values})
        added = len(members(group))
        directory.patch(at(group), {"op": "remove", "path": "members", "value": values[:9_000]})

    assert (added, len(members(group))) == (10_000, 1_000)
    assert len(captured) < 40
