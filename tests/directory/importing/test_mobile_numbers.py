"""Mobile numbers: where text messages go, so SMS is of use for everybody who is in the file."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.importing import previewing, undoing
from directory.importing.applying import ADDRESS
from directory.importing.refusals import Refused
from directory.models import Import
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address, Person
from tests import factories
from tests.directory.importing.files import apply, bring_in, changes, outcomes, preview, said, take_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db
FILE = "Id,Name,Mobile\n1,Ana,+49 151 23456789\n2,Ben,\n"


def with_code(content, code) -> Import:
    import_ = take_in(content)
    previewing.ask(import_, mapping=import_.mapping, creates_groups=False, phone_code=code, now=NOW)
    return previewing.preview(import_)


def numbers():
    return list(Address.objects.order_by("person__name").values_list("person__name", "channel", "address", "state"))


def test_new_people_come_in_with_their_numbers():
    bring_in(FILE)

    assert numbers() == [("Ana", "sms", "+4915123456789", "working")]


@pytest.mark.parametrize("head", ["Mobile", "Handynummer", "Mobile Phone", "Téléphone portable", "MobilePhone"])
def test_the_column_is_recognised(head):
    assert take_in(f"Id,Name,{head}\n1,Ana,+49151234567\n").mapping[head] == "mobile"


def test_a_number_and_a_phone_are_two_columns():
    bring_in("Id,Name,Phone,Mobile\n1,Ana,ext. 12,+49 151 23456789\n")

    assert (Person.objects.get().phone, numbers()[0][2]) == ("ext. 12", "+4915123456789")


def test_what_is_no_number_is_told_with_its_row_and_what_to_do():
    import_ = preview(
        "Id,Name,Mobile\n1,Ana,0151 23456789\n2,Ben,ask reception\n3,Cai,1.51E+10\n4,Dee,+49 151 23456789\n"
    )

    assert outcomes(import_) == [(2, "wrong"), (3, "wrong"), (4, "wrong"), (5, "new")]
    assert said(import_) == [
        (
            *(2, "Mobile"),
            "“0151 23456789” has no code of a country. Say beside the columns of which country such numbers are.",
        ),
        (3, "Mobile", "“ask reception” is not a mobile number. Write it like +49 151 23456789."),
        (4, "Mobile", "“1.51E+10” is a number that the spreadsheet has shortened. Format the column as text."),
    ]


def test_numbers_without_a_code_are_of_the_country_that_was_named():
    apply(with_code("Id,Name,Mobile\n1,Ana,0151 23456789\n2,Ben,+44 7700 900123\n", "+49"))

    assert [number for _, _, number, _ in numbers()] == ["+4915123456789", "+447700900123"]


def test_the_same_file_again_changes_nothing():
    bring_in(FILE)
    events = Address.pgh_event_model.objects.count()

    assert outcomes(bring_in(FILE)) == [(2, "same"), (3, "same")]
    assert Address.pgh_event_model.objects.count() == events


def test_another_number_is_shown_and_tried_again(cai):
    Person.objects.filter(pk=cai.pk).update(external_id="1")
    factories.address(cai, Channel.SMS, "+49151000000", state=AddressState.BOUNCED)

    import_ = preview(f"Id,Name,Mobile\n1,{cai.name},+49 151 23456789\n")

    assert changes(import_) == [{"mobile": ["+49151000000", "+4915123456789"], "mobile_state": ["bounced", "working"]}]
    apply(import_)
    assert numbers() == [(cai.name, "sms", "+4915123456789", "working")]


def test_an_empty_cell_and_other_channels_are_left_alone(cai):
    Person.objects.filter(pk=cai.pk).update(external_id="1")
    factories.address(cai, Channel.SMS, "+49151000000")
    factories.address(cai, Channel.MATTERMOST, "@cai")
    before = numbers()

    bring_in(f"Id,Name,Mobile\n1,{cai.name},\n")

    assert numbers() == before


def test_a_number_that_somebody_entered_meanwhile_is_not_overwritten(cai):
    Person.objects.filter(pk=cai.pk).update(external_id="1")
    import_ = preview(f"Id,Name,Mobile\n1,{cai.name},+49 151 23456789\n")
    factories.address(cai, Channel.SMS, "+49151000000")

    with pytest.raises(Refused, match="Look at the changes again"):
        apply(import_)

    assert numbers()[0][2] == "+49151000000"


def test_undo_takes_numbers_back(cai, ana):
    Person.objects.filter(pk=cai.pk).update(external_id="1", name="Cai")
    factories.address(cai, Channel.SMS, "+49151000000", state=AddressState.BOUNCED)
    ben = factories.person("Ben", external_id="2")
    content = "Id,Name,Mobile\n1,Cai,+49 151 1111111\n2,Ben,+49 151 2222222\n3,Dee,+49 151 3333333\n"
    import_ = bring_in(content, by=ana)

    undone = undoing.undo(import_, by=ana, now=NOW)

    assert (undone.removed, undone.archived, undone.restored) == (1, 0, 2)
    assert numbers() == [("Cai", "sms", "+49151000000", "bounced")]
    assert set(Person.objects.values_list("name", flat=True)) == {"Cai", ben.name}


def test_undo_leaves_a_number_that_was_changed_since(ana):
    import_ = bring_in(FILE, by=ana)
    Address.objects.update(address="+49151000000")

    undone = undoing.undo(import_, by=ana, now=NOW)

    assert (undone.removed, undone.archived) == (1, 1)
    assert numbers()[0][:3] == ("Ana", "sms", "+49151000000")


@pytest.mark.parametrize("rows", [1, 9])
def test_rows_do_not_cost_queries(rows):
    content = "Id,Name,Mobile\n" + "".join(f"{row},P{row},+49151234567{row}\n" for row in range(rows))
    import_ = preview(content)

    with CaptureQueriesContext(connection) as asked:
        apply(import_)

    assert len([one for one in asked.captured_queries if ADDRESS in one["sql"] and "INSERT" in one["sql"]]) == 1
    assert Address.objects.count() == rows
