import pytest
from django.urls import reverse

from accounts.enums import Role
from stakeholders.models import Absence, Relation
from tests.factories import account, group, person

pytestmark = pytest.mark.django_db
DAYS = {"start_on": "2026-03-30", "end_on": "2026-04-03"}


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def undo(response) -> str:
    *_, tags = [message.extra_tags for message in response.context["messages"]]
    return tags.removeprefix("undo:")


@pytest.mark.parametrize("words", ["dee@example.org", "Dee Dorn", "dee dorn", "Dee Dorn <dee@example.org>"])
def test_a_deputy_is_found_by_name_or_address(editor, cai, dee, words):
    editor.post(reverse("absence_new", args=[cai.pk]), DAYS | {"deputy": words})

    assert Absence.objects.get().deputy == dee


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Nobody Here", "Nobody here has this name or address."),
        ("Twin", "Several people have this name. Use the e-mail address instead."),
        ("cai@example.org", "Choose somebody else as the deputy."),
    ],
)
def test_a_deputy_who_is_not_clear_is_asked_for_again(editor, cai, words, said):
    person("Twin")
    person("Twin")

    page = editor.post(reverse("absence_new", args=[cai.pk]), DAYS | {"deputy": words}).content.decode()

    assert said in page
    assert not Absence.objects.exists()


def test_an_absence_is_changed_removed_and_comes_back(editor, cai, dee):
    absence = Absence.objects.create(person=cai, **DAYS)
    address = reverse("absence_edit", args=[absence.pk])
    seen = editor.get(address).context["form"]["seen"].value()

    editor.post(address, DAYS | {"deputy": "dee@example.org", "note": "Calls only", "seen": seen})
    response = editor.post(reverse("absence_remove", args=[absence.pk]), follow=True)
    assert not Absence.objects.exists()
    editor.post(undo(response))

    assert Absence.objects.values_list("pk", "deputy", "note").get() == (absence.pk, dee.pk, "Calls only")


def test_an_absence_does_not_end_before_it_begins(editor, cai):
    page = editor.post(reverse("absence_new", args=[cai.pk]), {"start_on": "2026-04-03", "end_on": "2026-03-30"})

    assert "The last day must not be before the first." in page.content.decode()


def test_a_relation_leads_to_a_person_or_a_group_and_is_taken_back(editor, cai, dee):
    board = group("Board")
    address = reverse("relation_new", args=[cai.pk])
    editor.post(address, {"tie": "reports_to", "to_person": "dee@example.org"})
    editor.post(address, {"tie": "represents", "to_group": "board"})
    assert set(Relation.objects.values_list("tie", "to_person", "to_group")) == {
        ("reports_to", dee.pk, None),
        ("represents", None, board.pk),
    }

    response = editor.post(reverse("relation_remove", args=[Relation.objects.get(to_person=dee).pk]), follow=True)
    editor.post(undo(response))
    assert Relation.objects.count() == 2


def test_a_relation_leads_to_one_thing(editor, cai):
    group("Board")

    for data in ({}, {"to_person": "dee@example.org", "to_group": "board"}, {"to_person": "cai@example.org"}):
        assert editor.post(reverse("relation_new", args=[cai.pk]), {"tie": "represents"} | data).status_code == 200
    assert not Relation.objects.exists()


def test_readers_change_neither(client, cai):
    client.force_login(account(role=Role.READER))

    for name in ("absence_new", "relation_new"):
        assert client.post(reverse(name, args=[cai.pk])).status_code == 403
