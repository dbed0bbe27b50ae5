import pytest
from django.urls import reverse

from accounts.enums import Role
from stakeholders.models import Group, Membership, Site
from tests.factories import account, group, person, site

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def undo(response) -> str:
    (tags,) = {message.extra_tags for message in response.context["messages"]}
    return tags.removeprefix("undo:")


def test_groups_are_listed_with_their_size(editor, cai, dee):
    group("Staff", people=[cai, dee])
    group("Board")

    found = editor.get("/groups/").context["groups"]

    assert [(one.name, one.size) for one in found] == [("Board", 0), ("Staff", 2)]


def test_groups_are_found_by_name_and_category(editor):
    group("Vendors of the ERP", category="vendor")
    group("Board", category="management")

    def found(query):
        return [one.name for one in editor.get(f"/groups/?{query}").context["groups"]]

    assert (found("q=erp"), found("category=management"), found("q=erp&category=it")) == (
        ["Vendors of the ERP"],
        ["Board"],
        [],
    )


def test_the_list_costs_the_same_for_one_group_and_for_three(editor, cai, django_assert_num_queries):
    group(people=[cai])
    with django_assert_num_queries(5):
        editor.get("/groups/")
    group(people=[cai])
    group(people=[cai])
    with django_assert_num_queries(5):
        editor.get("/groups/")


def test_a_new_group_leads_to_its_page_where_people_are_added(editor):
    response = editor.post("/groups/new/", {"name": "Board", "category": "management"})

    assert response.url == Group.objects.get(name="Board", category="management").get_absolute_url()


def test_a_name_that_is_taken_is_said_and_kept(editor):
    group("Board")

    page = editor.post("/groups/new/", {"name": "board", "category": "staff"}).content.decode()

    assert "There is already a group of this name." in page
    assert 'value="board"' in page


def test_somebody_joins_once_however_often_the_button_is_pressed(editor, cai):
    board = group()
    for _ in range(2):
        editor.post(reverse("member_add", args=[board.pk, cai.pk]))

    assert list(board.people.all()) == [cai]


def test_who_is_removed_comes_back_as_representative_with_undo(editor, cai):
    board = group(representatives=[cai])

    response = editor.post(reverse("member_remove", args=[board.memberships.get().pk]), follow=True)
    assert Membership.objects.count() == 0

    editor.post(undo(response))
    assert board.memberships.get().is_representative is True


def test_representing_is_set_and_ended_not_toggled(editor, cai):
    board = group(people=[cai])
    address = reverse("member_represent", args=[board.memberships.get().pk])
    for _ in range(2):
        editor.post(address, {"represents": "1"})
    assert board.memberships.get().is_representative is True

    editor.post(address, {"represents": "0"})
    assert board.memberships.get().is_representative is False


def test_an_act_leads_back_to_the_search_it_came_from(editor, cai):
    board = group(people=[cai])

    response = editor.post(reverse("member_represent", args=[board.memberships.get().pk]), {"query": "q=cai&page=1"})

    assert response.url == f"{board.get_absolute_url()}?q=cai&page=1"


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
def test_only_managers_change_groups(client, cai, role):
    board = group(people=[cai])
    client.force_login(account(role=role))

    for name, args in {
        "member_add": [board.pk, person().pk],
        "member_remove": [board.memberships.get().pk],
        "member_represent": [board.memberships.get().pk],
        "group_edit": [board.pk],
        "group_delete": [board.pk],
        "site_new": [],
    }.items():
        assert (name, client.post(reverse(name, args=args)).status_code) == (name, 403)
    assert list(board.people.all()) == [cai]


def test_sites_are_listed_with_their_people_and_edited(editor):
    harbour = site("Harbour", time_zone="UTC")
    person(site=harbour)
    seen = editor.get(reverse("site_edit", args=[harbour.pk])).context["form"]["seen"].value()

    editor.post(
        reverse("site_edit", args=[harbour.pk]),
        {"name": "Port", "time_zone": "Europe/Paris", "country": "fr", "subdivision": "", "seen": seen},
    )

    assert [(one.name, one.size) for one in editor.get("/sites/").context["sites"]] == [("Port", 1)]
    assert Site.objects.values_list("time_zone", "country").get() == ("Europe/Paris", "FR")


def test_the_list_of_sites_costs_the_same_for_one_and_for_three(editor, django_assert_num_queries):
    person(site=site())
    with django_assert_num_queries(3):
        editor.get("/sites/")
    person(site=site())
    person(site=site())
    with django_assert_num_queries(3):
        editor.get("/sites/")


def test_several_are_taken_out_and_come_back_with_one_undo(editor, cai, dee):
    board = group(people=[dee], representatives=[cai])

    response = editor.post(reverse("members_remove", args=[board.pk]), {"person": [cai.pk, dee.pk]}, follow=True)
    assert list(board.people.all()) == []
    assert [str(message) for message in response.context["messages"]] == [f"Took 2 people out of {board}."]

    editor.post(undo(response))
    assert set(board.memberships.values_list("person", "is_representative")) == {(cai.pk, True), (dee.pk, False)}


def test_groups_are_downloaded_as_they_are_filtered(editor, cai):
    group("Board", category="management", people=[cai])
    group("Staff")

    csv = b"".join(editor.get("/groups/export/?category=management").streaming_content).decode("utf-8-sig")
    xlsx = b"".join(editor.get("/groups/export/?as=xlsx").streaming_content)

    assert csv.splitlines() == ["name,category,description,people", "Board,Management,,1"]
    assert xlsx.startswith(b"PK")
