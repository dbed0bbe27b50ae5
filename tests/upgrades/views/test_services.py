import pytest
from django.urls import reverse

from accounts.enums import Role
from tests.factories import account, group, milestone, person, service, site, upgrade
from upgrades.models import Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def test_services_are_found_by_name_description_and_site(editor):
    harbour = site("Harbour")
    service("Mail", description="Letters").sites.add(harbour)
    service("Wi-Fi")

    def found(query):
        return [one.name for one in editor.get(f"/services/?{query}").context["services"]]

    assert (found("q=lett"), found("q=wi-"), found(f"site={harbour.pk}"), found("")) == (
        ["Mail"],
        ["Wi-Fi"],
        ["Mail"],
        ["Mail", "Wi-Fi"],
    )


def test_the_list_costs_the_same_for_one_service_and_for_three(editor, django_assert_num_queries):
    def one_more():
        service(users=[group(), group()], owner=account()).sites.add(site(), site())

    one_more()
    with django_assert_num_queries(5):
        editor.get("/services/")
    one_more()
    one_more()
    with django_assert_num_queries(5):
        editor.get("/services/")


def test_a_service_shows_who_uses_it_and_what_touches_it(editor, cai, dee):
    board = group("Board", people=[cai, dee])
    mail = service("Mail", users=[board, group(people=[cai])], carries=["email"])
    touched = upgrade(services=[mail])
    window = milestone(touched)
    milestone(upgrade())

    response = editor.get(mail.get_absolute_url())

    assert response.context["people"] == 2
    assert [(one.name, one.size) for one in response.context["users"].filter(pk=board.pk)] == [("Board", 2)]
    assert list(response.context["upgrades"]) == [touched]
    assert list(response.context["milestones"]) == [window]
    assert "Announce its outages another way." in response.content.decode()


def test_a_service_is_made_with_all_that_is_known_of_it(editor, ana):
    board, harbour = group(), site()

    response = editor.post(
        "/services/new/",
        {
            "name": "Mail",
            "description": "Letters",
            "owner": ana.pk,
            "end_of_life_on": "2027-01-31",
            "carries": ["email"],
            "users": [board.pk],
            "sites": [harbour.pk],
        },
    )

    mail = Service.objects.get()
    assert response.url == mail.get_absolute_url()
    assert (mail.owner, mail.carries, str(mail.end_of_life_on)) == (ana, ["email"], "2027-01-31")
    assert (list(mail.users.all()), list(mail.sites.all())) == ([board], [harbour])


def test_who_else_changed_the_users_of_a_service_is_not_overwritten(editor):
    board, staff = group("Board"), group("Staff")
    mail = service("Mail", users=[board])
    address = reverse("service_edit", args=[mail.pk])
    seen = editor.get(address).context["form"]["seen"].value()
    mail.users.add(staff)

    response = editor.post(address, {"name": "Mail", "users": [], "seen": seen})

    assert set(mail.users.all()) == {board, staff}
    assert [(one.label, one.stored, one.typed) for one in response.context["form"].clashes] == [
        ("Users", "Board, Staff", "")
    ]


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
def test_only_managers_change_services(client, role):
    mail = service("Mail")
    client.force_login(account(role=role))

    for address in ("/services/new/", reverse("service_edit", args=[mail.pk])):
        assert client.post(address, {"name": "Post"}).status_code == 403
    assert Service.objects.get().name == "Mail"


def test_a_service_page_counts_people_not_memberships(editor, cai):
    mail = service(users=[group(people=[cai]), group(people=[cai, person()])])

    assert editor.get(mail.get_absolute_url()).context["people"] == 2
