import pytest
from django.urls import reverse

from accounts.enums import Role
from tests.factories import NOW, account, milestone, service, upgrade
from upgrades.models import Upgrade

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(ana):
    return upgrade("Mail migration", slug="mail", owner=ana)


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def address(name):
    return reverse(name, args=["mail"])


def edited(editor, **changes) -> dict:
    form = editor.get(address("upgrade_edit")).context["form"]
    return {name: form[name].value() for name in form.fields} | changes


def test_everything_that_is_said_of_an_upgrade_can_be_edited(editor, of):
    mail = service()

    editor.post(
        address("upgrade_edit"),
        edited(
            editor,
            objective="One system.",
            country="fr",
            subdivision="",
            time_zone="Europe/Paris",
            services=[mail.pk],
        ),
    )

    of.refresh_from_db()
    assert (of.objective, of.country, of.time_zone, of.version) == ("One system.", "FR", "Europe/Paris", 2)
    assert list(of.services.all()) == [mail]


def test_a_country_whose_holidays_nobody_knows_is_refused(editor, of):
    answer = editor.post(address("upgrade_edit"), edited(editor, country="ZZ", subdivision=""))

    assert list(answer.context["form"].errors) == ["country"]
    of.refresh_from_db()
    assert of.country != "ZZ"


def test_a_second_editor_sees_both_texts_and_nothing_is_lost(editor, of):
    late = edited(editor, why="Because it is old.")
    editor.post(address("upgrade_edit"), edited(editor, why="Because support ends."))

    response = editor.post(address("upgrade_edit"), late)

    of.refresh_from_db()
    assert (of.why, of.version) == ("Because support ends.", 2)
    assert [(one.label, one.stored, one.typed) for one in response.context["form"].clashes] == [
        ("Reason", "Because support ends.", "Because it is old.")
    ]
    page = response.content.decode()
    assert "Because it is old." in page
    assert "Somebody else saved this while you were editing." in page


def test_having_seen_both_the_second_editor_decides(editor, of):
    late = edited(editor, why="Because it is old.")
    editor.post(address("upgrade_edit"), edited(editor, why="Because support ends."))
    refused = editor.post(address("upgrade_edit"), late).context["form"]

    editor.post(address("upgrade_edit"), late | {"seen": refused["seen"].value()})

    of.refresh_from_db()
    assert (of.why, of.version) == ("Because it is old.", 3)


def test_publishing_in_between_is_no_conflict(editor, of):
    late = edited(editor, why="Because it is old.")
    editor.post(address("upgrade_publish"))

    editor.post(address("upgrade_edit"), late)

    of.refresh_from_db()
    assert (of.why, of.is_published) == ("Because it is old.", True)


def test_publishing_asks_first_and_says_what_everybody_will_see(editor, of):
    milestone(of, name="Cut-over")
    milestone(of, name="Secret rehearsal", is_public=False)

    page = editor.get(address("upgrade_publish")).content.decode()

    assert ("Cut-over" in page, "Secret rehearsal" in page) == (True, False)
    assert not Upgrade.objects.published().exists()

    editor.post(address("upgrade_publish"))
    assert list(Upgrade.objects.published()) == [of]


def test_a_public_page_is_taken_off_by_a_post_only(editor, of):
    of.publish(now=NOW)

    assert editor.get(address("upgrade_unpublish")).status_code == 405
    assert Upgrade.objects.published().exists()

    editor.post(address("upgrade_unpublish"))
    assert not Upgrade.objects.published().exists()


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
@pytest.mark.parametrize("name", ["upgrade_edit", "upgrade_publish", "upgrade_unpublish"])
def test_only_managers_change_and_publish(client, of, role, name):
    client.force_login(account(role=role))

    response = client.post(address(name), {"name": "Mine"})

    assert response.status_code == 403
    assert "This takes the role Administrator or Communications manager." in response.content.decode()
    of.refresh_from_db()
    assert (of.name, of.is_published) == ("Mail migration", False)
