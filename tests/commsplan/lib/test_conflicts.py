import pytest

from commsplan.lib.conflicts import Clash
from stakeholders.forms.people import PersonForm
from stakeholders.forms.places import GroupForm
from stakeholders.models import Group, Person
from tests.factories import group, person, site

pytestmark = pytest.mark.django_db


def opened(form) -> dict:
    """What a browser would send back at once."""
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def test_whoever_saves_what_they_saw_is_not_asked():
    board = group("Board")
    data = opened(GroupForm(instance=board)) | {"name": "The board"}

    assert GroupForm(data, instance=Group.objects.get()).is_valid()


def test_the_second_editor_sees_both_versions_and_overwrites_nothing():
    board = group("Board", description="Ten people.")
    data = opened(GroupForm(instance=board)) | {"description": "Twelve people."}
    Group.objects.update(description="Eleven people.")

    form = GroupForm(data, instance=Group.objects.get())

    assert not form.is_valid()
    assert form.clashes == [Clash("Description", "Eleven people.", "Twelve people.")]
    assert form["description"].value() == "Twelve people."


def test_having_seen_both_the_second_editor_may_save():
    board = group("Board")
    data = opened(GroupForm(instance=board)) | {"name": "The board"}
    Group.objects.update(description="Eleven people.")
    refused = GroupForm(data, instance=Group.objects.get())
    refused.is_valid()

    again = GroupForm({name: refused[name].value() for name in refused.fields}, instance=Group.objects.get())

    assert again.is_valid()


def test_a_form_without_a_fingerprint_is_refused_too():
    assert not GroupForm({"name": "Board", "category": "staff"}, instance=group()).is_valid()


def test_something_new_clashes_with_nobody():
    assert GroupForm({"name": "Board", "category": "staff"}).is_valid()


def test_choices_are_told_apart_in_words(cai):
    board, staff, harbour = group("Board"), group("Staff"), site("Harbour")
    data = opened(PersonForm(instance=cai)) | {"groups": [board.pk], "site": harbour.pk, "is_list": "on"}
    cai.groups.add(staff)
    Person.objects.update(language="de")

    form = PersonForm(data, instance=Person.objects.get())
    form.is_valid()

    assert [(clash.label, clash.stored, clash.typed) for clash in form.clashes] == [
        ("Site", "", "Harbour"),
        ("Language", "Deutsch", "English"),
        ("Distribution list", "no", "yes"),
        ("Groups", "Staff", "Board"),
    ]


def test_people_without_groups_or_site_can_be_opened_and_saved():
    one = person(email="")

    assert PersonForm(opened(PersonForm(instance=one)), instance=Person.objects.get()).is_valid()
