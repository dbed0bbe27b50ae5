import pytest
from django.urls import reverse

from stakeholders.models import Group
from tests.factories import NOW, critical_days, group, person, service, stakeholder, upgrade

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def undo(response) -> str:
    (tags,) = {message.extra_tags for message in response.context["messages"]}
    return tags.removeprefix("undo:")


def test_a_group_shows_its_people_its_services_and_the_upgrades_that_reach_it(editor, cai):
    board = group("Board", representatives=[cai], people=[person("Gone", archived_at=NOW)])
    mail = service("Mail", users=[board])
    by_service, by_stake = upgrade(services=[mail]), upgrade()
    stakeholder(board, of=by_stake)
    upgrade()

    context = editor.get(board.get_absolute_url()).context

    assert [(one.person, one.is_representative) for one in context["members"]] == [(cai, True)]
    assert list(context["services"]) == [mail]
    assert set(context["upgrades"]) == {by_service, by_stake}


def test_members_and_candidates_are_searched_apart(editor, cai, dee):
    board = group(people=[cai])

    context = editor.get(f"{board.get_absolute_url()}?q=cai&add=d").context
    assert ([one.person for one in context["members"]], list(context["candidates"])) == ([cai], [dee])

    context = editor.get(f"{board.get_absolute_url()}?q=dee&add=cai").context
    assert ([one.person for one in context["members"]], list(context["candidates"])) == ([], [])


def test_nobody_is_offered_before_somebody_is_asked_for(editor, cai):
    assert list(editor.get(group().get_absolute_url()).context["candidates"]) == []


def test_archived_people_are_not_offered(editor):
    person("Archie", archived_at=NOW)

    assert list(editor.get(f"{group().get_absolute_url()}?add=archie").context["candidates"]) == []


@pytest.mark.parametrize(("target", "mark"), [("members", 'id="members"'), ("candidates", 'id="candidates"')])
def test_htmx_gets_the_part_it_asks_for(editor, cai, target, mark):
    board = group(people=[cai])

    part = editor.get(board.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": target}).content.decode()

    assert mark in part
    assert part.count('id="members"') + part.count('id="candidates"') == 1


def test_the_page_costs_the_same_for_one_member_and_for_three(editor, django_assert_num_queries):
    board = group(people=[person()])
    with django_assert_num_queries(9):
        editor.get(board.get_absolute_url())
    for _ in range(2):
        person(groups=[board])
    with django_assert_num_queries(9):
        editor.get(board.get_absolute_url())


def test_a_group_without_any_use_is_deleted_and_comes_back_with_undo(editor):
    board = group("Board", description="Decides.")

    response = editor.post(reverse("group_delete", args=[board.pk]), follow=True)
    assert Group.objects.count() == 0

    editor.post(undo(response))
    assert Group.objects.values_list("pk", "name", "description").get() == (board.pk, "Board", "Decides.")


@pytest.mark.parametrize("use", ["people", "archived people", "services", "upgrades", "critical days"])
def test_a_group_in_use_is_kept_and_says_where(editor, use):
    board = group("Board")
    match use:
        case "people":
            person(groups=[board])
        case "archived people":
            person(groups=[board], archived_at=NOW)
        case "services":
            service(users=[board])
        case "upgrades":
            stakeholder(board, of=upgrade())
        case "critical days":
            critical_days(groups=[board])

    response = editor.post(reverse("group_delete", args=[board.pk]), follow=True)

    said = use.removeprefix("archived ")
    assert [str(message) for message in response.context["messages"]] == [
        f"Board is still in use by {said}. Take it out there first."
    ]
    assert Group.objects.get() == board
    assert response.context["deletable"] is False
