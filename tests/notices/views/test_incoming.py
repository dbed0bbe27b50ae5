from datetime import timedelta

import pytest
from django.urls import reverse

from notices.enums import IncomingKind
from notices.models import Incoming
from stakeholders.enums import AddressState, Channel
from stakeholders.forms.people import PersonForm
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LIST = reverse("outbox_came_back")


def incoming(number: int, *, kind=IncomingKind.BOUNCE, address="cai@north.example", message=None) -> Incoming:
    return Incoming.objects.create(
        digest=f"{number:064x}",
        source="pipe",
        kind=kind,
        address=address,
        is_permanent=True,
        status="5.1.1",
        detail=f"report {number}",
        message=message,
        at=NOW + timedelta(minutes=number),
    )


@pytest.fixture
def message(cai):
    return factories.released_notice(people=[cai]).messages.get()


def details(response):
    return [row.detail for row in response.context["found"]]


def test_the_last_one_comes_first_with_its_message(client, ana, message):
    incoming(1, message=message)
    incoming(2)
    client.force_login(ana)

    response = client.get(LIST)

    assert details(response) == ["report 2", "report 1"]
    assert f'href="{message.get_absolute_url()}"' in response.content.decode()


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("kind=complaint", ["report 2"]),
        ("q=dee@", ["report 2"]),
        ("q=5.1.1", ["report 2", "report 1"]),
        ("found=yes", ["report 1"]),
        ("found=no", ["report 2"]),
        ("q=%00", ["report 2", "report 1"]),
    ],
)
def test_it_is_filtered(client, ana, message, query, seen):
    incoming(1, message=message)
    incoming(2, kind=IncomingKind.COMPLAINT, address="dee@north.example")
    client.force_login(ana)

    assert details(client.get(f"{LIST}?{query}")) == seen


def test_readers_do_not_see_addresses_that_failed(client):
    client.force_login(factories.account("Rui", role="reader"))

    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_number_of_questions(client, ana, message, number, django_assert_max_num_queries):
    for one in range(number):
        incoming(one, message=message)
    client.force_login(ana)

    with django_assert_max_num_queries(8):
        client.get(LIST)


def give_up(person, state=AddressState.BOUNCED):
    Person.objects.filter(pk=person.pk).update(email_state=state)


def state_of(person):
    return Person.objects.get(pk=person.pk).email_state


def test_the_page_of_a_person_says_that_an_address_bounced_and_takes_it_back(client, ana, cai):
    give_up(cai)
    client.force_login(ana)
    assert 'id="given-up"' in client.get(cai.get_absolute_url()).content.decode()

    client.post(reverse("person_works_again", args=[cai.pk]))

    assert state_of(cai) == AddressState.WORKING
    assert 'id="given-up"' not in client.get(cai.get_absolute_url()).content.decode()


def test_addresses_of_other_channels_work_again_too(client, ana, cai):
    own = factories.address(cai, Channel.SMS, "+49 30 123456")
    type(own).objects.filter(pk=own.pk).update(state=AddressState.BOUNCED)
    client.force_login(ana)

    client.post(reverse("person_works_again", args=[cai.pk]))

    assert type(own).objects.get(pk=own.pk).state == AddressState.WORKING


def test_who_may_not_edit_people_may_not_say_so(client, cai):
    give_up(cai)
    client.force_login(factories.account("Rui", role="reader"))

    assert client.post(reverse("person_works_again", args=[cai.pk])).status_code == 403
    assert state_of(cai) == AddressState.BOUNCED


def edited(person, **changes):
    form = PersonForm(instance=person)
    data = {name: value for name, value in form.initial.items() if value not in (None, False)} | changes
    data["seen"] = form["seen"].value()
    return PersonForm(data, instance=person)


@pytest.mark.parametrize(("email", "state"), [("cai.new@example.org", "working"), (None, "bounced")])
def test_only_another_address_is_tried_again(cai, email, state):
    give_up(cai)
    person = Person.objects.get(pk=cai.pk)
    form = edited(person, **({"email": email} if email else {"name": "Cai C"}))

    assert form.is_valid(), form.errors
    form.save()

    assert state_of(cai) == state
